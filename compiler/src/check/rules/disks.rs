//! Disks: their names, buses, and what goes with a bus or a format.

mod facts;
mod images;
mod places;

pub(super) use self::facts::bus;
use crate::check::Rule;

pub(super) const RULES: &[&Rule] = &[
    &images::COPY_ON_READ,
    &places::DISK_ADDRESS_OF_BUS,
    &places::DISK_BUS_OF_DEVICE,
    &images::DISK_IO_NATIVE,
    &places::DISK_OPTION_OF_BUS,
    &places::DISK_READ_ONLY_BUS,
    &images::DISK_SHAREABLE_FORMAT,
    &images::DISK_SOURCE,
    &places::DISK_TARGET_NAME,
    &places::DISK_TARGET_TWICE,
    &images::THROTTLE_GROUP,
];
