# From the connections of a configuration to what runs: the bundle of each, and the commands.
#
# `parts` is what the lib takes (the compiler, QEMU, firmware, ...), `apply` holds
# bin/nixvirt-apply.
{
  lib,
  pkgs,
  parts,
  apply,
}:
let
  inherit (builtins)
    attrNames
    concatLists
    concatStringsSep
    filter
    isList
    mapAttrs
    ;
  templates = import ../../templates { inherit (parts) qemu ovmf virtio-win; };
  specs = import ../spec.nix { inherit templates; };
  freeform = import ./freeform.nix { inherit lib; };
  uuid = import ../uuid.nix;
  places = import ../places.nix { nixpkgs = parts.nixpkgs or null; };
  compile = import ../compile.nix {
    inherit (parts) nixvirt system;
    inherit places;
  };

  kinds = import ../kinds.nix;

  # A list of { at, name, object, spec, source, definitions, volumes } out of a list or a set by name, each worked
  # out once.
  entries =
    plural: at: given:
    map (
      entry:
      let
        spec = freeform.read "spec" entry.object;
        args = freeform.read "args" entry.object;
        isTemplate = entry.object.template or null != null;
        named = nameIn kinds.${plural} entry.name;
      in
      entry
      // {
        spec = spec.value;
        inherit (if isTemplate then args else spec) definitions;
        # The whole spec, holding the user's sets as they are.
        source = specs.resolve kinds.${plural} (
          if isTemplate then
            named args.value // { inherit (entry.object) template; }
          else
            named spec.value
        );
        volumes = entries "volumes" "${entry.at}.volumes" (entry.object.volumes or null);
      }
    ) (listOf at given);
  listOf =
    at: given:
    if given == null then
      [ ]
    else if isList given then
      lib.imap0 (i: object: {
        at = "${at}[${toString i}]";
        name = object.name or null;
        inherit object;
      }) given
    else
      lib.mapAttrsToList (name: object: {
        at = "${at}.${lib.strings.escapeNixIdentifier name}";
        # What a volume is called matters only where it is to be absent.
        name = if object.name or null == null then name else object.name;
        inherit object;
      }) given;

  # A connection's, by kind. `null` and `[ ]` differ: the former leaves objects alone, the latter has
  # none left.
  listed =
    uri: connection:
    mapAttrs (
      plural: _:
      entries plural "virtualisation.libvirt.connections.${lib.strings.escapeNixString uri}.${plural}"
        connection.${plural}
    ) (declared connection);
  declared = connection: lib.filterAttrs (plural: _: connection.${plural} or null != null) kinds;

  # --- What no type can say.

  objectProblems =
    plural:
    {
      at,
      name,
      object,
      spec,
      volumes,
      ...
    }:
    let
      forms =
        lib.optional (object.definition != null) "definition"
        ++ lib.optional (spec != null) "spec"
        ++ lib.optional (object.template or null != null) "template";
      choices = if object ? template then "`definition`, `spec` or `template`" else "`definition` or `spec`";
      one =
        if plural == "volumes" && !object.present then
          lib.optional (forms == [ ] && name == null) "${at}: a volume with `present = false` needs its `name`"
        else if forms == [ ] then
          [ "${at}: there is nothing that defines it: give it a ${choices}" ]
        else if builtins.length forms > 1 then
          [
            "${at}: it is defined by `${concatStringsSep "` and by `" forms}`: leave one${
              lib.optionalString (lib.elem "template" forms && lib.elem "spec" forms) " (what `spec` has can go into `args`)"
            }"
          ]
        else
          [ ];
      stray = lib.optional (
        object.args or { } != { } && object.template == null
      ) "${at}: there are `args` without a `template`";
    in
    one ++ stray ++ concatLists (map (objectProblems "volumes") volumes);

  # --- The bundle: what the compiler takes, and the apply step after it.

  # libvirt's secrets have no name, so that the name of the set becomes their uuid.
  nameIn =
    kind: name: spec:
    if name == null then
      spec
    else if kind == "secret" then
      { uuid = uuid "secret/${name}"; } // spec
    else
      { inherit name; } // spec;

  hasSpec = given: given.spec != null || given.object.template or null != null;
  # Options are plain already, what a template makes of its arguments is not: it has packages in it.
  specOf =
    { object, spec, source, ... }:
    if object.template or null != null || spec ? template then specs.plain "" source else source;

  hookFile =
    event: hook:
    if builtins.isPath hook || lib.hasPrefix "/" hook then
      "${hook}"
    else
      "${pkgs.writeShellScript "nixvirt-hook-${event}" hook}";

  entry =
    connection: plural:
    { object, volumes, ... }@given:
    let
      setting = key: if object.${key} or null != null then object.${key} else connection.${key} or null;
      optional = key: value: if value == null then { } else { ${key} = value; };
      hooks = lib.filterAttrs (_: hook: hook != null) (
        if object.hooks or null == null then { } else object.hooks
      );
    in
    (
      if object.definition != null then
        { definition = "${object.definition}"; }
      else if hasSpec given then
        { spec = specOf given; }
      else
        { }
    )
    // optional "active" (object.active or null)
    // optional "restart" (object.restart or null)
    // optional "autostart" (object.autostart or null)
    // optional "value" (object.value or null)
    // (
      if plural == "domains" then
        optional "shutdown" (setting "shutdown")
        // optional "live" (setting "live")
        // (if hooks == { } then { } else { hooks = mapAttrs hookFile hooks; })
      else if plural == "pools" then
        { volumes = map (entry connection "volumes") volumes; }
      else if plural == "volumes" then
        { inherit (object) present; } // optional "name" given.name
      else
        { }
    );

  bundleOf =
    connection: all:
    let
      problems = concatLists (
        lib.mapAttrsToList (plural: found: concatLists (map (objectProblems plural) found)) all
      );
    in
    if problems != [ ] then
      throw "nixvirt: ${concatStringsSep "\nnixvirt: " problems}"
    else
      mapAttrs (plural: map (entry connection plural)) all
      // {
        inherit (connection) prune;
      };

  # Where what is in the bundle stands. A host of more than a hundred objects would wait for that longer
  # than for all the rest: it is told no more than where each object begins.
  treeOfBundle =
    all:
    let
      count = builtins.foldl' (sum: found: sum + builtins.length found) 0 (builtins.attrValues all);
      treeOf =
        { source, definitions, ... }:
        if count > 100 then
          places.first (if definitions == null then [ source ] else definitions)
        else if definitions == null then
          places.of source
        else
          places.ofDefinitions definitions;
      object =
        given:
        {
          spec = [
            null
            (if hasSpec given then treeOf given else null)
          ];
        }
        // (
          if given.volumes == [ ] then
            { }
          else
            {
              volumes = [
                null
                (map object given.volumes)
              ];
            }
        );
    in
    mapAttrs (_: found: [
      null
      (map object found)
    ]) all;

  # All of a connection in one derivation; none where there is nothing to say of any kind.
  bundles =
    connections:
    mapAttrs (
      uri: connection:
      let
        all = listed uri connection;
      in
      compile {
        name = "nixvirt-${uri}";
        flags = lib.optional connection.check "--deny-warnings";
        input = bundleOf connection all;
        tree = treeOfBundle all;
      }
    ) (lib.filterAttrs (_: connection: declared connection != { }) connections);
in
{
  inherit bundles;
  # Whether any domain has hooks of its own.
  hasHooks =
    connections:
    lib.any (
      connection:
      lib.any (entry: entry.object.hooks or null != null) (listOf "" connection.domains)
    ) (builtins.attrValues connections);
  # What to run, for all connections at once: a host that does not answer keeps no other waiting.
  command =
    {
      action,
      connections,
      verbose ? false,
      arguments ? [ ],
    }:
    [
      "${apply}/bin/nixvirt-apply"
      action
    ]
    ++ arguments
    ++ lib.optional verbose "-v"
    ++ concatLists (
      lib.mapAttrsToList (uri: bundle: [
        "--connect"
        uri
        "${bundle}/bundle.json"
      ]) (bundles connections)
    );
}
