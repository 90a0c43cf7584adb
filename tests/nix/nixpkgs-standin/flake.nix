# A nixpkgs for the test of our flake: the few attributes it uses, and no internet.
#
# What is built for real is built by the machine's own bash, coreutils and cargo, outside a sandbox.
{
  outputs =
    { self }:
    {
      lib = (import ./packages.nix "x86_64-linux").lib;
      legacyPackages = builtins.listToAttrs (
        map
          (system: {
            name = system;
            value = import ./packages.nix system;
          })
          [
            "x86_64-linux"
            "aarch64-linux"
            "x86_64-darwin"
            "aarch64-darwin"
          ]
      );
    };
}
