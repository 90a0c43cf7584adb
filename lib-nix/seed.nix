# The discs from which new machines read their configuration, each as a derivation: `nixvirt-compile seed` makes it.
{
  nixvirt,
  system,
  spec,
}:
let
  texts = import ./texts.nix;
in
name: given:
derivation {
  inherit name system;
  compiler = "${nixvirt}/bin/nixvirt-compile";
  builder = "/bin/sh";
  preferLocalBuild = true;
  allowSubstitutes = false;
  input = builtins.toJSON (spec.plain "" (texts given));
  passAsFile = [ "input" ];
  args = [
    "-c"
    ''"$compiler" seed "$inputPath" -o "$out" --color never --format human --summary''
  ];
}
