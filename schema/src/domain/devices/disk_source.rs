//! Where a disk's content lies: `source`, and the `backingStore`, `mirror` and `dataStore` that have a source as well.
//!
//! <https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms>; `diskSource`, `diskBackingChain` and
//! `diskMirror` in domaincommon.rng; `virDomainDiskSourceFormat` in `src/conf/domain_conf.c`.
//!
//! All of them carry the `type` that decides what their `source` may hold, so that one `source` serves them all: its
//! entries are guarded by the `type` one level up.

use crate::Format::{self, AnyOf, Choice, Path, Pattern, Text, YesNo};
use crate::shared::address::PCI_ADDRESS;
use crate::shared::amount::storage_amount;
use crate::shared::device::RECONNECT;
use crate::shared::encryption::{DISK_AUTH, ENCRYPTION};
use crate::shared::seclabel::DEVICE_SECLABELS;
use crate::shared::values::{
    DEVICE_NAME, FREE, GENERIC_NAME, IP_OR_NAME, MEDIUM, OBJECT_NAME, POSITIVE_INTEGER, STORAGE_FORMAT,
    UINT32, UNSIGNED_INT, VOLUME_NAME,
};
use crate::shared::words::STARTUP;
use crate::shared::words::STORAGE_FORMAT_WORDS;
use crate::{
    Attribute, Element, Generated, Guard, Identity, Relation, Subject, Test, Words, attr, child, element,
    rule, since, text,
};

/// Where the content of a disk can lie.
const DISK_TYPES: Words = &[
    ("file", "in an image file of the host's"),
    ("block", "on a block device of the host's"),
    ("dir", "in a directory of the host's, shown as a file system"),
    ("network", "on a server, by the protocol that the source names"),
    ("volume", "in a volume of a storage pool"),
    ("nvme", "on an NVMe drive that the hypervisor drives by itself"),
    ("vhostuser", "with another program that emulates the disk, by a socket"),
    ("vhostvdpa", "on a vDPA block device of the host's"),
    ("ctl", "on a LUN of FreeBSD's CAM target layer"),
];

/// The type of source; decides what `source` may hold.
pub const DISK_TYPE: Attribute = attr(
    "type",
    AnyOf(&[
        Choice(&["file", "block", "dir", "network", "volume", "nvme", "vhostuser"]),
        since("9.8.0", &Choice(&["vhostvdpa"])),
        since("12.0.0", &Choice(&["ctl"])),
    ]),
    "Where the content lies.",
)
.words(DISK_TYPES)
.implied("file");

/// Protocols whose server is one host, though libvirt takes a disk without.
const ONE_HOST: &[&str] = &["https", "http", "ftps", "ftp", "ssh", "sheepdog", "tftp", "nbd", "vxhs"];
/// Protocols without whose one host libvirt refuses a disk.
const NEEDS_HOST: &[&str] = &["iscsi", "nfs"];
/// Protocols of libcurl's and libssh's, with read-ahead and time-out.
const TRANSFER: &[&str] = &["https", "http", "ftps", "ftp", "ssh", "sheepdog", "tftp"];
/// The types of source that the host holds as a file, device or directory.
const LOCAL: &[&str] = &["file", "block", "dir", "volume", "nvme"];
/// The types that do not go without a source.
pub const WITH_SOURCE: &[&str] = &["network", "vhostuser", "vhostvdpa", "ctl"];
/// The types with all of the common parts.
const COMMON: &[&str] = &["file", "block", "dir", "network", "volume", "nvme"];

/// libvirt's schema takes 32 bits for the offset, its parser 64.
static SLICE: Element = element("slice", "A part of the file or device.").attributes(&[
    attr("type", Choice(&["storage"]), "What the part is of.")
        .words(&[("storage", "of the file or device, below the image's format")])
        .by_schema(),
    attr("offset", UNSIGNED_INT, "Where it begins, in bytes.").required(),
    attr("size", POSITIVE_INTEGER, "How long it is, in bytes.").required(),
]);
static SLICES: Element =
    element("slices", "The part of the file or device that is used.").children(&[child(&SLICE).by_schema()]);

static HOST: Element =
    element("host", "A server that holds the content.").identity(Identity::First(&["name"])).attributes(&[
        attr("name", IP_OR_NAME, "Its name or address.").required().when("transport", &["tcp", "rdma"]),
        attr("port", UNSIGNED_INT, "Its port.")
            .default_in_words(
                "the usual port of the protocol, e.g. 10809 for nbd",
                "virStorageSourceNetworkAssignDefaultPorts in src/conf/storage_source_conf.c",
            )
            .when("transport", &["tcp", "rdma"]),
        attr("transport", Choice(&["tcp", "rdma", "unix"]), "How to reach it.")
            .words(&[
                ("tcp", "by TCP/IP"),
                ("rdma", "by remote direct memory access, without TCP"),
                ("unix", "by a local socket"),
            ])
            .implied("tcp"),
        attr("socket", Path, "The socket to reach it by.").required().when("transport", &["unix"]),
    ]);

static SNAPSHOT: Element = element("snapshot", "The snapshot of the image that is used.")
    .attributes(&[attr("name", GENERIC_NAME, "Its name.").by_schema()]);
static CONFIG: Element = element("config", "The configuration of the client library.").attributes(&[attr(
    "file",
    Path,
    "The configuration file.",
)
.by_schema()]);
static IQN: Element =
    element("iqn", "The initiator's qualified name.")
        .attributes(&[attr("name", Text, "The name.").required()]);
/// The iSCSI initiator (`initiatorinfo` in storagecommon.rng).
pub static INITIATOR: Element =
    element("initiator", "Who we are to the iSCSI server.").children(&[child(&IQN).required()]);
static SSL: Element = element("ssl", "How the server's certificate is treated.").attributes(&[attr(
    "verify",
    YesNo,
    "Whether it is verified.",
)
.by_schema()]);
static COOKIE: Element = element("cookie", "A cookie sent to the server.")
    .attributes(&[attr(
        "name",
        Format::Chars { what: "a cookie's name", set: r"!#$%&'*+.0-9A-Z\^_`a-z|~-", min: 1, max: usize::MAX },
        "Its name.",
    )
    .required()])
    .text(text(Pattern {
        what: "a cookie's value",
        pattern: r#""?[!#$%&'()*+./0-9:>=<?@A-Z\^_`\[\]a-z|~-]+"?"#,
        example: "abc123",
    }))
    .required_text();
static COOKIES: Element =
    element("cookies", "Cookies sent to the server.").children(&[child(&COOKIE).many().by_schema()]);
static READAHEAD: Element = element("readahead", "How much is read ahead.").attributes(&[attr(
    "size",
    POSITIVE_INTEGER,
    "The size in bytes.",
)
.required()]);
static TIMEOUT: Element = element("timeout", "How long to wait for the server.").attributes(&[attr(
    "seconds",
    POSITIVE_INTEGER,
    "The time in seconds.",
)
.required()]);
static KNOWN_HOSTS: Element = element("knownHosts", "The servers whose keys are known.").attributes(&[attr(
    "path",
    Path,
    "The file that lists them.",
)
.required()]);
static SSH_IDENTITY: Element = element("identity", "How to log in to the SSH server.")
    .attributes(&[
        attr("username", GENERIC_NAME, "The user.").required(),
        attr("keyfile", Path, "The file with the private key."),
        attr("agentsock", Path, "The socket of the agent."),
    ])
    .rules(&[rule(Relation::ExactlyOne(&["@keyfile", "@agentsock"]))]);
static NFS_IDENTITY: Element = element("identity", "As whom the NFS server is used.").attributes(&[
    attr("user", GENERIC_NAME, "The user, by name or as `+` and a number."),
    attr("group", GENERIC_NAME, "The group, by name or as `+` and a number."),
]);
static NVME_ADDRESS: Element =
    element("address", "The PCI address of the NVMe controller on the host.").attributes(PCI_ADDRESS);

static RESERVATIONS_SOURCE: Element = element("source", "The socket of the reservation helper.")
    .attributes(&[
        attr("type", Choice(&["unix"]), "What kind of connection it is.")
            .words(&[("unix", "a local socket")])
            .required(),
        attr("path", Path, "The socket.").required(),
        attr("mode", Choice(&["server", "client"]), "Who opens it.")
            .words(&[
                ("server", "QEMU would open it, which libvirt refuses"),
                ("client", "the helper has it open, and QEMU connects"),
            ])
            .required(),
    ])
    .children(&[child(&RECONNECT)]);
static RESERVATIONS: Element = element("reservations", "Persistent reservations on a SCSI device.")
    .attributes(&[
        attr("managed", YesNo, "Whether libvirt starts the helper."),
        attr("migration", YesNo, "Whether the machine can be migrated with them.").since("12.1.0"),
    ])
    .children(&[child(&RESERVATIONS_SOURCE)]);

static MAX_SIZE: Element = storage_amount("max_size", "The greatest size of the cache.");
/// The cache for the metadata of a qcow2 image.
pub static METADATA_CACHE: Element =
    element("metadata_cache", "The cache for the image's metadata.").children(&[child(&MAX_SIZE)]);
static FORMAT: Element = element("format", "The format of the image.")
    .attributes(&[attr("type", STORAGE_FORMAT, "The format.").words(STORAGE_FORMAT_WORDS).required()])
    .children(&[child(&METADATA_CACHE)]);

/// libvirt's parser demands the type, its schema does not.
static DATA_STORE: Element =
    element("dataStore", "Where a qcow2 image keeps its data.").attributes(&[DISK_TYPE]).children(&[
        child(&FORMAT).required(),
        child(&SOURCE).unless("type", WITH_SOURCE),
        child(&SOURCE).required().when("type", WITH_SOURCE),
    ]);

/// Where the content lies.
pub static SOURCE: Element = element("source", "Where the content lies.")
    .page("formatdomain.html#hard-drives-floppy-disks-cdroms")
    .attributes(&[
        attr("type", Choice(&["pci"]), "How the NVMe drive is found.")
            .words(&[("pci", "by its address on the host's bus")])
            .required()
            .when_up(1, "type", &["nvme"]),
        attr("type", Choice(&["unix"]), "How the daemon is reached.")
            .words(&[("unix", "by a local socket")])
            .required()
            .when_up(1, "type", &["vhostuser"]),
        attr("file", MEDIUM, "The image file.").when_up(1, "type", &["file"]),
        attr("fdgroup", FREE, "The name of passed file descriptors.")
            .when_up(1, "type", &["file"])
            .with("file"),
        attr("dev", AnyOf(&[Path, DEVICE_NAME]), "The block device.").when_up(1, "type", &["block"]),
        attr("dev", Path, "The vDPA device, or CTL's control device.").required().when_up(
            1,
            "type",
            &["vhostvdpa", "ctl"],
        ),
        attr("dir", Path, "The directory.").required().when_up(1, "type", &["dir"]),
        attr("path", Path, "The socket of the daemon.").required().when_up(1, "type", &["vhostuser"]),
        attr(
            "protocol",
            AnyOf(&[
                Choice(&[
                    "nbd", "gluster", "rbd", "iscsi", "http", "https", "ftps", "ftp", "sheepdog", "tftp",
                    "vxhs", "nfs",
                ]),
                since("9.8.0", &Choice(&["ssh"])),
            ]),
            "The protocol by which the server is reached.",
        )
        .words(&[
            ("nbd", "QEMU's network block device"),
            ("gluster", "GlusterFS"),
            ("rbd", "Ceph's block devices"),
            ("iscsi", "SCSI over TCP/IP"),
            ("http", "a web server, for reading"),
            ("https", "an encrypted web server, for reading"),
            ("ftps", "an encrypted FTP server, for reading"),
            ("ftp", "an FTP server, for reading"),
            ("sheepdog", "the Sheepdog cluster, which is no longer kept up"),
            ("tftp", "a TFTP server, for reading"),
            ("vxhs", "Veritas HyperScale, which is no longer kept up"),
            ("nfs", "a network file system, without mounting it"),
            ("ssh", "a file on another host, with a login there"),
        ])
        .required()
        .when_up(1, "type", &["network"]),
        attr("name", Text, "The image, export or path on the server.")
            .when_up(1, "type", &["network"])
            .when("protocol", &["rbd", "nbd"]),
        attr("name", Text, "The image, export or path on the server.")
            .required()
            .when_up(1, "type", &["network"])
            .unless("protocol", &["rbd", "nbd"]),
        attr("query", Text, "The query of the URL.").when("protocol", &["http", "https"]),
        attr("tls", YesNo, "Whether the connection is encrypted.").when("protocol", &["nbd", "vxhs"]),
        attr("tlsHostname", Text, "The host name that the server's certificate must have.")
            .when("protocol", &["nbd"]),
        attr("pool", OBJECT_NAME, "The storage pool.")
            .required()
            .when_up(1, "type", &["volume"])
            .names("pool"),
        attr("volume", VOLUME_NAME, "The volume of the pool.")
            .required()
            .when_up(1, "type", &["volume"])
            .names("volume"),
        attr("mode", Choice(&["host", "direct"]), "How an iSCSI pool's volume is reached.")
            .words(&[
                ("host", "as the block device that the host has of it"),
                ("direct", "by the hypervisor itself, which logs in to the target"),
            ])
            .when_up(1, "type", &["volume"]),
        attr("managed", YesNo, "Whether libvirt takes the drive from the host and gives it back.")
            .default("yes", "virDomainDiskSourceNVMeParse in src/conf/domain_conf.c")
            .when_up(1, "type", &["nvme"]),
        attr("namespace", UINT32, "The namespace of the drive.").required().when_up(1, "type", &["nvme"]),
        attr(
            "startupPolicy",
            Choice(&["mandatory", "requisite", "optional"]),
            "What happens where it is missing.",
        )
        .words(STARTUP)
        .when_up(1, "type", LOCAL),
        attr("index", POSITIVE_INTEGER, "The number by which block jobs know it.")
            .when_up(1, "type", COMMON)
            .live(),
    ])
    .children(&[
        child(&NVME_ADDRESS).required().when_up(1, "type", &["nvme"]),
        child(&HOST).by_schema().when("protocol", ONE_HOST),
        child(&HOST).required().when("protocol", NEEDS_HOST),
        child(&HOST).many().by_schema().when("protocol", &["gluster"]),
        child(&HOST).many().when("protocol", &["rbd"]),
        child(&RECONNECT).when_up(1, "type", &["vhostuser"]),
        child(&RECONNECT).when("protocol", &["nbd"]).since("9.2.0"),
        child(&SNAPSHOT).when("protocol", &["rbd"]),
        child(&CONFIG).when("protocol", &["rbd"]),
        child(&INITIATOR).when("protocol", &["iscsi"]),
        child(&SSL).when("protocol", &["https", "ftps"]),
        child(&COOKIES).when("protocol", &["https", "http"]),
        child(&READAHEAD).when("protocol", TRANSFER),
        child(&TIMEOUT).when("protocol", TRANSFER),
        child(&KNOWN_HOSTS).when("protocol", &["ssh"]),
        child(&SSH_IDENTITY).when("protocol", &["ssh"]),
        child(&NFS_IDENTITY).by_schema().when("protocol", &["nfs"]).until("11.3.0"),
        child(&NFS_IDENTITY).when("protocol", &["nfs"]).since("11.3.0"),
        child(&SLICES).when_up(1, "type", COMMON),
        DEVICE_SECLABELS.when_up(1, "type", &["file", "block", "volume"]),
        child(&DISK_AUTH).when("protocol", &["rbd", "iscsi", "https", "http", "ftps", "ftp", "ssh"]),
        child(&ENCRYPTION).when_up(1, "type", LOCAL),
        child(&ENCRYPTION).when_up(1, "type", &["network"]).unless("protocol", &["vxhs", "nfs"]),
        child(&RESERVATIONS).when_up(1, "type", &["block"]),
        child(&DATA_STORE).when_up(1, "type", COMMON).since("10.10.0"),
    ])
    .rules(&[rule(Relation::AtMostOne(&["identity", "auth"])).when("protocol", &["ssh"])]);

/// The images below a disk's own that libvirt found: it numbers those of a running guest.
pub const PROBED: Generated = Generated::Where(&[
    Guard::of(Subject::ChildAttribute("source", "index"), Test::Present),
    Guard::of(Subject::BesideAttribute("source", "index"), Test::Present),
]);

/// The image below an image; an empty one says that there is none below. One without a type is a file to libvirt's
/// schema, and empty to its parser.
pub static BACKING_STORE: Element =
    element("backingStore", "The image that this one is based on; empty for none.")
        .attributes(&[
            DISK_TYPE,
            attr("index", POSITIVE_INTEGER, "The number by which block jobs know it.").live(),
        ])
        .children(&[
            child(&FORMAT),
            child(&SOURCE).unless("type", WITH_SOURCE),
            child(&SOURCE).required().when("type", WITH_SOURCE),
            child(&BACKING_STORE).generated(PROBED),
        ])
        .rules(&[
            rule(Relation::Needs("@type", &["format"])),
            rule(Relation::Needs("@index", &["format"])),
            rule(Relation::Needs("source", &["format"])),
            rule(Relation::Needs("backingStore", &["format"])),
        ]);

/// The image that a block job copies to. libvirt's parser ignores it, unless it reads the state of a running machine.
pub static MIRROR: Element = element("mirror", "The image that a running block job copies to.")
    .attributes(&[
        DISK_TYPE.without("file"),
        attr("type", Choice(&["file"]), "Where the content lies; a file, in libvirt's old notation.")
            .words(&[("file", "in an image file of the host's")])
            .with("file"),
        attr("file", Path, "The image, in libvirt's old notation."),
        attr("format", STORAGE_FORMAT, "The image's format, in libvirt's old notation.")
            .words(STORAGE_FORMAT_WORDS)
            .with("file"),
        attr("job", Choice(&["copy", "active-commit"]), "The kind of block job.")
            .words(&[
                ("copy", "the disk is copied to the new image"),
                ("active-commit", "the newest changes go down into the backing image"),
            ])
            .by_schema()
            .without("file"),
        attr("job", Choice(&["copy"]), "The kind of block job.")
            .words(&[("copy", "the disk is copied to the new image")])
            .with("file"),
        attr("ready", Choice(&["yes", "abort", "pivot"]), "How far the job is.").words(&[
            ("yes", "both images are the same: the job can be ended"),
            ("abort", "the job is being called off"),
            ("pivot", "the machine is being moved to the new image"),
        ]),
    ])
    .children(&[
        child(&FORMAT),
        child(&SOURCE).unless("type", WITH_SOURCE),
        child(&SOURCE).required().when("type", WITH_SOURCE),
        child(&BACKING_STORE).generated(PROBED),
    ]);
