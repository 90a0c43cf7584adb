# The modules under nixpkgs' module system: `checks` is data for compare.py, `wrong` what has to fail
# and how, `built` what the script builds.
{
  # nixpkgs' lib, or the folder that holds it.
  nixpkgsLib,
  nixvirt ? throw "a compiler was asked for",
  apply ? "/APPLY",
  uri ? "qemu:///system",
  # The connections of `built`, in JSON.
  connections ? "{}",
  # A module beside them.
  module ? { },
}:
let
  lib = import nixpkgsLib;
  configuration = import ../configuration.nix { inherit lib nixvirt apply; };
  inherit (configuration)
    pkgs
    nixos
    nixosWith
    home
    flake
    ;
  on = connection: {
    virtualisation.libvirt = {
      enable = true;
      connections.${uri} = connection;
    };
  };
  config = connections: (nixos (map on connections)).config;
  connection = connections: (config connections).virtualisation.libvirt.connections.${uri};
  # The bundle that the compiler is given. Its paths would make the text depend on the store.
  given = derivation: builtins.fromJSON (builtins.unsafeDiscardStringContext derivation.input);
  bundle = connections: given (config connections).virtualisation.libvirt.build.bundles.${uri};
  # A domain's spec, out of what several modules say of it.
  spec =
    specs: (connection (map (spec: { domains.guest = { inherit spec; }; }) specs)).domains.guest.spec;

  guest = {
    type = "kvm";
    memory = 1;
    os.type = "hvm";
  };

  # As NixVirt's users have it: everything by definition, lists throughout.
  existing = ../existing.xml;
  nixvirtStyle = {
    virtualisation.libvirt = {
      enable = true;
      verbose = true;
      swtpm.enable = true;
      connections.${uri} = {
        domains = [
          {
            definition = existing;
            active = true;
            restart = false;
          }
          { definition = "${existing}"; }
          {
            definition = pkgs.swtpm;
            active = null;
            restart = null;
          }
        ];
        networks = [ ];
        pools = [
          {
            definition = existing;
            active = true;
            volumes = [
              { definition = existing; }
              {
                present = false;
                name = "gone.qcow2";
              }
            ];
          }
        ];
      };
    };
  };
  # The part of a store path's name that is no hash.
  named = path: builtins.substring 33 (-1) (baseNameOf (builtins.unsafeDiscardStringContext path));
  service = (nixos [ nixvirtStyle ]).config.systemd.services.nixvirt;
  userService = (home [ nixvirtStyle ]).config.systemd.user.services.nixvirt;
  words = line: map (word: builtins.fromJSON word) (lib.splitString " " (builtins.unsafeDiscardStringContext line));
  unhashed = map (
    word: if lib.hasPrefix builtins.storeDir word && lib.hasSuffix "/bundle.json" word then "BUNDLE" else word
  );

  check = name: actual: expected: { inherit name actual expected; };

  # What the files of checks have by name.
  helpers = lib // {
    inherit
      bundle
      check
      config
      connection
      existing
      flake
      given
      guest
      home
      lib
      named
      nixos
      nixosWith
      nixvirt
      nixvirtStyle
      on
      pkgs
      service
      spec
      unhashed
      uri
      userService
      words
      ;
  };
in
rec {
  checks = builtins.concatMap (file: import file helpers) [
    ./nixvirt.nix
    ./options.nix
    ./specs.nix
    ./bundles.nix
    ./services.nix
    ./hosts.nix
    ./guests.nix
  ];
  wrong = import ./wrong.nix helpers;

  messages = builtins.mapAttrs (_: wrong: wrong.says) wrong;

  reference = import ../../../lib-nix/modules/reference.nix {
    inherit lib;
    options = {
      virtualisation = { inherit ((nixos [ ]).options.virtualisation) libvirt; };
      nixvirt = {
        inherit ((import ../nixpkgs-standin/system.nix { inherit lib pkgs; } [ ../../../lib-nix/modules/guest.nix ]).options.nixvirt) guest;
      };
    };
  };

  # A connection's bundle and commands, for the script to build and run.
  built =
    let
      inherit ((nixos [
        {
          virtualisation.libvirt = {
            enable = true;
            connections = builtins.fromJSON connections;
          };
        }
        module
      ]).config) systemd virtualisation;
    in
    {
      bundle = virtualisation.libvirt.build.bundles.${uri};
      start = systemd.services.nixvirt.serviceConfig.ExecStart;
      # The unit as NixOS writes it, as far as systemd itself reads it.
      unit = lib.generators.toINI { listsAsDuplicateKeys = true; } {
        Unit = {
          After = lib.concatStringsSep " " systemd.services.nixvirt.after;
        }
        // systemd.services.nixvirt.unitConfig or { };
        Service = builtins.mapAttrs (
          _: value: if builtins.isString value then value else lib.generators.mkValueStringDefault { } value
        ) systemd.services.nixvirt.serviceConfig;
      };
      inherit (virtualisation.libvirt.build) plan;
    };

  # The programs of two hosts that have one machine.
  twoHosts = builtins.attrNames (flake [
    {
      perSystem.libvirt.hosts = lib.genAttrs [ "one" "other" ] (host: {
        connections."qemu+ssh://${host}/system".domains.dns = {
          template = "linux";
        };
      });
    }
  ]).packages;
}
