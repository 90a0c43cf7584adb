//! Watchdogs: what happens to a guest that hangs.
//!
//! <https://libvirt.org/formatdomain.html#watchdog-devices>; `watchdog` in domaincommon.rng;
//! `virDomainWatchdogDefFormat` in `src/conf/domain_conf.c`.

use crate::Format::{AnyOf, Choice};
use crate::shared::address::DEVICE_INFO;
use crate::{Element, attr, element, since};

/// `watchdog`: a device that acts when the guest hangs.
pub static WATCHDOG: Element = element("watchdog", "A device that acts when the guest hangs.")
    .page("formatdomain.html#watchdog-devices")
    .attributes(&[
        attr(
            "model",
            AnyOf(&[Choice(&["i6300esb", "ib700", "diag288"]), since("9.1.0", &Choice(&["itco"]))]),
            "What the guest sees.",
        )
        .words(&[
            ("i6300esb", "Intel's PCI device, for x86"),
            ("ib700", "iBase's ISA device, for old PCs"),
            ("diag288", "the instruction of s390 machines"),
            ("itco", "the timer in the chipset of q35 machines"),
        ])
        .required(),
        attr(
            "action",
            Choice(&["reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"]),
            "What happens to the guest; by default it is reset.",
        )
        .default("reset", "virDomainWatchdogDefParseXML in src/conf/domain_conf.c")
        .words(&[
            ("reset", "it is restarted by force"),
            ("shutdown", "it is asked to stop, which it can seldom do by then"),
            ("poweroff", "it is stopped by force"),
            ("pause", "it is paused"),
            ("none", "nothing"),
            ("dump", "its memory is written to a file of the host's, and it goes on"),
            ("inject-nmi", "it gets an interrupt that it cannot mask, so that it can dump itself"),
        ]),
    ])
    .children(DEVICE_INFO);
