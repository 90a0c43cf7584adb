# What of a user's set is laid over a result that has it already, so that messages can say where the
# user wrote it: to Nix, `inherit` and `mapAttrs` give an attribute a place of its own, or none.
#
# nixvirt's evaluator needs no such help and takes a function to `{ }` in place of this one: what it
# cannot know the keys of, it had better not lay over anything.
set: set
