# One run of `nixvirt-compile` as a derivation, without stdenv: a shell and the compiler do.
#
# The input goes in as a file, because a whole host does not fit in the environment, and by
# `passAsFile`, because `builtins.toFile` would refuse the string contexts that must be kept.
# The compiler's exit status and its stderr are the build's.
{ nixvirt, system }:
let
  # Store names have few characters and at most 211 of them, and a derivation's may not end in
  # .drv. Whatever an object is called, it is the compiler that judges the name.
  legal =
    name:
    let
      parts = builtins.split "[^a-zA-Z0-9+._?=-]" (builtins.substring 0 150 name);
      text = builtins.concatStringsSep "-" (builtins.filter builtins.isString parts);
    in
    if builtins.match ".*\\.drv" text == null then text else text + "-";
in
{
  name,
  flags ? [ ],
  input,
}:
derivation {
  name = legal name;
  inherit system;
  compiler = "${nixvirt}/bin/nixvirt-compile";
  input = builtins.toJSON input;
  passAsFile = [ "input" ];
  builder = "/bin/sh";
  args = [
    "-c"
    ''exec "$compiler" "$@" --color never --format human -o "$out" "$inputPath"''
    "nixvirt"
  ]
  ++ flags;
  # It takes milliseconds: asking a builder or a cache for it takes longer.
  preferLocalBuild = true;
  allowSubstitutes = false;
}
