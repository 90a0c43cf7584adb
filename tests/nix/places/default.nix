# Mistakes, each with a comment on its line that says what the build has to say of its place:
#
#   at WORD: PATH     it is where the WORD begins
#   near WORD: PATH   the WORD is the nearest thing whose place Nix knows
#   nowhere: PATH     no place is known (the line does not matter)
{
  lib,
  # A package that does not build: no mistake has to wait for it.
  package,
}:
let
  base = {
    type = "kvm";
    name = "places";
    memory = 65536;
    os.type = "hvm";
  };
  template = lib.domain.templates.linux {
    name = "template"; # near name: devices.interface.mac.address
    memory = "4 GB"; # at memory: memory
    net_iface_mac = "no address";
    storage_vol = {
      file = "/a";
      fiel = "/b"; # at fiel: devices.disk[0].source.fiel
    };
    titel = "x"; # at titel: titel
    devices.wachdog.model = "itco"; # at devices: devices.wachdog
  };
in
{
  inherit template;

  literal = base // {
    metadata = [ (lib.xml.elem "a" [ ] [ ]) 5 ]; # near metadata: metadata[1]
    devices = {
      # A place goes with an attribute through functions, lists, files and `//`.
      disk = map (dev: { type = "file"; source.file = "/a"; target = { inherit dev; dvi = 1; }; }) [ "vda" ]; # at dvi: devices.disk[0].target.dvi
      interface = import ./imported.nix;
      "odd name" = { }; # at "odd: devices."odd name"
      ${"dyn" + "amic"} = true; # at ${: devices.dynamic
      "Größe" = { inherit (base) memory; }; # at "Größe: devices."Größe"
      # An element of a list has none, but what is in it has.
      filesystem = [
        { source.dir = "/a"; target.dir = "a"; }
        { source.dir = "/b"; } # near source: devices.filesystem[1]
      ];
      # Nor has what `mapAttrs` makes.
      video.model = builtins.mapAttrs (_: value: value) { tpye = "virtio"; }; # near video: devices.video.model.tpye
      # A package is a value.
      emulator = { value = "/a"; path = package; }; # at path: devices.emulator.path
    };
  };

  byName = {
    template = "linux";
    name = "by-name";
    titel = "x"; # at titel: titel
  };

  # Nothing at all is known of what was JSON.
  json = builtins.fromJSON ''{"type":"kvm","name":"json","memory":1,"titel":"x","os":{"type":"hvm"}}''; # nowhere: titel

  # More than fits in an environment.
  many = base // {
    devices.filesystem = builtins.genList (number: {
      source.dir = "/${toString number}";
      target.dir = if number == 2999 then { } else toString number; # at target: devices.filesystem[2999].target.dir
    }) 3000;
  };
}
