# The objects of one kind that a connection declares, each with what it comes to.
{ lib }:
let
  inherit (builtins) isList;
  freeform = import ./freeform.nix { inherit lib; };
  kinds = import ../kinds.nix;

  # libvirt's secrets have no name, so that the name of the set becomes their uuid.
  nameIn =
    context: kind: name: spec:
    if name == null then
      spec
    else if kind == "secret" then
      { uuid = context.settings.uuid "secret/${name}"; } // spec
    else
      { inherit name; } // spec;

  # A list of { at, name, object, spec, source, definitions, called, volumes } out of a list or a set by name, each
  # worked out once.
  entries =
    context: plural: at: given:
    let
      found = listOf at given;
      objects = map (entry: entry.object) found;
      specs' = freeform.read "spec" objects;
      args' = freeform.read "args" objects;
    in
    builtins.genList (
      i:
      let
        entry = builtins.elemAt found i;
        spec = builtins.elemAt specs' i;
        args = builtins.elemAt args' i;
        isTemplate = entry.object.template or null != null;
        named = nameIn context kinds.${plural} entry.name;
        isSpec = isTemplate || spec.value != null;
        # The whole spec, holding the user's sets as they are.
        source = context.specs.resolve kinds.${plural} (
          if isTemplate then
            named args.value // { inherit (entry.object) template; }
          else
            named spec.value
        );
      in
      entry
      // {
        spec = spec.value;
        inherit (if isTemplate then args else spec) definitions;
        inherit source;
        # Its name, as far as it is known here.
        called =
          if isSpec then
            source.name or null
          else if plural == "volumes" && entry.object.definition == null then
            entry.name
          else
            null;
        network = import ./network.nix {
          spec = if isSpec then source else null;
          bridge = entry.object.firewallInterface or null;
          keepsAddresses =
            !builtins.elem (entry.object.reservations or null) [
              null
              { }
            ];
        };
        volumes =
          if plural == "pools" then entries context "volumes" "${entry.at}.volumes" entry.object.volumes else [ ];
      }
    ) (builtins.length found);
  under = at: name: "${at}.${lib.strings.escapeNixIdentifier name}";
  listOf =
    at: given:
    if given == null then
      [ ]
    else if isList given then
      lib.imap0 (i: object: {
        at = if object ? _key then under at object._key else "${at}[${toString i}]";
        name = object.name or null;
        inherit object;
      }) given
    else
      lib.mapAttrsToList (name: object: {
        at = under at name;
        # What a volume is called matters only where it is to be absent.
        name = if object.name or null == null then name else object.name;
        inherit object;
      }) given;
in
{
  inherit entries;
  # Whether an entry has a spec, its own or a template's.
  hasSpec = given: given.spec != null || given.object.template or null != null;
}
