# The type of a set with known options, as `types.submodule` is, at a fraction of its cost.
#
# A submodule evaluates its own module system: 0.1 ms for each of a host's objects, more than all
# the rest. Nothing of it is needed to merge sets, and that is all that objects are. Where one is
# given as a module after all (a function, a file), or where another module declares options beside ours,
# `types.submodule` has it.
#
# What an object was defined as is in `_definitions`, for freeform.nix to see whether its `spec` needs
# any merging at all. It is no option: `bare` takes it out of what the configuration shows, and where a
# value is defined as another one, it is left out.
{ lib }:
let
  hidden = [
    "_definitions"
    "_key"
  ];
in
{
  # An object as its options have it. collection.nix adds `_key`.
  bare = object: removeAttrs object hidden;

  type =
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

      key = "nixvirt#${name}";
      own = import ./own.nix;
      known = attrNames options;
      defaults = mapAttrs (_: option: option.default) options;

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
                    "a ${name} has ${concatStringsSep ", " known}${
                      lib.optionalString (options ? spec) "; what libvirt's format has goes into `spec'"
                    }.";
              in
              "The option `${lib.showOption (loc ++ [ key ])}' does not exist: ${hint} It is defined in ${definition.file}."
            ) (attrNames (removeAttrs definition.value known))
          ) definitions
        );

      merge =
        loc: unfiltered:
        let
          definitions = map (
            definition:
            if definition.value ? _definitions || definition.value ? _key then
              definition // { value = removeAttrs definition.value hidden; }
            else
              definition
          ) unfiltered;
          isKnown = definition: removeAttrs definition.value known == { };
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
            key: found:
            let
              option = options.${key};
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
        if all isKnown definitions then
          # Most of them are not defined at all.
          defaults
          // (mapAttrs value given // (if options ? spec then { _definitions = given; } else { }))
        else
          throw (concatStringsSep "\n" (unknown loc definitions));

      # Of what `types.submoduleWith` takes, with our options among the modules.
      make =
        payload:
        let
          submodule = lib.types.submoduleWith payload;
          isOurs = all (own.is key) payload.modules;
        in
        lib.mkOptionType {
          name = "submodule";
          description = name;
          descriptionClass = "noun";
          inherit (submodule) check;
          merge =
            if isOurs then
              loc: definitions:
              if all (definition: isAttrs definition.value) definitions then
                merge loc definitions
              else
                submodule.merge loc definitions
            else
              submodule.merge;
          emptyValue.value = defaults;
          inherit (submodule) getSubOptions getSubModules;
          substSubModules = modules: make (payload // { inherit modules; });
          functor = submodule.functor // {
            type = make;
          };
        };
    in
    make {
      modules = [ (own.module key options) ];
      shorthandOnlyDefinesConfig = true;
    };
}
