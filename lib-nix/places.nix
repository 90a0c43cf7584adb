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
in
{
  # All places in a spec.
  inherit of;

  # One place in a spec, for no more than which it is.
  first =
    spec:
    let
      key = builtins.head (attrNames spec);
    in
    if !isAttrs spec || spec == { } then
      null
    else
      {
        ${key} =
          let
            place = unsafeGetAttrPos key spec;
          in
          ours.${place.file or ""} or place;
      };

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
