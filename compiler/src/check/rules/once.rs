//! Devices and numbers that a machine has once.

mod devices;
mod numbers;

use crate::check::Rule;

pub(super) const RULES: &[&Rule] = &[
    &numbers::CCW_TWICE,
    &devices::HOSTDEV_TWICE,
    &numbers::IOTHREAD_TWICE,
    &devices::PANIC_TWICE,
    &devices::TPM_TWICE,
    &numbers::VCPUPIN_TWICE,
    &numbers::VIRTIO_SERIAL_TWICE,
    &devices::WATCHDOG_TWICE,
];
