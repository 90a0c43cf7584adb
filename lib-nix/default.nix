# The lib: from Nix sets to libvirt's XML, by way of `nixvirt-compile`.
#
# It generates no XML and needs nothing of nixpkgs. A spec becomes plain JSON here (spec.nix) and
# the compiler's input in a derivation (compile.nix); what is wrong with it is the compiler's to
# say. Each argument but `system` may be a package, a path or a string, and is only touched where
# it is used: a template asks for no compiler, and none but `windows` for firmware or drivers.
#
#   nixvirt     holds bin/nixvirt-compile
#   qemu        holds bin/qemu-system-*
#   ovmf        holds FV/OVMF_CODE.ms.fd and FV/OVMF_VARS.ms.fd
#   virtio-win  is a disc image of the Windows drivers
#   closure-image  is a function from a system of NixOS to an image of its closure, or null
#   system      is where to run the compiler, such as "x86_64-linux"
#   nixpkgs     is the folder of nixpkgs, which no message is to give for the place of a mistake
{
  nixvirt,
  qemu,
  ovmf,
  virtio-win,
  closure-image ? null,
  system,
  nixpkgs ? null,
}:
let
  templates = import ../templates {
    inherit
      qemu
      ovmf
      virtio-win
      closure-image
      ;
  };
  spec = import ./spec.nix { inherit templates; };
  places = import ./places.nix { inherit nixpkgs; };
  compile = import ./compile.nix { inherit nixvirt system places; };
  seed = import ./seed.nix { inherit nixvirt system spec; };
  readSettings = import ./settings.nix;

  # The first NixVirt's name for something.
  formerly = name: now: builtins.trace "warning: nixvirt: `lib.${name}` is the first NixVirt's name: write `lib.${now}`";

  libWith =
    given:
    let
      settings = readSettings given;
      object = import ./object.nix { inherit spec places compile settings; };
      # Each kind by its name; those that have templates with these.
      objects = builtins.listToAttrs (
        map (kind: {
          name = kind;
          value = object kind // (if templates ? ${kind} then { templates = templates.${kind}; } else { });
        }) (builtins.attrValues (import ./kinds.nix))
      );
      inherit (objects) domain;
    in
    objects
    // {
      writeAll = import ./bundle.nix { inherit spec places compile settings; };
      xml = import ../templates/xml.nix;
      inherit (import ../templates/host-devices.nix) pci usb;
      inherit (settings) uuid;

      # A seed for cloud-init, a configuration for Ignition, and a disc of any files: their paths in the store.
      cloudInit = seed "cidata.iso";
      ignition = seed "config.ign";
      disc = seed "files.iso";
      guest-install = {
        virtio-win = {
          iso = virtio-win;
        };
      };

      # The same lib, compiling otherwise: see settings.nix.
      withSettings = more: libWith (given // more);

      domainXML = formerly "domainXML" "domain.getXML" domain.getXML;
      writeDomainXML = formerly "writeDomainXML" "domain.writeXML" domain.writeXML;
    };
in
libWith { }
