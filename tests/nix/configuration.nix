# Configurations evaluated as NixOS, Home Manager and flake-parts do it: by nixpkgs' module system,
# with the few options of theirs that the modules touch declared here.
{
  # nixpkgs' lib.
  lib,
  # A folder with bin/nixvirt-compile, and one with bin/nixvirt-apply.
  nixvirt ? throw "a compiler was asked for",
  apply ? "/APPLY",
}:
let
  pkgs = import ./nixpkgs-standin/packages.nix builtins.currentSystem;
  modules = import ../../lib-nix/modules {
    compilerFor = _: nixvirt;
    partsFor =
      { compiler, ... }:
      {
        nixvirt = compiler;
        qemu = "/QEMU";
        ovmf = "/OVMF";
        virtio-win = "/BUILD/virtio-win.iso";
        system = compiler.system or builtins.currentSystem;
      };
    # Which libvirt it was built on can be told by its path.
    applyFor = _: {
      override = { libvirt }: if libvirt == pkgs.libvirt then apply else "${apply}-on-${libvirt}";
    };
  };

  inherit (lib) mkOption types;
  any = mkOption {
    type = types.anything;
    default = { };
  };
  option = type: default: mkOption { inherit type default; };

  base = {
    _module.args = { inherit pkgs; };
  };
  service = types.submodule {
    freeformType = types.attrsOf types.anything;
    options = {
      enable = option types.bool true;
      wantedBy = option (types.listOf types.str) [ ];
    };
  };
  nixosOptions.options = {
    environment.systemPackages = option (types.listOf types.package) [ ];
    systemd.services = option (types.attrsOf service) { };
    systemd.sockets = option (types.attrsOf service) { };
    virtualisation.libvirtd = {
      enable = option types.bool false;
      hooks.qemu = option (types.attrsOf types.path) { };
      package = option types.package pkgs.libvirt;
      qemu.swtpm.enable = option types.bool false;
      qemu.swtpm.package = option types.package pkgs.swtpm;
    };
  };
  homeOptions.options = {
    home.packages = option (types.listOf types.package) [ ];
    home.activation = any;
    systemd.user.services = any;
    systemd.user.systemctlPath = option types.str "systemctl";
  };
  homeLib = lib.extend (
    _: _: {
      hm.dag.entryAfter = after: data: { inherit after data; };
    }
  );

  evaluate = lib: modules: (lib.evalModules { modules = [ base ] ++ modules; });
in
{
  inherit pkgs lib;
  nixos =
    configurations:
    evaluate lib (
      [
        nixosOptions
        modules.nixos
      ]
      ++ configurations
    );
  home =
    configurations:
    evaluate homeLib (
      [
        homeOptions
        modules.home
      ]
      ++ configurations
    );
  # flake-parts, as far as one system goes.
  flake =
    configurations:
    (lib.evalModules {
      specialArgs.flake-parts-lib.mkPerSystemOption =
        module:
        mkOption {
          type = types.submoduleWith { modules = [ base module ]; };
          default = { };
        };
      modules = [
        modules.flake
        {
          options.perSystem = mkOption {
            type = types.submoduleWith {
              modules = [
                {
                  options = {
                    packages = any;
                    apps = any;
                    checks = any;
                  };
                }
              ];
            };
          };
        }
      ]
      ++ configurations;
    }).config.perSystem;
}
