# Texts that are in files: a path of the configuration (`./user-data.yaml`) and a package stand for the text in the file, which the
# compiler knows as `{ file = ...; }`. A string is the text itself.
let
  inStore = import ./in-store.nix;
  texts =
    value:
    if builtins.isPath value then
      { file = inStore value; }
    else if builtins.isList value then
      map texts value
    else if !builtins.isAttrs value || value ? __toString then
      value
    else if value ? outPath then
      { file = value; }
    else
      builtins.mapAttrs (_: texts) value;
in
texts
