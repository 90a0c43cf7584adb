//! The secret format: a password or key that libvirt keeps, without its value.
//!
//! <https://libvirt.org/formatsecret.html>; secret.rng; `virSecretDefFormat` in `src/conf/secret_conf.c`.

use crate::Format::{AnyOf, ByParser, Choice, Line, Path, Text, Uuid, YesNo};
use crate::shared::values::OBJECT_NAME;
use crate::{Element, Format, attr, child, element, leaf};

static UUID: Element = leaf("uuid", Uuid, "The UUID; libvirt makes one up where it is missing.");
static DESCRIPTION: Element = leaf("description", Text, "What the secret is for, in your own words.");

/// A name that others refer to (`objectName`); libvirt's parser takes a slash in it as well.
const USAGE_NAME: Format = AnyOf(&[OBJECT_NAME, ByParser(&Line)]);

static VOLUME: Element =
    leaf("volume", Path, "The path of the volume that the secret unlocks.").required_text();
static NAME: Element =
    leaf("name", USAGE_NAME, "The name by which others refer to the secret.").required_text();
static TARGET: Element =
    leaf("target", USAGE_NAME, "The name by which iSCSI disks and pools refer to it.").required_text();

/// The use of a secret. libvirt's parser also takes the type `none`, which names no use.
static USAGE: Element = element("usage", "What the secret is for.")
    .attributes(&[attr(
        "type",
        Choice(&["volume", "ceph", "iscsi", "tls", "vtpm"]),
        "The kind of use; it decides how others refer to the secret.",
    )
    .words(&[
        ("volume", "the passphrase of an encrypted image"),
        ("ceph", "the key of a Ceph user"),
        ("iscsi", "the password of an iSCSI target"),
        ("tls", "the passphrase of a private key"),
        ("vtpm", "the passphrase of an emulated TPM's state"),
    ])
    .required()])
    .children(&[
        child(&VOLUME).required().when("type", &["volume"]),
        child(&NAME).required().when("type", &["ceph", "tls", "vtpm"]),
        child(&TARGET).required().when("type", &["iscsi"]),
    ]);

/// The root of a secret (`secret` in secret.rng). Its value is set apart from the XML.
pub static SECRET: Element = element("secret", "A password or key that libvirt keeps, without its value.")
    .page("formatsecret.html#secret-xml")
    .attributes(&[
        attr("ephemeral", YesNo, "Whether it is kept in memory only.")
            .default("no", "virSecretParseXML in src/conf/secret_conf.c"),
        attr("private", YesNo, "Whether its value is kept from everyone but libvirt itself.")
            .default("no", "virSecretParseXML in src/conf/secret_conf.c"),
    ])
    .children(&[child(&UUID).filled_by_libvirt(), child(&DESCRIPTION), child(&USAGE)]);
