# A nixpkgs for the test of our flake: the few attributes it uses, and no internet.
#
# What is built for real is built by the machine's own bash, coreutils and cargo, outside a sandbox.
{
  outputs =
    { self }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      inherit ((import ./packages.nix "x86_64-linux")) lib;
      # NixOS, as far as our module and nixpkgs' module system go.
      nixosSystem =
        {
          system ? null,
          modules,
        }:
        let
          pkgs = import ./packages.nix system;
          options = import ./options.nix { inherit lib pkgs; };
        in
        lib.evalModules {
          modules = [
            options.nixos
            options.guest
            options.others
            { _module.args = { inherit pkgs; }; }
          ]
          ++ modules;
        };
    in
    {
      lib = lib // {
        inherit nixosSystem;
      };
      legacyPackages = builtins.listToAttrs (
        map (system: {
          name = system;
          value = import ./packages.nix system;
        }) systems
      );
    };
}
