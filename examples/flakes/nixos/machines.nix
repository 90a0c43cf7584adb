# The virtual machines, with their network and their disks.
{
  virtualisation.libvirt.enable = true;
  virtualisation.libvirt.connections."qemu:///system" = {
    networks.lan = {
      active = true;
      template = "bridge";
      args = {
        bridge_name = "virbr74";
        subnet_byte = 74;
      };
    };

    pools.images = {
      active = true;
      spec = {
        type = "dir";
        target.path = "/var/lib/libvirt/images";
      };
      volumes."web.qcow2".spec = {
        capacity = {
          count = 20;
          unit = "GiB";
        };
        target.format.type = "qcow2";
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
        storage_vol = {
          pool = "images";
          volume = "web.qcow2";
        };
        # install_vol = /path/to/an/installer.iso;
      };
    };
  };
}
