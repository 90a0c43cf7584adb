# A general guest for KVM, with a SPICE display and one network card.
#
# `pc` and `q35` are this with their chipset; `linux` and `windows` build on `q35`. With `arch =
# "aarch64"` (or another that is no x86) it is a `virt` machine with UEFI and none of a PC's parts.
{ qemu, ... }:
{
  chipset,
  cdrom,
}:
let
  disk = import ./disk.nix;
  extend = import ../extend.nix "domain";
  card = import ./card.nix;

  # Three cases: true is VirtIO with 3D, null is VirtIO without it, false is QXL, which every
  # guest can drive. 3D needs a display on this host, so only the others listen on an address.
  # QXL is a PC's, too: elsewhere false is VirtIO as well.
  display = isPC: given: let
    virtio_video = if given == false && !isPC then null else given;
  in {
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

  # What each argument is: `../arguments.nix`.
  guest =
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
      net_type ? "bridge",
      bridge_name ? null,
      net_iface_mac ? null,
      virtio_drive ? true,
      virtio_net ? false,
      virtio_video ? true,
      arch ? "x86_64",
      machine ? null,
      ...
    }@args:
    let
      isPC = arch == "x86_64" || arch == "i686";
    in
    extend chipset guest args (
      {
        type = "kvm";
        inherit name vcpu memory;
        os = {
          type = "hvm";
          inherit arch;
          machine =
            if machine != null then
              machine
            else if isPC then
              chipset
            else
              "virt";
          boot = [
            { dev = "cdrom"; }
            { dev = "hd"; }
          ];
        }
        // (if isPC then { } else { firmware = "efi"; });
        features = {
          acpi = { };
        }
        // (if isPC then { apic = { }; } else { });
        cpu = {
          mode = "host-passthrough";
        };
        clock = {
          offset = "utc";
        }
        // (if !isPC then { } else {
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
        });
        devices = {
          emulator = if qemu == null then null else toString qemu + "/bin/qemu-system-${arch}";
          disk = disk.storage { inherit storage_vol backing_vol virtio_drive isPC; } ++ [
            (disk.cdrom (if isPC then cdrom else disk.scsi "sdc") install_vol)
          ];
          interface = {
            model = if virtio_net then { type = "virtio"; } else null;
            mac = if net_iface_mac == null then null else { address = net_iface_mac; };
          }
          // card { inherit net_type bridge_name; };
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
          ]
          ++ (
            if isPC then
              [
                {
                  type = "mouse";
                  bus = "ps2";
                }
                {
                  type = "keyboard";
                  bus = "ps2";
                }
              ]
            else
              [
                {
                  type = "keyboard";
                  bus = "usb";
                }
              ]
          );
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
        # A PC has USB; a `virt` machine has it only on demand.
        // (
          if isPC then
            { }
          else
            {
              controller = [
                {
                  type = "usb";
                  model = "qemu-xhci";
                }
              ];
            }
        )
        // display isPC virtio_video;
      }
      # Not `uuid = null`: where it is missing, the compiler derives one from the name.
      // (if uuid == null then { } else { inherit uuid; })
    );
in
guest
