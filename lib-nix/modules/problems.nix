# What no type of an option can say is wrong, as messages.
{
  lib,
  # Whether the firewall is this configuration's to open.
  hasFirewall,
}:
let
  inherit (builtins)
    attrValues
    concatLists
    concatMap
    concatStringsSep
    filter
    groupBy
    head
    isString
    length
    ;
  kinds = import ../kinds.nix;
  uris = import ./uri.nix;

  # The places of several objects, with the files where one is known; of many, some will do.
  places =
    found:
    let
      most = 4;
      rest = length found - most;
    in
    (if rest > 0 then "${toString rest} more and " else "")
    + concatStringsSep " and " (
      map (
        { at, object, ... }:
        let
          files = concatMap (map (definition: definition.file)) (attrValues (object._definitions or { }));
        in
        "`${at}`${lib.optionalString (files != [ ]) " (in ${head files})"}"
      ) (lib.take most found)
    );

  # Two modules may declare objects of one kind, in a list and a set; only what each object is called says
  # whether they mean the same one.
  twice =
    plural: found:
    map (
      same:
      "${places same} are both a ${kinds.${plural}} called ${builtins.toJSON (head same).called}: "
      + "give it one name in a set, where what several modules say of it is merged, or take one of them out"
    ) (
      filter (same: length same > 1) (
        attrValues (groupBy (entry: entry.called) (filter (entry: isString entry.called) found))
      )
    );

  form =
    plural:
    {
      at,
      name,
      object,
      spec,
      ...
    }:
    let
      forms =
        (if object.definition == null then [ ] else [ "definition" ])
        ++ (if spec == null then [ ] else [ "spec" ])
        ++ (if object.template or null == null then [ ] else [ "template" ]);
      choices = if object ? template then "`definition`, `spec` or `template`" else "`definition` or `spec`";
    in
    # Hardly ever is anything else asked for.
    if length forms == 1 then
      [ ]
    else if plural == "volumes" && !object.present then
      lib.optional (forms == [ ] && name == null) "${at}: a volume with `present = false` needs its `name`"
    else if forms == [ ] then
      [ "${at}: there is nothing that defines it: give it a ${choices}" ]
    else
      [
        "${at}: it is defined by `${concatStringsSep "` and by `" forms}`: leave one${
          lib.optionalString (lib.elem "template" forms && lib.elem "spec" forms) " (what `spec` has can go into `args`)"
        }"
      ];

  firewall =
    uri:
    {
      at,
      object,
      network,
      ...
    }:
    if !object.openFirewall then
      [ ]
    else if !hasFirewall then
      [ "${at}: `openFirewall` is for the NixOS module, whose host has the firewall" ]
    else if !uris.isLocal uri then
      [ "${at}: `openFirewall` opens the firewall of the host that this configures, and the connection is to another one" ]
    else if !network.isServed then
      [ "${at}: `openFirewall` is for what libvirt's dnsmasq serves, and this network has none: its machines are on a bridge or card of the host's own" ]
    else
      lib.optional (network.bridge == null) (
        "${at}: `openFirewall` needs the name of the network's bridge: "
        + (
          if object.definition != null then
            "say it in `firewallInterface`, for a `definition` is not read"
          else
            "give `spec.bridge.name`, or libvirt chooses one"
        )
      );

  ofObject =
    uri: plural: entry:
    form plural entry
    ++ lib.optional (
      entry.object.args or { } != { } && entry.object.template == null
    ) "${entry.at}: there are `args` without a `template`"
    ++ lib.optionals (plural == "networks") (firewall uri entry)
    ++ ofAll uri "volumes" entry.volumes;
  ofAll = uri: plural: found: concatMap (ofObject uri plural) found ++ twice plural found;
in
# Of a connection's objects, by kind.
uri: all: concatLists (lib.mapAttrsToList (ofAll uri) all)
