# A network with NAT to the outside, on 192.168.74.0/24.
{
  template = "bridge";
  name = "lan";
  bridge_name = "virbr74";
  subnet_byte = 74;
}
