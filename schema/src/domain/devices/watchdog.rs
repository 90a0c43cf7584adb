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
        .required(),
        attr(
            "action",
            Choice(&["reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"]),
            "What happens to the guest; by default it is reset.",
        ),
    ])
    .children(DEVICE_INFO);
