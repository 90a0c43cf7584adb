# What a network needs of the host's firewall: the ports that libvirt's dnsmasq serves on its bridge.
#
# libvirt lets these through by rules of its own, but what one table of nftables accepts the next may still
# drop, as that of NixOS does (NixVirt's issue 91).
let
  inherit (builtins)
    any
    elem
    filter
    isAttrs
    isList
    ;
  listOf =
    value:
    if value == null then
      [ ]
    else if isList value then
      value
    else
      [ value ];
  # An element that may be left out, stand alone or be a list; anything else is for the compiler to refuse.
  elements = value: filter isAttrs (listOf value);
  isThere = value: value != null && value != false && value != [ ];

  # libvirt runs a bridge of its own, and dnsmasq on it, for these.
  served = [
    "nat"
    "route"
    "open"
  ];

  # What a network that is not known may have.
  anything = {
    ip = [
      {
        dhcp = true;
        tftp = true;
      }
      {
        family = "ipv6";
        dhcp = true;
      }
    ];
  };
in
{
  # The network's spec, or null where it is not known.
  spec,
  # The name of its bridge, or null where the spec has it.
  bridge,
  # Whether it keeps addresses for domains: the compiler puts them into its spec, and it gives them out by DHCP.
  keepsAddresses,
}@network:
let
  spec = if network.spec == null then anything else network.spec;
  forward = elements (spec.forward or null);
  addresses = elements (spec.ip or null);
  isV6 = address: address.family or "ipv4" == "ipv6";
  has = key: family: any (address: isThere (address.${key} or null) && family address) addresses;
  dns = elements (spec.dns or null);
  hasDNS =
    addresses != [ ]
    && !any (
      dns:
      elem (dns.enable or true) [
        false
        "no"
      ]
    ) dns;
in
{
  # The name of the bridge; nothing where libvirt chooses one.
  bridge =
    let
      names = map (bridge: bridge.name or null) (elements (spec.bridge or null));
      found = filter (name: name != null) ([ bridge ] ++ names);
    in
    if found == [ ] then null else builtins.head found;
  # Whether libvirt serves the network, instead of leaving it to a bridge or card that is there.
  isServed = forward == [ ] || any (forward: elem (forward.mode or "nat") served) forward;
  tcp = if hasDNS then [ 53 ] else [ ];
  udp =
    (if hasDNS then [ 53 ] else [ ])
    ++ (if keepsAddresses || has "dhcp" (address: !isV6 address) then [ 67 ] else [ ])
    ++ (if has "tftp" (_: true) then [ 69 ] else [ ])
    ++ (if has "dhcp" isV6 then [ 547 ] else [ ]);
}
