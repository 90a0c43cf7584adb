# A block of Nix out of a document, as printed, evaluated as what it is a part of.
{
  nixpkgsLib,
  nixvirt,
  # The block, its kind as documents.py says it, and the file `web.nix` that it may import.
  file,
  kind,
  # The flake, for what a document takes from it.
  root,
}:
let
  lib = import nixpkgsLib;
  configuration = import ./configuration.nix { inherit lib nixvirt; };
  pkgs = configuration.pkgs // {
    fetchurl = { url, hash }: configuration.pkgs.qemu;
  };
  guest = import ./nixpkgs-standin/system.nix { inherit lib pkgs; };
  # What a document leaves to what stands around its block.
  block = builtins.scopedImport {
    inherit pkgs;
    sources.nixvirt = root;
    # configuration.nix brings the module.
    inputs = {
      nixvirt = {
        flakeModules.default = { };
        nixosModules.guest = ../../lib-nix/modules/guest.nix;
      };
      nixpkgs.lib.nixosSystem = { modules, ... }: guest modules;
    };
  } file;
  bundles = evaluated: evaluated.config.virtualisation.libvirt.build.bundles;
  whole = builtins.mapAttrs (_: bundle: bundle.drvPath);
in
if kind == "home" then
  whole (bundles (configuration.home [ block ]))
else if kind == "nixos" || kind == "line" then
  whole (
    bundles (
      configuration.nixos [
        block
        { virtualisation.libvirt.enable = true; }
        # A flake hands its inputs to its modules.
        {
          _module.args.inputs.self.nixosConfigurations.web = guest [ ../../lib-nix/modules/guest.nix ];
        }
      ]
    )
  )
else if kind == "flake-parts" then
  builtins.mapAttrs (_: package: package.drvPath) (configuration.flake [ block ]).packages
else if kind == "sources" then
  {
    imports = map builtins.typeOf block.imports;
    packages = map (package: package.drvPath) block.environment.systemPackages;
  }
else
  throw "a block of Nix of an unknown kind"
