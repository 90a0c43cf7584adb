# What `nixosSystem` gives of a guest's modules.
{ lib, pkgs }:
modules:
lib.evalModules {
  modules = [
    (import ./options.nix { inherit lib pkgs; }).guest
    { _module.args = { inherit pkgs; }; }
  ]
  ++ modules;
}
