# The type of a connection's objects of one kind: a list as in NixVirt, or a set by name.
#
# Two modules can add to either; where one has a list and the other a set, a list comes out, which
# is all that matters to what is built from it. A name of the set is the name of its object, unless
# that says otherwise.
{ lib }:
# The type of one object.
object:
let
  inherit (builtins)
    all
    attrNames
    filter
    isAttrs
    isList
    ;
  list = lib.types.listOf object;
  set = lib.types.attrsOf object;
in
lib.mkOptionType {
  name = "collection";
  description = "list or attribute set by name of ${object.description}s";
  descriptionClass = "composite";
  check = value: isList value || (isAttrs value && !(lib.isDerivation value));
  merge =
    loc: definitions:
    let
      of = is: filter (definition: is definition.value) definitions;
    in
    if all (definition: isList definition.value) definitions then
      list.merge loc definitions
    else if all (definition: isAttrs definition.value) definitions then
      set.merge loc definitions
    else
      list.merge loc (of isList)
      ++ lib.mapAttrsToList (name: value: value // { inherit name; }) (set.merge loc (of isAttrs));
  emptyValue.value = [ ];
  getSubOptions = prefix: object.getSubOptions (prefix ++ [ "<name or position>" ]);
  getSubModules = null;
  nestedTypes.elemType = object;
}
