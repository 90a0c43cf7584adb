# nixvirt without flakes: what the flake's outputs are, for one package set.
#
#   nix-build                        the programs, in ./result and its like
#   (import ./. { }).nixosModules.default
#
# The modules, which take the packages of their configuration, ask for no `pkgs`.
{
  pkgs ? import <nixpkgs> { },
}:
let
  outputs = import ./lib-nix/outputs.nix;
in
{
  nixvirt = outputs.packageFor pkgs;
  compile = outputs.compileFor pkgs;
  lib = outputs.libFor pkgs // {
    for = outputs.libFor;
  };
  nixosModules.default = outputs.modules.nixos;
  nixosModules.guest = outputs.modules.guest;
  homeModules.default = outputs.modules.home;
  flakeModules.default = outputs.modules.flake;
  overlays.default = outputs.overlay;
}
