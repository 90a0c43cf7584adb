# What is on the host: a network and a machine on it.
{
  networks.lan = {
    active = true;
    template = "bridge";
    args = {
      bridge_name = "virbr74";
      subnet_byte = 74;
    };
  };
  domains.web = {
    active = true;
    template = "linux";
    args = {
      bridge_name = "virbr74";
      memory = {
        count = 4;
        unit = "GiB";
      };
      storage_vol = "/var/lib/libvirt/images/web.qcow2";
    };
  };
}
