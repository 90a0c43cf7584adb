# A NixOS that is a guest of the template `nixos`: booted without a boot loader, its store from the host, its console on the serial
# port, with the guest agent.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkDefault
    mkIf
    mkOption
    types
    ;
  cfg = config.nixvirt.guest;
  isShared = cfg.share != "image";

  # The disks' serials and the share's tag, as the template `nixos` has them.
  disk = serial: "/dev/disk/by-id/virtio-${serial}";
  tag = "nix-store";

  # What the host shares. Its content does not change in the host, but there may be more and less of it.
  shared =
    if !isShared then
      {
        device = disk "nixvirt-store";
        fsType = "squashfs";
        options = [ "ro" ];
      }
    else if cfg.driver == "9p" then
      {
        device = tag;
        fsType = "9p";
        options = [
          "ro"
          "trans=virtio"
          "version=9p2000.L"
          "msize=524288"
        ];
      }
    else
      {
        device = tag;
        fsType = "virtiofs";
        options = [ "ro" ];
      };
  state = {
    device = disk "nixvirt-state";
    fsType = "ext4";
    autoFormat = true;
  };
  memory = {
    device = "tmpfs";
    fsType = "tmpfs";
    options = [ "mode=0755" ];
  };
  early = fileSystem: fileSystem // { neededForBoot = true; };

  console = if pkgs.stdenv.hostPlatform.isx86 then "ttyS0" else "ttyAMA0";
in
{
  options.nixvirt.guest = {
    share = mkOption {
      type = types.enum [
        "image"
        "view"
        "store"
      ];
      default = "image";
      description = ''
        Where the guest's store comes from. `"image"` is a read-only disk with the closure of this configuration and nothing else.
        `"view"` is a read-only folder of the host with hard links to the same: nothing is copied, and a running guest can be switched. The
        apply step makes it, which has to run on the host, and the host's store may be no file system of its own.
        `"store"` is the whole store of the host, read-only: the guest sees everything in it, also what is there for others.
      '';
    };
    driver = mkOption {
      type = types.enum [
        "virtiofs"
        "9p"
      ];
      default = "virtiofs";
      description = "How the host's store or the view of it is shared: virtiofs is the faster; 9p needs no program beside QEMU.";
    };
    stateDirectory = mkOption {
      type = types.nullOr types.path;
      default = "/";
      example = "/var";
      description = ''
        Where the disk of the guest, the template's `storage_vol`, is mounted. An empty disk gets a file system. Where it is not the root,
        the root is in memory and is empty at each start. `null`: the guest has no disk, or mounts it itself.
      '';
    };
    writableStore = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether the guest may write to its store: a folder of its own, in memory or on its disk, is laid over what the host shares.
        The host's store stays as it is. What the folder has is in the way of what the host shares later.
      '';
    };
  };

  config = {
    boot = {
      # The host gives the kernel and the initrd.
      loader.grub.enable = mkDefault false;
      # systemd starts a getty on what the kernel has for a console.
      kernelParams = [ "console=${console}" ];
      initrd = {
        availableKernelModules = [
          "virtio_pci"
          "virtio_blk"
          "virtio_net"
          "virtio_console"
          shared.fsType
          "ext4"
        ]
        ++ lib.optional (shared.fsType == "9p") "9pnet_virtio"
        ++ lib.optional cfg.writableStore "overlay";
      };
    };

    fileSystems = lib.mkMerge [
      { "/" = mkDefault (if cfg.stateDirectory == "/" then state else memory); }
      (mkIf (cfg.stateDirectory != null && cfg.stateDirectory != "/") { ${cfg.stateDirectory} = early state; })
      (mkIf (!cfg.writableStore) { "/nix/store" = early shared; })
      (mkIf cfg.writableStore {
        "/nix/.ro-store" = early shared;
        "/nix/store" = {
          overlay = {
            lowerdir = [ "/nix/.ro-store" ];
            upperdir = "/nix/.rw-store/upper";
            workdir = "/nix/.rw-store/work";
          };
          neededForBoot = true;
        };
      })
    ];

    services.qemuGuest.enable = mkDefault true;
    # What switches the guest from outside is a child of the agent.
    systemd.services.qemu-guest-agent = mkIf config.services.qemuGuest.enable { restartIfChanged = false; };
  };
}
