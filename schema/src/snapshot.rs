//! The snapshot format: the state of a machine and its disks at one time. libvirt makes and prints it; nobody declares it.
//!
//! <https://libvirt.org/formatsnapshot.html>; domainsnapshot.rng; `virDomainSnapshotDefFormatInternal` in
//! `src/conf/snapshot_conf.c`.

use crate::Format::{AnyOf, Choice, Line, Path, Text};
use crate::domain::DOMAIN;
use crate::domain::devices::disk::TARGET_DEVICE;
use crate::domain::devices::disk_source::{METADATA_CACHE, SOURCE};
use crate::shared::words::COW_FORMATS;
use crate::{
    Attribute, Child, Condition, Element, Format, Identity, Need, Relation, Subject, Test, attr, child,
    element, flag, leaf, rule,
};

static NAME: Element = leaf("name", Text, "The name of the snapshot.");
static DESCRIPTION: Element = leaf("description", Text, "What the snapshot is for, in your own words.");
static STATE: Element = leaf(
    "state",
    Choice(&["running", "blocked", "paused", "shutdown", "shutoff", "crashed", "disk-snapshot"]),
    "The state that the machine was in.",
)
.words(&[
    ("running", "it ran"),
    ("blocked", "it ran, and waited for something"),
    ("paused", "it was stopped for a time"),
    ("shutdown", "it was about to stop"),
    ("shutoff", "it did not run"),
    ("crashed", "it had stopped by a fault"),
    ("disk-snapshot", "it ran, and its memory was not kept"),
]);
static PARENT: Element =
    element("parent", "The snapshot that this one is based on.").children(&[child(&NAME).required()]);
static CREATION_TIME: Element =
    leaf("creationTime", Line, "When the snapshot was taken, in seconds since 1970.");

static MEMORY: Element = element("memory", "Whether and where the memory is kept.")
    .attributes(&[
        attr("snapshot", Choice(&["no", "internal", "external"]), "How the memory is kept.").words(&[
            ("no", "not at all"),
            ("internal", "within a disk's image"),
            ("external", "in a file"),
        ]),
        attr("file", Path, "The file that the memory is kept in.").required().when("snapshot", &["external"]),
        attr("file", Path, "The file that the memory is kept in.").without("snapshot"),
    ])
    .rules(&[rule(Relation::AtLeastOne(&["@snapshot", "@file"]))]);

/// The name of a disk: its target, or its path.
pub(crate) const DISK_NAME: Format = AnyOf(&[TARGET_DEVICE, Path]);

static DRIVER: Element = element("driver", "The new image that the machine goes on with.")
    // Only formats that can be based on another image (`storageFormatBacking`).
    .attributes(&[attr("type", Choice(&["cow", "qcow", "qcow2", "qed", "vmdk"]), "The format of the image.")
        .words(COW_FORMATS)])
    .children(&[child(&METADATA_CACHE)]);

static IN_PROGRESS: Element = flag("snapshotDeleteInProgress", "The snapshot is being deleted.");

/// How a disk is kept where it goes on with another image.
const OTHERWISE: &[&str] = &["no", "internal", "manual"];

static DISK: Element = element("disk", "How one disk is kept.")
    .identity(Identity::First(&["name"]))
    .attributes(&[
        attr("name", DISK_NAME, "The disk, by its target or path.").required(),
        attr("snapshot", Choice(&["no", "internal", "external", "manual"]), "How the disk is kept.").words(
            &[
                ("no", "not at all"),
                ("internal", "within its image"),
                ("external", "as it is, with a new image above"),
                ("manual", "by somebody else"),
            ],
        ),
        attr("type", Choice(&["file", "block", "network"]), "Where the new image lies.")
            .words(&[
                ("file", "in a file of the host's"),
                ("block", "on a block device of the host's"),
                ("network", "on a server"),
            ])
            .implied("file")
            .unless("snapshot", OTHERWISE),
    ])
    .children(&[
        child(&DRIVER).unless("snapshot", OTHERWISE),
        child(&SOURCE).unless("snapshot", OTHERWISE),
        child(&IN_PROGRESS).unless("snapshot", OTHERWISE).since("11.3.0").live(),
    ]);
static DISKS: Element = element("disks", "How the disks are kept.").children(&[child(&DISK).many()]);
static REVERT_DISKS: Element =
    element("revertDisks", "The disks that a snapshot was reverted to.").children(&[child(&DISK).many()]);

/// Where the machine is described in full, and not by its UUID alone.
const IN_FULL: Condition = Condition { subject: Subject::Attribute(0, "type"), test: Test::Present };

const TYPE: Attribute = Attribute { need: Need::Optional, ..DOMAIN.attributes[0] };

/// The children of a domain that is described in full.
static CHILDREN: [Child; DOMAIN.children.len()] = {
    let mut children = [child(&DOMAIN); DOMAIN.children.len()];
    let mut at = 0;
    while at < children.len() {
        // Its UUID is what an older libvirt kept of the machine.
        children[at] = match at {
            1 => DOMAIN.children[at],
            _ => DOMAIN.children[at].only(IN_FULL),
        };
        at += 1;
    }
    children
};

/// The machine as it was: a description as of any machine, or its UUID alone.
static MACHINE: Element = Element {
    attributes: &[TYPE, DOMAIN.attributes[1]],
    children: &CHILDREN,
    doc: "The machine as it was when the snapshot was taken.",
    ..DOMAIN
};
static INACTIVE_MACHINE: Element = Element {
    name: "inactiveDomain",
    doc: "The machine as it was defined when the snapshot was taken, where it ran as something else.",
    ..DOMAIN
};

static ACTIVE: Element = leaf("active", Choice(&["0", "1"]), "Whether it is the current snapshot.")
    .words(&[("0", "it is not"), ("1", "it is")]);
static COOKIE: Element = element("cookie", "What libvirt keeps with it.").foreign();

/// A snapshot of a machine.
pub static SNAPSHOT: Element = element("domainsnapshot", "A snapshot of a machine.")
    .page("formatsnapshot.html#snapshot-xml")
    .children(&[
        child(&NAME),
        child(&DESCRIPTION),
        child(&STATE),
        child(&PARENT),
        child(&CREATION_TIME),
        child(&MEMORY),
        child(&DISKS),
        child(&REVERT_DISKS).since("11.3.0"),
        child(&MACHINE),
        child(&INACTIVE_MACHINE),
        child(&ACTIVE),
        child(&COOKIE),
    ]);
