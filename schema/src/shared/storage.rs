//! Parts that pools and volumes share: permissions, and source devices with their extents.
//!
//! <https://libvirt.org/formatstorage.html>; `permissions` in storagecommon.rng; `virStoragePoolDefFormatBuf` and
//! `virStorageVolTargetDefFormat` in `src/conf/storage_conf.c`.

use super::values::UNSIGNED_LONG;
use crate::Format::{self, AnyOf, Choice, Integer, Octal, Text};
use crate::{Attribute, Element, attr, child, element, text};

/// A file mode (`octalMode`). Unlike elsewhere libvirt prints it here with one zero in front, however short it is;
/// that differs from [`Format::Octal`] below 0100 only, where the mode of no permissions at all is the one that occurs.
/// libvirt's parser refuses more than 0777.
const MODE: Format = AnyOf(&[Choice(&["00"]), Octal { max: u32::MAX }]);

/// A user's or group's number; -1 leaves it alone.
const ID: Format = Integer { min: -1, max: u32::MAX as i128 };

static MODE_ELEMENT: Element = element("mode", "The permission bits, in octal digits.")
    .text(text(MODE).key("octal"))
    .default_in_words(
        "0600 for a volume, 0711 for the directory of a pool",
        "virStorageDefParsePerms in src/conf/storage_conf.c",
    )
    .words(&[("00", "nobody may do anything")]);
static OWNER: Element =
    element("owner", "The number of the owner.").text(text(ID).key("uid")).required_text();
static GROUP: Element =
    element("group", "The number of the group.").text(text(ID).key("gid")).required_text();
static LABEL: Element =
    element("label", "The label for mandatory access control, e.g. SELinux's.").text(text(Text).key("MAC"));

/// The permissions of a directory, file or device node (`permissions`). The keys of the texts are NixVirt's.
pub static PERMISSIONS: Element = element("permissions", "Who may use it.").children(&[
    child(&MODE_ELEMENT),
    child(&OWNER),
    child(&GROUP),
    child(&LABEL),
]);

/// The bounds of a stretch of a device.
pub const EXTENT: &[Attribute] = &[
    attr("start", UNSIGNED_LONG, "Where it begins, in bytes.").by_schema(),
    attr("end", UNSIGNED_LONG, "Where it ends, in bytes.").by_schema(),
];
