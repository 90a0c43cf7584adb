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
  extend = import ../extend.nix;
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

  guest =
    {
      # The name of the guest.
      name,
      # The guest's UUID; without, one is derived from the name.
      uuid ? null,
      # The virtual CPUs: a number, or libvirt's element as a set, such as `{ count = 2; }`.
      vcpu ? {
        count = 2;
      },
      # The memory, as an amount and its unit.
      memory ? {
        count = 2;
        unit = "GiB";
      },
      # The disk: a path, a string, a package, or libvirt's source element as a set, such as `{ pool = "vms";
      # volume = "a.qcow2"; }`.
      storage_vol ? null,
      # What the disk is laid over: a path, a package, or libvirt's backingStore element as a set.
      backing_vol ? null,
      # The disc in the CD drive, named like a disk; without, the drive is empty.
      install_vol ? null,
      # What the network card is on: `bridge` is a bridge of the host; `user` and `passt` need no rights of the host and
      # are for `qemu:///session`: the guest reaches the network, and is not reached from it.
      net_type ? "bridge",
      # The bridge of the host that the network card is on; without, `virbr0`. A session may use those that the host
      # allows: on NixOS, `virtualisation.libvirtd.allowedBridges`.
      bridge_name ? null,
      # The MAC address of the network card; without, one is derived from the uuid.
      net_iface_mac ? null,
      # Whether the disk is a VirtIO disk, for which the guest needs a driver.
      virtio_drive ? true,
      # Whether the network card is a VirtIO card, for which the guest needs a driver.
      virtio_net ? false,
      # The display: true is VirtIO with 3D, null is VirtIO without, false is QXL, which every guest
      # can drive.
      virtio_video ? true,
      # The architecture; one that is no x86 makes a `virt` machine with UEFI.
      arch ? "x86_64",
      # The machine type, such as `pc-q35-9.2`; without, the chipset's newest.
      machine ? null,
      ...
    }@args:
    let
      isPC = arch == "x86_64" || arch == "i686";
    in
    extend guest args (
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
