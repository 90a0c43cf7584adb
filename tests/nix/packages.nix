# The packages of the flake and what they say of themselves, for one package set.
{ pkgs }:
let
  outputs = import ../../lib-nix/outputs.nix;
in
rec {
  compile = outputs.compileFor pkgs;
  apply = outputs.applyFor pkgs;
  default = outputs.packageFor pkgs;
  meta = builtins.mapAttrs (_: package: package.meta) { inherit compile apply default; };
}
