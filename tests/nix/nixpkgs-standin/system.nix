# What `nixosSystem` gives of a guest's modules.
{ lib, pkgs }:
modules:
let
  options = import ./options.nix { inherit lib pkgs; };
in
lib.evalModules {
  modules = [
    options.nixos
    options.guest
    options.others
    { _module.args = { inherit pkgs; }; }
  ]
  ++ modules;
}
