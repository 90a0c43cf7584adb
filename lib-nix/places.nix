# Where each attribute of a spec stands, for the compiler to say where a mistake is.
#
# Nix knows the place of an attribute, but not of a list or of what stands in one, and none of what
# functions such as `mapAttrs` made. The walk goes where spec.nix goes, so that the paths are the
# same; it asks for nothing that the spec itself does not need. What comes out is
#
#   tree    null, or { KEY = entry; ... } for a set, or [ tree ... ] for a list
#   entry   place, or [ place tree ]
#   place   null or { file; line; column; }, with a file as file-name.nix has it
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

  inherit (import ./file-name.nix) isPlain encode;

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

  # A place as the compiler takes it. `plain` is a file whose name is known to be plain, or no file.
  readable = plain: place: if place.file == plain || isPlain place.file then place else encode place;

  ofSet =
    plain: set:
    mapAttrs (
      key: value:
      let
        place = unsafeGetAttrPos key set;
        file = place.file or "";
        here = ours.${file} or (readable plain place);
        # Most of what is in it stands in the same file, whose name is looked at once.
        below = walk (if ours ? ${file} || file == plain || !isPlain file then plain else file);
      in
      if isAttrs value then
        [
          here
          (below value)
        ]
      else if isList value then
        [
          here
          (map below value)
        ]
      else
        here
    ) set;

  walk =
    plain: value:
    if isAttrs value then
      # A package stands for its path.
      if value ? outPath || value ? __toString then null else ofSet plain value
    else if isList value then
      map (walk plain) value
    else
      null;

  # A spec's attributes stand in one file, most of them; the first one's will do to begin with.
  plainIn =
    value:
    let
      file = (unsafeGetAttrPos (builtins.head (attrNames value)) value).file or "";
    in
    if isAttrs value && !(value ? _type) && value != { } && isPlain file then file else "";

  known = plain: place: ours.${place.file or ""} or (readable plain place);

  # The places in what the module system makes of several definitions: of all sets that have a place in
  # it, and no further than the module system itself looks into them. A definition that is overridden, or
  # whose condition does not hold, is never evaluated; which one that is, is not asked.
  ofDefinitions =
    plain: definitions:
    let
      sets = builtins.filter (value: isAttrs value && !(value ? _type)) definitions;
      whole = builtins.length sets == builtins.length definitions;
      entry =
        key: sets:
        let
          values = map (set: set.${key}) sets;
          alone = builtins.length sets == 1;
          bare = builtins.all (value: !(value ? _type)) values;
        in
        [
          (if alone || bare then known plain (unsafeGetAttrPos key (builtins.head sets)) else null)
          (
            if !whole || !bare then
              null
            else if alone then
              ofDefinition plain (builtins.head values)
            else
              ofDefinitions plain values
          )
        ];
    in
    builtins.zipAttrsWith entry (map (set: mapAttrs (_: _: set) set) sets);

  # Only one half of a condition is ever evaluated, and lists with conditions in them get shorter.
  ofDefinition =
    plain: value:
    if isAttrs value then
      if value ? _type || value ? outPath || value ? __toString then
        null
      else
        mapAttrs (key: below: [
          (known plain (unsafeGetAttrPos key value))
          (ofDefinition plain below)
        ]) value
    else if isList value then
      if builtins.any (part: part ? _type) value then null else map (ofDefinition plain) value
    else
      null;
in
{
  # All places in a spec.
  of = value: walk (plainIn value) value;

  ofDefinitions =
    definitions: ofDefinitions (if definitions == [ ] then "" else plainIn (builtins.head definitions)) definitions;

  # One place in the first of some sets that has any attributes, for no more than which object it is.
  first =
    sets:
    let
      found = builtins.filter (set: isAttrs set && !(set ? _type) && set != { }) sets;
      set = builtins.head found;
      key = builtins.head (attrNames set);
    in
    if found == [ ] then null else { ${key} = known "" (unsafeGetAttrPos key set); };

  # What the compiler takes.
  text =
    tree:
    # A path in the text is where to look, not what the build depends on.
    unsafeDiscardStringContext (toJSON {
      inherit tree;
      others = if nixpkgs == null then [ ] else [ (readable "" { file = toString nixpkgs; }) ];
      # What may be cut off a file's name.
      store = builtins.storeDir;
    });
}
