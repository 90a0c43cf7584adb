# What a guest's network card is on.
{ net_type, bridge_name }:
let
  kinds = {
    bridge = {
      type = "bridge";
      source = {
        bridge = if bridge_name == null then "virbr0" else bridge_name;
      };
    };
    # QEMU's own network stack.
    user = {
      type = "user";
    };
    # A program beside QEMU, which is faster and can forward ports.
    passt = {
      type = "user";
      backend = {
        type = "passt";
      };
    };
  };
in
if net_type != "bridge" && bridge_name != null then
  throw "nixvirt: `bridge_name` goes with net_type \"bridge\" only: leave it out, or net_type ${builtins.toJSON net_type}"
else
  kinds.${net_type}
    or (throw "nixvirt: there is no net_type ${builtins.toJSON net_type}; there is ${builtins.concatStringsSep ", " (builtins.attrNames kinds)}")
