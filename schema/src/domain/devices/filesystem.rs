//! Filesystems: directories and images of the host that the guest mounts.
//!
//! <https://libvirt.org/formatdomain.html#filesystems>; `filesystem` in domaincommon.rng; `virDomainFSDefFormat` in
//! `src/conf/domain_conf.c`.
//!
//! libvirt's parser takes the type `volume` (a source with `pool` and `volume`) as well, its schema does not.

use crate::Format::{AnyOf, Choice, Integer, OnOff, Path, Text};
use crate::domain::general::IDMAP;
use crate::shared::address::BOOTABLE_INFO;
use crate::shared::amount::storage_amount;
use crate::shared::device::VIRTIO_OPTIONS;
use crate::shared::values::{
    DIR_PATH, GENERIC_NAME, STORAGE_FORMAT, UNIT, UNSIGNED_INT, UNSIGNED_LONG, VIRTIO_MODEL,
};
use crate::shared::words::STORAGE_FORMAT_WORDS;
use crate::shared::words::VIRTIO_MODELS;
use crate::{
    Attribute, Child, Element, Format, Identity, Relation, attr, attributes, child, children, element, flag,
    rule, since,
};

/// Any integer (`xsd:integer`); libvirt's parser has 32 bits.
const INTEGER: Format = Integer { min: i64::MIN as i128, max: i64::MAX as i128 };
/// Any integer of at least 1 (`xsd:positiveInteger`).
const POSITIVE: Format = Integer { min: 1, max: u64::MAX as i128 };

/// The options of virtio devices, which the driver `mtp` does not have.
const DRIVER_VIRTIO_OPTIONS: &[Attribute] = &[
    VIRTIO_OPTIONS[0].unless("type", &["mtp"]),
    VIRTIO_OPTIONS[1].unless("type", &["mtp"]),
    VIRTIO_OPTIONS[2].unless("type", &["mtp"]),
    VIRTIO_OPTIONS[3].unless("type", &["mtp"]),
];

/// The mode of new files or directories (`createMode`).
const CREATE_MODE: Format = Format::Octal { max: 0o777 };

static DRIVER: Element =
    element("driver", "How the hypervisor provides the filesystem.").attributes(attributes![
        &[
            attr("name", Text, "The backend driver, of which libvirt takes no notice here.").ignored(),
            attr("cache", Text, "How the host caches, of which libvirt takes no notice here.").ignored(),
            attr("discard", Text, "What becomes of discards, of which libvirt takes no notice here.")
                .ignored(),
            attr(
                "type",
                AnyOf(&[
                    Choice(&["path", "handle", "loop", "nbd", "ploop", "virtiofs"]),
                    since("10.2.0", &Choice(&["mtp"])),
                ]),
                "What provides it.",
            )
            .words(&[
                ("path", "QEMU's 9p server, which opens files by their names"),
                ("handle", "QEMU's 9p server, which opens files by handles; no longer there"),
                ("loop", "a loop device of the host's"),
                ("nbd", "a network block device of the host's, for all of QEMU's formats"),
                ("ploop", "OpenVZ's block device"),
                ("virtiofs", "the daemon virtiofsd, by shared memory: the fastest"),
                ("mtp", "QEMU's media transfer device, on USB")
            ]),
            attr("format", STORAGE_FORMAT, "The format of the image.")
                .words(STORAGE_FORMAT_WORDS)
                .unless("type", &["virtiofs", "mtp"]),
            attr("wrpolicy", Choice(&["immediate"]), "When the host writes what the guest wrote.")
                .words(&[("immediate", "at once, as well as into the host's cache")])
                .unless("type", &["virtiofs", "mtp"]),
            attr("queue", UNSIGNED_INT, "The size of the virtqueue.").when("type", &["virtiofs"]),
        ],
        DRIVER_VIRTIO_OPTIONS,
    ]);

static CACHE: Element = element("cache", "How the daemon caches files.").attributes(&[attr(
    "mode",
    Choice(&["none", "always"]),
    "The caching.",
)
.words(&[
    ("none", "nothing is cached in the guest: it sees what others change"),
    ("always", "everything is cached in the guest, for directories that nobody else changes"),
])]);
static SANDBOX: Element = element("sandbox", "How the daemon is confined.").attributes(&[attr(
    "mode",
    Choice(&["namespace", "chroot"]),
    "The confinement.",
)
.words(&[
    ("namespace", "namespaces of Linux's, which is the safer"),
    ("chroot", "another root directory, where namespaces are not to be had"),
])]);
static LOCK: Element = element("lock", "Which locks of the guest's hold on the host.").attributes(&[
    attr("posix", OnOff, "Whether POSIX locks do."),
    attr("flock", OnOff, "Whether BSD locks do."),
]);
static THREAD_POOL: Element = element("thread_pool", "The daemon's threads.").attributes(&[attr(
    "size",
    INTEGER,
    "How many there may be; 0 for none beside the queue's own.",
)]);
static OPENFILES: Element = element("openfiles", "The daemon's open files.").attributes(&[attr(
    "max",
    POSITIVE,
    "How many there may be.",
)]);

static BINARY: Element = element("binary", "The virtiofs daemon.")
    .attributes(&[
        attr("path", Path, "The program."),
        attr("xattr", OnOff, "Whether the guest can use extended attributes."),
    ])
    .children(&[
        child(&CACHE),
        child(&SANDBOX),
        child(&LOCK),
        child(&THREAD_POOL),
        child(&OPENFILES).since("10.6.0"),
    ]);

static SOURCE: Element = element("source", "What the host provides.")
    .attributes(&[
        attr("file", Path, "The image file.").required().when_up(1, "type", &["file"]),
        attr("dev", Path, "The block device.").required().when_up(1, "type", &["block"]),
        attr("dir", DIR_PATH, "The directory.").words(&[("/", "the whole file system")]).when_up(
            1,
            "type",
            &["mount"],
        ),
        attr("dir", DIR_PATH, "The directory.").words(&[("/", "the whole file system")]).required().when_up(
            1,
            "type",
            &["bind"],
        ),
        attr("socket", Path, "The socket of a virtiofs daemon that is run by hand.").when_up(
            1,
            "type",
            &["mount"],
        ),
        attr("name", GENERIC_NAME, "The name of the template.").required().when_up(1, "type", &["template"]),
        attr("usage", UNSIGNED_LONG, "The size of the RAM disk.").required().when_up(1, "type", &["ram"]),
        attr("units", UNIT, "The unit of the size; KiB if there is none.")
            .default("KiB", "virDomainFSDefParseXML in src/conf/domain_conf.c")
            .when_up(1, "type", &["ram"]),
    ])
    .rules(&[rule(Relation::ExactlyOne(&["@dir", "@socket"])).when_up(1, "type", &["mount"])]);

static TARGET: Element = element("target", "Where the guest finds it.").attributes(&[attr(
    "dir",
    Text,
    "The mount point in a container, and the tag to mount by in any other guest.",
)
.required()]);

static READONLY: Element = flag("readonly", "The guest cannot write to it.");
static SPACE_HARD_LIMIT: Element =
    storage_amount("space_hard_limit", "How much space the guest can use at most.");
static SPACE_SOFT_LIMIT: Element =
    storage_amount("space_soft_limit", "How much space the guest should use at most.");

const BEFORE_INFO: &[Child] = &[
    child(&DRIVER),
    child(&BINARY).when("type", &["mount"]),
    child(&IDMAP).when("type", &["mount"]).since("10.0.0"),
    child(&SOURCE).required(),
    child(&TARGET).required(),
    child(&READONLY),
];

/// A filesystem. libvirt's parser and its schema take modes of up to 0777 only.
pub static FILESYSTEM: Element =
    element("filesystem", "A directory or image of the host's that the guest mounts.")
        .identity(Identity::Child("target", "dir"))
        .page("formatdomain.html#filesystems")
        .attributes(&[
            attr(
                "type",
                Choice(&["mount", "block", "file", "template", "ram", "bind"]),
                "What the host provides.",
            )
            .default("mount", "virDomainFSDefParseXML in src/conf/domain_conf.c")
            .words(&[
                ("mount", "a directory"),
                ("block", "a block device with a file system"),
                ("file", "an image file with a file system"),
                ("template", "an OpenVZ template"),
                ("ram", "memory of the host's, as a file system that is empty at first"),
                ("bind", "a directory of the guest's own, at another place"),
            ])
            .implied("mount"),
            attr("accessmode", Choice(&["passthrough", "mapped", "squash"]), "How file ownership is kept.")
                .default("passthrough", "virDomainFSDefParseXML in src/conf/domain_conf.c")
                .words(&[
                    ("passthrough", "as the guest says, on the host's files themselves"),
                    ("mapped", "the host's files are the hypervisor's; the guest's owners are kept beside"),
                    ("squash", "as passthrough, but changes of owner that fail are not reported"),
                ]),
            attr("model", VIRTIO_MODEL, "The virtio model.").words(VIRTIO_MODELS),
            attr(
                "multidevs",
                Choice(&["default", "remap", "forbid", "warn"]),
                "What happens where the directory spans several devices.",
            )
            .words(&[
                ("default", "as QEMU has it, which warns"),
                ("remap", "inode numbers are changed, so that no two files look the same"),
                ("forbid", "the guest sees the first device alone; the others give errors"),
                ("warn", "all is passed on; a warning is logged once"),
            ]),
            attr("fmode", CREATE_MODE, "The mode of files that the guest makes."),
            attr("dmode", CREATE_MODE, "The mode of directories that the guest makes."),
        ])
        .children(children![
            BEFORE_INFO,
            BOOTABLE_INFO,
            &[child(&SPACE_HARD_LIMIT), child(&SPACE_SOFT_LIMIT)]
        ]);
