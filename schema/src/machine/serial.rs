//! Serial ports: which address and models each kind has, and which machines have it.
//!
//! Source: `qemuValidateDomainChrTargetDef`, `qemuValidateDomainChrDef` in `src/qemu/qemu_validate.c`,
//! `qemuDomainChrDefPostParse` in `src/qemu/qemu_postparse.c`, libvirt 11.3.

use super::{Family, is_x86};

/// A kind of serial port.
#[derive(Debug)]
pub struct Port {
    /// Its name: the `type` of the target.
    pub kind: &'static str,
    /// The type of its address; nothing where it has none.
    pub address: Option<&'static str>,
    /// The models that implement it.
    pub models: &'static [&'static str],
    /// Whether libvirt adds a console for the first port of a machine (`virDomainDefAddConsoleCompat`).
    pub has_console: bool,
}

const PORTS: &[Port] = &[
    Port { kind: "isa-serial", address: Some("isa"), models: &["isa-serial"], has_console: true },
    Port { kind: "isa-debug", address: Some("isa"), models: &["isa-debugcon"], has_console: false },
    Port { kind: "usb-serial", address: Some("usb"), models: &["usb-serial"], has_console: false },
    Port { kind: "pci-serial", address: Some("pci"), models: &["pci-serial"], has_console: false },
    Port { kind: "spapr-vio-serial", address: Some("spapr-vio"), models: &["spapr-vty"], has_console: true },
    Port { kind: "system-serial", address: None, models: &["pl011", "16550a"], has_console: true },
    Port { kind: "sclp-serial", address: None, models: &["sclpconsole", "sclplmconsole"], has_console: true },
];

/// The kind of that name.
pub fn port(kind: &str) -> Option<&'static Port> {
    PORTS.iter().find(|port| port.kind == kind)
}

/// The kind that a serial port is of where it does not say, or says `isa-serial`, which stood for all of them once.
pub fn usual(arch: &str, family: Option<Family>) -> Option<&'static str> {
    match family {
        _ if is_x86(arch) => Some("isa-serial"),
        Some(Family::Pseries) => Some("spapr-vio-serial"),
        Some(Family::Virt) => Some("system-serial"),
        _ if arch.starts_with("s390") => Some("sclp-serial"),
        _ => None,
    }
}

impl Port {
    /// Whether a machine has it, with this model if one is named.
    pub fn is_there(&self, arch: &str, family: Option<Family>, model: Option<&str>) -> bool {
        let is_arm = matches!(arch, "aarch64" | "armv6l" | "armv7l");
        match (self.kind, model) {
            ("isa-debug", _) => is_x86(arch),
            ("spapr-vio-serial", _) | (_, Some("spapr-vty")) => family == Some(Family::Pseries),
            ("sclp-serial", _) => arch.starts_with("s390"),
            ("system-serial", Some("pl011")) => family == Some(Family::Virt) && is_arm,
            ("system-serial", Some("16550a")) => family == Some(Family::Virt) && !is_arm,
            _ => true,
        }
    }
}
