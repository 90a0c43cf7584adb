//! The table of templates, with all their arguments.

use crate::arguments::model::{Argument, Template, Type};

const fn argument(
    name: &'static str,
    value: Type,
    default: Option<&'static str>,
    doc: &'static str,
) -> Argument {
    Argument { name, value, default, doc }
}

const fn name() -> Argument {
    argument("name", Type::Text, None, "The name of the guest.")
}

const UUID: Argument = argument(
    "uuid",
    Type::OptionalText,
    Some("null"),
    "The UUID of the guest; null: one is derived from the name.",
);

const fn vcpu(default: &'static str) -> Argument {
    argument(
        "vcpu",
        Type::Amount,
        Some(default),
        "The virtual CPUs: a number, or libvirt's element as a set, such as `{ count = 2; }`.",
    )
}

const fn memory(default: &'static str) -> Argument {
    argument("memory", Type::Amount, Some(default), "The memory, as an amount and its unit.")
}

const STORAGE: Argument = argument(
    "storage_vol",
    Type::Volume,
    Some("null"),
    "The disk: a path, a text, a package, or libvirt's source element as a set, such as `{ pool = \"vms\"; volume = \"a.qcow2\"; }`.",
);

const BACKING: Argument = argument(
    "backing_vol",
    Type::Volume,
    Some("null"),
    "What the disk is laid over: a path, a package, or libvirt's backingStore element as a set.",
);

const INSTALL: Argument = argument(
    "install_vol",
    Type::Volume,
    Some("null"),
    "The disc in the CD drive, named like a disk; null: the drive is empty.",
);

const NET_TYPE: Argument = argument(
    "net_type",
    Type::Word(&["bridge", "user", "passt"]),
    Some("\"bridge\""),
    "What the network card is on: `bridge` is a bridge of the host; `user` and `passt` need no rights of the host and are for \
     `qemu:///session`: the guest reaches the network, and is not reached from it.",
);

const BRIDGE_NAME: Argument = argument(
    "bridge_name",
    Type::OptionalText,
    Some("null"),
    "The bridge of the host that the network card is on; null: `virbr0`. A session may use those that the host allows: on NixOS, \
     `virtualisation.libvirtd.allowedBridges`.",
);

const MAC: Argument = argument(
    "net_iface_mac",
    Type::OptionalText,
    Some("null"),
    "The MAC address of the network card; null: one is derived from the uuid.",
);

const fn virtio_drive(default: &'static str) -> Argument {
    argument(
        "virtio_drive",
        Type::Bool,
        Some(default),
        "Whether the disk is a VirtIO disk, for which the guest needs a driver.",
    )
}

const VIRTIO_NET: Argument = argument(
    "virtio_net",
    Type::Bool,
    Some("false"),
    "Whether the network card is a VirtIO card, for which the guest needs a driver.",
);

const VIRTIO_VIDEO: Argument = argument(
    "virtio_video",
    Type::Switch,
    Some("true"),
    "The display: true is VirtIO with 3D, null is VirtIO without, false is QXL, which every guest can drive.",
);

const ARCH: Argument = argument(
    "arch",
    Type::Text,
    Some("\"x86_64\""),
    "The architecture; one that is no x86 makes a `virt` machine with UEFI.",
);

const MACHINE: Argument = argument(
    "machine",
    Type::OptionalText,
    Some("null"),
    "The machine type, such as `pc-q35-9.2`; null: the chipset's newest.",
);

const PC: &[Argument] = &[
    name(),
    UUID,
    vcpu("{ count = 2; }"),
    memory("{ count = 2; unit = \"GiB\"; }"),
    STORAGE,
    BACKING,
    INSTALL,
    NET_TYPE,
    BRIDGE_NAME,
    MAC,
    virtio_drive("true"),
    VIRTIO_NET,
    VIRTIO_VIDEO,
    ARCH,
    MACHINE,
];

const NIXOS: &[Argument] = &[
    name(),
    UUID,
    vcpu("{ count = 2; }"),
    memory("{ count = 2; unit = \"GiB\"; }"),
    argument(
        "nixos",
        Type::System,
        None,
        "The NixOS configuration that the guest boots: a configuration as `nixosSystem` makes it, its `config.system.build.toplevel`, or \
         the store path of that.",
    ),
    argument(
        "kernel_params",
        Type::OptionalText,
        Some("null"),
        "What the kernel is told beside `init=`; null: the configuration's `boot.kernelParams`, or, of a store path, its file `kernel-params`.",
    ),
    argument(
        "share",
        Type::OptionalWord(&["image", "view", "store"]),
        Some("null"),
        "Where the guest's store comes from: `image` is a read-only disk with the closure of the configuration and nothing else; `view` is \
         a read-only folder of the host with hard links to the same, which the apply step makes; `store` is the host's whole store, \
         read-only, with everything that is in it; null: as `nixvirt.guest.share` of the configuration says, else \
         `image`.",
    ),
    argument(
        "driver",
        Type::OptionalWord(&["virtiofs", "9p"]),
        Some("null"),
        "How the host's store or the view of it is shared: `virtiofs` is the faster, and needs libvirt 11.0 and virtiofsd 1.13 to be read-only; null: as \
         `nixvirt.guest.driver` of the configuration says, else `virtiofs`.",
    ),
    argument(
        "store_image",
        Type::Volume,
        Some("null"),
        "The image of the closure, named like a disk; null: Nix builds it.",
    ),
    argument(
        "storage_vol",
        Type::Volume,
        Some("null"),
        "The disk for what the guest keeps, named as for `linux`; the guest finds it by its serial, `nixvirt-state`. null: it has none, and \
         keeps nothing.",
    ),
    NET_TYPE,
    BRIDGE_NAME,
    MAC,
    ARCH,
    MACHINE,
];

/// Every template, in the order of the reference.
pub const TEMPLATES: &[Template] = &[
    Template {
        kind: "domain",
        name: "linux",
        doc: "A machine for Linux, a Q35 or a `virt`: VirtIO for all devices, the guest agent's channel, and entropy.",
        example: "{\n  name = \"web\";\n  memory = { count = 4; unit = \"GiB\"; };\n  storage_vol = { pool = \"default\"; volume = \"web.qcow2\"; };\n}",
        arguments: &[
            name(),
            UUID,
            vcpu("{ count = 4; }"),
            memory("{ count = 4; unit = \"GiB\"; }"),
            STORAGE,
            BACKING,
            INSTALL,
            NET_TYPE,
            BRIDGE_NAME,
            MAC,
            virtio_drive("true"),
            VIRTIO_VIDEO,
            ARCH,
            MACHINE,
        ],
    },
    Template {
        kind: "domain",
        name: "nixos",
        doc: "A machine that boots a NixOS configuration with `nixosModules.guest`: kernel, initrd and store come from the host, \
              read-only. It has no screen; its console is the serial port.",
        example: "{\n  name = \"web\";\n  nixos = \"/nix/store/8qq6ksnqxhzvkcrqahbnbxkzhjqrdrr5-nixos-system-web-26.05\";\n  kernel_params = \"console=ttyS0\";\n  share = \"store\";\n  storage_vol = { pool = \"default\"; volume = \"web.qcow2\"; };\n}",
        arguments: NIXOS,
    },
    Template {
        kind: "domain",
        name: "windows",
        doc: "A Q35 machine that meets what Windows 11 asks for: UEFI with Secure Boot and a TPM.",
        example: "{\n  name = \"office\";\n  nvram_path = \"/var/lib/libvirt/qemu/nvram/office.fd\";\n  storage_vol = { pool = \"default\"; volume = \"office.qcow2\"; };\n  install_vol = \"/var/lib/libvirt/images/windows.iso\";\n  install_virtio = true;\n}",
        arguments: &[
            name(),
            UUID,
            vcpu("{ count = 2; }"),
            memory("{ count = 4; unit = \"GiB\"; }"),
            STORAGE,
            BACKING,
            INSTALL,
            NET_TYPE,
            BRIDGE_NAME,
            MAC,
            argument(
                "nvram_path",
                Type::File,
                None,
                "Where the firmware keeps its variables: a path on the host.",
            ),
            virtio_drive("false"),
            VIRTIO_NET,
            VIRTIO_VIDEO,
            argument(
                "install_virtio",
                Type::Bool,
                Some("false"),
                "Whether there is a second CD drive, with the Windows drivers for VirtIO.",
            ),
        ],
    },
    Template {
        kind: "domain",
        name: "pc",
        doc: "An Intel 440FX machine, for guests too old to boot from anything newer.",
        example: "{\n  name = \"old\";\n  storage_vol = \"/var/lib/libvirt/images/old.qcow2\";\n  virtio_drive = false;\n  virtio_video = false;\n}",
        arguments: PC,
    },
    Template {
        kind: "domain",
        name: "q35",
        doc: "An Intel Q35 machine: PCI Express, and SATA in place of IDE.",
        example: "{\n  name = \"bsd\";\n  storage_vol = \"/var/lib/libvirt/images/bsd.qcow2\";\n  virtio_net = true;\n}",
        arguments: PC,
    },
    Template {
        kind: "network",
        name: "bridge",
        doc: "A bridge with NAT to the outside and DHCP inside, on 192.168.`subnet_byte`.0/24.",
        example: "{\n  name = \"lan\";\n  bridge_name = \"virbr7\";\n  subnet_byte = 74;\n}",
        arguments: &[
            argument("name", Type::Text, Some("\"default\""), "The name of the network."),
            argument(
                "uuid",
                Type::OptionalText,
                Some("null"),
                "The UUID of the network; null: one is derived from the name.",
            ),
            argument(
                "bridge_name",
                Type::Text,
                Some("\"virbr0\""),
                "The name of the bridge that libvirt makes on the host.",
            ),
            argument(
                "subnet_byte",
                Type::Whole(0, 255),
                None,
                "The third byte of the addresses: 74 makes the network 192.168.74.0/24.",
            ),
            argument(
                "dhcp_hosts",
                Type::Sets,
                Some("null"),
                "The addresses that DHCP keeps for certain machines: libvirt's host element as a set, or a list of these.",
            ),
        ],
    },
];
