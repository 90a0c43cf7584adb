//! The tables of hooks: the programs that libvirt calls for one domain or network.

use crate::bundle::format::model::{BundleKey, ValueFormat, key};

/// When libvirt calls the hook of a domain: <https://libvirt.org/hooks.html>.
pub static DOMAIN_HOOKS: &[BundleKey] = &[
    hook("prepare", "What the host runs before it prepares the machine's resources."),
    hook("start", "What the host runs before it starts the machine."),
    hook("started", "What the host runs once the machine runs."),
    hook("stopped", "What the host runs once the machine has stopped."),
    hook("release", "What the host runs once the machine's resources are released."),
];

/// When libvirt calls the hook of a network: <https://libvirt.org/hooks.html>.
pub static NETWORK_HOOKS: &[BundleKey] = &[
    hook("start", "What the host runs before it starts the network."),
    hook("started", "What the host runs once the network is up."),
    hook("updated", "What the host runs once the network has been changed while it was up."),
    hook("port-created", "What the host runs before a machine's port is on the network."),
    hook("port-deleted", "What the host runs once a machine's port is off the network."),
    hook("stopped", "What the host runs once the network is down."),
];

const fn hook(name: &'static str, doc: &'static str) -> BundleKey {
    key(name, ValueFormat::Hook, doc)
}
