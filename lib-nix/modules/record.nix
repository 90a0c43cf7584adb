# The type of a set with known options, as `types.submodule` is, at a fraction of its cost.
#
# A submodule evaluates its own module system: 0.1 ms for each of a host's objects, more than all
# the rest. Nothing of it is needed to merge sets, and that is all that objects are. Where one is
# given as a module after all (a function, a file), `types.submodule` has it.
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
    loc: definitions:
    let
      problems = unknown loc definitions;
      given =
        if length definitions == 1 then
          let
            definition = head definitions;
          in
          mapAttrs (_: value: [
            {
              inherit (definition) file;
              inherit value;
            }
          ]) definition.value
        else
          lib.zipAttrs (
            map (
              definition:
              mapAttrs (_: value: {
                inherit (definition) file;
                inherit value;
              }) definition.value
            ) definitions
          );
      value =
        key: option:
        if !(given ? ${key}) then
          option.default
        else
          let
            merged = lib.mergeDefinitions (loc ++ [ key ]) option.type given.${key};
          in
          if merged.isDefined then merged.mergedValue else option.default;
    in
    if problems != [ ] then throw (concatStringsSep "\n" problems) else mapAttrs value options;
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
