# The arguments of each template: what each may be, what it is where it is not given (null, too: it must be given), and a
# sentence on it. Written from `src/arguments.rs` by `NIXVIRT_BLESS=1 cargo test -p nixvirt-templates`.
{
  domain = {
    linux = {
      name = { type = "text"; expected = "a text"; default = null; doc = "The name of the guest."; };
      uuid = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The UUID of the guest; null: one is derived from the name."; };
      vcpu = { type = "amount"; expected = "a number, or a set with `count`"; default = "{ count = 4; }"; doc = "The virtual CPUs: a number, or libvirt's element as a set, such as `{ count = 2; }`."; };
      memory = { type = "amount"; expected = "a number, or a set with `count`"; default = "{ count = 4; unit = \"GiB\"; }"; doc = "The memory, as an amount and its unit."; };
      storage_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "The disk: a path, a text, a package, or libvirt's source element as a set, such as `{ pool = \"vms\"; volume = \"a.qcow2\"; }`."; };
      backing_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "What the disk is laid over: a path, a package, or libvirt's backingStore element as a set."; };
      install_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "The disc in the CD drive, named like a disk; null: the drive is empty."; };
      net_type = { type = "word"; words = [ "bridge" "user" "passt" ]; expected = "\"bridge\", \"user\" or \"passt\""; default = "\"bridge\""; doc = "What the network card is on: `bridge` is a bridge of the host; `user` and `passt` need no rights of the host and are for `qemu:///session`: the guest reaches the network, and is not reached from it."; };
      bridge_name = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The bridge of the host that the network card is on; null: `virbr0`. A session may use those that the host allows: on NixOS, `virtualisation.libvirtd.allowedBridges`."; };
      net_iface_mac = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The MAC address of the network card; null: one is derived from the uuid."; };
      virtio_drive = { type = "bool"; expected = "true or false"; default = "true"; doc = "Whether the disk is a VirtIO disk, for which the guest needs a driver."; };
      virtio_video = { type = "switch"; expected = "true, false or null"; default = "true"; doc = "The display: true is VirtIO with 3D, null is VirtIO without, false is QXL, which every guest can drive."; };
      arch = { type = "text"; expected = "a text"; default = "\"x86_64\""; doc = "The architecture; one that is no x86 makes a `virt` machine with UEFI."; };
      machine = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The machine type, such as `pc-q35-9.2`; null: the chipset's newest."; };
    };
    nixos = {
      name = { type = "text"; expected = "a text"; default = null; doc = "The name of the guest."; };
      uuid = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The UUID of the guest; null: one is derived from the name."; };
      vcpu = { type = "amount"; expected = "a number, or a set with `count`"; default = "{ count = 2; }"; doc = "The virtual CPUs: a number, or libvirt's element as a set, such as `{ count = 2; }`."; };
      memory = { type = "amount"; expected = "a number, or a set with `count`"; default = "{ count = 2; unit = \"GiB\"; }"; doc = "The memory, as an amount and its unit."; };
      nixos = { type = "system"; expected = "a NixOS configuration, its system, or the path of one"; default = null; doc = "The NixOS configuration that the guest boots: a configuration as `nixosSystem` makes it, its `config.system.build.toplevel`, or the store path of that."; };
      kernel_params = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "What the kernel is told beside `init=`; null: the configuration's `boot.kernelParams`, or, of a store path, its file `kernel-params`."; };
      share = { type = "optional word"; words = [ "image" "view" "store" ]; expected = "\"image\", \"view\", \"store\" or null"; default = "null"; doc = "Where the guest's store comes from: `image` is a read-only disk with the closure of the configuration and nothing else; `view` is a read-only folder of the host with hard links to the same, which the apply step makes; `store` is the host's whole store, read-only, with everything that is in it; null: as `nixvirt.guest.share` of the configuration says, else `image`."; };
      driver = { type = "optional word"; words = [ "virtiofs" "9p" ]; expected = "\"virtiofs\", \"9p\" or null"; default = "null"; doc = "How the host's store or the view of it is shared: `virtiofs` is the faster, and needs libvirt 11.0 and virtiofsd 1.13 to be read-only; null: as `nixvirt.guest.driver` of the configuration says, else `virtiofs`."; };
      store_image = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "The image of the closure, named like a disk; null: Nix builds it."; };
      storage_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "The disk for what the guest keeps, named as for `linux`; the guest finds it by its serial, `nixvirt-state`. null: it has none, and keeps nothing."; };
      net_type = { type = "word"; words = [ "bridge" "user" "passt" ]; expected = "\"bridge\", \"user\" or \"passt\""; default = "\"bridge\""; doc = "What the network card is on: `bridge` is a bridge of the host; `user` and `passt` need no rights of the host and are for `qemu:///session`: the guest reaches the network, and is not reached from it."; };
      bridge_name = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The bridge of the host that the network card is on; null: `virbr0`. A session may use those that the host allows: on NixOS, `virtualisation.libvirtd.allowedBridges`."; };
      net_iface_mac = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The MAC address of the network card; null: one is derived from the uuid."; };
      arch = { type = "text"; expected = "a text"; default = "\"x86_64\""; doc = "The architecture; one that is no x86 makes a `virt` machine with UEFI."; };
      machine = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The machine type, such as `pc-q35-9.2`; null: the chipset's newest."; };
    };
    windows = {
      name = { type = "text"; expected = "a text"; default = null; doc = "The name of the guest."; };
      uuid = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The UUID of the guest; null: one is derived from the name."; };
      vcpu = { type = "amount"; expected = "a number, or a set with `count`"; default = "{ count = 2; }"; doc = "The virtual CPUs: a number, or libvirt's element as a set, such as `{ count = 2; }`."; };
      memory = { type = "amount"; expected = "a number, or a set with `count`"; default = "{ count = 4; unit = \"GiB\"; }"; doc = "The memory, as an amount and its unit."; };
      storage_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "The disk: a path, a text, a package, or libvirt's source element as a set, such as `{ pool = \"vms\"; volume = \"a.qcow2\"; }`."; };
      backing_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "What the disk is laid over: a path, a package, or libvirt's backingStore element as a set."; };
      install_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "The disc in the CD drive, named like a disk; null: the drive is empty."; };
      net_type = { type = "word"; words = [ "bridge" "user" "passt" ]; expected = "\"bridge\", \"user\" or \"passt\""; default = "\"bridge\""; doc = "What the network card is on: `bridge` is a bridge of the host; `user` and `passt` need no rights of the host and are for `qemu:///session`: the guest reaches the network, and is not reached from it."; };
      bridge_name = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The bridge of the host that the network card is on; null: `virbr0`. A session may use those that the host allows: on NixOS, `virtualisation.libvirtd.allowedBridges`."; };
      net_iface_mac = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The MAC address of the network card; null: one is derived from the uuid."; };
      nvram_path = { type = "file"; expected = "a path"; default = null; doc = "Where the firmware keeps its variables: a path on the host."; };
      virtio_drive = { type = "bool"; expected = "true or false"; default = "false"; doc = "Whether the disk is a VirtIO disk, for which the guest needs a driver."; };
      virtio_net = { type = "bool"; expected = "true or false"; default = "false"; doc = "Whether the network card is a VirtIO card, for which the guest needs a driver."; };
      virtio_video = { type = "switch"; expected = "true, false or null"; default = "true"; doc = "The display: true is VirtIO with 3D, null is VirtIO without, false is QXL, which every guest can drive."; };
      install_virtio = { type = "bool"; expected = "true or false"; default = "false"; doc = "Whether there is a second CD drive, with the Windows drivers for VirtIO."; };
    };
    pc = {
      name = { type = "text"; expected = "a text"; default = null; doc = "The name of the guest."; };
      uuid = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The UUID of the guest; null: one is derived from the name."; };
      vcpu = { type = "amount"; expected = "a number, or a set with `count`"; default = "{ count = 2; }"; doc = "The virtual CPUs: a number, or libvirt's element as a set, such as `{ count = 2; }`."; };
      memory = { type = "amount"; expected = "a number, or a set with `count`"; default = "{ count = 2; unit = \"GiB\"; }"; doc = "The memory, as an amount and its unit."; };
      storage_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "The disk: a path, a text, a package, or libvirt's source element as a set, such as `{ pool = \"vms\"; volume = \"a.qcow2\"; }`."; };
      backing_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "What the disk is laid over: a path, a package, or libvirt's backingStore element as a set."; };
      install_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "The disc in the CD drive, named like a disk; null: the drive is empty."; };
      net_type = { type = "word"; words = [ "bridge" "user" "passt" ]; expected = "\"bridge\", \"user\" or \"passt\""; default = "\"bridge\""; doc = "What the network card is on: `bridge` is a bridge of the host; `user` and `passt` need no rights of the host and are for `qemu:///session`: the guest reaches the network, and is not reached from it."; };
      bridge_name = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The bridge of the host that the network card is on; null: `virbr0`. A session may use those that the host allows: on NixOS, `virtualisation.libvirtd.allowedBridges`."; };
      net_iface_mac = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The MAC address of the network card; null: one is derived from the uuid."; };
      virtio_drive = { type = "bool"; expected = "true or false"; default = "true"; doc = "Whether the disk is a VirtIO disk, for which the guest needs a driver."; };
      virtio_net = { type = "bool"; expected = "true or false"; default = "false"; doc = "Whether the network card is a VirtIO card, for which the guest needs a driver."; };
      virtio_video = { type = "switch"; expected = "true, false or null"; default = "true"; doc = "The display: true is VirtIO with 3D, null is VirtIO without, false is QXL, which every guest can drive."; };
      arch = { type = "text"; expected = "a text"; default = "\"x86_64\""; doc = "The architecture; one that is no x86 makes a `virt` machine with UEFI."; };
      machine = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The machine type, such as `pc-q35-9.2`; null: the chipset's newest."; };
    };
    q35 = {
      name = { type = "text"; expected = "a text"; default = null; doc = "The name of the guest."; };
      uuid = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The UUID of the guest; null: one is derived from the name."; };
      vcpu = { type = "amount"; expected = "a number, or a set with `count`"; default = "{ count = 2; }"; doc = "The virtual CPUs: a number, or libvirt's element as a set, such as `{ count = 2; }`."; };
      memory = { type = "amount"; expected = "a number, or a set with `count`"; default = "{ count = 2; unit = \"GiB\"; }"; doc = "The memory, as an amount and its unit."; };
      storage_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "The disk: a path, a text, a package, or libvirt's source element as a set, such as `{ pool = \"vms\"; volume = \"a.qcow2\"; }`."; };
      backing_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "What the disk is laid over: a path, a package, or libvirt's backingStore element as a set."; };
      install_vol = { type = "volume"; expected = "a path, libvirt's element as a set, or null"; default = "null"; doc = "The disc in the CD drive, named like a disk; null: the drive is empty."; };
      net_type = { type = "word"; words = [ "bridge" "user" "passt" ]; expected = "\"bridge\", \"user\" or \"passt\""; default = "\"bridge\""; doc = "What the network card is on: `bridge` is a bridge of the host; `user` and `passt` need no rights of the host and are for `qemu:///session`: the guest reaches the network, and is not reached from it."; };
      bridge_name = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The bridge of the host that the network card is on; null: `virbr0`. A session may use those that the host allows: on NixOS, `virtualisation.libvirtd.allowedBridges`."; };
      net_iface_mac = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The MAC address of the network card; null: one is derived from the uuid."; };
      virtio_drive = { type = "bool"; expected = "true or false"; default = "true"; doc = "Whether the disk is a VirtIO disk, for which the guest needs a driver."; };
      virtio_net = { type = "bool"; expected = "true or false"; default = "false"; doc = "Whether the network card is a VirtIO card, for which the guest needs a driver."; };
      virtio_video = { type = "switch"; expected = "true, false or null"; default = "true"; doc = "The display: true is VirtIO with 3D, null is VirtIO without, false is QXL, which every guest can drive."; };
      arch = { type = "text"; expected = "a text"; default = "\"x86_64\""; doc = "The architecture; one that is no x86 makes a `virt` machine with UEFI."; };
      machine = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The machine type, such as `pc-q35-9.2`; null: the chipset's newest."; };
    };
  };
  network = {
    bridge = {
      name = { type = "text"; expected = "a text"; default = "\"default\""; doc = "The name of the network."; };
      uuid = { type = "optional text"; expected = "a text or null"; default = "null"; doc = "The UUID of the network; null: one is derived from the name."; };
      bridge_name = { type = "text"; expected = "a text"; default = "\"virbr0\""; doc = "The name of the bridge that libvirt makes on the host."; };
      subnet_byte = { type = "whole"; least = 0; most = 255; expected = "a whole number from 0 to 255"; default = null; doc = "The third byte of the addresses: 74 makes the network 192.168.74.0/24."; };
      dhcp_hosts = { type = "sets"; expected = "a set, a list of sets, or null"; default = "null"; doc = "The addresses that DHCP keeps for certain machines: libvirt's host element as a set, or a list of these."; };
    };
  };
}
