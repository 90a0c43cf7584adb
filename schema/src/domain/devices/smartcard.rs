//! Smart cards: the host's own, emulated ones from certificates, or one at the other end of a character device.
//!
//! <https://libvirt.org/formatdomain.html#smartcard-devices>; `smartcard` in domaincommon.rng;
//! `virDomainSmartcardDefFormat` in `src/conf/domain_conf.c`.
//!
//! libvirt's parser and formatter have an `alias` here, which its schema refuses.

use super::chardev::{CHARDEV_SOURCE, CHARDEV_TARGET, CHARDEV_TYPE};
use crate::Format::{self, Choice, Pattern, Text};
use crate::shared::address::{ACPI_CHILD, ADDRESS_CHILD};
use crate::{Child, Element, attr, child, element, leaf};

/// An absolute path (`absDirPath`); libvirt's parser wants one as well.
const FOLDER: Format = Pattern { what: "an absolute path", pattern: "/.*", example: "/etc/pki/nssdb" };

static CERTIFICATE: Element = leaf("certificate", Text, "The name of a certificate in the database.");
static DATABASE: Element =
    leaf("database", FOLDER, "The folder of the NSS database with the certificates.").required_text();

/// An entry of a character device's source, of a card that is passed through.
const fn passed(entry: usize) -> Child {
    CHARDEV_SOURCE[entry].when("mode", &["passthrough"])
}

/// `smartcard`: a smart card reader, with a card of the host or an emulated one.
pub static SMARTCARD: Element = element("smartcard", "A smart card.")
    .page("formatdomain.html#smartcard-devices")
    .attributes(&[
        attr("mode", Choice(&["host", "host-certificates", "passthrough"]), "Where the card comes from.")
            .words(&[
                ("host", "the host's reader passes the card on"),
                ("host-certificates", "it is emulated, with certificates of the host's database"),
                ("passthrough", "a client, e.g. of SPICE's, brings it"),
            ])
            .required(),
        CHARDEV_TYPE.required().when("mode", &["passthrough"]),
    ])
    .children(&[
        // Exactly three: neither more nor fewer, which no rule of this model can say.
        child(&CERTIFICATE).exactly(3).required().when("mode", &["host-certificates"]),
        child(&DATABASE).when("mode", &["host-certificates"]),
        passed(0),
        passed(1),
        passed(2),
        passed(3),
        // The parser drops it.
        child(&CHARDEV_TARGET).when("mode", &["passthrough"]),
        ACPI_CHILD,
        ADDRESS_CHILD,
    ]);
