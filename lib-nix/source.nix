# The sources that the packages are built of.
let
  # What cargo never reads stays out, so that editing it builds nothing anew.
  apart = map (name: toString ../. + "/" + name) [
    ".ci"
    ".git"
    "flake.lock"
    "flake.nix"
    "lib-nix"
    "target"
    "tests/nix"
  ];
in
builtins.path {
  name = "nixvirt-source";
  path = ../.;
  filter = path: _: !(builtins.elem path apart);
}
