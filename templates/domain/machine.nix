# A general x86 guest for KVM, with a SPICE display and one network card on a bridge.
#
# `pc` and `q35` are this with their chipset; `linux` and `windows` build on `q35`.
{ qemu, ... }:
{
  chipset,
  cdrom,
}:
let
  disk = import ./disk.nix;
  extend = import ../extend.nix;

  # Three cases: true is VirtIO with 3D, null is VirtIO without it, false is QXL, which every
  # guest can drive. 3D needs a display on this host, so only the others listen on an address.
  display = virtio_video: {
    graphics = {
      type = "spice";
      autoport = true;
      listen =
        if virtio_video == true then
          { type = "none"; }
        else
          {
            type = "address";
            address = "127.0.0.1";
          };
      image = {
        compression = false;
      };
      gl = if virtio_video == null then null else { enable = virtio_video; };
    };
    video = {
      model =
        if virtio_video == false then
          {
            type = "qxl";
            ram = 65536;
            vram = 65536;
            vgamem = 16384;
            heads = 1;
            primary = true;
          }
        else
          {
            type = "virtio";
            heads = 1;
            primary = true;
          }
          // (
            if virtio_video == null then
              { }
            else
              {
                acceleration = {
                  accel3d = true;
                };
              }
          );
    };
  };

  machine =
    {
      name,
      uuid ? null,
      vcpu ? {
        count = 2;
      },
      memory ? {
        count = 2;
        unit = "GiB";
      },
      storage_vol ? null,
      backing_vol ? null,
      install_vol ? null,
      bridge_name ? "virbr0",
      net_iface_mac ? null,
      virtio_drive ? true,
      virtio_net ? false,
      virtio_video ? true,
      ...
    }@args:
    extend machine args (
      {
        type = "kvm";
        inherit name vcpu memory;
        os = {
          type = "hvm";
          arch = "x86_64";
          machine = chipset;
          boot = [
            { dev = "cdrom"; }
            { dev = "hd"; }
          ];
        };
        features = {
          acpi = { };
          apic = { };
        };
        cpu = {
          mode = "host-passthrough";
        };
        clock = {
          offset = "utc";
          timer = [
            {
              name = "rtc";
              tickpolicy = "catchup";
            }
            {
              name = "pit";
              tickpolicy = "delay";
            }
            {
              name = "hpet";
              present = false;
            }
          ];
        };
        devices = {
          emulator = toString qemu + "/bin/qemu-system-x86_64";
          disk = disk.storage { inherit storage_vol backing_vol virtio_drive; } ++ [
            (disk.cdrom cdrom install_vol)
          ];
          interface = {
            type = "bridge";
            model = if virtio_net then { type = "virtio"; } else null;
            mac = if net_iface_mac == null then null else { address = net_iface_mac; };
            source = {
              bridge = bridge_name;
            };
          };
          channel = [
            {
              type = "spicevmc";
              target = {
                type = "virtio";
                name = "com.redhat.spice.0";
              };
            }
          ];
          input = [
            {
              type = "tablet";
              bus = "usb";
            }
            {
              type = "mouse";
              bus = "ps2";
            }
            {
              type = "keyboard";
              bus = "ps2";
            }
          ];
          sound = {
            model = "ich9";
          };
          audio = {
            id = 1;
            type = "spice";
          };
          # Four USB devices of the viewer's side at a time.
          redirdev = builtins.genList (_: {
            bus = "usb";
            type = "spicevmc";
          }) 4;
        }
        // display virtio_video;
      }
      # Not `uuid = null`: where it is missing, the compiler derives one from the name.
      // (if uuid == null then { } else { inherit uuid; })
    );
in
machine
