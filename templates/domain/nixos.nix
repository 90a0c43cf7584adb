# A machine that boots a NixOS configuration without an installer: the kernel and the initrd come from the store of the
# host, and so does the guest's store, read-only. `nixosModules.guest` is the other half, in the guest.
#
# It has no screen: its console is the serial port.
host:
let
  linux = import ./linux.nix host;
  disk = import ./disk.nix;
  extend = import ../extend.nix "domain";

  closure-image = host.closure-image or null;

  isPackage = value: builtins.isAttrs value && value ? outPath;

  # The system, from the ways in which people name one.
  toplevelOf =
    nixos:
    if isPackage nixos || !(builtins.isAttrs nixos) then
      nixos
    else
      nixos.config.system.build.toplevel
        or (throw "nixvirt: nixos (argument of `nixos`): the set is no NixOS configuration: it has no `config.system.build.toplevel`");

  # The path of a system: the kernel is told of it, and the guest has it at the same place.
  pathOf =
    nixos:
    let
      path = toString (toplevelOf nixos);
    in
    if builtins.match "/.*/[0-9a-z]{32}-[^/]+" path == null then
      throw "nixvirt: nixos (argument of `nixos`): expected the path of a system in the Nix store, such as the target of /run/current-system, not ${builtins.toJSON path}"
    else
      path;

  # What the configuration has its kernel told. A system that was built says it in a file.
  paramsOf =
    nixos: path:
    if builtins.isAttrs nixos && nixos ? config.boot.kernelParams then
      nixos.config.boot.kernelParams
    else if builtins.isAttrs nixos && nixos ? kernelParams then
      nixos.kernelParams
    else
      [ (builtins.readFile (path + "/kernel-params")) ];

  # The share that the guest's half is made for, where the configuration is there to be asked.
  agreed =
    what: given: nixos: usual:
    let
      own = if isPackage nixos || !(builtins.isAttrs nixos) then null else nixos.config.nixvirt.guest.${what} or null;
    in
    if given == null then
      if own == null then usual else own
    else if own != null && own != given then
      throw "nixvirt: ${what} (argument of `nixos`): it is ${builtins.toJSON given}, but `nixvirt.guest.${what}` of the guest is ${builtins.toJSON own}: leave the argument out"
    else
      given;

  # Without its disk, such a guest waits for it and does not start.
  withState =
    storage_vol: nixos: spec:
    let
      config = if isPackage nixos || !(builtins.isAttrs nixos) then { } else nixos.config;
      folder = config.nixvirt.guest.stateDirectory or null;
    in
    if storage_vol == null && folder != null then
      throw "nixvirt: storage_vol (argument of `nixos`): the guest keeps ${builtins.toJSON folder} on a disk: name the disk, or set `nixvirt.guest.stateDirectory = null` in the guest"
    else
      spec;

  image =
    { store_image, nixos }:
    if store_image != null then
      store_image
    else if closure-image == null then
      throw "nixvirt: nothing here can build the image of the guest's closure: say where it is in `store_image`, or share a view of the host's store with `share = \"view\"`, or the whole store with `share = \"store\"`"
    else
      toString (closure-image (toplevelOf nixos));

  # The folder that the guest has as its store. The apply step makes a view, beside the store; a guest has it by its name.
  folder =
    { shared, name, path }:
    let
      store = builtins.dirOf path;
    in
    if shared == "view" then "${builtins.dirOf store}/var/nixvirt/guests/${name}/store" else store;

  # The host's store or a view of it, by 9p or virtiofs.
  filesystem = driver: dir: {
    type = "mount";
    accessmode = "passthrough";
    driver = {
      type = if driver == "9p" then "path" else "virtiofs";
    };
    source = {
      inherit dir;
    };
    target = {
      dir = "nix-store";
    };
    readonly = true;
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
      nixos,
      kernel_params ? null,
      share ? null,
      driver ? null,
      store_image ? null,
      storage_vol ? null,
      net_type ? "bridge",
      bridge_name ? null,
      net_iface_mac ? null,
      arch ? "x86_64",
      machine ? null,
      ...
    }@args:
    let
      base = linux {
        inherit
          name
          uuid
          vcpu
          memory
          net_type
          bridge_name
          net_iface_mac
          arch
          machine
          ;
      };
      path = pathOf nixos;
      params = if kernel_params == null then paramsOf nixos path else [ kernel_params ];
      shared = agreed "share" share nixos "image";
      driven = agreed "driver" driver nixos "virtiofs";
      isShared = shared != "image";
      state =
        map (volume: volume // { serial = "nixvirt-state"; }) (
          disk.storage {
            inherit storage_vol;
            backing_vol = null;
            virtio_drive = true;
            isPC = true;
          }
        );
      store = disk.readonly {
        dev = "vdb";
        bus = "virtio";
      } (image { inherit store_image nixos; }) // { serial = "nixvirt-store"; };
    in
    extend "nixos" guest args (
      withState storage_vol nixos (removeAttrs base [ "devices" ]
      // {
        os = removeAttrs base.os [ "boot" ] // {
          kernel = path + "/kernel";
          initrd = path + "/initrd";
          cmdline = builtins.concatStringsSep " " ([ "init=${path}/init" ] ++ params);
        };
        devices = {
          inherit (base.devices) emulator interface rng;
          disk = state ++ (if isShared then [ ] else [ store ]);
          filesystem = if isShared then [ (filesystem driven (folder { inherit shared name path; })) ] else [ ];
          channel = builtins.filter (channel: channel.type != "spicevmc") base.devices.channel;
          serial = [ { type = "pty"; } ];
        };
      })
      # virtiofsd reads and writes the guest's memory.
      // (
        if isShared && driven == "virtiofs" then
          {
            memoryBacking = {
              source = {
                type = "memfd";
              };
              access = {
                mode = "shared";
              };
            };
          }
        else
          { }
      )
    );
in
guest
