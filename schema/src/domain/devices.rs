//! The devices of a machine, one file each.

pub mod audio;
pub mod chardev;
pub mod controller;
pub mod crypto;
pub mod disk;
pub mod disk_source;
pub mod filesystem;
pub mod graphics;
pub mod hostdev;
pub mod hub;
pub mod input;
pub mod interface;
pub mod iommu;
pub mod lease;
pub mod memballoon;
pub mod memory;
pub mod nvram;
pub mod panic;
pub mod pstore;
pub mod redirdev;
pub mod rng;
pub mod shmem;
pub mod smartcard;
pub mod sound;
pub mod tpm;
pub mod video;
pub mod vsock;
pub mod watchdog;

use crate::{Element, child, element};

/// The devices of a machine.
pub static DEVICES: Element = element("devices", "The devices that the guest sees.")
    .page("formatdomain.html#devices")
    .children(&[child(&disk::DISK).many()]);
