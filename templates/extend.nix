# The last step of every template: the arguments that are not its own go into the result.
#
# So `title = "Mail"` or `devices.watchdog = ...` reach the guest, and a misspelt argument ends
# as a key that the compiler refuses, instead of vanishing. What is a template's own is asked of
# the function itself: there is no second list of names to keep up.
let
  merge = import ./merge.nix;
  places = import ./places.nix;

  # These are passed on as they are by every template that takes them.
  passedOn = {
    memory = null;
    name = null;
    vcpu = null;
  };
in
template: args: spec:
merge spec (removeAttrs args (builtins.attrNames (builtins.functionArgs template)))
// places (builtins.intersectAttrs passedOn args)
