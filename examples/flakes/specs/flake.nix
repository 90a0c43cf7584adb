# Specs of a host's objects, compiled to XML.
{
  description = "Specs of libvirt objects";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.nixvirt.url = "github:nixvirt/nixvirt";
  inputs.nixvirt.inputs.nixpkgs.follows = "nixpkgs";

  outputs =
    { nixpkgs, nixvirt, ... }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
    in
    {
      # The folder with bundle.json and all XML.
      packages = lib.genAttrs systems (system: {
        default = (nixvirt.lib.for nixpkgs.legacyPackages.${system}).writeAll (import ./bundle.nix);
      });
    };
}
