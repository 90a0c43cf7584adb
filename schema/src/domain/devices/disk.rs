//! Disks: hard drives, floppies, CD-ROMs and LUNs.
//!
//! <https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms>; `disk` in domaincommon.rng;
//! `virDomainDiskDefFormat` in `src/conf/domain_conf.c`.

use super::disk_source::{BACKING_STORE, DISK_TYPE, METADATA_CACHE, MIRROR, PROBED, SOURCE, WITH_SOURCE};
use crate::Format::{Choice, Integer, OnOff, Pattern, YesNo};
use crate::shared::address::BOOTABLE_INFO;
use crate::shared::device::VIRTIO_OPTIONS;
use crate::shared::encryption::{DISK_AUTH, ENCRYPTION};
use crate::shared::values::{
    FREE, GENERIC_NAME, POSITIVE_INTEGER, STORAGE_FORMATS, UNSIGNED_INT, UNSIGNED_LONG, VIRTIO_MODEL, WWN,
};
use crate::shared::words::SGIO;
use crate::shared::words::STORAGE_FORMAT_WORDS;
use crate::shared::words::VIRTIO_MODELS;
use crate::{
    Child, Element, Format, Identity, Relation, RelationRule, Words, attr, attributes, child, children,
    element, flag, leaf, rule, since, words,
};

const PAGE: &str = "formatdomain.html#hard-drives-floppy-disks-cdroms";

/// An integer without bounds in the schema (`xsd:integer`); libvirt's parser has 32 bits.
const INTEGER: Format = Integer { min: i64::MIN as i128, max: i64::MAX as i128 };

static QUEUE: Element = element("queue", "A virtqueue that the thread serves.").attributes(&[attr(
    "id",
    UNSIGNED_INT,
    "The number of the virtqueue.",
)
.required()]);

static IOTHREAD: Element = element("iothread", "An I/O thread that serves the device.")
    .attributes(&[attr("id", UNSIGNED_INT, "The number of the I/O thread.").required()])
    .children(&[child(&QUEUE).many()]);

/// Which I/O threads serve which queues (`iothreadMapping`).
pub static IOTHREADS: Element = element("iothreads", "Which I/O threads serve the device's queues.")
    .children(&[child(&IOTHREAD).many().by_schema()]);

static STATISTIC: Element = element("statistic", "Statistics that are gathered over an interval.")
    .identity(Identity::First(&["interval"]))
    .attributes(&[attr("interval", UNSIGNED_INT, "The length of the interval, in seconds.").required()]);
static BIN: Element = element("bin", "A bin of the histogram.")
    .identity(Identity::First(&["start"]))
    .attributes(&[attr("start", UNSIGNED_LONG, "Where the bin begins, in nanoseconds.").required()]);
static LATENCY_HISTOGRAM: Element = element("latency-histogram", "A histogram of how long operations take.")
    .identity(Identity::First(&["type"]))
    .attributes(&[attr(
        "type",
        Choice(&["read", "write", "zone", "flush"]),
        "The operations that are counted; without it, all of them.",
    )
    .words(&[
        ("read", "reads"),
        ("write", "writes"),
        ("zone", "appends to a zone of a zoned device"),
        ("flush", "flushes of caches"),
    ])])
    .children(&[child(&BIN).many().required()]);
static STATISTICS: Element = element("statistics", "Statistics that the hypervisor gathers about the disk.")
    .children(&[child(&STATISTIC).many(), child(&LATENCY_HISTOGRAM).many().since("12.1.0")]);

static DRIVER: Element = element("driver", "How the hypervisor opens and runs the disk.")
    .attributes(attributes![
        &[
            attr("name", GENERIC_NAME, "The backend driver, e.g. `qemu`.").default_in_words(
                "qemu, for QEMU's machines",
                "qemuDomainDeviceDiskDefPostParse in src/qemu/qemu_postparse.c"
            ),
            attr(
                "type",
                Format::AnyOf(&[Choice(STORAGE_FORMATS), Choice(&["aio"])]),
                "The format of the image."
            )
            .default_in_words(
                "raw, for QEMU's machines",
                "qemuDomainDeviceDiskDefPostParse in src/qemu/qemu_postparse.c"
            )
            .words(words![STORAGE_FORMAT_WORDS, &[("aio", "the plain content, by Xen's tap driver")]]),
            attr(
                "cache",
                Choice(&["default", "none", "writeback", "writethrough", "directsync", "unsafe"]),
                "How the host caches the disk.",
            )
            .words(&[
                ("default", "as the hypervisor has it: QEMU takes writeback"),
                ("none", "the host caches nothing; the guest's flushes are passed on"),
                ("writeback", "the host caches reads and writes; the guest's flushes are passed on"),
                (
                    "writethrough",
                    "the host caches reads; each write reaches the disk before it counts as done"
                ),
                (
                    "directsync",
                    "the host caches nothing, and each write reaches the disk before it counts as done"
                ),
                (
                    "unsafe",
                    "the host caches all, and ignores the guest's flushes: fast, and lost with the host"
                )
            ]),
            attr(
                "error_policy",
                Choice(&["stop", "report", "ignore", "enospace"]),
                "What happens to the guest on an error.",
            )
            .words(&[
                ("stop", "the guest is paused"),
                ("report", "the guest is told"),
                ("ignore", "nothing: the error is dropped"),
                (
                    "enospace",
                    "the guest is paused where there is no room left, and told of every other error"
                )
            ]),
            attr(
                "rerror_policy",
                Choice(&["stop", "report", "ignore"]),
                "What happens on an error while reading."
            )
            .words(&[
                ("stop", "the guest is paused"),
                ("report", "the guest is told"),
                ("ignore", "nothing: the error is dropped")
            ]),
            attr("io", Choice(&["threads", "native", "io_uring"]), "How the host does I/O.").words(&[
                ("threads", "by a pool of threads"),
                ("native", "by Linux's own asynchronous I/O, which needs cache none or directsync"),
                ("io_uring", "by Linux's io_uring")
            ]),
            attr("ioeventfd", OnOff, "Whether I/O is handled outside the vCPU's thread."),
            attr("event_idx", OnOff, "Whether the device asks for fewer interrupts."),
            attr("copy_on_read", OnOff, "Whether what is read from the backing store is copied."),
            attr("discard", Choice(&["unmap", "ignore"]), "What happens to the guest's discard requests.")
                .words(&[("unmap", "the image gives the space back"), ("ignore", "nothing")]),
            attr("iothread", UNSIGNED_INT, "The I/O thread that serves the disk."),
            attr(
                "detect_zeroes",
                Choice(&["off", "on", "unmap"]),
                "Whether writes of zeroes are recognised."
            )
            .words(&[
                ("off", "they are written as they are"),
                ("on", "they are written as zeroes in the way of the image's format"),
                ("unmap", "they are taken for discard requests")
            ]),
            attr("discard_no_unref", OnOff, "Whether discarded clusters stay referenced in a qcow2 image.")
                .since("9.5.0"),
            attr("queues", POSITIVE_INTEGER, "The number of virtqueues."),
            attr("queue_size", POSITIVE_INTEGER, "The size of each virtqueue."),
        ],
        VIRTIO_OPTIONS,
    ])
    .children(&[
        child(&METADATA_CACHE),
        child(&IOTHREADS).since("10.0.0"),
        child(&STATISTICS).since("11.9.0"),
    ]);

static BACKEND_DOMAIN: Element = element("backenddomain", "The Xen domain that runs the backend.")
    .attributes(&[attr("name", Format::Line, "The name of the domain.").required()]);

static GEOMETRY: Element = element("geometry", "The geometry that the guest sees.").attributes(&[
    attr("cyls", INTEGER, "The number of cylinders.").by_schema(),
    attr("heads", INTEGER, "The number of heads.").by_schema(),
    attr("secs", INTEGER, "The number of sectors a track.").by_schema(),
    attr("trans", Choice(&["auto", "none", "lba"]), "How the BIOS translates the geometry.").words(&[
        ("auto", "as suits the size of the disk"),
        ("none", "not at all"),
        ("lba", "by the number of the block"),
    ]),
]);

static BLOCKIO: Element = element("blockio", "The block sizes that the guest sees.").attributes(&[
    attr("logical_block_size", INTEGER, "The smallest unit of I/O, in bytes."),
    attr("physical_block_size", INTEGER, "The disk's own sector size, in bytes."),
    attr("discard_granularity", INTEGER, "The smallest unit that can be discarded, in bytes.")
        .since("11.3.0"),
]);

/// The logical name of a disk's device (`diskTargetDev`).
pub const TARGET_DEVICE: Format = Format::AnyOf(&[
    Pattern {
        what: "a device name that begins with fd, hd, sd, vd, xvd or ubd",
        pattern: "(ioemu:)?(fd|hd|sd|vd|xvd|ubd)[a-zA-Z0-9_]+",
        example: "vda",
    },
    since(
        "11.5.0",
        &Pattern {
            what: "the name of an NVMe namespace",
            pattern: "nvme[0-9]+n[0-9]+(p[0-9]+)?",
            example: "nvme0n1",
        },
    ),
]);

static TARGET: Element = element("target", "The device and bus that the guest sees.").attributes(&[
    attr("dev", TARGET_DEVICE, "The logical device name, which orders the disks.").required(),
    attr(
        "bus",
        Format::AnyOf(&[
            Choice(&["ide", "fdc", "scsi", "virtio", "xen", "usb", "uml", "sata", "sd"]),
            since("11.5.0", &Choice(&["nvme"])),
        ]),
        "The bus that the guest sees.",
    )
    .default_in_words(
        "what the name in `dev` begins with: vd is virtio, sd scsi, hd ide, fd fdc, xvd xen",
        "virDomainDeviceDefPostParseCommon in src/conf/domain_postparse.c",
    )
    .words(&[
        ("ide", "the PC's old bus for disks: up to four, without hotplug"),
        ("fdc", "the PC's floppy controller"),
        ("scsi", "a disk on a SCSI controller, whose model says how fast it is"),
        ("virtio", "virtio-blk: fast, with a driver in the guest"),
        ("xen", "Xen's paravirtual disk"),
        ("usb", "a USB mass storage device"),
        ("uml", "User-mode Linux's disk"),
        ("sata", "the PC's bus for disks today (AHCI)"),
        ("sd", "an SD card"),
        ("nvme", "a namespace of an emulated NVMe controller"),
    ]),
    attr("tray", Choice(&["open", "closed"]), "Whether the tray of a removable disk is open.")
        .words(&[("open", "the guest has opened it"), ("closed", "it is shut")]),
    attr("removable", OnOff, "Whether a USB disk is removable."),
    attr("rotation_rate", POSITIVE_INTEGER, "The rotation rate in rpm; 1 says solid state."),
    attr("dpofua", OnOff, "Whether a SCSI disk takes the flags DPO and FUA of a command.").since("11.10.0"),
]);

/// One limit of a disk's I/O.
const fn limit(name: &'static str, doc: &'static str) -> Element {
    leaf(name, UNSIGNED_LONG, doc)
}

static TOTAL_BYTES_SEC: Element = limit("total_bytes_sec", "Bytes a second, reads and writes together.");
static READ_BYTES_SEC: Element = limit("read_bytes_sec", "Bytes a second read.");
static WRITE_BYTES_SEC: Element = limit("write_bytes_sec", "Bytes a second written.");
static TOTAL_IOPS_SEC: Element = limit("total_iops_sec", "Operations a second, reads and writes together.");
static READ_IOPS_SEC: Element = limit("read_iops_sec", "Read operations a second.");
static WRITE_IOPS_SEC: Element = limit("write_iops_sec", "Write operations a second.");
static TOTAL_BYTES_SEC_MAX: Element = limit("total_bytes_sec_max", "Bytes a second in a burst.");
static READ_BYTES_SEC_MAX: Element = limit("read_bytes_sec_max", "Bytes a second read in a burst.");
static WRITE_BYTES_SEC_MAX: Element = limit("write_bytes_sec_max", "Bytes a second written in a burst.");
static TOTAL_IOPS_SEC_MAX: Element = limit("total_iops_sec_max", "Operations a second in a burst.");
static READ_IOPS_SEC_MAX: Element = limit("read_iops_sec_max", "Read operations a second in a burst.");
static WRITE_IOPS_SEC_MAX: Element = limit("write_iops_sec_max", "Write operations a second in a burst.");
static SIZE_IOPS_SEC: Element = limit("size_iops_sec", "The size in bytes of one operation that counts.");
static GROUP_NAME: Element = leaf("group_name", FREE, "The name of the group that shares the limits.");
static TOTAL_BYTES_SEC_MAX_LENGTH: Element =
    limit("total_bytes_sec_max_length", "How many seconds a burst of bytes may last.");
static READ_BYTES_SEC_MAX_LENGTH: Element =
    limit("read_bytes_sec_max_length", "How many seconds a burst of bytes read may last.");
static WRITE_BYTES_SEC_MAX_LENGTH: Element =
    limit("write_bytes_sec_max_length", "How many seconds a burst of bytes written may last.");
static TOTAL_IOPS_SEC_MAX_LENGTH: Element =
    limit("total_iops_sec_max_length", "How many seconds a burst of operations may last.");
static READ_IOPS_SEC_MAX_LENGTH: Element =
    limit("read_iops_sec_max_length", "How many seconds a burst of reads may last.");
static WRITE_IOPS_SEC_MAX_LENGTH: Element =
    limit("write_iops_sec_max_length", "How many seconds a burst of writes may last.");

static IOTUNE: Element =
    iotune("iotune", "Limits on the disk's I/O.").page("formatdomain.html#hard-drives-floppy-disks-cdroms");
/// A named group of limits, for disks to refer to with a throttle filter.
pub static THROTTLE_GROUP: Element = iotune("throttlegroup", "A named group of limits that disks can share.");

/// The limits of `iotune` (`virDomainDiskDefFormatThrottleGroup` prints the same for a group).
const fn iotune(name: &'static str, doc: &'static str) -> Element {
    element(name, doc).children(LIMITS).rules(LIMIT_RULES)
}

const LIMITS: &[Child] = &[
    child(&TOTAL_BYTES_SEC),
    child(&READ_BYTES_SEC),
    child(&WRITE_BYTES_SEC),
    child(&TOTAL_IOPS_SEC),
    child(&READ_IOPS_SEC),
    child(&WRITE_IOPS_SEC),
    child(&TOTAL_BYTES_SEC_MAX),
    child(&READ_BYTES_SEC_MAX),
    child(&WRITE_BYTES_SEC_MAX),
    child(&TOTAL_IOPS_SEC_MAX),
    child(&READ_IOPS_SEC_MAX),
    child(&WRITE_IOPS_SEC_MAX),
    child(&SIZE_IOPS_SEC),
    child(&GROUP_NAME),
    child(&TOTAL_BYTES_SEC_MAX_LENGTH),
    child(&READ_BYTES_SEC_MAX_LENGTH),
    child(&WRITE_BYTES_SEC_MAX_LENGTH),
    child(&TOTAL_IOPS_SEC_MAX_LENGTH),
    child(&READ_IOPS_SEC_MAX_LENGTH),
    child(&WRITE_IOPS_SEC_MAX_LENGTH),
];

const LIMIT_RULES: &[RelationRule] = &[
    rule(Relation::Excludes("total_bytes_sec", &["read_bytes_sec", "write_bytes_sec"])),
    rule(Relation::Excludes("total_iops_sec", &["read_iops_sec", "write_iops_sec"])),
    rule(Relation::Excludes("total_bytes_sec_max", &["read_bytes_sec_max", "write_bytes_sec_max"])),
    rule(Relation::Excludes("total_iops_sec_max", &["read_iops_sec_max", "write_iops_sec_max"])),
    rule(Relation::Excludes(
        "total_bytes_sec_max_length",
        &["read_bytes_sec_max_length", "write_bytes_sec_max_length"],
    )),
    rule(Relation::Excludes(
        "total_iops_sec_max_length",
        &["read_iops_sec_max_length", "write_iops_sec_max_length"],
    )),
];

static THROTTLE_FILTER: Element = element("throttlefilter", "A group of limits that holds for the disk.")
    .attributes(&[attr("group", FREE, "The name of the group.").required()]);
static THROTTLE_FILTERS: Element =
    element("throttlefilters", "The groups of limits that hold for the disk, in order.")
        .children(&[child(&THROTTLE_FILTER).many()]);

static READONLY: Element = flag("readonly", "The guest cannot write to the disk.");
static SHAREABLE: Element = flag("shareable", "Several machines may use the disk at the same time.");
static TRANSIENT: Element = flag("transient", "What the guest writes is dropped when it stops.")
    .attributes(&[attr("shareBacking", YesNo, "Whether several machines may share the backing image.")]);
/// The serial number of a disk, and of an NVMe controller.
pub static SERIAL: Element = leaf(
    "serial",
    Format::Chars {
        what: "a serial number of letters, digits, `_`, `.`, `+`, `-` and spaces",
        set: "a-zA-Z0-9_.+ -",
        min: 1,
        max: usize::MAX,
    },
    "The serial number that the guest sees.",
);
static WWN_ELEMENT: Element = leaf("wwn", WWN, "The world wide name that the guest sees.");
static VENDOR: Element = leaf(
    "vendor",
    Format::Chars { what: "up to 8 printable characters", set: " -~", min: 0, max: 8 },
    "The vendor that the guest sees.",
);
static PRODUCT: Element = leaf(
    "product",
    Format::AnyOf(&[
        Format::Chars { what: "up to 16 printable characters", set: " -~", min: 0, max: 16 },
        since(
            "11.1.0",
            &Format::Chars { what: "up to 40 printable characters", set: " -~", min: 0, max: 40 },
        ),
    ]),
    "The product that the guest sees.",
);

const BEFORE_INFO: &[Child] = &[
    child(&DRIVER),
    child(&DISK_AUTH),
    child(&SOURCE).unless("type", WITH_SOURCE),
    child(&SOURCE).required().when("type", WITH_SOURCE),
    child(&BACKING_STORE).generated(PROBED),
    child(&BACKEND_DOMAIN),
    child(&GEOMETRY),
    child(&BLOCKIO),
    child(&MIRROR).live(),
    child(&TARGET).required(),
    child(&IOTUNE),
    child(&THROTTLE_FILTERS).since("11.2.0"),
    child(&READONLY),
    child(&SHAREABLE),
    child(&TRANSIENT),
    child(&SERIAL),
    child(&WWN_ELEMENT),
    child(&VENDOR),
    child(&PRODUCT),
    child(&ENCRYPTION),
];

/// The types of source that a LUN can have.
const LUN_TYPES: &[&str] = &["network", "block", "volume"];

/// The devices that a USB disk can be.
const USB_MODELS: Words = &[
    ("usb-storage", "one disk by bulk-only transport; the usual device"),
    ("usb-bot", "the same with a SCSI bus of its own, as CD-ROMs need"),
];

/// A disk. libvirt's parser refuses any but a CD-ROM and a floppy without a source, its schema only the types that name
/// a server or daemon.
pub static DISK: Element = element("disk", "A hard drive, floppy, CD-ROM or LUN.")
    .identity(Identity::Child("target", "dev"))
    .page(PAGE)
    .attributes(&[
        DISK_TYPE.default("file", "virDomainDiskDefParseSourceXML in src/conf/domain_conf.c"),
        attr("device", Choice(&["floppy", "disk", "cdrom", "lun"]), "What the guest sees.")
            .words(&[
                ("disk", "a hard disk"),
                ("cdrom", "a drive whose medium can be taken out, and that cannot be written to"),
                ("floppy", "a floppy drive"),
                ("lun", "a SCSI device whose commands reach the host's"),
            ])
            .default("disk", "virDomainDiskDefParseXML in src/conf/domain_conf.c")
            .implied("disk")
            .when("type", LUN_TYPES),
        attr("device", Choice(&["floppy", "disk", "cdrom"]), "What the guest sees.")
            .words(&[
                ("disk", "a hard disk"),
                ("cdrom", "a drive whose medium can be taken out, and that cannot be written to"),
                ("floppy", "a floppy drive"),
            ])
            .default("disk", "virDomainDiskDefParseXML in src/conf/domain_conf.c")
            .implied("disk")
            .unless("type", LUN_TYPES),
        attr(
            "model",
            Format::AnyOf(&[VIRTIO_MODEL, since("11.5.0", &Choice(&["usb-storage", "usb-bot"]))]),
            "The virtio model, or how a USB disk speaks to the guest.",
        )
        .words(words![VIRTIO_MODELS, USB_MODELS]),
        attr("rawio", YesNo, "Whether the guest may send raw SCSI commands.").when("device", &["lun"]),
        attr(
            "sgio",
            Choice(&["filtered", "unfiltered"]),
            "Whether the kernel filters the guest's SCSI commands.",
        )
        .words(SGIO)
        .when("device", &["lun"]),
        attr("snapshot", Choice(&["no", "internal", "external", "manual"]), "How snapshots treat the disk.")
            .words(&[
                ("no", "they leave it out"),
                ("internal", "its content is kept within the image"),
                ("external", "it goes on in a new image above"),
                ("manual", "somebody else sees to it"),
            ]),
    ])
    .children(children![BEFORE_INFO, BOOTABLE_INFO])
    .rules(&[rule(Relation::AtMostOne(&["iotune", "throttlefilters"]))]);
