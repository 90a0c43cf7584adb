# A nixpkgs as a channel has it.
{
  system ? builtins.currentSystem,
}:
import ./packages.nix system
