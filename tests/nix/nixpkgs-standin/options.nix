# The options of NixOS and of Home Manager that nixvirt's modules touch, as those declare them.
{ lib, pkgs }:
let
  inherit (lib) mkOption types;
  any = mkOption {
    type = types.anything;
    default = { };
  };
  option = type: default: mkOption { inherit type default; };

  service = types.submodule {
    freeformType = types.attrsOf types.anything;
    options = {
      enable = option types.bool true;
      wantedBy = option (types.listOf types.str) [ ];
    };
  };
  # For NixOS and Home Manager alike.
  saying = {
    assertions = option (types.listOf types.unspecified) [ ];
    warnings = option (types.listOf types.str) [ ];
  };
in
{
  nixos.options = saying // {
    networking.firewall.interfaces = option (types.attrsOf (
      types.submodule {
        options = {
          allowedTCPPorts = option (types.listOf types.port) [ ];
          allowedUDPPorts = option (types.listOf types.port) [ ];
        };
      }
    )) { };
    environment.systemPackages = option (types.listOf types.package) [ ];
    systemd.services = option (types.attrsOf service) { };
    systemd.sockets = option (types.attrsOf service) { };
    virtualisation.libvirtd = {
      enable = option types.bool false;
      hooks = lib.genAttrs [ "qemu" "lxc" "network" ] (_: option (types.attrsOf types.path) { });
      package = option types.package pkgs.libvirt;
      # nixpkgs, too, has these in a submodule.
      qemu = option (types.submodule {
        options = {
          swtpm.enable = option types.bool false;
          swtpm.package = option types.package pkgs.swtpm;
          vhostUserPackages = option (types.listOf types.package) [ ];
        };
      }) { };
    };
  };
  home.options = saying // {
    home.packages = option (types.listOf types.package) [ ];
    home.activation = any;
    systemd.user.services = any;
    systemd.user.systemctlPath = option types.str "systemctl";
  };

  # What `nixosModules.guest` sets.
  guest =
    { config, ... }:
    {
      options = {
        boot.kernelParams = option (types.listOf types.str) [ ];
        boot.initrd.availableKernelModules = option (types.listOf types.str) [ ];
        boot.loader.grub.enable = option types.bool true;
        fileSystems = option (types.attrsOf (types.submodule { freeformType = types.attrsOf types.anything; })) { };
        services.qemuGuest.enable = option types.bool false;
        system.build.toplevel = mkOption { type = types.package; };
      };
      # Of a system, as much as whoever boots it asks: a derivation that knows what its kernel is told.
      config.system.build.toplevel = pkgs.system config.boot.kernelParams;
    };

  # Whatever else a configuration sets.
  others.freeformType = types.lazyAttrsOf types.anything;
}
