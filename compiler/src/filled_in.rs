//! What libvirt fills in where nobody wrote it, so that it is no difference between a definition and what was made of it.

use nixvirt_schema::Occurs;

use crate::document::Node;

/// Whether an element says nothing that libvirt would keep.
pub fn is_nothing(node: &Node<'_>) -> bool {
    let empty = node.attributes.is_empty() && node.text.is_none() && node.foreign.is_empty();
    empty && !node.element.is_flag() && node.children.iter().all(is_nothing)
}

/// Children of the root that libvirt adds where nobody wrote them.
const FILLED_IN: &[&str] = &[
    "uuid",
    "currentMemory",
    "vcpu",
    "resource",
    "cpu",
    "clock",
    "on_poweroff",
    "on_reboot",
    "on_crash",
    "pm",
    "features",
    "seclabel",
    "genid",
    "bridge",
    "mac",
    "forward",
    "ip",
    "target",
    "source",
    "name",
    "key",
];

/// Devices that libvirt adds where nobody wrote them.
const FILLED_IN_DEVICES: &[&str] = &[
    "emulator",
    "controller",
    "input",
    "memballoon",
    "audio",
    "watchdog",
    "video",
    "console",
    "hub",
    "panic",
];

/// Whether libvirt may have added a child that the definition does not have. Below units, it adds a lot (addresses,
/// models, drivers), but no more to a list that has something; among units, it adds only what is listed.
pub fn is_filled_in(parent: &Node<'_>, given: &Node<'_>, child: &Node<'_>) -> bool {
    match parent.element.name {
        "devices" => FILLED_IN_DEVICES.contains(&child.element.name),
        "domain" | "network" | "pool" | "filter" | "secret" => {
            child.element.name == "devices" || FILLED_IN.contains(&child.element.name)
        }
        _ => {
            let some = given.children.iter().any(|other| other.element.name == child.element.name);
            !some || parent.child_entry(child).occurs == Occurs::Once
        }
    }
}

/// Whether a machine type is the one that an alias stands for: `pc-q35-10.0` for `q35`.
pub fn is_alias(alias: &str, machine: &str) -> bool {
    let family = match alias {
        "pc" => "pc-i440fx",
        "q35" => "pc-q35",
        other => other,
    };
    machine.strip_prefix(family).is_some_and(|version| version.starts_with('-'))
}
