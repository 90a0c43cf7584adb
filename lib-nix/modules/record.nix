# The type of a set with known options, as `types.submodule` is, at a fraction of its cost.
#
# A submodule evaluates its own module system: 0.1 ms for each of a host's objects, more than all
# the rest. Nothing of it is needed to merge sets, and that is all that objects are. Where one is
# given as a module after all (a function, a file), `types.submodule` has it.
#
# What an object was defined as is in `_definitions`, for freeform.nix to see whether its `spec` needs
# any merging at all. It is no option: where a value is defined as another one, it is left out.
{ lib }:
{
  # What the messages call it, such as "domain".
  name,
  # Its options: each has a type and a default.
  options,
}:
let
  inherit (builtins)
    all
    attrNames
    concatLists
    concatStringsSep
    filter
    head
    isAttrs
    length
    mapAttrs
    ;

  submodule = lib.types.submodule { inherit options; };
  known = attrNames options;

  # The submodule's error stops at the first of them, and knows no better word.
  unknown =
    loc: definitions:
    concatLists (
      map (
        definition:
        map (
          key:
          let
            close = filter (name: lib.strings.levenshteinAtMost 2 name key) known;
            hint =
              if close != [ ] then
                "did you mean `${head close}'?"
              else
                "a ${name} has ${concatStringsSep ", " known}; what libvirt's format has goes into `spec'";
          in
          "The option `${lib.showOption (loc ++ [ key ])}' does not exist: ${hint} It is defined in ${definition.file}."
        ) (filter (key: !(options ? ${key})) (attrNames definition.value))
      ) definitions
    );

  merge =
    loc: all:
    let
      definitions = map (
        definition:
        if definition.value ? _definitions then
          definition // { value = removeAttrs definition.value [ "_definitions" ]; }
        else
          definition
      ) all;
      problems = unknown loc definitions;
      located = definition: value: {
        inherit (definition) file;
        inherit value;
      };
      given =
        if length definitions == 1 then
          mapAttrs (_: value: [ (located (head definitions) value) ]) (head definitions).value
        else
          lib.zipAttrs (
            map (definition: mapAttrs (_: value: located definition value) definition.value) definitions
          );
      value =
        key: option:
        if !(given ? ${key}) then
          option.default
        else
          let
            found = given.${key};
            only = (head found).value;
            merged = lib.mergeDefinitions (loc ++ [ key ]) option.type found;
          in
          # Most options are defined once and by nothing but their value.
          if length found == 1 && !(only ? _type) && option.type.check only then
            option.type.merge (loc ++ [ key ]) found
          else if merged.isDefined then
            merged.mergedValue
          else
            option.default;
    in
    if problems != [ ] then
      throw (concatStringsSep "\n" problems)
    else
      mapAttrs value options // (if options ? spec then { _definitions = given; } else { });
in
lib.mkOptionType {
  name = "submodule";
  description = name;
  descriptionClass = "noun";
  inherit (submodule) check;
  merge =
    loc: definitions:
    if all (definition: isAttrs definition.value) definitions then
      merge loc definitions
    else
      submodule.merge loc definitions;
  emptyValue.value = { };
  inherit (submodule) getSubOptions;
}
