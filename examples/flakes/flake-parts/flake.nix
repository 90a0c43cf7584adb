# The virtual machines of a host that this flake only speaks to.
{
  description = "Virtual machines of a host with libvirt";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.flake-parts.url = "github:hercules-ci/flake-parts";
  inputs.flake-parts.inputs.nixpkgs-lib.follows = "nixpkgs";
  inputs.nixvirt.url = "github:nixvirt/nixvirt";
  inputs.nixvirt.inputs.nixpkgs.follows = "nixpkgs";

  outputs =
    inputs:
    inputs.flake-parts.lib.mkFlake { inherit inputs; } {
      imports = [ inputs.nixvirt.flakeModules.default ];
      systems = [ "x86_64-linux" ];
      perSystem.libvirt.hosts.lab.connections."qemu+ssh://root@lab/system" = import ./machines.nix;
    };
}
