# The type of a spec: a set of whatever depth, each leaf of which any module may define or override.
#
# Sets merge key by key, lists one after the other (in the order that mkBefore and mkAfter ask
# for), and a scalar is defined once or by a higher priority. Where one module gives a child that
# stands alone and another a list of them, the one is of the list: both spell the same in a spec.
#
# nixpkgs has `types.anything`, which refuses a set beside a list, walks into no definition but
# several, and leaves paths for `toJSON` to copy to the store. This type gives what spec.nix calls
# plain data, in one walk instead of two: a host of a thousand machines is evaluated often.
{ lib }:
let
  inherit (builtins)
    all
    any
    attrValues
    catAttrs
    concatLists
    concatMap
    filter
    head
    isAttrs
    isFunction
    isList
    isPath
    isString
    length
    mapAttrs
    partition
    typeOf
    ;

  isPackage = value: value ? outPath || value ? __toString;

  # Nothing but `mkIf false` is there. Within a set, a spec spells that `null`: so the keys of a set
  # are known before its values are, and one leaf may be made of another.
  orNull = found: if found == [ ] then null else head found;

  # One definition. `mkIf`, `mkMerge` and the like are sets with a `_type`. Most of a spec is
  # strings, which is why they come first, and why a place is put together for no scalar.
  set =
    file: loc: given:
    if given ? __toString then
      scalar file loc (given.__toString given)
    else if given ? outPath then
      # A system of NixOS says what its kernel is told: the template `nixos` asks it.
      if given ? kernelParams then given else scalar file loc given.outPath
    else
      mapAttrs (
        key: value:
        let
          type = typeOf value;
        in
        if type == "string" || type == "int" || type == "bool" then
          value
        else if type == "set" then
          if value ? _type && !(isPackage value) then
            orNull (element file (loc ++ [ key ]) value)
          else
            set file (loc ++ [ key ]) value
        else
          scalar file (loc ++ [ key ]) value
      ) given;
  scalar =
    file: loc: value:
    let
      type = typeOf value;
    in
    if type == "list" then
      if any (part: part ? _type) value then
        concatMap (element file loc) value
      else
        map (plain file loc) value
    else if type == "path" then
      toString value
    else if type == "lambda" then
      throw (
        "The option `${lib.showOption loc}' is a function, and a spec is data: does it lack its arguments? "
        + "It is defined in ${file}."
      )
    else
      value;
  plain =
    file: loc: value:
    if isAttrs value then set file loc value else scalar file loc value;
  # One definition that may come to nothing.
  element =
    file: loc: value:
    merge loc [ { inherit file value; } ];

  # All definitions of one place: a list of their one value, or of none.
  merge = loc: definitions: join loc (lib.mergeDefinitions loc type definitions).defsFinal;

  join =
    loc: definitions:
    let
      values = map (definition: definition.value) definitions;
      joined =
        if length definitions == 1 then
          plain (head definitions).file loc (head values)
        else if all (value: isAttrs value && !(isPackage value)) values then
          lib.zipAttrsWith (key: found: orNull (merge (loc ++ [ key ]) found)) (
            map (
              definition:
              mapAttrs (_: value: {
                inherit (definition) file;
                inherit value;
              }) definition.value
            ) definitions
          )
        else if any isList values then
          concatMap (
            definition:
            let
              value = plain definition.file loc definition.value;
            in
            if isList value then
              value
            else if value == null then
              [ ]
            else
              [ value ]
          ) definitions
        else
          lib.mergeEqualOption loc (
            map (definition: definition // { value = plain definition.file loc definition.value; }) definitions
          );
    in
    if definitions == [ ] then [ ] else [ joined ];

  # --- The short way.

  # Whether merging would change nothing of any of these values. It forces all of them, which merging does not:
  # so it is only for whoever is about to do that anyway. It goes from level to level, all values of one at once, by Nix's
  # own functions alone, most frequent types first: a function of ours for each value would take as long as all the rest.
  arePlain =
    values:
    let
      strings = partition isString values;
      sets = partition isAttrs strings.wrong;
      lists = partition isList sets.wrong;
    in
    strings.wrong == [ ]
    || (
      catAttrs "_type" sets.right == [ ]
      && catAttrs "outPath" sets.right == [ ]
      && catAttrs "__toString" sets.right == [ ]
      && !(any isPath lists.wrong)
      && !(any isFunction lists.wrong)
      && arePlain (concatMap attrValues sets.right ++ concatLists lists.right)
    );

  type = lib.mkOptionType {
    name = "spec";
    description = "attribute set of libvirt's format";
    descriptionClass = "noun";
    check = value: isAttrs value && !(isPackage value);
    merge = loc: definitions: orNull (join loc definitions);
    emptyValue.value = { };
  };
in
{
  inherit type;
  # An option of objects, a spec or a template's arguments, of one after the other: what merging gives, at half the
  # cost where there is nothing to merge; and the sets that its attributes have their places in.
  read =
    option: objects:
    let
      isAlone = given: length given == 1 && isAttrs (head given).value;
      all = map (object: object._definitions.${option} or [ ]) objects;
      nothingToMerge = arePlain (map (given: (head given).value) (filter isAlone all));
    in
    map (
      object:
      let
        given = object._definitions.${option} or [ ];
        value = (head given).value;
        asItIs = isAlone given && (nothingToMerge || arePlain [ value ]);
      in
      {
        value = if asItIs then value else object.${option} or null;
        # What is merged has lost them.
        definitions = if asItIs then null else map (definition: definition.value) given;
      }
    ) objects;
}
