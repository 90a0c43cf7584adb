//! The meanings of words that several formats have.

use crate::{Words, words};

/// The formats of disk images that stand by themselves.
pub const PLAIN_FORMATS: Words = &[
    ("raw", "the plain content, byte by byte"),
    ("dir", "a directory of the host's"),
    ("bochs", "the image of an old emulator of PCs"),
    ("cloop", "Linux's compressed image of a live CD, which cannot be written to"),
    ("dmg", "an image of macOS"),
    ("iso", "the content of a CD or DVD"),
    ("vpc", "the VHD image of Microsoft's Virtual PC and Hyper-V"),
    ("vdi", "VirtualBox's image"),
    ("fat", "a directory of the host's that the guest sees as a DOS file system"),
    ("vhd", "Microsoft's image, as Xen names it"),
    ("ploop", "OpenVZ's image"),
    ("luks", "an encrypted image, as Linux's disk encryption has it"),
];

/// The formats of disk images that can hold what differs from another image.
pub const COW_FORMATS: Words = &[
    ("cow", "an old image of User-mode Linux that holds what differs from another"),
    ("qcow", "QEMU's first image that grows; outdated"),
    ("qcow2", "QEMU's image that grows, with snapshots and backing files"),
    ("qed", "an outdated image of QEMU's that grows"),
    ("vmdk", "VMware's image"),
];

/// The formats of disk images.
pub const STORAGE_FORMAT_WORDS: Words = words![PLAIN_FORMATS, COW_FORMATS];

/// The drivers of the host that hold a device for a guest of QEMU's.
pub const QEMU_HOST_DRIVERS: Words = &[
    ("kvm", "KVM's old way, which no longer exists"),
    ("vfio", "Linux's way, which any kernel of today has"),
];

/// The drivers of the host that hold a device for a guest.
pub const HOST_DRIVERS: Words = words![QEMU_HOST_DRIVERS, &[("xen", "Xen's way")]];

/// Who opens a socket.
pub const SERVER_OR_CLIENT: Words = &[
    ("server", "the hypervisor opens it, and waits for the other side"),
    ("client", "the other side has it open, and the hypervisor connects"),
];

/// The models that virtio devices have beside their own.
pub const VIRTIO_MODELS: Words = &[
    ("virtio", "for legacy and new drivers on PCI, only for new ones on PCI Express"),
    ("virtio-transitional", "for legacy and new drivers; it needs a slot of conventional PCI"),
    ("virtio-non-transitional", "for drivers of virtio 1.0 and later only"),
];

/// The consequences where something that the machine uses is missing.
pub const STARTUP: Words = &[
    ("mandatory", "the machine does not start"),
    ("requisite", "it does not start, but goes on without it after migration or restoring"),
    ("optional", "it goes on without it, always"),
];

/// Which SCSI commands of a guest's pass.
pub const SGIO: Words = &[("filtered", "only harmless commands pass"), ("unfiltered", "all commands pass")];

/// Who keeps a bridge's table of MAC addresses.
pub const MAC_TABLE: Words = &[
    ("kernel", "the bridge learns them, and floods where it knows none"),
    ("libvirt", "it is filled from the definitions; the bridge neither learns nor floods"),
];

/// How guests on one device of the host's reach one another.
pub const MACVTAP_MODES: Words = &[
    ("vepa", "by the switch outside, which must send packets back"),
    ("bridge", "directly, within the host"),
    ("private", "not at all"),
    ("passthrough", "not at all: the device is for one guest alone"),
];

/// The families of addresses.
pub const FAMILIES: Words =
    &[("ipv4", "of four bytes, e.g. 192.0.2.1"), ("ipv6", "of sixteen bytes, e.g. 2001:db8::1")];

/// File systems on block devices and volumes.
pub const FILE_SYSTEMS: Words = &[
    ("auto", "found out by mounting"),
    ("ext2", "Linux's old file system"),
    ("ext3", "ext2 with a journal"),
    ("ext4", "Linux's usual file system"),
    ("ufs", "BSD's file system"),
    ("iso9660", "the file system of CDs"),
    ("udf", "the file system of DVDs"),
    ("gfs", "Red Hat's file system for clusters"),
    ("gfs2", "Red Hat's file system for clusters, its second version"),
    ("vfat", "the file system of DOS and Windows 95"),
    ("hfs+", "macOS's old file system"),
    ("xfs", "a file system for large files"),
    ("ocfs2", "Oracle's file system for clusters"),
    ("vmfs", "VMware's file system"),
];
