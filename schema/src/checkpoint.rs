//! The checkpoint format: a point in time from which a backup can begin. libvirt makes and prints it; nobody declares it.
//!
//! <https://libvirt.org/formatcheckpoint.html>; domaincheckpoint.rng; `virDomainCheckpointDefFormatInternal` in
//! `src/conf/checkpoint_conf.c`.

use crate::Format::{Choice, Pattern, Text};
use crate::domain::DOMAIN;
use crate::shared::values::UNSIGNED_LONG;
use crate::snapshot::DISK_NAME;
use crate::{Element, Format, Identity, attr, child, element, leaf};

/// The name of a checkpoint (`checkpointName`).
const CHECKPOINT_NAME: Format = Pattern {
    what: "a name of letters, digits, `_`, `-` and `.` that does not begin with a `.`",
    pattern: r"[a-zA-Z0-9_\-][a-zA-Z0-9_\-.]*",
    example: "before-update",
};

static NAME: Element = leaf("name", CHECKPOINT_NAME, "The name of the checkpoint.");
static DESCRIPTION: Element = leaf("description", Text, "What the checkpoint is for, in your own words.");
static PARENT: Element =
    element("parent", "The checkpoint that this one is based on.").children(&[child(&NAME).required()]);
static CREATION_TIME: Element =
    leaf("creationTime", UNSIGNED_LONG, "When the checkpoint was made, in seconds since 1970.");

static DISK: Element =
    element("disk", "How one disk takes part.").identity(Identity::First(&["name"])).attributes(&[
        attr("name", DISK_NAME, "The disk, by its target or path.").required(),
        attr("checkpoint", Choice(&["no", "bitmap"]), "Whether changes to it are recorded.")
            .words(&[("no", "they are not"), ("bitmap", "they are, in a bitmap within the image")]),
        attr("bitmap", Text, "The name of the bitmap that records them.").unless("checkpoint", &["no"]),
        attr("size", UNSIGNED_LONG, "How many bytes a backup since then would take.")
            .unless("checkpoint", &["no"])
            .live(),
    ]);
static DISKS: Element =
    element("disks", "How the disks take part.").children(&[child(&DISK).many().by_schema()]);

/// A checkpoint of a machine.
pub static CHECKPOINT: Element =
    element("domaincheckpoint", "A point in time from which a backup can begin.")
        .page("formatcheckpoint.html#checkpoint-xml")
        .children(&[
            child(&NAME),
            child(&DESCRIPTION),
            child(&PARENT),
            child(&CREATION_TIME),
            child(&DISKS),
            child(&DOMAIN),
        ]);
