# The guest's half of the template `nixos`, and what the modules of the host make of a configuration with it.
helpers:
with helpers;
let
  # What `nixosSystem` gives.
  guestWith =
    settings:
    import ../nixpkgs-standin/system.nix { inherit lib pkgs; } [
      ../../../lib-nix/modules/guest.nix
      { nixvirt.guest = settings; }
    ];
  system = (guestWith { }).config.system.build.toplevel;
  path = builtins.unsafeDiscardStringContext system.outPath;
  mounts = settings: (guestWith settings).config.fileSystems;

  # The spec of a host's domain with these arguments.
  specOf = args: (builtins.head (bundle [ { domains.web = { template = "nixos"; inherit args; }; } ]).domains).spec;
  machine = settings: args: specOf ({ nixos = guestWith settings; } // args);
  stored = {
    storage_vol = "/v/web.qcow2";
    store_image = "/v/store.img";
  };
  said = args: (builtins.tryEval (builtins.deepSeq (specOf args) true)).success;
in
[
  (check "guest: without a boot loader, with a console and the agent"
    (
      let
        inherit (guestWith { }) config;
      in
      {
        grub = config.boot.loader.grub.enable;
        agent = config.services.qemuGuest.enable;
        agentStays = !config.systemd.services.qemu-guest-agent.restartIfChanged;
        inherit (config.boot) kernelParams;
        modules = config.boot.initrd.availableKernelModules;
      }
    )
    {
      grub = false;
      agent = true;
      agentStays = true;
      kernelParams = [ "console=ttyS0" ];
      modules = [
        "virtio_pci"
        "virtio_blk"
        "virtio_net"
        "virtio_console"
        "squashfs"
        "ext4"
      ];
    }
  )
  (check "guest: the root is the disk, the store is the image" (mounts { }) {
    "/" = {
      device = "/dev/disk/by-id/virtio-nixvirt-state";
      fsType = "ext4";
      autoFormat = true;
    };
    "/nix/store" = {
      device = "/dev/disk/by-id/virtio-nixvirt-store";
      fsType = "squashfs";
      options = [ "ro" ];
      neededForBoot = true;
    };
  })
  (check "guest: the root in memory, the store of the host below a folder of the guest's"
    (builtins.mapAttrs (_: mount: removeAttrs mount [ "autoFormat" ]) (mounts {
      share = "store";
      driver = "9p";
      stateDirectory = "/var";
      writableStore = true;
    }))
    {
      "/" = {
        device = "tmpfs";
        fsType = "tmpfs";
        options = [ "mode=0755" ];
      };
      "/var" = {
        device = "/dev/disk/by-id/virtio-nixvirt-state";
        fsType = "ext4";
        neededForBoot = true;
      };
      "/nix/.ro-store" = {
        device = "nix-store";
        fsType = "9p";
        options = [
          "ro"
          "trans=virtio"
          "version=9p2000.L"
          "msize=524288"
        ];
        neededForBoot = true;
      };
      "/nix/store" = {
        overlay = {
          lowerdir = [ "/nix/.ro-store" ];
          upperdir = "/nix/.rw-store/upper";
          workdir = "/nix/.rw-store/work";
        };
        neededForBoot = true;
      };
    }
  )
  (check "guest: a mount of the user's own takes the place of ours"
    (guestWith { stateDirectory = null; }).config.fileSystems."/".fsType
    "tmpfs"
  )
  (check "guests: a whole configuration, its system and the path of that are the same machine"
    (
      let
        configuration = guestWith { };
        kernel = args: (specOf (stored // args)).os;
      in
      [
        (kernel { nixos = configuration; } == kernel { nixos = system; })
        (
          kernel { nixos = configuration; } == kernel {
            nixos = path;
            kernel_params = "console=ttyS0";
          }
        )
        (kernel { nixos = configuration; })
      ]
    )
    [
      true
      true
      {
        type = "hvm";
        arch = "x86_64";
        machine = "q35";
        kernel = "${path}/kernel";
        initrd = "${path}/initrd";
        cmdline = "init=${path}/init console=ttyS0";
      }
    ]
  )
  (check "guests: the closure alone is a disk, and no share"
    (
      let
        inherit (machine { } stored) devices;
      in
      {
        disks = map (disk: { inherit (disk) serial source; readonly = disk.readonly or false; }) devices.disk;
        inherit (devices) filesystem;
      }
    )
    {
      disks = [
        {
          serial = "nixvirt-state";
          source.file = "/v/web.qcow2";
          readonly = false;
        }
        {
          serial = "nixvirt-store";
          source.file = "/v/store.img";
          readonly = true;
        }
      ];
      filesystem = [ ];
    }
  )
  (check "guests: the image is built of the guest's system"
    (builtins.elemAt (machine { } { storage_vol = "/v/web.qcow2"; }).devices.disk 1).source.file
    "/BUILD/closure-of-${baseNameOf path}"
  )
  (check "guests: libvirt gets virtiofsd where a machine here is served by it"
    (map
      (
        connections:
        map (package: package.name) (nixos [ { virtualisation.libvirt = { enable = true; inherit connections; }; } ]).config.virtualisation.libvirtd.qemu.vhostUserPackages
      )
      (
        let
          args = stored // { nixos = guestWith { share = "store"; }; };
          shared.devices.filesystem = [ { driver.type = "path"; } { driver.type = "virtiofs"; } ];
        in
        [
          { ${uri}.domains.web = { template = "nixos"; inherit args; }; }
          { ${uri}.domains.web = { template = "linux"; args = shared; }; }
          { ${uri}.domains.web.template = "linux"; }
          { ${uri}.domains.web.spec.devices = "none"; }
          { "qemu+ssh://root@lab/system".domains.web = { template = "nixos"; inherit args; }; }
        ]
      )
    )
    [
      [ "virtiofsd" ]
      [ "virtiofsd" ]
      [ ]
      [ ]
      [ ]
    ]
  )
  (check "guests: the guest says what is shared, and how"
    (map
      (driver: (builtins.head (machine { share = "store"; inherit driver; } stored).devices.filesystem).driver.type)
      [
        "virtiofs"
        "9p"
      ]
    )
    [
      "virtiofs"
      "path"
    ]
  )
  (check "guests: a view of the store has the guest's name, and can be told from other shares"
    (map
      (share: (builtins.head (machine { inherit share; } stored).devices.filesystem) // { driver = null; })
      [
        "view"
        "store"
      ]
    )
    (map
      (dir: {
        type = "mount";
        accessmode = "passthrough";
        driver = null;
        source = { inherit dir; };
        target.dir = "nix-store";
        readonly = true;
      })
      [
        "${builtins.dirOf (builtins.dirOf path)}/var/nixvirt/guests/web/store"
        (builtins.dirOf path)
      ]
    )
  )
  (check "guests: the service may make views where a machine here has one"
    (map
      (
        share:
        let
          domains.web = { template = "nixos"; args = stored // { nixos = guestWith { inherit share; }; }; };
          host = nixos [ { virtualisation.libvirt = { enable = true; connections.${uri} = { inherit domains; }; }; } ];
          service = host.config.systemd.services.nixvirt.serviceConfig;
        in
        [
          (lib.hasInfix "CAP_SYS_ADMIN" service.CapabilityBoundingSet)
          service.SystemCallFilter
        ]
      )
      [
        "view"
        "store"
      ]
    )
    [
      [
        true
        "@system-service open_tree"
      ]
      [
        false
        "@system-service"
      ]
    ]
  )
  (check "guests: what does not fit together is refused"
    (map said [
      (stored // { nixos = guestWith { }; })
      # The guest wants the image.
      (stored // { nixos = guestWith { }; share = "store"; })
      # The guest keeps its files on a disk.
      { nixos = guestWith { }; store_image = "/v/store.img"; }
      # No configuration, and no path of a system.
      (stored // { nixos = { }; })
      (stored // { nixos = "/nix/store"; kernel_params = ""; })
      (stored // { nixos = "${path}/kernel"; kernel_params = ""; })
    ])
    [
      true
      false
      false
      false
      false
      false
    ]
  )
]
