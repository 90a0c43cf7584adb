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
pub mod interface_source;
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

use crate::Format::{Path, Text};
use crate::{Element, attr, child, element, leaf};

static EMULATOR: Element = leaf("emulator", Path, "The program that runs the machine.");

/// The devices of a machine. libvirt's schema takes any number of redirection filters and panic devices; its parser one
/// filter, and one panic device of each model.
pub static DEVICES: Element = element("devices", "The devices that the guest sees.")
    .page("formatdomain.html#devices")
    .end_tag()
    .attributes(&[attr("type", Text, "Nothing: libvirt takes no notice of it.").ignored()])
    .children(&[
        child(&EMULATOR).filled_by_libvirt(),
        child(&disk::DISK).many(),
        child(&controller::CONTROLLER).many().filled_by_libvirt(),
        child(&lease::LEASE).many(),
        child(&filesystem::FILESYSTEM).many().ordered(),
        child(&interface::INTERFACE).many().ordered(),
        child(&smartcard::SMARTCARD).many(),
        child(&chardev::SERIAL).many(),
        child(&chardev::PARALLEL).many(),
        child(&chardev::CONSOLE).many().filled_by_libvirt(),
        child(&chardev::CHANNEL).many(),
        child(&input::INPUT).many().filled_by_libvirt(),
        child(&tpm::TPM).many(),
        child(&graphics::GRAPHICS).many().ordered(),
        child(&sound::SOUND).many(),
        child(&audio::AUDIO).many().filled_by_libvirt(),
        child(&video::VIDEO).many().ordered().filled_by_libvirt(),
        child(&hostdev::HOSTDEV).many().ordered(),
        child(&redirdev::REDIRDEV).many(),
        child(&redirdev::REDIRFILTER).many(),
        child(&hub::HUB).many().filled_by_libvirt(),
        child(&watchdog::WATCHDOG).many_since("9.1.0").filled_by_libvirt(),
        child(&memballoon::MEMBALLOON).filled_by_libvirt(),
        child(&rng::RNG).many(),
        child(&nvram::NVRAM),
        child(&panic::PANIC).many().filled_by_libvirt(),
        child(&shmem::SHMEM).many(),
        child(&memory::MEMORY).many(),
        child(&crypto::CRYPTO).many().since("9.1.0"),
        child(&iommu::IOMMU).many_since("11.10.0"),
        child(&vsock::VSOCK),
        child(&pstore::PSTORE).since("10.6.0"),
    ]);
