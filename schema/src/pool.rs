//! The storage pool format: a place that volumes come from.
//!
//! <https://libvirt.org/formatstorage.html#storage-pool-xml>; storagepool.rng; `virStoragePoolDefFormatBuf` in
//! `src/conf/storage_conf.c`.

pub mod source;

use self::source::SOURCE;
use crate::Format::{self, Choice, Path, Text, Uuid, YesNo};
use crate::shared::amount::storage_amount;
use crate::shared::storage::PERMISSIONS;
use crate::shared::values::OBJECT_NAME;
use crate::{
    Derived, Element, Namespace, Relation, RelationRule, Spelling, attr, child, element, leaf, rule,
};

/// The options of `fs` and `netfs` pools beyond libvirt's own format.
static FS: Namespace = Namespace { prefix: "fs", uri: "http://libvirt.org/schemas/storagepool/fs/1.0" };
/// The options of `rbd` pools beyond libvirt's own format.
static RBD: Namespace = Namespace { prefix: "rbd", uri: "http://libvirt.org/schemas/storagepool/rbd/1.0" };

/// The types whose name may be left out: libvirt takes the source's name for it. (For `logical`, which may have
/// neither in the schema, its parser needs one of the two.)
const NAMED_BY_SOURCE: &[&str] = &["logical", "rbd", "sheepdog", "gluster", "zfs", "vstorage"];
/// The types of which a source is part; libvirt's parser does without one for those of [`SELF_SOURCED`].
const SOURCED: &[&str] =
    &["fs", "netfs", "disk", "iscsi", "iscsi-direct", "scsi", "rbd", "sheepdog", "gluster"];
/// The types whose source is their own name where none is given.
const SELF_SOURCED: &[&str] = &["logical", "zfs", "vstorage"];
/// The types whose volumes appear in a directory that has to be given.
const TARGETED: &[&str] = &["dir", "fs", "netfs", "disk", "iscsi", "scsi", "mpath", "vstorage"];
/// The types whose volumes are files of a folder, the one of the pool's target.
pub const OF_FILES: &[&str] = &["dir", "fs", "netfs"];

static NAME: Element = leaf("name", OBJECT_NAME, "The name of the pool, unique on its host.").required_text();
static UUID: Element = leaf("uuid", Uuid, "The UUID; libvirt makes one up where it is missing.");
static CAPACITY: Element = storage_amount("capacity", "The size of the pool.");
static ALLOCATION: Element = storage_amount("allocation", "How much of the pool is in use.");
static AVAILABLE: Element = storage_amount("available", "How much of the pool is free.");

static COW: Element = element("cow", "Copy on write, on btrfs.").attributes(&[attr(
    "state",
    YesNo,
    "Whether files are copied on write.",
)
.by_schema()]);

/// `features`: abilities of a pool. libvirt's schema takes `cow` for every type, its parser for `dir` and `fs` only.
pub static FEATURES: Element =
    element("features", "What the pool can do.").page("formatstorage.html#features").children(&[child(&COW)]);

/// The path of a folder, of which libvirt drops empty steps.
const FOLDER: Format = Format::Spelt { format: &Path, spelling: Spelling::Path };

static PATH: Element = leaf("path", FOLDER, "The directory in which the volumes appear.").required_text();

/// Where the volumes appear. libvirt ignores the path of a `logical` or `zfs` pool and makes one up.
static TARGET: Element = element("target", "Where the volumes appear on the host.")
    .page("formatstorage.html#storage-pool-target-elements")
    .children(&[
        child(&PATH).required().when_up(1, "type", TARGETED),
        child(&PATH).when_up(1, "type", &["logical"]),
        child(&PATH).by_schema().when_up(1, "type", &["zfs"]),
        child(&PERMISSIONS),
    ]);

static REFRESH_VOLUME: Element = element("volume", "How volumes are looked at when the pool is refreshed.")
    .attributes(&[attr(
        "allocation",
        Choice(&["default", "capacity"]),
        "Whether the allocation is measured or taken to be the whole capacity.",
    )
    .words(&[
        ("default", "as the backend reports it: Ceph is asked what each image takes"),
        ("capacity", "it is said to be the capacity, which is much faster"),
    ])]);

/// How a pool is refreshed. libvirt's schema has it for `rbd` only, where alone it does anything; its parser takes it
/// for every type.
static REFRESH: Element = element("refresh", "How the pool is refreshed.")
    .page("formatstorage.html#refresh-overrides")
    .children(&[child(&REFRESH_VOLUME)]);

static MOUNT_OPTION: Element = element("option", "An option of the mount.")
    .namespace(&FS)
    .attributes(&[attr("name", Text, "The option, with its value if it has one.").required()]);
static MOUNT_OPTIONS: Element = element("mount_opts", "The options with which the file system is mounted.")
    .namespace(&FS)
    .page("formatstorage.html#storage-pool-namespaces")
    .children(&[child(&MOUNT_OPTION).many()]);

static CONFIG_OPTION: Element =
    element("option", "A setting of the RBD client library.").namespace(&RBD).attributes(&[
        attr("name", Text, "The name of the setting.").required(),
        attr("value", Text, "The value of the setting.").required(),
    ]);
static CONFIG_OPTIONS: Element = element("config_opts", "Settings of the RBD client library.")
    .namespace(&RBD)
    .page("formatstorage.html#storage-pool-namespaces")
    .children(&[child(&CONFIG_OPTION).many()]);

/// In an `fs` pool (but not in a `netfs` one) the schema has the mount options behind everything else.
const fn mount_options_last(parts: &'static [&'static str]) -> RelationRule {
    rule(Relation::InOrder(parts)).when("type", &["fs"])
}

/// The root of a storage pool (`pool` in storagepool.rng).
pub static POOL: Element = element("pool", "A place that volumes come from.")
    .page("formatstorage.html#storage-pool-general-metadata")
    .attributes(&[attr(
        "type",
        Choice(&[
            "dir",
            "fs",
            "netfs",
            "logical",
            "disk",
            "iscsi",
            "iscsi-direct",
            "scsi",
            "mpath",
            "rbd",
            "sheepdog",
            "gluster",
            "zfs",
            "vstorage",
        ]),
        "What kind of place it is.",
    )
    .words(&[
        ("dir", "a directory whose files are the volumes"),
        ("fs", "a block device with a file system, which libvirt mounts"),
        ("netfs", "a directory of a server, e.g. by NFS, which libvirt mounts"),
        ("logical", "an LVM volume group, whose logical volumes are the volumes"),
        ("disk", "a whole disk, whose partitions are the volumes"),
        ("iscsi", "an iSCSI target that the host logs in to"),
        ("iscsi-direct", "an iSCSI target that QEMU logs in to, without the host"),
        ("scsi", "the units of a SCSI or Fibre Channel adapter"),
        ("mpath", "the multipath devices of the host, for reading"),
        ("rbd", "a pool of Ceph's"),
        ("sheepdog", "the Sheepdog cluster"),
        ("gluster", "a GlusterFS volume"),
        ("zfs", "a pool of ZFS's"),
        ("vstorage", "a cluster of Virtuozzo's"),
    ])
    .required()])
    .children(&[
        child(&NAME).when("type", NAMED_BY_SOURCE).filled_by_libvirt(),
        child(&NAME).required().unless("type", NAMED_BY_SOURCE),
        child(&UUID).filled_by_libvirt().derived(Derived::Uuid),
        child(&CAPACITY).live(),
        child(&ALLOCATION).live(),
        child(&AVAILABLE).live(),
        child(&FEATURES),
        child(&SOURCE).when("type", &["dir", "mpath"]).filled_by_libvirt(),
        child(&SOURCE).required().when("type", SOURCED).filled_by_libvirt(),
        child(&SOURCE).by_schema().when("type", SELF_SOURCED).filled_by_libvirt(),
        child(&TARGET).required().when("type", TARGETED).filled_by_libvirt(),
        child(&TARGET).by_schema().when("type", &["logical"]).filled_by_libvirt(),
        child(&TARGET).when("type", &["zfs"]).filled_by_libvirt(),
        child(&REFRESH).when("type", &["rbd"]),
        child(&MOUNT_OPTIONS).when("type", &["fs", "netfs"]),
        child(&CONFIG_OPTIONS).when("type", &["rbd"]),
    ])
    .rules(&[
        mount_options_last(&["name", "mount_opts"]),
        mount_options_last(&["uuid", "mount_opts"]),
        mount_options_last(&["capacity", "mount_opts"]),
        mount_options_last(&["allocation", "mount_opts"]),
        mount_options_last(&["available", "mount_opts"]),
        mount_options_last(&["features", "mount_opts"]),
        mount_options_last(&["source", "mount_opts"]),
        mount_options_last(&["target", "mount_opts"]),
    ]);
