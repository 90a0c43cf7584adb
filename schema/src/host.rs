//! Which parts of a domain a host may lack, and where the host's own description says so.
//!
//! <https://libvirt.org/formatdomaincaps.html>; `virDomainCapsFormat` in `src/conf/domain_capabilities.c`, libvirt 11.3.

use crate::domain::DOMAIN;
use crate::way;

/// A part of a domain that an enumeration of `domainCapabilities` has values for.
#[derive(Debug)]
pub struct Ask {
    /// The way from the root of a domain to an attribute, or to an element whose text or name counts.
    pub way: &'static [&'static str],
    /// The way to the element of `domainCapabilities` that says whether the host has any of that.
    pub holder: &'static [&'static str],
    /// The enumeration in it that has the values; empty where there is none.
    pub values: &'static str,
    /// The name of the part for messages.
    pub what: &'static str,
}

const fn ask(
    way: &'static [&'static str],
    holder: &'static [&'static str],
    values: &'static str,
    what: &'static str,
) -> Ask {
    Ask { way, holder, values, what }
}

/// Everything that a host is asked for.
pub static ASKS: &[Ask] = &[
    ask(way!(DOMAIN, "os", "firmware"), &["os"], "firmware", "firmware"),
    ask(way!(DOMAIN, "os", "loader", "type"), &["os", "loader"], "type", "kind of firmware loader"),
    ask(way!(DOMAIN, "os", "loader", "secure"), &["os", "loader"], "secure", "setting of secure boot"),
    ask(way!(DOMAIN, "iothreads"), &["iothreads"], "", "I/O threads"),
    ask(
        way!(DOMAIN, "memoryBacking", "source", "type"),
        &["memoryBacking"],
        "sourceType",
        "source of memory",
    ),
    ask(way!(DOMAIN, "devices", "disk", "device"), &["devices", "disk"], "diskDevice", "kind of drive"),
    ask(way!(DOMAIN, "devices", "disk", "target", "bus"), &["devices", "disk"], "bus", "bus of disks"),
    ask(way!(DOMAIN, "devices", "disk", "model"), &["devices", "disk"], "model", "model of disks"),
    ask(way!(DOMAIN, "devices", "graphics", "type"), &["devices", "graphics"], "type", "kind of screen"),
    ask(way!(DOMAIN, "devices", "video", "model", "type"), &["devices", "video"], "modelType", "video model"),
    ask(way!(DOMAIN, "devices", "hostdev", "mode"), &["devices", "hostdev"], "mode", "mode of host devices"),
    ask(
        way!(DOMAIN, "devices", "hostdev", "type"),
        &["devices", "hostdev"],
        "subsysType",
        "kind of host device",
    ),
    ask(way!(DOMAIN, "devices", "rng", "model"), &["devices", "rng"], "model", "model of random numbers"),
    ask(
        way!(DOMAIN, "devices", "rng", "backend", "model"),
        &["devices", "rng"],
        "backendModel",
        "source of random numbers",
    ),
    ask(
        way!(DOMAIN, "devices", "filesystem", "driver", "type"),
        &["devices", "filesystem"],
        "driverType",
        "driver of shared folders",
    ),
    ask(way!(DOMAIN, "devices", "tpm", "model"), &["devices", "tpm"], "model", "model of TPMs"),
    ask(
        way!(DOMAIN, "devices", "tpm", "backend", "type"),
        &["devices", "tpm"],
        "backendModel",
        "backend of TPMs",
    ),
    ask(
        way!(DOMAIN, "devices", "tpm", "backend", "version"),
        &["devices", "tpm"],
        "backendVersion",
        "version of TPMs",
    ),
    ask(way!(DOMAIN, "devices", "redirdev", "bus"), &["devices", "redirdev"], "bus", "bus of redirection"),
    ask(way!(DOMAIN, "devices", "channel", "type"), &["devices", "channel"], "type", "kind of channel"),
    ask(
        way!(DOMAIN, "devices", "crypto", "model"),
        &["devices", "crypto"],
        "model",
        "model of crypto devices",
    ),
    ask(
        way!(DOMAIN, "devices", "crypto", "backend", "model"),
        &["devices", "crypto"],
        "backendModel",
        "backend of crypto devices",
    ),
    ask(
        way!(DOMAIN, "devices", "interface", "backend", "type"),
        &["devices", "interface"],
        "backendType",
        "backend of network cards",
    ),
    ask(way!(DOMAIN, "devices", "panic", "model"), &["devices", "panic"], "model", "model of panic devices"),
    ask(way!(DOMAIN, "devices", "console", "type"), &["devices", "console"], "type", "kind of console"),
    ask(way!(DOMAIN, "genid"), &["features", "genid"], "", "generation IDs"),
    ask(way!(DOMAIN, "features", "vmcoreinfo"), &["features", "vmcoreinfo"], "", "`vmcoreinfo`"),
    ask(way!(DOMAIN, "features", "async-teardown"), &["features", "async-teardown"], "", "`async-teardown`"),
    ask(way!(DOMAIN, "features", "ps2"), &["features", "ps2"], "", "setting of PS/2"),
    ask(way!(DOMAIN, "features", "gic", "version"), &["features", "gic"], "version", "version of `gic`"),
    ask(
        way!(DOMAIN, "launchSecurity", "type"),
        &["features", "launchSecurity"],
        "sectype",
        "kind of launch security",
    ),
];

/// Where `domainCapabilities` lists Hyper-V's enlightenments: the way to the element, and the enumeration.
pub const HYPERV: (&[&str], &str) = (&["features", "hyperv"], "features");
