# One spec laid over another: sets merge key by key, anything else replaces what was there.
#
# A list replaces as a whole, because nothing says which disk of one list is which of the other.
# What only `over` has is taken as it is, and keeps its place in the user's file for messages.
let
  merge =
    under: over:
    under
    // over
    // builtins.mapAttrs (
      key: below:
      let
        value = over.${key};
      in
      if builtins.isAttrs value && builtins.isAttrs below then merge below value else value
    ) (builtins.intersectAttrs over under);
in
merge
