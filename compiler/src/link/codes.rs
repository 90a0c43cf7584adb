//! The codes of what is wrong between the objects of a host.

use std::sync::LazyLock;

use crate::diagnostics::codes::{self, Code};

/// Every code, in alphabetical order within errors and warnings.
pub static ALL: &[&Code] = &[
    &DISK_FORMAT_OF_VOLUME,
    &NAME_TWICE,
    &NETWORK_BRIDGE_TWICE,
    &NODE_DEVICE_NOT_MEDIATED,
    &POOL_PLACE_TWICE,
    &RESERVED_ADDRESS,
    &RESERVED_FOR,
    &SECRET_USAGE_TWICE,
    &UNKNOWN_REFERENCE,
    &UUID_TWICE,
    &DHCP_RANGES,
    &HOST_DEVICE_IN_USE_TWICE,
    &IMAGE_IN_USE_TWICE,
    &INACTIVE_REFERENCE,
    &MAC_IN_USE_TWICE,
    &MISSPELT_REFERENCE,
    &PORT_IN_USE_TWICE,
    &RESERVATION_OF_NOBODY,
    &RESERVATION_OUTSIDE,
    &RESERVATION_TWICE,
    &SUBNETS_OVERLAP,
    &VSOCK_CID_IN_USE_TWICE,
];

/// The rules that nobody can allow: without a name and a UUID of its own, an object cannot be told from another, and a reservation
/// that means nothing would be left out.
pub static FIXED: &[&Code] = &[&NAME_TWICE, &RESERVED_ADDRESS, &RESERVED_FOR, &UUID_TWICE];

/// The names of those that can be silenced or lowered.
pub fn names() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let fixed = |code: &Code| FIXED.iter().any(|fixed| fixed.name == code.name);
        ALL.iter().filter(|code| !fixed(code)).map(|code| code.name).collect()
    });
    &NAMES
}

const fn error(
    name: &'static str,
    summary: &'static str,
    explanation: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Code {
    codes::error(name, summary, explanation).bundle(wrong, right)
}

const fn warning(
    name: &'static str,
    summary: &'static str,
    explanation: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Code {
    error(name, summary, explanation, wrong, right).warning()
}

/// A bundle of two small machines that run, each with a part of its own.
macro_rules! machines {
    ($one:literal, $other:literal) => {
        concat!(
            "let vm = name: more: { active = true; spec = {\n  inherit name; type = \"kvm\"; memory = 1048576;\n  ",
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };\n} // more; }; in\n{\n  domains = [\n    ",
            "(vm \"web\" { devices = ",
            $one,
            "; })\n    (vm \"mail\" { devices = ",
            $other,
            "; })\n  ];\n}"
        )
    };
}

/// A bundle of two networks.
macro_rules! networks {
    ($one:literal, $other:literal) => {
        concat!(
            "{\n  networks = [\n    { spec = { name = \"lan\"; ",
            $one,
            " }; }\n    { spec = { name = \"lab\"; ",
            $other,
            " }; }\n  ];\n}"
        )
    };
}

/// A bundle of a network and a machine that is on one.
macro_rules! network {
    ($network:literal, $machine:literal) => {
        concat!(
            "{\n  networks = [ { ",
            $network,
            " } ];\n  domains = [ { active = true; spec = {\n    name = \"web\"; type = \"kvm\"; memory = 1048576;\n    ",
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };\n    devices.interface = { type = \"network\"; ",
            $machine,
            " };\n  }; } ];\n}"
        )
    };
}

pub(super) static NAME_TWICE: Code = error(
    "name-twice",
    "Two objects of a kind have the same name.",
    "A name tells an object from all others of its kind, and a volume from all others of its pool. libvirt would take \
     the second one for a new version of the first.",
    r#"{ networks = [ { spec.name = "lan"; } { spec = { name = "lan"; bridge.name = "virbr1"; }; } ]; }"#,
    r#"{ networks = [ { spec.name = "lan"; } { spec = { name = "lab"; bridge.name = "virbr1"; }; } ]; }"#,
);

pub(super) static NODE_DEVICE_NOT_MEDIATED: Code = error(
    "node-device-not-mediated",
    "A node device is declared that is not a mediated device.",
    "libvirt describes all devices of a host, and defines mediated devices only, such as virtual GPUs \
     (`nodeDeviceDefineXML` in `src/node_device/node_device_driver.c`).",
    r#"{
  nodedevs = [ { spec = {
    name = "hub";
    parent.name = "usb_usb1";
    capability = { type = "usb"; number = 0; class = 9; subclass = 0; protocol = 0; };
  }; } ];
}"#,
    r#"{
  nodedevs = [ { spec = {
    name = "vgpu";
    parent.name = "pci_0000_00_02_0";
    capability.type = [ "mdev" { id = "i915-GVTg_V5_8"; } ];
  }; } ];
}"#,
);

pub(super) static UUID_TWICE: Code = error(
    "uuid-twice",
    "Two objects of a kind have the same uuid.",
    "libvirt tells objects apart by their uuid, and refuses the second one. Without `uuid`, it follows from the name.",
    networks!(
        "uuid = \"def734bb-e2ca-44ee-80f5-0ea0f2593aaa\";",
        "uuid = \"def734bb-e2ca-44ee-80f5-0ea0f2593aaa\";"
    ),
    networks!("uuid = \"def734bb-e2ca-44ee-80f5-0ea0f2593aaa\";", ""),
);

pub(super) static SECRET_USAGE_TWICE: Code = error(
    "secret-usage-twice",
    "Two secrets are for the same use.",
    "Others find a secret by its `usage`, so that libvirt refuses a second one for the same use \
     (`virSecretObjListAdd` in `src/conf/virsecretobj.c`).",
    r#"{ secrets = [
  { spec = { uuid = "def734bb-e2ca-44ee-80f5-0ea0f2593aaa"; usage = { type = "ceph"; name = "admin"; }; }; }
  { spec = { uuid = "def734bb-e2ca-44ee-80f5-0ea0f2593bbb"; usage = { type = "ceph"; name = "admin"; }; }; }
]; }"#,
    r#"{ secrets = [
  { spec = { uuid = "def734bb-e2ca-44ee-80f5-0ea0f2593aaa"; usage = { type = "ceph"; name = "admin"; }; }; }
  { spec = { uuid = "def734bb-e2ca-44ee-80f5-0ea0f2593bbb"; usage = { type = "ceph"; name = "backup"; }; }; }
]; }"#,
);

pub(super) static NETWORK_BRIDGE_TWICE: Code = error(
    "network-bridge-twice",
    "Two networks have the same bridge, and libvirt makes it.",
    "libvirt makes the bridge of a network that has no `forward`, or whose mode is `nat`, `route` or `open`, and refuses a \
     bridge that another network has (`networkBridgeNameValidate` in `src/network/bridge_driver.c`). Networks with \
     `forward.mode = \"bridge\"` are on a bridge of the host, and may share it.",
    networks!("bridge.name = \"virbr1\";", "bridge.name = \"virbr1\";"),
    networks!("bridge.name = \"virbr1\";", "bridge.name = \"virbr2\";"),
);

pub(super) static POOL_PLACE_TWICE: Code = error(
    "pool-place-twice",
    "Two pools have the same storage.",
    "libvirt refuses a second pool of type `dir` with the same `target.path`, and of most other types one with the same \
     source: the directory of a server, a device, an iSCSI target (`virStoragePoolObjSourceFindDuplicate` in \
     `src/conf/virstorageobj.c`).",
    r#"{ pools = [
  { spec = { name = "images"; type = "dir"; target.path = "/srv/images"; }; }
  { spec = { name = "guests"; type = "dir"; target.path = "/srv/images/"; }; }
]; }"#,
    r#"{ pools = [
  { spec = { name = "images"; type = "dir"; target.path = "/srv/images"; }; }
  { spec = { name = "guests"; type = "dir"; target.path = "/srv/guests"; }; }
]; }"#,
);

/// A pool with a volume, and a machine with a disk on it.
macro_rules! volume {
    ($format:literal, $driver:literal) => {
        concat!(
            "{\n  pools = [ {\n    spec = { name = \"images\"; type = \"dir\"; target.path = \"/srv/images\"; };\n    ",
            "volumes = [ { spec = { name = \"web\"; capacity = { count = 8; unit = \"GiB\"; }; target.format.type = \"",
            $format,
            "\"; }; } ];\n  } ];\n  domains = [ { spec = {\n    name = \"web\"; type = \"kvm\"; memory = 1048576;\n    ",
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };\n    ",
            "devices.disk = { type = \"volume\"; ",
            $driver,
            "source = { pool = \"images\"; volume = \"web\"; }; target.dev = \"vda\"; };\n  }; } ];\n}"
        )
    };
}

pub(super) static DISK_FORMAT_OF_VOLUME: Code = error(
    "disk-format-of-volume",
    "A disk is read as another format than its volume has.",
    "`driver.type` of a disk says how QEMU reads its image, and without it that is `raw`: libvirt never looks into an image. \
     It takes such a disk, but the guest sees the image file as its disk, and may overwrite what makes it an image. libvirt \
     does not refuse it; if you mean it, allow it by this code.",
    volume!("qcow2", ""),
    volume!("qcow2", "driver = { name = \"qemu\"; type = \"qcow2\"; }; "),
);

pub(super) static UNKNOWN_REFERENCE: Code = error(
    "unknown-reference",
    "An object is named that is neither declared nor on the host.",
    "`external` of a bundle, of a connection or of `lib.writeAll` says which objects of a kind are on the host beside those that \
     are declared. All of that kind is known then, so that any other name is a mistake. Without `external`, an object that \
     is not declared may be the host's.",
    r#"{ external.networks = [ "default" ];
  domains = [ { spec = { name = "web"; type = "kvm"; memory = 1048576;
    os = { type = "hvm"; arch = "x86_64"; machine = "q35"; };
    devices.interface = { type = "network"; source.network = "defualt"; model.type = "virtio"; };
  }; } ]; }"#,
    r#"{ external.networks = [ "default" ];
  domains = [ { spec = { name = "web"; type = "kvm"; memory = 1048576;
    os = { type = "hvm"; arch = "x86_64"; machine = "q35"; };
    devices.interface = { type = "network"; source.network = "default"; model.type = "virtio"; };
  }; } ]; }"#,
);

pub(super) static MISSPELT_REFERENCE: Code = warning(
    "misspelt-reference",
    "An object is named that is not declared, and the name is nearly that of a declared one.",
    "It may be an object that is on the host already, so that this is no error. `external` says what is on the host: then any other \
     name is one.",
    network!(
        "spec = { name = \"guests\"; bridge.name = \"virbr1\"; };",
        "source.network = \"gusets\"; model.type = \"virtio\";"
    ),
    network!(
        "spec = { name = \"guests\"; bridge.name = \"virbr1\"; };",
        "source.network = \"guests\"; model.type = \"virtio\";"
    ),
);

pub(super) static INACTIVE_REFERENCE: Code = warning(
    "inactive-reference",
    "A domain is to run without the network or pool that it needs.",
    "libvirt starts no domain whose network or pool is not active. The domain has `active = true`, and the network or pool \
     has `active = false`.",
    network!(
        "active = false; spec = { name = \"lan\"; bridge.name = \"virbr1\"; };",
        "source.network = \"lan\"; model.type = \"virtio\";"
    ),
    network!(
        "active = true; spec = { name = \"lan\"; bridge.name = \"virbr1\"; };",
        "source.network = \"lan\"; model.type = \"virtio\";"
    ),
);

/// A network that keeps addresses for machines, and a machine that is on it.
macro_rules! reserved {
    ($address:literal) => {
        concat!(
            "{\n  networks = [ {\n    spec = { name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24; }; };\n    reservations = { ",
            $address,
            " };\n  } ];\n  domains = [ { spec = {\n    name = \"web\"; type = \"kvm\"; memory = 1048576;\n    ",
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };\n    devices.interface = { type = \"network\"; ",
            "source.network = \"lan\"; model.type = \"virtio\"; };\n  }; } ];\n}"
        )
    };
}

pub(super) static RESERVED_ADDRESS: Code = error(
    "reserved-address",
    "A network keeps an address for a machine that no machine can have.",
    "`reservations` of a network keeps an IPv4 address of its subnets for each machine that it names. The address is of one of \
     the subnets, is not the host's own, and is kept once.",
    reserved!("web = \"10.0.1.7\";"),
    reserved!("web = \"10.0.0.7\";"),
);

pub(super) static RESERVED_FOR: Code = error(
    "reserved-for-unknown",
    "A network keeps an address for a machine that is not declared, or is not on it.",
    "`reservations` of a network names domains that are declared beside it. Their MAC addresses on that network are put into its \
     `dhcp`; of several cards on it, that of the first.",
    reserved!("wbe = \"10.0.0.7\";"),
    reserved!("web = \"10.0.0.7\";"),
);

pub(super) static RESERVATION_OUTSIDE: Code = warning(
    "reservation-outside",
    "An address is reserved that is not within the subnet of the network.",
    "`dhcp.host` keeps an address for a machine. The network gives out addresses of its own subnet only, so that the machine \
     gets another one.",
    "{ networks = [ { spec = { name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24;
  dhcp.host = { mac = \"52:54:00:00:00:01\"; ip = \"10.0.1.7\"; }; }; }; } ]; }",
    "{ networks = [ { spec = { name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24;
  dhcp.host = { mac = \"52:54:00:00:00:01\"; ip = \"10.0.0.7\"; }; }; }; } ]; }",
);

pub(super) static RESERVATION_TWICE: Code = warning(
    "reservation-twice",
    "An address is reserved twice, or two addresses for one machine.",
    "A machine gets one of the addresses, or none. Leave one of the reservations out.",
    "{ networks = [ { spec = { name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24; dhcp.host = [
  { mac = \"52:54:00:00:00:01\"; ip = \"10.0.0.7\"; }
  { mac = \"52:54:00:00:00:02\"; ip = \"10.0.0.7\"; }
]; }; }; } ]; }",
    "{ networks = [ { spec = { name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24; dhcp.host = [
  { mac = \"52:54:00:00:00:01\"; ip = \"10.0.0.7\"; }
  { mac = \"52:54:00:00:00:02\"; ip = \"10.0.0.8\"; }
]; }; }; } ]; }",
);

pub(super) static RESERVATION_OF_NOBODY: Code = warning(
    "reservation-of-nobody",
    "An address is reserved for a MAC address that no declared domain has.",
    "It is said of networks that declared domains are on, where most reservations are for these. If it is for another \
     machine, allow it by this code in the network's `nixvirt.allow`.",
    network!(
        "spec = { name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24;
    dhcp.host = { mac = \"52:54:00:00:00:01\"; ip = \"10.0.0.7\"; }; }; };",
        "source.network = \"lan\"; mac.address = \"52:54:00:00:00:02\"; model.type = \"virtio\";"
    ),
    network!(
        "spec = { name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24;
    dhcp.host = { mac = \"52:54:00:00:00:01\"; ip = \"10.0.0.7\"; }; }; };",
        "source.network = \"lan\"; mac.address = \"52:54:00:00:00:01\"; model.type = \"virtio\";"
    ),
);

pub(super) static SUBNETS_OVERLAP: Code = warning(
    "subnets-overlap",
    "Two networks have addresses in common.",
    "A host has one route to an address, so that libvirt starts only one of the two networks \
     (`networkCheckRouteCollision` in `src/network/bridge_driver_linux.c`). Networks with `active = false` are left out.",
    networks!(
        "ip = { address = \"10.0.0.1\"; prefix = 24; };",
        "ip = { address = \"10.0.0.129\"; prefix = 25; };"
    ),
    networks!(
        "ip = { address = \"10.0.0.1\"; prefix = 24; };",
        "ip = { address = \"10.0.1.1\"; prefix = 24; };"
    ),
);

pub(super) static DHCP_RANGES: Code = warning(
    "dhcp-ranges-overlap",
    "A range of DHCP addresses holds the host's own address, or addresses of another range.",
    "An address is given out once. Let the ranges begin after the host's own address, and be apart.",
    "{ networks = [ { spec = { name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24;
  dhcp.range = { start = \"10.0.0.1\"; end = \"10.0.0.99\"; }; }; }; } ]; }",
    "{ networks = [ { spec = { name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24;
  dhcp.range = { start = \"10.0.0.2\"; end = \"10.0.0.99\"; }; }; }; } ]; }",
);

pub(super) static MAC_IN_USE_TWICE: Code = warning(
    "mac-in-use-twice",
    "Two machines that run have the same MAC address.",
    "On one network, neither can be reached. Without `mac`, each interface gets an address that follows from the machine's \
     uuid. It is said only where both machines have `active = true`.",
    machines!(
        "{ interface = { type = \"user\"; mac.address = \"52:54:00:00:00:01\"; model.type = \"virtio\"; }; }",
        "{ interface = { type = \"user\"; mac.address = \"52:54:00:00:00:01\"; model.type = \"virtio\"; }; }"
    ),
    machines!(
        "{ interface = { type = \"user\"; mac.address = \"52:54:00:00:00:01\"; model.type = \"virtio\"; }; }",
        "{ interface = { type = \"user\"; model.type = \"virtio\"; }; }"
    ),
);

pub(super) static PORT_IN_USE_TWICE: Code = warning(
    "port-in-use-twice",
    "Two machines that run listen on the same TCP port.",
    "The second one does not start. With `port = -1` and `autoport = true`, libvirt picks a port for each screen. It is said \
     only where both machines have `active = true`.",
    machines!(
        "{ graphics = { type = \"vnc\"; port = 5901; }; }",
        "{ graphics = { type = \"vnc\"; port = 5901; }; }"
    ),
    machines!(
        "{ graphics = { type = \"vnc\"; port = 5901; }; }",
        "{ graphics = { type = \"vnc\"; port = 5902; }; }"
    ),
);

/// The host's PCI device at a slot.
macro_rules! pci {
    ($slot:literal) => {
        concat!(
            "{ hostdev = { mode = \"subsystem\"; type = \"pci\"; managed = true; source.address = { bus = 1; slot = ",
            $slot,
            "; function = 0; }; }; }"
        )
    };
}

pub(super) static HOST_DEVICE_IN_USE_TWICE: Code = warning(
    "host-device-in-use-twice",
    "Two machines that run have the same device of the host.",
    "A PCI, USB or mediated device goes to one machine at a time, so that the second one does not start. It is said only where \
     both machines have `active = true`.",
    concat!(
        "let vm = name: devices: { active = true; spec = {\n  inherit name devices; type = \"kvm\"; memory = 1048576;\n  ",
        "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };\n}; }; in\n{ domains = [\n  (vm \"web\" ",
        pci!("0"),
        ")\n  (vm \"mail\" ",
        pci!("0"),
        ")\n]; }"
    ),
    concat!(
        "let vm = name: devices: { active = true; spec = {\n  inherit name devices; type = \"kvm\"; memory = 1048576;\n  ",
        "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };\n}; }; in\n{ domains = [\n  (vm \"web\" ",
        pci!("0"),
        ")\n  (vm \"mail\" ",
        pci!("1"),
        ")\n]; }"
    ),
);

pub(super) static VSOCK_CID_IN_USE_TWICE: Code = warning(
    "vsock-cid-in-use-twice",
    "Two machines that run have the same number on the vsock bus.",
    "The host knows a machine by its number, so that the second one does not start. It is said only where both machines have \
     `active = true`.",
    machines!("{ vsock.cid.address = 5; }", "{ vsock.cid.address = 5; }"),
    machines!("{ vsock.cid.address = 5; }", "{ vsock.cid.auto = true; }"),
);

pub(super) static IMAGE_IN_USE_TWICE: Code = warning(
    "image-in-use-twice",
    "Two machines that run write to the same disk image.",
    "Neither knows what the other one writes, so that file systems on it are destroyed; QEMU locks the image where it can. \
     What is `readonly`, `shareable` or `transient` is left out. It is said only where both machines have `active = true`.",
    machines!(
        "{ disk = { source.file = \"/srv/a.img\"; target.dev = \"vda\"; }; }",
        "{ disk = { source.file = \"/srv/a.img\"; target.dev = \"vda\"; }; }"
    ),
    machines!(
        "{ disk = { source.file = \"/srv/a.img\"; target.dev = \"vda\"; }; }",
        "{ disk = { source.file = \"/srv/b.img\"; target.dev = \"vda\"; }; }"
    ),
);
