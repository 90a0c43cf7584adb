# A NixOS host with virtual machines.
{
  description = "A NixOS host with virtual machines";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.nixvirt.url = "github:nixvirt/nixvirt";
  inputs.nixvirt.inputs.nixpkgs.follows = "nixpkgs";

  outputs =
    { nixpkgs, nixvirt, ... }:
    {
      nixosConfigurations.lab = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          nixvirt.nixosModules.default
          ./host.nix
          ./machines.nix
        ];
      };
    };
}
