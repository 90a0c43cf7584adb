//! The storage volume format: a disk image or device within a pool.
//!
//! <https://libvirt.org/formatstorage.html#storage-volume-xml>; storagevol.rng; `virStorageVolDefFormat` in
//! `src/conf/storage_conf.c`.
//!
//! libvirt gives no volume a schema check, so that what its parser does not look for is passed over in silence. Much
//! of the format is for output only (the marked `live` entries): the pool makes up the key, the type and the path.

use crate::Format::{self, AnyOf, Choice, Path, Pattern, Text};
use crate::shared::amount::storage_amount;
use crate::shared::encryption::ENCRYPTION;
use crate::shared::storage::{EXTENT, PERMISSIONS};
use crate::shared::values::{STORAGE_FORMATS, VOLUME_NAME};
use crate::shared::words::FILE_SYSTEMS;
use crate::shared::words::STORAGE_FORMAT_WORDS;
use crate::{Element, Words, attr, child, element, flag, leaf, words};

/// The formats of a volume: an image's (`formatfile`), a file system's (`formatdev`) or a partition's (`formatdisk`).
/// libvirt's parser takes only those of the pool's own kind.
const VOLUME_FORMAT: Format = AnyOf(&[
    Choice(STORAGE_FORMATS),
    Choice(&[
        "unknown",
        "none",
        "auto",
        "ext2",
        "ext3",
        "ext4",
        "ufs",
        "iso9660",
        "udf",
        "gfs",
        "gfs2",
        "vfat",
        "hfs+",
        "xfs",
        "ocfs2",
        "vmfs",
        "linux",
        "fat16",
        "fat32",
        "linux-swap",
        "linux-lvm",
        "linux-raid",
        "extended",
    ]),
]);

/// Where a volume is reached (`xsd:anyURI | absFilePath`): nearly anything is a URI, but for stray colons, brackets and
/// percent signs.
const PATH_OR_URI: Format = AnyOf(&[
    Path,
    Pattern {
        what: "a URI",
        pattern: concat!(
            r"([a-zA-Z][a-zA-Z0-9+.-]*:([^%\[\]#]|%[0-9a-fA-F]{2})*",
            r"|([^%\[\]#:/?]|%[0-9a-fA-F]{2})*([/?]([^%\[\]#]|%[0-9a-fA-F]{2})*)?)",
            r"(#([^%\[\]#]|%[0-9a-fA-F]{2})*)?",
        ),
        example: "gluster://example.com/volume/disk.img",
    },
]);

/// A point in time (`timestamp`).
const TIMESTAMP: Format = Pattern {
    what: "a number of seconds since 1970, with up to nine decimals",
    pattern: r"[0-9]+(\.[0-9]{0,9})?",
    example: "1341933637.273190990",
};

/// A version of the qcow2 format (`compat`).
const COMPAT: Format =
    Pattern { what: "two numbers joined by a dot", pattern: r"[0-9]+\.[0-9]+", example: "1.1" };

static NAME: Element =
    leaf("name", VOLUME_NAME, "The name of the volume, unique within its pool.").required_text();
static KEY: Element = leaf("key", Text, "The key by which the pool knows the volume.");

static EXTENT_ELEMENT: Element =
    element("extent", "A stretch of the device that the volume lies on.").attributes(EXTENT);
static DEVICE: Element = element("device", "A device that the volume lies on.")
    .attributes(&[attr("path", Path, "The path of the device.").by_schema()])
    .children(&[child(&EXTENT_ELEMENT).many()]);
static SOURCE: Element = element("source", "Where the volume lies on the devices of its pool.")
    .end_tag()
    .children(&[child(&DEVICE).many()]);

static CAPACITY: Element = storage_amount("capacity", "The size that a machine sees.")
    .default_in_words(
        "that of the backing store, where there is one",
        "virStorageVolDefParseXML in src/conf/storage_conf.c",
    )
    .required_text();
static ALLOCATION: Element =
    storage_amount("allocation", "How much of it is allocated; all of it by default.")
        .default_in_words("all of the capacity", "virStorageVolDefParseXML in src/conf/storage_conf.c");
static PHYSICAL: Element = storage_amount("physical", "The size of the file or device on the host.");

/// The types of a volume beside images and file systems.
const VOLUME_WORDS: Words = &[
    ("unknown", "libvirt does not know"),
    ("none", "a partition without a type"),
    ("linux", "a partition for one of Linux's file systems"),
    ("fat16", "a partition for DOS's file system"),
    ("fat32", "a partition for Windows 95's file system"),
    ("linux-swap", "a partition that memory is swapped to"),
    ("linux-lvm", "a partition that belongs to LVM"),
    ("linux-raid", "a partition of a software RAID"),
    ("extended", "a partition that holds others"),
];

static TARGET_PATH: Element = leaf("path", PATH_OR_URI, "Where the volume is reached on the host.");
static FORMAT: Element =
    element("format", "The format of the volume; by default the pool's.").attributes(&[attr(
        "type",
        VOLUME_FORMAT,
        "The format.",
    )
    .default_in_words(
        "raw, where the pool's volumes have formats",
        "virStorageVolDefParseXML in src/conf/storage_conf.c",
    )
    .words(words![STORAGE_FORMAT_WORDS, FILE_SYSTEMS, VOLUME_WORDS])
    .by_schema()]);

static ATIME: Element = leaf("atime", TIMESTAMP, "When it was last read.");
static MTIME: Element = leaf("mtime", TIMESTAMP, "When its content last changed.");
static CTIME: Element = leaf("ctime", TIMESTAMP, "When it last changed in any way.");
static BTIME: Element = leaf("btime", TIMESTAMP, "When it was created.");
static TIMESTAMPS: Element = element("timestamps", "When the volume was used and changed.").children(&[
    child(&ATIME),
    child(&MTIME),
    child(&CTIME),
    child(&BTIME),
]);

static COMPAT_ELEMENT: Element = leaf("compat", COMPAT, "The version of the qcow2 format.").default_in_words(
    "1.1 for a new volume",
    "virStorageBackendCreateQemuImgSetOptions in src/storage/storage_util.c",
);
static NOCOW: Element = flag("nocow", "Copy on write is off for the file, on btrfs.");
static CLUSTER_SIZE: Element = storage_amount("clusterSize", "The size of a qcow2 image's clusters.");
static LAZY_REFCOUNTS: Element = flag("lazy_refcounts", "Reference counters are updated lazily.");
static EXTENDED_L2: Element = flag("extended_l2", "Clusters have subclusters.");
static FEATURES: Element = element("features", "The features of the qcow2 format.")
    .children(&[child(&LAZY_REFCOUNTS), child(&EXTENDED_L2)]);

/// `target`: the format, permissions and encryption of a volume. libvirt reads `nocow` and never prints it.
static TARGET: Element = element("target", "What the volume is made as.")
    .page("formatstorage.html#storage-volume-target-elements")
    .children(&[
        child(&TARGET_PATH).live(),
        child(&FORMAT),
        child(&PERMISSIONS),
        child(&TIMESTAMPS).live(),
        child(&ENCRYPTION),
        child(&COMPAT_ELEMENT),
        child(&NOCOW),
        child(&CLUSTER_SIZE),
        child(&FEATURES),
    ]);

static BACKING_PATH: Element = leaf("path", Path, "The image that it is based on.");

/// The image below a volume. libvirt's parser ignores one without a path.
pub static BACKING_STORE: Element = element("backingStore", "The image that the volume is based on.")
    .page("formatstorage.html#backing-store-elements")
    .children(&[
        child(&BACKING_PATH).by_schema(),
        child(&FORMAT),
        child(&PERMISSIONS),
        child(&TIMESTAMPS).live(),
    ]);

/// A volume. libvirt's schema does without `capacity`; its parser needs it, except where there is a backing store.
pub static VOLUME: Element = element("volume", "A disk image or device within a pool.")
    .page("formatstorage.html#storage-volume-general-metadata")
    .attributes(&[attr(
        "type",
        Choice(&["file", "block", "dir", "network", "netdir"]),
        "What the volume is; the pool decides.",
    )
    .words(&[
        ("file", "a file"),
        ("block", "a block device"),
        ("dir", "a directory"),
        ("network", "on a server"),
        ("netdir", "a directory on a server"),
    ])
    .live()])
    .children(&[
        child(&NAME).required(),
        child(&KEY).live(),
        child(&SOURCE).live(),
        child(&CAPACITY),
        child(&ALLOCATION),
        child(&PHYSICAL).live(),
        child(&TARGET).by_schema(),
        child(&BACKING_STORE),
    ])
    .misplaced_names(&[("uuid", "a volume has no uuid: libvirt knows it by its name")]);
