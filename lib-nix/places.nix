# Where each attribute of a spec stands, for the compiler to say where a mistake is.
#
# Nix knows the place of an attribute, but not of a list or of what stands in one, and none of what
# functions such as `mapAttrs` made. The walk goes where spec.nix goes, so that the paths are the
# same; it asks for nothing that the spec itself does not need. What comes out is
#
#   tree    null, or { KEY = entry; ... } for a set, or [ tree ... ] for a list
#   entry   place, or [ place tree ]
#   place   null or { file; line; column; }
#
# There are a hundred attributes in a spec, most of them a template's, and each costs time in every
# evaluation: hence no more than that, and null for what is ours, which no user can mend.
{
  # The folder of nixpkgs, or null: what its functions made is none of the user's places either.
  nixpkgs ? null,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    isAttrs
    isList
    listToAttrs
    mapAttrs
    readDir
    toJSON
    unsafeDiscardStringContext
    unsafeGetAttrPos
    ;

  # Our own files, to be looked up by name, and no file at all.
  ours =
    listToAttrs (
      concatMap
        (
          folder:
          map (name: {
            name = "${toString folder}/${name}";
            value = null;
          }) (attrNames (readDir folder))
        )
        [
          ./.
          ./modules
          ../templates
          ../templates/domain
          ../templates/network
        ]
    )
    // {
      "" = null;
    };

  ofSet =
    set:
    mapAttrs (
      key: value:
      let
        place = unsafeGetAttrPos key set;
      in
      if isAttrs value then
        [
          (ours.${place.file or ""} or place)
          (of value)
        ]
      else if isList value then
        [
          (ours.${place.file or ""} or place)
          (map of value)
        ]
      else
        ours.${place.file or ""} or place
    ) set;

  of =
    value:
    if isAttrs value then
      # A package stands for its path.
      if value ? outPath || value ? __toString then null else ofSet value
    else if isList value then
      map of value
    else
      null;

  known = place: ours.${place.file or ""} or place;

  # The places in what the module system makes of several definitions: of all sets that have a place in
  # it, and no further than the module system itself looks into them. A definition that is overridden, or
  # whose condition does not hold, is never evaluated; which one that is, is not asked.
  ofDefinitions =
    definitions:
    let
      sets = builtins.filter (value: isAttrs value && !(value ? _type)) definitions;
      whole = builtins.length sets == builtins.length definitions;
      entry =
        key: sets:
        let
          values = map (set: set.${key}) sets;
          alone = builtins.length sets == 1;
          plain = builtins.all (value: !(value ? _type)) values;
        in
        [
          (if alone || plain then known (unsafeGetAttrPos key (builtins.head sets)) else null)
          (
            if !whole || !plain then
              null
            else if alone then
              ofDefinition (builtins.head values)
            else
              ofDefinitions values
          )
        ];
    in
    builtins.zipAttrsWith entry (map (set: mapAttrs (_: _: set) set) sets);

  # Only one half of a condition is ever evaluated, and lists with conditions in them get shorter.
  ofDefinition =
    value:
    if isAttrs value then
      if value ? _type || value ? outPath || value ? __toString then
        null
      else
        mapAttrs (key: below: [
          (known (unsafeGetAttrPos key value))
          (ofDefinition below)
        ]) value
    else if isList value then
      if builtins.any (part: part ? _type) value then null else map ofDefinition value
    else
      null;
in
{
  # All places in a spec.
  inherit of;

  inherit ofDefinitions;

  # One place in the first of some sets that has any attributes, for no more than which object it is.
  first =
    sets:
    let
      found = builtins.filter (set: isAttrs set && !(set ? _type) && set != { }) sets;
      set = builtins.head found;
      key = builtins.head (attrNames set);
    in
    if found == [ ] then null else { ${key} = known (unsafeGetAttrPos key set); };

  # What the compiler takes.
  text =
    tree:
    # A path in the text is where to look, not what the build depends on.
    unsafeDiscardStringContext (toJSON {
      inherit tree;
      others = if nixpkgs == null then [ ] else [ (toString nixpkgs) ];
      # What may be cut off a file's name.
      store = builtins.storeDir;
    });
}
