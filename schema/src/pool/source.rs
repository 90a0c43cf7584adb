//! Where a pool's storage comes from.
//!
//! <https://libvirt.org/formatstorage.html#source-elements>; `sourcedir`, `sourcefs` and their kin in storagepool.rng,
//! `sourceinfoadapter` in basictypes.rng; `virStoragePoolSourceFormat` in `src/conf/storage_conf.c`,
//! `virStorageAdapterFormat` in `src/conf/storage_adapter_conf.c`.
//!
//! One `source` serves all types of pool: its entries are guarded by the `type` one level up.

use crate::Format::{self, AnyOf, Choice, Path, Text, YesNo};
use crate::domain::devices::disk_source::INITIATOR;
use crate::shared::adapter::ADAPTER;
use crate::shared::storage::EXTENT;
use crate::shared::values::{DIR_PATH, FILE_PATH, GENERIC_NAME, IP_OR_NAME, IQN, PORT_NUMBER};
use crate::shared::words::FILE_SYSTEMS;
use crate::{Condition, Element, Identity, Relation, Subject, Test, attr, child, element, leaf, rule};

/// The types with a server.
const REMOTE: &[&str] = &["netfs", "iscsi", "iscsi-direct", "rbd", "sheepdog", "gluster"];
/// The types whose server may want to know who asks.
const AUTHENTICATED: &[&str] = &["iscsi", "iscsi-direct", "rbd"];
/// The types of which the schema takes a vendor and product.
const BRANDED: &[&str] = &["dir", "fs", "netfs", "logical", "disk", "iscsi", "scsi"];
/// The types whose source has a name that libvirt's parser takes from the pool where it is missing.
const SELF_NAMED: &[&str] = &["sheepdog", "gluster", "zfs", "vstorage"];

/// A `netfs` pool of NFS, said or to be found out.
const NFS: Condition = Condition {
    subject: Subject::ChildAttribute("format", "type"),
    test: Test::NotIn(&["cifs", "glusterfs"]),
};

/// A device of the host, or an iSCSI target.
const DEVICE_PATH: Format = AnyOf(&[Path, GENERIC_NAME, IQN]);

static HOST: Element =
    element("host", "A server that the storage is on.").identity(Identity::First(&["name"])).attributes(&[
        attr("name", IP_OR_NAME, "Its name or address.").required(),
        attr("port", PORT_NUMBER, "Its port."),
    ]);

static FREE_EXTENT: Element = element("freeExtent", "A free stretch of the device.")
    .page("formatstorage.html#device-extents")
    .attributes(EXTENT);
static DEVICE: Element = element("device", "A device that the storage is on, or an iSCSI target.")
    .attributes(&[
        attr("path", DEVICE_PATH, "The path of the device, or the name of the target.").required(),
        attr("part_separator", YesNo, "Whether the names of partitions have a `p` before the number."),
    ])
    .children(&[child(&FREE_EXTENT).many().live()]);
static ISCSI_DEVICE: Element = element("device", "The iSCSI target.").attributes(&[attr(
    "path",
    IQN,
    "The qualified name of the target.",
)
.required()]);

/// The directory on a server. In a `netfs` pool of NFS the schema wants a path that begins with a slash; no guard can
/// tell (the format stands beside the directory), and libvirt's parser does not mind.
static DIR: Element = element("dir", "The directory on the server.").attributes(&[
    attr("path", DIR_PATH, "The path of the directory.")
        .words(&[("/", "the root of the file system")])
        .by_schema()
        .when_up(2, "type", &["gluster"]),
    attr("path", FILE_PATH, "The path of the directory; of CIFS and GlusterFS, the share or volume.")
        .required()
        .when_up(2, "type", &["netfs"]),
]);

static NAME: Element =
    leaf("name", Text, "The name of the volume group, Ceph pool, volume or cluster.").required_text();

static VENDOR: Element =
    element("vendor", "Who made the device.")
        .attributes(&[attr("name", Text, "The vendor's name.").required()]);
static PRODUCT: Element = element("product", "Which product the device is.").attributes(&[attr(
    "name",
    Text,
    "The product's name.",
)
.required()]);

static FS_FORMAT: Element = element("format", "The file system on the device.").attributes(&[attr(
    "type",
    Choice(&[
        "auto", "ext2", "ext3", "ext4", "ufs", "iso9660", "udf", "gfs", "gfs2", "vfat", "hfs+", "xfs",
        "ocfs2", "vmfs",
    ]),
    "The file system.",
)
.default("auto", "virStoragePoolDefParseSource in src/conf/storage_conf.c")
.words(FILE_SYSTEMS)
.by_schema()]);
static NETFS_FORMAT: Element = element("format", "The network file system.").attributes(&[attr(
    "type",
    Choice(&["auto", "nfs", "glusterfs", "cifs"]),
    "The network file system.",
)
.default("auto", "virStoragePoolDefParseSource in src/conf/storage_conf.c")
.words(&[
    ("auto", "found out by mounting"),
    ("nfs", "Unix's network file system"),
    ("glusterfs", "GlusterFS, by FUSE"),
    ("cifs", "Windows' shares"),
])
.by_schema()]);
/// The partition table of a disk; libvirt's parser does not look at the vendor and product in it.
static DISK_FORMAT: Element = element("format", "The partition table of the disk.")
    .attributes(&[attr(
        "type",
        Choice(&["unknown", "dos", "dvh", "gpt", "mac", "bsd", "pc98", "sun", "lvm2"]),
        "The kind of partition table.",
    )
    .words(&[
        ("unknown", "libvirt does not know"),
        ("dos", "the PC's old table (MBR), up to 2 TiB"),
        ("dvh", "the table of SGI's machines"),
        ("gpt", "the table of UEFI, for disks of any size"),
        ("mac", "Apple's old table"),
        ("bsd", "BSD's table"),
        ("pc98", "the table of NEC's PC-98"),
        ("sun", "the table of Sun's machines"),
        ("lvm2", "no table: the disk belongs to LVM"),
    ])
    .by_schema()])
    .children(&[child(&VENDOR), child(&PRODUCT)]);
/// The format of a volume group; libvirt's parser does not look at the vendor and product in it.
static LOGICAL_FORMAT: Element = element("format", "The format of the volume group.")
    .attributes(&[attr("type", Choice(&["unknown", "lvm2"]), "The format.")
        .words(&[("unknown", "libvirt does not know"), ("lvm2", "LVM's second format")])
        .by_schema()])
    .children(&[child(&VENDOR), child(&PRODUCT)]);

/// The secret of a server. The schema has any text for the `uuid`, libvirt's parser wants a UUID.
static AUTH_SECRET: Element = element("secret", "The secret that holds the password or key.")
    .attributes(&[
        attr("type", Text, "What kind of secret it is; in a pool it says nothing.").ignored(),
        attr("uuid", Text, "The UUID of the secret.").names_by_uuid("secret"),
        attr("usage", Text, "The usage name of the secret.").names_by_usage("secret"),
    ])
    .rules(&[rule(Relation::ExactlyOne(&["@uuid", "@usage"]))]);
static AUTH: Element = element("auth", "How to log in to the server.")
    .attributes(&[
        attr("type", Choice(&["chap", "ceph"]), "The way of logging in.")
            .words(&[("chap", "by a password that is not sent, for iSCSI"), ("ceph", "by a key of Ceph's")])
            .required(),
        attr("username", Text, "The user.").required(),
    ])
    .children(&[child(&AUTH_SECRET).required()]);

/// The version of NFS. The schema has any text, libvirt's parser wants an unsigned integer.
static PROTOCOL: Element = element("protocol", "The protocol of the server.").attributes(&[attr(
    "ver",
    Text,
    "The version of NFS.",
)
.required()]);

/// Where the storage comes from.
///
/// The schema allows a `logical` pool any number of names, among its devices; libvirt takes the first and drops the
/// others in silence.
pub static SOURCE: Element = element("source", "Where the storage comes from.")
    .end_tag()
    .page("formatstorage.html#source-elements")
    .children(&[
        child(&HOST).many().required().when_up(1, "type", REMOTE),
        child(&DEVICE).required().when_up(1, "type", &["fs", "disk"]),
        child(&DEVICE).by_schema().when_up(1, "type", &["iscsi"]),
        child(&DEVICE).many().when_up(1, "type", &["logical"]),
        child(&DEVICE).many_by_parser().when_up(1, "type", &["zfs"]),
        child(&ISCSI_DEVICE).by_schema().when_up(1, "type", &["iscsi-direct"]),
        child(&DIR).required().when_up(1, "type", &["netfs"]),
        child(&DIR).when_up(1, "type", &["gluster"]),
        child(&ADAPTER).required().when_up(1, "type", &["scsi"]),
        child(&NAME).many().when_up(1, "type", &["logical"]),
        child(&NAME).required().when_up(1, "type", &["rbd"]),
        child(&NAME).by_schema().when_up(1, "type", SELF_NAMED),
        child(&INITIATOR).when_up(1, "type", &["iscsi"]),
        child(&INITIATOR).required().when_up(1, "type", &["iscsi-direct"]),
        child(&FS_FORMAT).when_up(1, "type", &["fs"]),
        child(&NETFS_FORMAT).when_up(1, "type", &["netfs"]),
        child(&DISK_FORMAT).when_up(1, "type", &["disk"]),
        child(&LOGICAL_FORMAT).when_up(1, "type", &["logical"]),
        child(&AUTH).when_up(1, "type", AUTHENTICATED),
        child(&PROTOCOL).when_up(1, "type", &["netfs"]).only(NFS),
        child(&VENDOR).when_up(1, "type", BRANDED),
        child(&PRODUCT).when_up(1, "type", BRANDED),
    ]);
