# The templates as the lib offers them: what they pass on as it is keeps its place in the user's file.
#
# `inherit` gives an attribute a place of its own, in the template; laid over the result once more,
# the arguments bring theirs along.
host:
let
  passedOn = {
    memory = null;
    name = null;
    vcpu = null;
  };
in
builtins.mapAttrs (
  _: builtins.mapAttrs (_: template: args: template args // builtins.intersectAttrs passedOn args)
) (import ../templates host)
