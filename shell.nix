# The shell to work on nixvirt in, for `nix-shell`.
{
  pkgs ? import <nixpkgs> { },
}:
(import ./lib-nix/outputs.nix).shellFor pkgs
