# All objects of a host: `nixvirt-compile -o host examples/bundle.json` writes a folder with a file for each, and an
# index of them for the apply step.
{
  domains = [
    {
      spec = import ./linux.nix;
      active = true;
    }
    {
      spec = {
        name = "router";
        type = "kvm";
        memory = {
          count = 512;
          unit = "MiB";
        };
        vcpu.count = 1;
        os = {
          type = "hvm";
          arch = "x86_64";
          machine = "q35";
        };
        devices = {
          disk = {
            type = "file";
            device = "disk";
            driver = {
              name = "qemu";
              type = "qcow2";
            };
            source.file = "/var/lib/libvirt/images/router.qcow2";
            target = {
              dev = "vda";
              bus = "virtio";
            };
          };
          interface = map (network: {
            type = "network";
            source = {
              inherit network;
            };
            model.type = "virtio";
          }) [ "default" "lan" ];
        };
      };
      restart = false;
    }
  ];
  networks = [
    {
      spec = removeAttrs (import ./network.nix) [ "kind" ];
      active = true;
    }
    {
      spec = {
        name = "lan";
        bridge.name = "virbr7";
      };
      active = true;
    }
  ];
  pools = [
    {
      spec = {
        name = "images";
        type = "dir";
        target.path = "/var/lib/libvirt/images";
      };
      active = true;
      volumes = [
        {
          spec = {
            name = "router.qcow2";
            capacity = {
              count = 8;
              unit = "GiB";
            };
            target.format.type = "qcow2";
          };
        }
        {
          name = "old.qcow2";
          present = false;
        }
      ];
    }
  ];
}
