# MAC addresses that machines of several connections share. `nixvirt-apply` looks at the XML, and knows them all where it
# applies to several hosts at once; here it is said at evaluation, and of hosts that are applied to apart.
#
# Of a machine it is known what addresses it gives, and of what others are derived (compiler/src/derive.rs).
{ lib }:
let
  inherit (builtins)
    any
    attrValues
    filter
    groupBy
    head
    isAttrs
    isList
    isString
    length
    tail
    ;

  listOf = given: if isList given then given else if given == null then [ ] else [ given ];
  addressOf = interface: (interface.mac or { }).address or null;
in
{
  # A list of { at, uri, identity, what } of a connection's machines, one for each address or for what some are derived of.
  of =
    uri: salt: machines:
    lib.concatMap (
      { at, source, ... }:
      let
        interfaces = filter isAttrs (listOf ((source.devices or { }).interface or null));
        given = filter isString (map addressOf interfaces);
        derived = any (interface: interface.mac or null == null) interfaces;
        uuid = source.uuid or null;
        owner = if uuid == null then source.name or null else uuid;
        identity =
          what: identity: {
            inherit at uri what;
            identity = builtins.toJSON identity;
          };
      in
      map (address: identity "the MAC address ${address}" (lib.toLower address)) given
      ++ lib.optional (derived && isString owner) (
        identity "one MAC address, which is derived of the ${if uuid == null then "name" else "uuid"} ${owner}" [
          (source.salt or salt)
          (uuid != null)
          (lib.toLower owner)
        ]
      )
    ) machines;

  # What of that is on several connections, as messages. It takes a list of such lists, one for each connection;
  # where there is but one, nothing is looked at.
  shared =
    connections:
    map (
      same:
      let
        first = head same;
        other = head (filter ({ uri, ... }: uri != first.uri) (tail same));
      in
      "`${first.at}` and `${other.at}` have ${first.what}: where their hosts are on one network, give each connection a "
      + "`salt` of its own, or an interface of one machine its `mac.address`."
    ) (
      filter (same: any ({ uri, ... }: uri != (head same).uri) same) (
        attrValues (
          groupBy ({ identity, ... }: identity) (
            if length connections < 2 then [ ] else builtins.concatLists connections
          )
        )
      )
    );
}
