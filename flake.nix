# nixvirt as a flake: the lib, the compiler as a package, and what working on it takes.
#
# `lib` is a drop-in for NixVirt's and runs the compiler on x86_64-linux. For any other host, or to
# have the QEMU of your own nixpkgs in the XML, ask for the lib of a package set:
#
#   nixvirt.lib.for nixpkgs.legacyPackages.aarch64-linux
{
  description = "From Nix attribute sets to libvirt XML that libvirt accepts";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      perSystem =
        output: nixpkgs.lib.genAttrs systems (system: output nixpkgs.legacyPackages.${system});

      packageFor = pkgs: pkgs.callPackage ./lib-nix/package.nix { };
      libFor =
        pkgs:
        import ./lib-nix {
          nixvirt = packageFor pkgs;
          qemu = pkgs.qemu;
          ovmf = pkgs.OVMFFull.fd;
          virtio-win = pkgs.callPackage ./lib-nix/virtio-win.nix { };
          system = pkgs.stdenv.hostPlatform.system;
        };
    in
    {
      lib = libFor nixpkgs.legacyPackages.x86_64-linux // {
        for = libFor;
      };

      packages = perSystem (pkgs: {
        default = packageFor pkgs;
      });

      overlays.default = final: _: {
        nixvirt = packageFor final;
      };

      checks = perSystem (pkgs: {
        package = packageFor pkgs;
        # Every template, through the compiler: it refuses what libvirt would refuse.
        templates = import ./tests/nix/templates.nix (libFor pkgs);
      });

      formatter = perSystem (pkgs: pkgs.nixfmt-tree);

      # What `tests/run` and the daily work want, beside Nix itself.
      devShells = perSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.cargo
            pkgs.clippy
            pkgs.libvirt
            pkgs.libxml2
            pkgs.nixfmt-tree
            pkgs.python3
            pkgs.rustc
            pkgs.rustfmt
          ];
        };
      });
    };
}
