//! The backup format: what a backup of a machine's disks is to be. It describes a job; nobody declares it.
//!
//! <https://libvirt.org/formatbackup.html>; domainbackup.rng; `virDomainBackupDefFormat` in `src/conf/backup_conf.c`.

use crate::Format::{AnyOf, Choice, Path, Text, YesNo};
use crate::domain::devices::disk::TARGET_DEVICE;
use crate::shared::encryption::ENCRYPTION;
use crate::shared::seclabel::DEVICE_SECLABELS;
use crate::shared::values::{IP_OR_NAME, STORAGE_FORMAT, UNSIGNED_INT};
use crate::shared::words::STORAGE_FORMAT_WORDS;
use crate::{Attribute, Child, Element, Identity, Relation, attr, child, element, leaf, rule, since};

static INCREMENTAL: Element =
    leaf("incremental", Text, "The checkpoint since which changes are backed up; without it, everything is.");

static SERVER: Element = element("server", "The server from which the backup is fetched.").attributes(&[
    attr("tls", YesNo, "Whether the connection is encrypted."),
    attr(
        "transport",
        AnyOf(&[Choice(&["tcp", "unix"]), since("11.3.0", &Choice(&["fd"]))]),
        "How it is reached.",
    )
    .words(&[
        ("tcp", "by TCP/IP"),
        ("unix", "by a local socket"),
        ("fd", "by a socket that the client has opened, and hands over"),
    ])
    .implied("tcp"),
    attr("name", IP_OR_NAME, "The name or address that it listens at.")
        .required()
        .when("transport", &["tcp"]),
    attr("port", UNSIGNED_INT, "The port that it listens at.").when("transport", &["tcp"]),
    attr("socket", Path, "The socket that it listens at.").required().when("transport", &["unix"]),
    attr("fdgroup", Text, "The name of passed file descriptors.").required().when("transport", &["fd"]),
]);

static DRIVER: Element = element("driver", "How the backup is written.").attributes(&[attr(
    "type",
    STORAGE_FORMAT,
    "The format of the image.",
)
.words(STORAGE_FORMAT_WORDS)
.required()]);

const PLACE: &[Attribute] = &[
    attr("file", Path, "The file.").required().when_up(1, "type", &["file"]),
    attr("dev", Path, "The block device.").required().when_up(1, "type", &["block"]),
];
const PLACE_CHILDREN: &[Child] = &[DEVICE_SECLABELS, child(&ENCRYPTION)];

static TARGET: Element =
    element("target", "Where the backup is written to.").attributes(PLACE).children(PLACE_CHILDREN);
static SCRATCH: Element = element("scratch", "Where what the guest overwrites is kept until it is fetched.")
    .attributes(PLACE)
    .children(PLACE_CHILDREN);

static DISK: Element = element("disk", "How one disk is backed up.")
    .identity(Identity::First(&["name"]))
    .attributes(&[
        attr("name", TARGET_DEVICE, "The disk, by its target.").required(),
        attr("backup", YesNo, "Whether it is backed up."),
        attr("backupmode", Choice(&["full", "incremental"]), "How much of it is backed up.")
            .words(&[("full", "all of it"), ("incremental", "what has changed since a checkpoint")]),
        attr("incremental", Text, "The checkpoint since which changes are backed up."),
        attr("type", Choice(&["file", "block"]), "Where the backup or the scratch image lies.")
            .words(&[("file", "in a file of the host's"), ("block", "on a block device of the host's")])
            .unless("backup", &["no"]),
        attr("exportname", Text, "The name by which the server exports it.").when_up(2, "mode", &["pull"]),
        attr("exportbitmap", Text, "The name by which the server exports its bitmap.").when_up(
            2,
            "mode",
            &["pull"],
        ),
    ])
    .children(&[
        child(&DRIVER).with("type"),
        child(&TARGET).with("type").only(PUSH),
        child(&SCRATCH).with("type").only(PULL),
    ])
    .rules(&[rule(Relation::Needs("@backupmode", &["@incremental"])).when("backupmode", &["incremental"])]);

/// Where the server is the host's own job.
const PUSH: crate::Condition =
    crate::Condition { subject: crate::Subject::Attribute(2, "mode"), test: crate::Test::NotIn(&["pull"]) };
/// Where somebody fetches the backup.
const PULL: crate::Condition =
    crate::Condition { subject: crate::Subject::Attribute(2, "mode"), test: crate::Test::In(&["pull"]) };

static DISKS: Element =
    element("disks", "How the disks are backed up.").children(&[child(&DISK).many().by_schema()]);

/// A backup of a machine's disks.
pub static BACKUP: Element = element("domainbackup", "A backup of a machine's disks.")
    .page("formatbackup.html#backup-xml")
    .attributes(&[attr(
        "mode",
        Choice(&["push", "pull"]),
        "Whether libvirt writes the backup, or a client fetches it.",
    )
    .words(&[("push", "libvirt writes it into files or devices"), ("pull", "a client fetches it by NBD")])])
    .children(&[child(&INCREMENTAL), child(&SERVER).when("mode", &["pull"]), child(&DISKS)]);
