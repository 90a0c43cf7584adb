# A network with addresses of its own and one that is always the same.
{
  kind = "network";
  name = "lan";
  bridge.name = "virbr-lan";
  forward.mode = "nat";
  ip = {
    address = "192.168.74.1";
    netmask = "255.255.255.0";
    dhcp = {
      range = { start = "192.168.74.100"; end = "192.168.74.200"; };
      host = { mac = "52:54:00:12:34:56"; name = "web"; ip = "192.168.74.10"; };
    };
  };
}
