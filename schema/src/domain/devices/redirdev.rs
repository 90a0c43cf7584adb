//! Redirected USB devices, and the filter that says which of them a guest may get.
//!
//! <https://libvirt.org/formatdomain.html#redirected-devices>; `redirdev`, `redirfilter` and `usbdevfilter` in
//! domaincommon.rng; `virDomainRedirdevDefFormat` and `virDomainRedirFilterDefFormat` in `src/conf/domain_conf.c`.

use super::chardev::{CHARDEV_SOURCE, CHARDEV_TYPE};
use crate::Format::{self, Choice, Pattern, YesNo};
use crate::shared::address::{ADDRESS_CHILD, ALIAS_CHILD, BOOT_CHILD};
use crate::{Element, attr, child, children, element};

const PAGE: &str = "formatdomain.html#redirected-devices";

/// A redirected device. libvirt's formatter prints one that has no children with an end tag of its own.
pub static REDIRDEV: Element = element("redirdev", "A USB device that comes from somewhere else.")
    .end_tag()
    .page(PAGE)
    .attributes(&[
        attr("bus", Choice(&["usb"]), "The bus that the guest sees.")
            .default("usb", "virDomainRedirdevDefParseXML in src/conf/domain_conf.c")
            .words(&[("usb", "USB, which is all that can be redirected")])
            .by_schema(),
        CHARDEV_TYPE.required(),
    ])
    .children(children![CHARDEV_SOURCE, &[BOOT_CHILD, ALIAS_CHILD, ADDRESS_CHILD]]);

/// A number that libvirt prints in upper-case hexadecimal digits, or -1 for any. What has letters but no `0x` passes
/// the schema and fails in the parser, which takes what has no `0x` for decimal (octal after a `0`).
const fn id(what: &'static str, pattern: &'static str, example: &'static str) -> Format {
    Pattern { what, pattern, example }
}

const CLASS: Format = id("a USB class of up to two digits, or -1", "(0x)?[0-9a-fA-F]{1,2}|-1", "0x08");
const ID: Format = id("a USB id of up to four digits, or -1", "(0x)?[0-9a-fA-F]{1,4}|-1", "0x15E1");
const VERSION: Format = id("a USB version, or -1", "[0-9]{1,2}.[0-9]{1,2}|-1", "1.10");

static USBDEV: Element = element("usbdev", "A rule of the filter; the first that fits a device decides.")
    .attributes(&[
        attr("class", CLASS, "The USB class of the devices; -1 for any."),
        attr("vendor", ID, "The vendor's USB id; -1 for any."),
        attr("product", ID, "The product's USB id; -1 for any."),
        attr("version", VERSION, "The version of the device; -1 for any."),
        attr("allow", YesNo, "Whether the guest may get such a device.").required(),
    ]);

/// The filter for redirected devices.
pub static REDIRFILTER: Element = element("redirfilter", "Which redirected devices the guest may get.")
    .page(PAGE)
    .children(&[child(&USBDEV).many()]);
