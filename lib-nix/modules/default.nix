# The modules: VMs as part of a NixOS, Home Manager or flake-parts configuration.
#
# They take their packages from the configuration's own nixpkgs. What they need of this flake comes
# in here:
#
#   partsFor pkgs   what lib-nix/default.nix takes
#   applyFor pkgs   the package with bin/nixvirt-apply; its `libvirt` can be overridden
{ partsFor, applyFor }:
let
  # What the modules have in common; `hostFor` takes what a configuration asks for.
  common =
    { lib, pkgs }:
    let
      options = import ./options.nix { inherit lib; };
      inherit (options) read;
    in
    options
    // {
      inherit (import ./macs.nix { inherit lib; }) shared;
      hostFor =
        {
          # libvirt's package.
          package,
          # The option `connections`, as declared by options.nix.
          connections,
          hasFirewall ? false,
          isHere ? true,
        }:
        import ./host.nix {
          inherit lib pkgs hasFirewall isHere;
          parts = partsFor pkgs;
          apply = (applyFor pkgs).override { libvirt = package; };
          connections = read connections;
        };
    };

  module = name: file: {
    _file = "nixvirt (${name})";
    # Two inputs that bring it bring it once.
    key = "nixvirt#${name}";
    imports = [ (import file { inherit common; }) ];
  };
in
{
  nixos = module "nixosModules.default" ./nixos.nix;
  home = module "homeModules.default" ./home.nix;
  flake = module "flakeModules.default" ./flake-parts.nix;
}
