# A machine for Linux, a Q35 or a `virt`: VirtIO all through, the guest agent's channel, and entropy.
host:
let
  q35 = import ./q35.nix host;
  merge = import ../merge.nix;
  extend = import ../extend.nix "domain";

  # What each argument is: `../arguments.nix`.
  linux =
    {
      name,
      uuid ? null,
      vcpu ? {
        count = 4;
      },
      memory ? {
        count = 4;
        unit = "GiB";
      },
      storage_vol ? null,
      backing_vol ? null,
      install_vol ? null,
      net_type ? "bridge",
      bridge_name ? null,
      net_iface_mac ? null,
      virtio_drive ? true,
      virtio_video ? true,
      arch ? "x86_64",
      machine ? null,
      ...
    }@args:
    let
      base = q35 {
        inherit
          name
          uuid
          vcpu
          memory
          storage_vol
          backing_vol
          install_vol
          net_type
          bridge_name
          net_iface_mac
          virtio_drive
          virtio_video
          arch
          machine
          ;
        virtio_net = true;
      };
    in
    extend "linux" linux args (
      merge base {
        devices = {
          channel = base.devices.channel ++ [
            {
              type = "unix";
              target = {
                type = "virtio";
                name = "org.qemu.guest_agent.0";
              };
            }
          ];
          rng = {
            model = "virtio";
            backend = {
              model = "random";
              source = "/dev/urandom";
            };
          };
        };
      }
    );
in
linux
