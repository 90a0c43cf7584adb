# From what a user wrote to plain data that `builtins.toJSON` gives the compiler unharmed.
#
# Left to itself, `toJSON` copies every path to the store: disk images, and an error for a file
# that is yet to be made. It also says nothing about where in a spec a function is.
{ templates }:
let
  xml = import ../templates/xml.nix;

  # How a user would write the place: devices.disk[0].source.
  under = at: key: if at == "" then key else "${at}.${key}";
  place = at: if at == "" then "the spec" else at;

  # Strings keep their context: it is what makes a package in a spec a dependency of the XML.
  plain =
    at: value:
    let
      type = builtins.typeOf value;
    in
    if type == "set" then
      if value ? __toString then
        plain at (value.__toString value)
      else if value ? outPath then
        plain at value.outPath
      else
        builtins.mapAttrs (key: plain (under at key)) value
    else if type == "list" then
      builtins.genList (
        i: plain "${at}[${toString i}]" (builtins.elemAt value i)
      ) (builtins.length value)
    else if type == "path" then
      toString value
    else if type == "lambda" then
      throw "nixvirt: ${place at} is a function, and a spec is data: does it lack its arguments?"
    else
      value;

  # A spec may name its template: `{ template = "linux"; name = "mail"; }`.
  expand =
    kind: spec:
    let
      known = templates.${kind} or { };
    in
    if !(builtins.isAttrs spec && spec ? template) then
      spec
    else if known ? ${spec.template} then
      known.${spec.template} (removeAttrs spec [ "template" ])
    else
      throw "nixvirt: there is no ${kind} template ${builtins.toJSON spec.template}; ${
        if known == { } then
          "a ${kind} has none"
        else
          "there is ${builtins.concatStringsSep ", " (builtins.attrNames known)}"
      }";

  # In `metadata`, as in the body of an element, `opt` and `many` leave nulls and nested lists. A list that
  # has neither stays the user's own, whose place Nix knows.
  flattenMetadata =
    spec:
    if
      builtins.isAttrs spec
      && builtins.isList (spec.metadata or null)
      && builtins.any (part: part == null || builtins.isList part) spec.metadata
    then
      spec // { metadata = xml.flatten spec.metadata; }
    else
      spec;
in
{
  inherit plain;
  # The spec with its template evaluated, still holding paths and packages.
  resolve = kind: spec: flattenMetadata (expand kind spec);
}
