# Configurations evaluated as NixOS, Home Manager and flake-parts do it: by nixpkgs' module system,
# with the few options of theirs that the modules touch declared here.
{
  # nixpkgs' lib.
  lib,
  # A folder with bin/nixvirt-compile, and one with bin/nixvirt-apply.
  nixvirt ? throw "a compiler was asked for",
  apply ? "/APPLY",
  # The packages, and parts of them that are not built where nobody asks what is in them.
  pkgs ? import ./nixpkgs-standin/packages.nix builtins.currentSystem,
  qemu ? "/QEMU",
  closure-image ? system: "/BUILD/closure-of-${baseNameOf (toString system)}",
}:
let
  modules = import ../../lib-nix/modules {
    compilerFor = _: {
      type = "derivation";
      name = "nixvirt";
      outPath = nixvirt;
      system = builtins.currentSystem;
    };
    partsFor =
      { compiler, ... }:
      {
        nixvirt = compiler;
        inherit qemu closure-image;
        ovmf = "/OVMF";
        virtio-win = "/BUILD/virtio-win.iso";
        inherit (compiler) system;
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

  base = {
    _module.args = { inherit pkgs; };
  };
  standin = import ./nixpkgs-standin/options.nix { inherit lib pkgs; };

  homeLib = lib.extend (
    _: _: {
      hm.dag.entryAfter = after: data: { inherit after data; };
    }
  );

  evaluate = lib: modules: (lib.evalModules { modules = [ base ] ++ modules; });
in
{
  inherit pkgs lib;
  # Our module among others, in the order that `order` puts them in.
  nixosWith =
    order: configurations:
    evaluate lib (
      [
        standin.nixos
      ]
      ++ order modules.nixos
      ++ configurations
    );
  nixos =
    configurations:
    evaluate lib (
      [
        standin.nixos
        modules.nixos
      ]
      ++ configurations
    );
  home =
    configurations:
    evaluate homeLib (
      [
        standin.home
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
