# The last step of every template: the arguments that are not its own go into the result.
#
# So `title = "Mail"` or `devices.watchdog = ...` reach the guest, and a misspelt argument ends
# as a key that the compiler refuses, instead of vanishing. What is a template's own is asked of
# the function itself: there is no second list of names to keep up.
let
  merge = import ./merge.nix;
  places = import ./places.nix;
  join = import ./domain/join.nix;
  leaveOut = import ./leave-out.nix;
  checkArguments = import ./check-arguments.nix;

  # These are passed on as they are by every template that takes them.
  passedOn = {
    memory = null;
    name = null;
    vcpu = null;
  };

  devices = spec: builtins.concatMap (kind: if builtins.isList kind then kind else [ kind ]) (builtins.attrValues spec);
  ordered = device: builtins.isAttrs device && builtins.isAttrs (device.boot or null) && device.boot.order or null != null;
in
# The kind and the name of the template, its function, what it was called with, and what it makes of that.
kind: name: template: args: spec:
let
  given = removeAttrs args (builtins.attrNames (builtins.functionArgs template) ++ [ "without" ]);
  left = if args ? without then leaveOut args.without spec else spec;
  # An order of single devices and one of their kinds exclude each other.
  own =
    if builtins.isAttrs (given.devices or null) && builtins.any ordered (devices given.devices) then
      left // { os = removeAttrs left.os [ "boot" ]; }
    else
      left;
in
builtins.seq (checkArguments kind name args) (
  # What is left out takes along what needs it, as what is replaced does.
  if own ? devices && builtins.isAttrs (given.devices or (if args ? without then { } else null)) then
    merge own (removeAttrs given [ "devices" ]) // { devices = join own.devices (given.devices or { }); }
  else
    merge own given
)
// places (builtins.intersectAttrs passedOn args)
