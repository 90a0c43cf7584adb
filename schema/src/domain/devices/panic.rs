//! The panic device: how a guest says that it has crashed.
//!
//! <https://libvirt.org/formatdomain.html#panic-device>; `panic` in domaincommon.rng; `virDomainPanicDefFormat` in
//! `src/conf/domain_conf.c`.

use crate::Format::{AnyOf, Choice};
use crate::shared::address::{ADDRESS_CHILD, ALIAS_CHILD};
use crate::{Element, attr, element, since};

/// `panic`: the device by which the guest reports that it has crashed.
pub static PANIC: Element = element("panic", "The device by which the guest says that it has crashed.")
    .page("formatdomain.html#panic-device")
    .attributes(&[attr(
        "model",
        AnyOf(&[Choice(&["isa", "pseries", "hyperv", "s390"]), since("9.1.0", &Choice(&["pvpanic"]))]),
        "The model; by default the one that suits the guest.",
    )
    .default_in_words(
        "isa on x86, pseries and s390 on their machines, pvpanic on others",
        "qemuDomainDefaultPanicModel in src/qemu/qemu_domain.c",
    )
    .words(&[
        ("isa", "an I/O port of PCs"),
        ("pseries", "what the firmware of pSeries machines has"),
        ("hyperv", "the crash registers of Hyper-V, for Windows"),
        ("s390", "the wait state in which s390 machines stop"),
        ("pvpanic", "a PCI device, for machines without ISA"),
    ])])
    .children(&[ALIAS_CHILD, ADDRESS_CHILD]);
