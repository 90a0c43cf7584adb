# nixvirt as a flake: the lib, the modules, the programs as packages, and what working on it takes.
#
# `lib` is a drop-in for NixVirt's and runs the compiler on x86_64-linux. For any other host, or to
# have the QEMU of your own nixpkgs in the XML, ask for the lib of a package set:
#
#   nixvirt.lib.for nixpkgs.legacyPackages.aarch64-linux
#
# and where the specs of that set are compiled on another platform than its own, name a compiler:
#
#   nixvirt.lib.for {
#     pkgs = nixpkgs.legacyPackages.aarch64-linux;
#     compiler = nixvirt.packages.x86_64-linux.compile;
#   }
{
  description = "From Nix attribute sets to libvirt XML that libvirt accepts";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      outputs = import ./lib-nix/outputs.nix;

      linux = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      # The compiler, its checks and its language server.
      systems = linux ++ [
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      perSystem = output: lib.genAttrs systems (system: output nixpkgs.legacyPackages.${system});

      app = description: program: {
        type = "app";
        inherit program;
        meta = { inherit description; };
      };
    in
    {
      lib = outputs.libFor nixpkgs.legacyPackages.x86_64-linux // {
        for = outputs.libFor;
      };

      nixosModules.default = outputs.modules.nixos;
      nixosModules.guest = outputs.modules.guest;
      homeModules.default = outputs.modules.home;
      flakeModules.default = outputs.modules.flake;

      packages = perSystem (
        pkgs:
        {
          default = outputs.packageFor pkgs;
          compile = outputs.compileFor pkgs;
        }
        // lib.optionalAttrs (outputs.hasApply pkgs) {
          virtdeclare = outputs.applyFor pkgs;
        }
      );

      apps = perSystem (
        pkgs:
        rec {
          default = compile;
          compile = app "Compile, check and import libvirt objects" (lib.getExe (outputs.compileFor pkgs));
        }
        // lib.optionalAttrs (outputs.hasApply pkgs) {
          apply = app "Apply a bundle to this machine's libvirt" (lib.getExe (outputs.applyFor pkgs));
          virtdeclare = app "Declare one libvirt object, as NixVirt's virtdeclare does" "${outputs.applyFor pkgs}/bin/virtdeclare";
          # nix run github:nixvirt/nixvirt#plan -- HOST
          plan = app "Say what a switch of a host in the flake here would do to its VMs" "${pkgs.writeShellScript "nixvirt-plan" (builtins.readFile ./lib-nix/plan.sh)}";
        }
      );

      overlays.default = outputs.overlay;

      templates = import ./examples/flakes;

      checks = perSystem (
        pkgs:
        {
          package = outputs.packageFor pkgs;
          # Every template, through the compiler: it refuses what libvirt would refuse.
          templates = import ./tests/nix/templates.nix (outputs.libFor pkgs);
        }
        // lib.optionalAttrs (outputs.hasApply pkgs) {
          # A NixOS in a VM, which declares a VM of its own.
          vm = import ./tests/nix/vm.nix {
            inherit pkgs;
            module = self.nixosModules.default;
          };
        }
      );

      formatter = perSystem (pkgs: pkgs.nixfmt-tree);

      devShells = perSystem (pkgs: {
        default = outputs.shellFor pkgs;
      });
    };
}
