//! The pstore: where a guest keeps its last words when it crashes.
//!
//! <https://libvirt.org/formatdomain.html#pstore>; `pstore` in domaincommon.rng; `virDomainPstoreDefFormat` in
//! `src/conf/domain_conf.c`.

use crate::Format::{Choice, Path};
use crate::shared::address::{ADDRESS_CHILD, ALIAS_CHILD};
use crate::shared::amount::memory_amount;
use crate::{Element, attr, child, element, leaf};

static PATH: Element = leaf("path", Path, "The host's file that backs it.").default_in_words(
    "a file in libvirt's own folder, by the name of the machine",
    "qemuDomainDeviceDefPostParse in src/qemu/qemu_postparse.c",
);
static SIZE: Element = memory_amount("size", "The size of the storage.");

/// `pstore`: storage for what a crashing guest writes.
pub static PSTORE: Element = element("pstore", "Storage that keeps what a crashing guest writes to it.")
    .page("formatdomain.html#pstore")
    .attributes(&[attr("backend", Choice(&["acpi-erst"]), "What the guest sees.")
        .words(&[("acpi-erst", "ACPI's table for records of errors")])
        .required()])
    .children(&[child(&PATH), child(&SIZE).required(), ALIAS_CHILD, ADDRESS_CHILD]);
