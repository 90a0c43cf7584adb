# What the lib offers for one kind of object: its XML as a file and as a string.
{
  spec,
  places,
  compile,
  # settings.nix
  settings,
}:
kind:
let
  # A name that is missing, or no name at all, is for the compiler to complain about.
  nameOf =
    object:
    let
      name = spec.plain "name" (object.name or null);
    in
    if builtins.isAttrs object && builtins.isString name then name else "unnamed";

  # A derivation, to be used wherever a path to the XML is.
  writeXML =
    given:
    let
      object = spec.resolve kind given;
    in
    compile {
      name = "NixVirt-${kind}-${nameOf object}";
      flags = [
        "--kind"
        kind
      ]
      ++ settings.flags;
      input = settings.salted (spec.plain "" object);
      tree = places.of object;
    };
in
{
  inherit writeXML;
  # The text: Nix has to build the file before it can go on evaluating.
  getXML = object: builtins.readFile (writeXML object);
}
