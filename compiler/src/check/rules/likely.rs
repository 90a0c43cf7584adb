//! Warnings of definitions that libvirt takes and that are very probably mistakes.

mod cpus;
mod devices;
mod machine;

use crate::check::Rule;

pub(super) const RULES: &[&Rule] = &[
    &devices::BOOT_WITHOUT_MEDIUM,
    &machine::CURRENT_MEMORY_ABOVE,
    &machine::FOREIGN_WORD,
    &cpus::IOTHREAD_UNUSED,
    &machine::MACHINE_TYPE_OLD,
    &machine::MEMORY_TINY,
    &devices::RAW_OVERLAY,
    &machine::RUNNING_MACHINE,
    &devices::SCREEN_OPEN,
    &cpus::VCPU_PIN_BEYOND,
    &cpus::VCPUS_PARTLY_PINNED,
];
