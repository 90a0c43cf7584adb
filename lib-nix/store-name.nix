# A name as the store takes one: few characters, at most 211 of them, no dot in front, and for a
# derivation no .drv at the end. Whatever an object or a file is called, no name stops an evaluation;
# it is the compiler that judges names.
name:
let
  parts = builtins.split "[^a-zA-Z0-9+._?=-]" (builtins.substring 0 150 name);
  text = builtins.concatStringsSep "-" (builtins.filter builtins.isString parts);
  front = if builtins.match "\\..*" text == null && text != "" then text else "-" + text;
in
if builtins.match ".*\\.drv" front == null then front else front + "-"
