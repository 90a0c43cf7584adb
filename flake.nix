# nixvirt as a flake: the lib, the modules, the programs as packages, and what working on it takes.
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

      compilerFor = pkgs: pkgs.callPackage ./lib-nix/package.nix { };
      applyFor = pkgs: pkgs.callPackage ./lib-nix/apply-package.nix { };
      # Both, for a profile.
      packageFor =
        pkgs:
        pkgs.symlinkJoin {
          name = "nixvirt";
          paths = [
            (compilerFor pkgs)
            (applyFor pkgs)
          ];
        };

      partsFor = pkgs: {
        nixvirt = compilerFor pkgs;
        qemu = pkgs.qemu;
        ovmf = pkgs.OVMFFull.fd;
        virtio-win = pkgs.callPackage ./lib-nix/virtio-win.nix { };
        system = pkgs.stdenv.hostPlatform.system;
        nixpkgs = pkgs.path or null;
      };
      libFor = pkgs: import ./lib-nix (partsFor pkgs);
      modules = import ./lib-nix/modules { inherit partsFor applyFor; };

      app = program: {
        type = "app";
        inherit program;
      };
    in
    {
      lib = libFor nixpkgs.legacyPackages.x86_64-linux // {
        for = libFor;
      };

      nixosModules.default = modules.nixos;
      homeModules.default = modules.home;
      flakeModules.default = modules.flake;

      packages = perSystem (pkgs: {
        default = packageFor pkgs;
        compile = compilerFor pkgs;
        virtdeclare = applyFor pkgs;
      });

      apps = perSystem (pkgs: {
        virtdeclare = app "${applyFor pkgs}/bin/virtdeclare";
        # What a switch of a host in the flake here would do to its VMs: nix run github:nixvirt/nixvirt#plan -- HOST
        plan = app "${pkgs.writeShellScript "nixvirt-plan" (builtins.readFile ./lib-nix/plan.sh)}";
      });

      overlays.default = final: _: {
        nixvirt = packageFor final;
      };

      checks = perSystem (pkgs: {
        package = packageFor pkgs;
        # Every template, through the compiler: it refuses what libvirt would refuse.
        templates = import ./tests/nix/templates.nix (libFor pkgs);
        # A NixOS in a VM, which declares a VM of its own.
        vm = import ./tests/nix/vm.nix {
          inherit pkgs;
          module = self.nixosModules.default;
        };
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
