//! Named value formats, after the definitions of libvirt's basictypes.rng and its kin.

use crate::Format::{
    self, AnyOf, AnyPath, ByParser, Chars, Choice, Empty, Integer, Ipv4, Ipv6, Path, Pattern, Text, Uuid,
};
use crate::{Print, number, since};

/// A 32-bit unsigned integer in decimal digits (`unsignedInt`).
pub const UNSIGNED_INT: Format = Integer { min: 0, max: u32::MAX as i128 };
/// A 64-bit unsigned integer in decimal digits (`unsignedLong`).
pub const UNSIGNED_LONG: Format = Integer { min: 0, max: u64::MAX as i128 };
/// An integer of at least 1 (`positiveInteger`; the schema sets no upper bound, libvirt's parser has at most 64 bits).
pub const POSITIVE_INTEGER: Format = Integer { min: 1, max: u64::MAX as i128 };
/// A 16-bit unsigned integer in decimal digits (`unsignedShort`).
pub const UNSIGNED_SHORT: Format = Integer { min: 0, max: 65535 };
/// A 32-bit signed integer (`xsd:int`).
pub const INT: Format = Integer { min: i32::MIN as i128, max: i32::MAX as i128 };
/// A 64-bit signed integer (`xsd:long`).
pub const LONG: Format = Integer { min: i64::MIN as i128, max: i64::MAX as i128 };
/// A TCP or UDP port, or -1 for one that libvirt picks (`PortNumber`).
pub const PORT_NUMBER: Format = Integer { min: -1, max: 65535 };
/// An 8-bit number printed in decimal (`uint8`).
pub const UINT8: Format = number(0xff, Print::Decimal);
/// A 16-bit number printed in decimal (`uint16`).
pub const UINT16: Format = number(0xffff, Print::Decimal);
/// A 24-bit number printed in decimal (`uint24`).
pub const UINT24: Format = number(0xff_ffff, Print::Decimal);
/// A 32-bit number printed in decimal (`uint32`).
pub const UINT32: Format = number(0xffff_ffff, Print::Decimal);

/// A unicast MAC address (`uniMacAddr`).
pub const UNICAST_MAC: Format = Format::Mac { unicast: true };
/// An IPv4 or IPv6 address (`ipAddr`).
pub const IP: Format = AnyOf(&[Ipv4, Ipv6]);
/// The length of a network prefix (`ipPrefix`).
pub const IP_PREFIX: Format = Integer { min: 0, max: 128 };
/// An address family (`addr-family`).
pub const ADDRESS_FAMILY: Format = Choice(&["ipv4", "ipv6"]);
/// The keeper of a bridge's table of MAC addresses (`macTableManager`).
pub const MAC_TABLE_MANAGER: Format = Choice(&["kernel", "libvirt"]);
/// A DNS name (`dnsName`).
pub const DNS_NAME: Format = Chars { what: "a DNS name", set: "a-zA-Z0-9.-", min: 1, max: usize::MAX };
/// An IP address or a DNS name (`addrIPorName`).
pub const IP_OR_NAME: Format = AnyOf(&[Ipv4, Ipv6, DNS_NAME]);

/// The name of an object: one line without a slash (`objectName`).
pub const OBJECT_NAME: Format =
    Chars { what: "a name without slash or line break", set: r"^/\n", min: 1, max: usize::MAX };
/// A name of letters, digits, `_`, `+` and `-` (`genericName`).
pub const GENERIC_NAME: Format = Chars {
    what: "a name of letters, digits, `_`, `+` and `-`",
    set: "a-zA-Z0-9_+-",
    min: 1,
    max: usize::MAX,
};
/// The name of a device of the host (`deviceName`).
pub const DEVICE_NAME: Format =
    Chars { what: "a device name", set: r"a-zA-Z0-9_.\\:/-", min: 1, max: usize::MAX };
/// The alias of a device (`aliasName`).
pub const ALIAS_NAME: Format = Chars {
    what: "an alias of letters, digits, `_`, `-` and `.`",
    set: "a-zA-Z0-9_.-",
    min: 1,
    max: usize::MAX,
};
/// The name of a storage volume (`volName`; `.` and `..` are refused with it).
pub const VOLUME_NAME: Format = Pattern {
    what: "a volume name without slash, not `.` or `..`",
    pattern: r"[^/.][^/]*|\.[^/.][^/]*|\.\.[^/]+",
    example: "disk.qcow2",
};
/// An absolute path, or a datastore path of VMware's (`absFilePath | vmwarePath`); libvirt's parser takes an empty one for a drive
/// without a medium.
pub const MEDIUM: Format = AnyOf(&[Path, VMWARE_PATH, ByParser(&Empty)]);
/// A datastore path of VMware's (`vmwarePath`).
pub const VMWARE_PATH: Format =
    Pattern { what: "a VMware datastore path", pattern: r"\[[^\]]+\] .+", example: "[store] vm/disk.vmdk" };
/// An absolute path of a directory (`absDirPath`; the root itself is one).
pub const DIR_PATH: Format = AnyOf(&[Path, Choice(&["/"])]);
/// An absolute path or a device name (`absFilePath | deviceName`).
pub const PATH_OR_DEVICE: Format = AnyOf(&[Path, DEVICE_NAME]);
/// A path that may be relative (`filePath`, `dirPath`).
pub const FILE_PATH: Format = AnyPath;

/// A unit of bytes (`unit`).
pub const UNIT: Format = Pattern {
    what: "a unit such as `b`, `KiB`, `MB` or `G`",
    pattern: "([bB]([yY][tT][eE][sS]?)?)|([kKmMgGtTpPeE]([iI]?[bB])?)",
    example: "MiB",
};
/// A hexadecimal number that libvirt keeps as it was written (`hexuint`).
pub const HEX_TEXT: Format =
    Pattern { what: "a hexadecimal number", pattern: "(0x)?[0-9a-f]+", example: "0x1f" };
/// A world wide name: sixteen hexadecimal digits (`wwn`).
pub const WWN: Format = Pattern {
    what: "a world wide name of 16 hexadecimal digits",
    pattern: "(0x)?[0-9a-fA-F]{16}",
    example: "5000c50015ea71ad",
};
/// A qualified name for iSCSI (`IscsiQualifiedName`).
pub const IQN: Format = Pattern {
    what: "an iSCSI qualified name",
    pattern: r"iqn\.[0-9]{4}-(0[1-9]|1[0-2])\.[a-zA-Z0-9.-]+(:.+)?",
    example: "iqn.2013-07.com.example:iscsi",
};

/// The domain of a PCI address (`pciDomain`).
pub const PCI_DOMAIN: Format = number(0xffff_ffff, Print::Hex(4));
/// The bus of a PCI address (`pciBus`).
pub const PCI_BUS: Format = number(0xff, Print::Hex(2));
/// The slot of a PCI address (`pciSlot`).
pub const PCI_SLOT: Format = number(0x1f, Print::Hex(2));
/// The function of a PCI address (`pciFunc`).
pub const PCI_FUNCTION: Format = number(7, Print::Hex(1));

/// Whether an optional value is there at all: a UUID, or nothing for one that libvirt makes up.
pub const UUID_OR_EMPTY: Format = AnyOf(&[Uuid, Empty]);

/// The formats of disk images (`storageFormat`).
pub const STORAGE_FORMATS: &[&str] = &[
    "raw", "dir", "bochs", "cloop", "dmg", "iso", "vpc", "vdi", "fat", "vhd", "ploop", "luks", "cow", "qcow",
    "qcow2", "qed", "vmdk",
];
/// The format of a disk image (`storageFormat`).
pub const STORAGE_FORMAT: Format = Choice(STORAGE_FORMATS);
/// The models that virtio devices have beside their own (`virtio`, transitional or not).
pub const VIRTIO_MODEL: Format = Choice(&["virtio", "virtio-transitional", "virtio-non-transitional"]);
/// Text that libvirt keeps and does not look into.
pub const FREE: Format = Text;
/// The architectures of guests (`archnames`).
pub const ARCH: Format = AnyOf(&[Choice(ARCHES), since("10.2.0", &Choice(&["loongarch64"]))]);

/// The architectures that every version of libvirt knows.
const ARCHES: &[&str] = &[
    "aarch64",
    "alpha",
    "armv6l",
    "armv7l",
    "cris",
    "i686",
    "ia64",
    "lm32",
    "m68k",
    "microblaze",
    "microblazeel",
    "mips",
    "mipsel",
    "mips64",
    "mips64el",
    "openrisc",
    "parisc",
    "parisc64",
    "ppc",
    "ppc64",
    "ppc64le",
    "ppcemb",
    "riscv32",
    "riscv64",
    "s390",
    "s390x",
    "sh4",
    "sh4eb",
    "sparc",
    "sparc64",
    "unicore32",
    "x86_64",
    "xtensa",
    "xtensaeb",
];
