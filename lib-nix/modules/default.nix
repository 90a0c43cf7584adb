# The modules: VMs as part of a NixOS, Home Manager or flake-parts configuration.
#
# They take their packages from the configuration's own nixpkgs. What they need of this flake comes
# in here:
#
#   compilerFor pkgs              the compiler that is taken where a configuration names none
#   partsFor { pkgs, compiler }   what lib-nix/default.nix takes
#   applyFor pkgs                 the package with bin/nixvirt-apply; its `libvirt` can be overridden
{
  compilerFor,
  partsFor,
  applyFor,
}:
let
  # What the modules have in common; `hostFor` takes what a configuration asks for.
  common =
    { lib, pkgs }:
    let
      options = import ./options.nix {
        inherit lib;
        compiler = compilerFor pkgs;
      };
      inherit (options) read;
    in
    options
    // {
      inherit (import ./macs.nix { inherit lib; }) shared;
      hostFor =
        {
          # libvirt's package.
          package,
          # A package with bin/nixvirt-compile.
          compiler,
          # The option `connections`, as declared by options.nix.
          connections,
          hasFirewall ? false,
          isHere ? true,
          # The version of the libvirt on this machine, where the configuration knows it.
          version ? null,
        }:
        import ./host.nix {
          inherit
            lib
            pkgs
            hasFirewall
            isHere
            version
            ;
          parts = partsFor { inherit pkgs compiler; };
          apply = (applyFor pkgs).override { libvirt = package; };
          connections = read connections;
        };
    };

  # A set, and no path: `nix flake check` asks for that.
  named = name: imported: {
    _file = "nixvirt (${name})";
    # Two inputs that bring it bring it once.
    key = "nixvirt#${name}";
    imports = [ imported ];
  };
  module = name: file: named name (import file { inherit common; });
in
{
  nixos = module "nixosModules.default" ./nixos.nix;
  home = module "homeModules.default" ./home.nix;
  flake = module "flakeModules.default" ./flake-parts.nix;
  # For the guests, not for the hosts.
  guest = named "nixosModules.guest" ./guest.nix;
}
