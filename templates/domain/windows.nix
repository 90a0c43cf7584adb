# A Q35 machine that meets what Windows 11 asks for: UEFI with Secure Boot and a TPM.
#
# VirtIO is off where Windows needs a driver to install at all; `install_virtio` adds a second
# drive holding those drivers.
{ ovmf, virtio-win, ... }@host:
let
  q35 = import ./q35.nix host;
  disk = import ./disk.nix;
  merge = import ../merge.nix;
  extend = import ../extend.nix "domain";

  # Secure Boot wants the firmware that comes with Microsoft's keys enrolled: that of the host, or what
  # libvirt finds there.
  firmware = file: toString ovmf + "/FV/${file}";
  feature = name: {
    inherit name;
    enabled = true;
  };

  # Without its disc the guest must not start: it would wait in the firmware's shell.
  mandatory =
    volume: if volume == null then null else { startupPolicy = "mandatory"; } // disk.source volume;

  drivers =
    if virtio-win == null then
      throw "nixvirt: `install_virtio` wants the disc with the Windows drivers, and where the host has it is not known: say it in `virtio-win`"
    else
      toString virtio-win;

  on = {
    state = true;
  };

  # What each argument is: `../arguments.nix`.
  windows =
    {
      name,
      uuid ? null,
      vcpu ? {
        count = 2;
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
      nvram_path,
      virtio_drive ? false,
      virtio_net ? false,
      virtio_video ? true,
      install_virtio ? false,
      ...
    }@args:
    let
      base = q35 {
        inherit
          name
          uuid
          vcpu
          memory
          net_type
          bridge_name
          net_iface_mac
          virtio_net
          virtio_video
          ;
      };
    in
    extend "windows" windows args (
      merge base {
        os =
          if ovmf == null then
            {
              firmware = [
                "efi"
                {
                  feature = [
                    (feature "enrolled-keys")
                    (feature "secure-boot")
                  ];
                }
              ];
              nvram = {
                path = nvram_path;
              };
            }
          else
            {
              loader = {
                readonly = true;
                type = "pflash";
                path = firmware "OVMF_CODE.ms.fd";
              };
              nvram = {
                template = firmware "OVMF_VARS.ms.fd";
                path = nvram_path;
              };
            };
        # The interfaces by which Windows knows that it is a guest, and spins and waits less.
        features = {
          hyperv = {
            mode = "custom";
            relaxed = on;
            vapic = on;
            spinlocks = on // {
              retries = 8191;
            };
            vpindex = on;
            runtime = on;
            synic = on;
            stimer = on // {
              direct = on;
            };
            reset = on;
            vendor_id = on // {
              value = "KVM Hv";
            };
            frequencies = on;
            reenlightenment = on;
            tlbflush = on;
            ipi = on;
          };
        };
        # Windows keeps the hardware clock in local time.
        clock = {
          offset = "localtime";
          timer = base.clock.timer ++ [
            {
              name = "hypervclock";
              present = true;
            }
          ];
        };
        pm = {
          suspend-to-mem = {
            enabled = false;
          };
          suspend-to-disk = {
            enabled = false;
          };
        };
        devices = {
          disk =
            disk.storage {
              inherit storage_vol backing_vol virtio_drive;
              isPC = true;
            }
            ++ [
              (disk.cdrom {
                dev = "hdc";
                bus = "sata";
              } (mandatory install_vol))
            ]
            ++ (
              if install_virtio then
                [
                  (disk.cdrom {
                    dev = "hdd";
                    bus = "sata";
                  } drivers)
                ]
              else
                [ ]
            );
          channel = base.devices.channel ++ [
            {
              type = "spiceport";
              source = {
                channel = "org.spice-space.webdav.0";
              };
              target = {
                type = "virtio";
                name = "org.spice-space.webdav.0";
              };
            }
          ];
          tpm = {
            model = "tpm-crb";
            backend = {
              type = "emulator";
              version = "2.0";
            };
          };
        };
      }
    );
in
windows
