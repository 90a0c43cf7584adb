# From the connections of a configuration to what runs: the bundle of each, and the commands.
{
  lib,
  pkgs,
  # What the lib takes: the compiler, QEMU, firmware, ...
  parts,
  # Holds bin/nixvirt-apply.
  apply,
  # The connections by URI, as options.nix reads them.
  connections,
  # The version of the libvirt on the machine that the configuration is for; null where it is not known.
  version ? null,
  # Whether the firewall is this configuration's to open.
  hasFirewall ? false,
  # Whether this machine's libvirt is on the machine that the configuration is for, which has the packages.
  isHere ? true,
}:
let
  inherit (builtins)
    attrNames
    concatLists
    concatStringsSep
    filter
    mapAttrs
    ;
  inherit (import ./entries.nix { inherit lib; }) entries hasSpec;
  inStore = import ../in-store.nix;
  readSettings = import ../settings.nix;
  places = import ../places.nix { nixpkgs = parts.nixpkgs or null; };
  compile = import ../compile.nix {
    inherit (parts) nixvirt system;
    inherit places;
  };

  inherit (import ../spec.nix { templates = { }; }) plain;
  macs = import ./macs.nix { inherit lib; };

  kinds = import ../kinds.nix;
  keys = import ../keys.nix;
  uris = import ./uri.nix;
  inherit ((import ./objects.nix { inherit lib; }).shutdown) defaults;
  problemsOf = import ./problems.nix { inherit lib hasFirewall; };

  # What is to be known of a connection to read its objects: its settings, and its specs, whose templates
  # name no package of ours on another host, which need not have it.
  contextOf =
    uri: connection:
    let
      ours = isHere && uris.isLocal uri;
      part = name: if connection.${name} != null || !ours then connection.${name} else parts.${name};
    in
    {
      settings = readSettings {
        inherit (connection)
          unknown
          check
          salt
          allow
          warn
          ;
        libvirt = versionOf uri connection;
      };
      specs = import ../spec.nix {
        templates = import ../../templates {
          qemu = part "qemu";
          ovmf = part "ovmf";
          virtio-win = part "virtio-win";
          # Of a guest that is built here, the image is, too; another host gets it with the guest.
          inherit (parts) closure-image;
        };
      };
    };

  # The libvirt that a connection's objects are for.
  versionOf =
    uri: connection:
    if connection.libvirt == null && isHere && uris.isLocal uri then version else connection.libvirt;

  # A connection's, by kind. `null` and `[ ]` differ: the former leaves objects alone, the latter has
  # none left.
  listed =
    context: uri: connection:
    mapAttrs (
      plural: _:
      entries context plural "virtualisation.libvirt.connections.${lib.strings.escapeNixString uri}.${plural}"
        connection.${plural}
    ) (declared connection);
  declared = connection: lib.filterAttrs (plural: _: connection.${plural} or null != null) kinds;

  # --- The bundle: what the compiler takes, and the apply step after it.

  # Options are plain already, what a template makes of its arguments is not: it has packages in it.
  specOf =
    { object, spec, source, ... }:
    if object.template or null != null || spec ? template then plain "" source else source;

  # A path alone is a program; what has more words is a command, even if it begins like one.
  hookFile =
    event: hook:
    if !builtins.isString hook || builtins.match "/[^[:space:]]*" hook != null then
      inStore hook
    else
      "${pkgs.writeShellScript "nixvirt-hook-${event}" hook}";

  # What a domain leaves out of its `shutdown`, its connection says.
  shutdownOf =
    connection: object:
    let
      given = connection.shutdown or null;
      whole = if given == null then defaults else given;
    in
    if object.shutdown or null == null then
      given
    else
      mapAttrs (
        part: _: if object.shutdown.${part} == null then whole.${part} else object.shutdown.${part}
      ) defaults;

  # Keys without those that are null, which are not to be in the bundle.
  given = set: removeAttrs set (filter (key: set.${key} == null) (attrNames set));

  # A key's value as the bundle has it; null where there is nothing to say.
  kept =
    name: key: value:
    if key.type == "file" then
      inStore value
    else if key.type == "hook" then
      hookFile name value
    else if key.type == "set" then
      orNull (mapAttrs (part: kept part key.keys.${part}) (given value))
    else if key.type == "own" then
      orNull value
    else if value == key.default or null then
      null
    else
      value;
  orNull = value: if value == { } || value == [ ] then null else value;

  # What is no key of a bundle, or is said of the whole object.
  apart = {
    spec = null;
    definition = null;
    template = null;
    args = null;
    name = null;
    volumes = null;
    live = null;
    shutdown = null;
  };
  keysOf = mapAttrs (_: keys: removeAttrs keys (attrNames apart)) keys.entries;

  entry =
    connection: plural:
    { object, volumes, ... }@found:
    let
      ofKind = keysOf.${kinds.${plural}};
      isDomain = plural == "domains";
      live = if object.live == null then connection.live else object.live;
      shutdown = shutdownOf connection object;
    in
    (
      if object.definition != null then
        { definition = inStore object.definition; }
      else if hasSpec found then
        { spec = specOf found; }
      else
        { }
    )
    // given (mapAttrs (name: kept name ofKind.${name}) (given (builtins.intersectAttrs ofKind object)))
    // (if isDomain && shutdown != null then { inherit shutdown; } else { })
    // (if isDomain && live != null then { inherit live; } else { })
    // (if plural == "pools" then { volumes = map (entry connection "volumes") volumes; } else { })
    // (if plural == "volumes" && found.name != null then { inherit (found) name; } else { });

  bundleOf =
    context: uri: connection: all: problems:
    if problems != [ ] then
      throw "nixvirt: ${concatStringsSep "\nnixvirt: " problems}"
    else
      context.settings.salted (
        mapAttrs (plural: map (entry connection plural)) all
        // {
          inherit (connection) prune;
        }
        // (if connection.external == { } then { } else { inherit (connection) external; })
        // (if (connection.unset or [ ]) == [ ] then { } else { inherit (connection) unset; })
        # For what is no longer declared, and for machines on a network that are stopped with it.
        // given {
          libvirt = versionOf uri connection;
          shutdown = connection.shutdown or null;
          owner = connection.owner or null;
        }
      );

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

  # Each connection's objects, and what is wrong with them.
  all = mapAttrs (
    uri: connection:
    let
      context = contextOf uri connection;
      objects = listed context uri connection;
    in
    {
      inherit connection context objects;
      problems = problemsOf uri objects;
    }
  ) connections;

  # All of a connection in one derivation; none where there is nothing to say of any kind.
  bundles = mapAttrs (
    uri:
    {
      connection,
      context,
      objects,
      problems,
    }:
    compile {
      name = "nixvirt-${uri}";
      inherit (context.settings) flags;
      input = bundleOf context uri connection objects problems;
      tree = treeOfBundle objects;
    }
  ) (lib.filterAttrs (_: found: found.objects != { }) all);

  # The objects of a kind on this machine.
  local =
    plural:
    concatLists (
      lib.mapAttrsToList (uri: found: lib.optionals (uris.isLocal uri) (found.objects.${plural} or [ ])) all
    );
  # The folders that a domain shares, as far as its spec is known.
  shares = domain: lib.toList (if hasSpec domain then domain.source.devices.filesystem or [ ] else [ ]);
in
{
  inherit bundles;
  # What is wrong with the objects, a message each.
  problems = concatLists (lib.mapAttrsToList (_: found: found.problems) all);

  # The folders of this machine that its pools are to be in. A `definition` may be of a derivation, and is not read.
  folders = lib.unique (
    filter (path: builtins.isString path && builtins.match "/.*" path != null && builtins.match "/dev/.*" path == null) (
      map (pool: if hasSpec pool then pool.source.target.path or null else null) (local "pools")
    )
  );

  # Whether a machine here shares a folder by virtiofs.
  hasVirtiofs = lib.any (share: share.driver.type or null == "virtiofs") (concatLists (map shares (local "domains")));

  # Whether a machine here has a view of the Nix store, which the apply step makes.
  hasStoreViews =
    let
      isView = folder: builtins.isString folder && builtins.match ".*/var/nixvirt/guests/[^/]+/store" folder != null;
    in
    lib.any (share: isView (share.source.dir or null)) (concatLists (map shares (local "domains")));

  # The machines whose MAC addresses are known here, or what these are derived of; see macs.nix.
  machines = lib.mapAttrsToList (
    uri: found: macs.of uri found.connection.salt (filter hasSpec (found.objects.domains or [ ]))
  ) all;

  # What the firewall is to let through, by interface.
  openings = lib.zipAttrsWith (_: lib.zipAttrsWith (_: ports: lib.unique (concatLists ports))) (
    map
      (
        { network, ... }:
        {
          ${network.bridge} = {
            allowedTCPPorts = network.tcp;
            allowedUDPPorts = network.udp;
          };
        }
      )
      (
        filter (
          { object, network, ... }: object.openFirewall && network.isServed && network.bridge != null
        ) (local "networks")
      )
  );

  # What to run, for all connections at once: a host that does not answer keeps no other waiting.
  command =
    {
      action,
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
      ]) bundles
    );
}
