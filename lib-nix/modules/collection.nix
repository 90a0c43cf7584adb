# The type of a connection's objects of one kind: a list as in NixVirt, or a set by name.
#
# Two modules can add to either; where one has a list and the other a set, a list comes out, which
# is all that matters to what is built from it. A name of the set is the name of its object, unless
# that says otherwise. What is called by one name in both is for host.nix to refuse: what an object of a
# list is called is known only once all of it is.
{ lib }:
let
  inherit (builtins)
    all
    attrValues
    catAttrs
    elem
    filter
    head
    isAttrs
    isList
    length
    mapAttrs
    ;

  # Of one object's type.
  make =
    object:
    let
      list = lib.types.listOf object;
      set = lib.types.attrsOf object;

      # One module's set, in which nothing is conditional or overridden: most objects are in one.
      isSimple =
        definitions:
        length definitions == 1
        && (
          let
            values = attrValues (head definitions).value;
          in
          all isAttrs values && catAttrs "_type" values == [ ]
        );
      mergeSet =
        loc: definitions:
        if isSimple definitions then
          mapAttrs (
            key: value:
            object.merge (loc ++ [ key ]) [
              {
                inherit (head definitions) file;
                inherit value;
              }
            ]
          ) (head definitions).value
        else
          set.merge loc definitions;
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
          mergeSet loc definitions
        else
          list.merge loc (of isList)
          ++ lib.mapAttrsToList (
            key: value:
            value
            // {
              # What messages call it by.
              _key = key;
              name = if value.name == null then key else value.name;
            }
          ) (mergeSet loc (of isAttrs));
      emptyValue.value = [ ];
      getSubOptions = prefix: object.getSubOptions (prefix ++ [ "<name or position>" ]);
      inherit (object) getSubModules;
      substSubModules = modules: make (object.substSubModules modules);
      # A module that declares more options for NixVirt's objects has them in a list; it might as well be
      # a set.
      typeMerge =
        functor:
        let
          # Releases of nixpkgs before 25.05 have it in `wrapped`.
          other = functor.payload.elemType or (functor.wrapped or null);
          merged = object.typeMerge other.functor;
        in
        if
          !(elem functor.name [
            "listOf"
            "attrsOf"
            "attrsWith"
          ])
          || other == null
          || merged == null
        then
          null
        else
          make merged;
      # To such a module, ours is a list as well.
      functor = list.functor;
      nestedTypes.elemType = object;
    };
in
make
