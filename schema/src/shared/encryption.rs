//! Encryption of disk images and volumes, and how libvirt logs in to storage servers.
//!
//! <https://libvirt.org/formatstorageencryption.html>; `encryption` in storagecommon.rng, `diskAuth` in
//! domaincommon.rng.

use super::values::{GENERIC_NAME, OBJECT_NAME, UNSIGNED_INT};
use crate::Format::{AnyOf, Choice, Text, Uuid};
use crate::{Element, Format, Relation, attr, child, element, rule, since};

const PAGE: &str = "formatstorageencryption.html";

static SECRET: Element = element("secret", "The secret that holds the passphrase.")
    .attributes(&[
        attr("type", Choice(&["passphrase"]), "What kind of secret it is.")
            .words(&[("passphrase", "what opens the encrypted image")])
            .required(),
        attr("usage", Text, "The usage name of the secret.").names_by_usage("secret"),
        attr("uuid", Uuid, "The UUID of the secret.").names_by_uuid("secret"),
    ])
    .rules(&[rule(Relation::ExactlyOne(&["@usage", "@uuid"]))]);

static CIPHER: Element = element("cipher", "The cipher of a volume that libvirt creates.")
    .attributes(&[
        attr("name", Text, "The cipher, e.g. `aes`.").required(),
        attr("size", UNSIGNED_INT, "The size of the key in bits.").required(),
        attr("mode", Text, "The chaining mode, e.g. `cbc`."),
        attr("hash", Text, "The hash of the key, e.g. `sha256`."),
    ])
    .rules(&[rule(Relation::Together(&["@mode", "@hash"]))]);

static IVGEN: Element = element("ivgen", "How initialisation vectors are generated.").attributes(&[
    attr("name", Text, "The generator, e.g. `plain64`.").required(),
    attr("hash", Text, "The hash of the generator."),
]);

/// How an image is encrypted (`virStorageEncryptionFormat`). libvirt's parser does without `ivgen` where there is a
/// `cipher`, its schema does not.
pub static ENCRYPTION: Element = element("encryption", "How the image is encrypted.")
    .page(PAGE)
    .attributes(&[
        attr(
            "format",
            AnyOf(&[Choice(&["default", "qcow", "luks", "luks2"]), since("9.3.0", &Choice(&["luks-any"]))]),
            "The format of the encryption.",
        )
        .words(&[
            ("default", "the format that libvirt likes best, with a key that it makes up"),
            ("qcow", "the weak encryption within qcow2 images; outdated"),
            ("luks", "Linux's disk encryption, its first version"),
            ("luks2", "Linux's disk encryption, its second version, which needs Ceph's own engine"),
            ("luks-any", "Linux's disk encryption, whichever version the image has"),
        ])
        .required(),
        attr("engine", Choice(&["qemu", "librbd"]), "What encrypts and decrypts.")
            .default_in_words(
                "qemu, for a disk",
                "qemuDomainDeviceDiskDefPostParse in src/qemu/qemu_postparse.c",
            )
            .words(&[("qemu", "the hypervisor"), ("librbd", "Ceph's library")]),
    ])
    .children(&[child(&SECRET).many_since("9.3.0"), child(&CIPHER), child(&IVGEN)])
    .rules(&[rule(Relation::Needs("cipher", &["secret"])), rule(Relation::Together(&["cipher", "ivgen"]))]);

const AUTH_TYPE: Format = Choice(&["ceph", "iscsi"]);

static AUTH_SECRET: Element = element("secret", "The secret that holds the password or key.")
    .attributes(&[
        attr("type", AUTH_TYPE, "What kind of secret it is.")
            .words(&[("ceph", "a key of Ceph's"), ("iscsi", "a password for CHAP")])
            .required()
            .unless_up(2, "type", &["volume"]),
        // libvirt's parser looks for it where the disk says its protocol.
        attr("type", AUTH_TYPE, "What kind of secret it is.")
            .words(&[("ceph", "a key of Ceph's"), ("iscsi", "a password for CHAP")])
            .by_schema()
            .when_up(2, "type", &["volume"]),
        attr("uuid", Uuid, "The UUID of the secret.").names_by_uuid("secret"),
        attr("usage", OBJECT_NAME, "The usage name of the secret.").names_by_usage("secret"),
    ])
    .rules(&[rule(Relation::ExactlyOne(&["@uuid", "@usage"]))]);

/// How to log in to the server that holds an image (`virStorageAuthDefFormat`).
pub static DISK_AUTH: Element = element("auth", "How to log in to the server.")
    .page("formatdomain.html#hard-drives-floppy-disks-cdroms")
    .attributes(&[attr("username", GENERIC_NAME, "The user.").required()])
    .children(&[child(&AUTH_SECRET).required()]);
