//! The families of machine types, and the abilities of each family.
//!
//! Source: the string tests of `src/qemu/qemu_domain.c` (`qemuDomainMachineIsQ35` and its siblings) and
//! `qemuDomainDefAddDefaultDevices`, libvirt 11.3.

pub mod drive;
pub mod feature;
pub mod hyperv;
pub mod pci;
pub mod serial;
pub mod usb;

/// A family of machine types that libvirt treats alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The PC with a PCI bus and an IDE controller: `pc`, `pc-i440fx-*`.
    I440fx,
    /// The PC with a PCI Express bus and a SATA controller: `q35`, `pc-q35-*`.
    Q35,
    /// The machines without hardware of their own on ARM, RISC-V and LoongArch: `virt`, `virt-*`.
    Virt,
    /// IBM's POWER machines: `pseries`, `pseries-*`.
    Pseries,
    /// IBM Z and its forerunners: `s390-ccw-virtio*`.
    S390,
}

/// The names of a family: exact ones, and beginnings.
struct Names {
    family: Family,
    exact: &'static [&'static str],
    begins: &'static [&'static str],
}

const NAMES: &[Names] = &[
    Names { family: Family::Q35, exact: &["q35"], begins: &["pc-q35-"] },
    Names { family: Family::I440fx, exact: &["pc"], begins: &["pc-0.", "pc-1.", "pc-i440fx-", "rhel"] },
    Names { family: Family::Virt, exact: &["virt"], begins: &["virt-"] },
    Names { family: Family::Pseries, exact: &["pseries"], begins: &["pseries-"] },
    Names { family: Family::S390, exact: &[], begins: &["s390-ccw"] },
];

/// The family of a machine type; nothing for one that is in none of them.
pub fn family(machine: &str) -> Option<Family> {
    let is = |names: &&Names| {
        names.exact.contains(&machine) || names.begins.iter().any(|begin| machine.starts_with(begin))
    };
    NAMES.iter().find(is).map(|names| names.family)
}

impl Family {
    /// Whether the machine has an IDE controller, or can have one (`qemuValidateDomainDeviceDefControllerIDE`).
    pub const fn has_ide(self) -> bool {
        matches!(self, Family::I440fx)
    }

    /// Whether machines of the family are there for an architecture (`qemuDomainMachineIsQ35` and its siblings).
    pub fn is_of(self, arch: &str) -> bool {
        match self {
            Family::I440fx | Family::Q35 => is_x86(arch),
            Family::Virt => {
                matches!(arch, "aarch64" | "armv6l" | "armv7l" | "riscv32" | "riscv64" | "loongarch64")
            }
            Family::Pseries => matches!(arch, "ppc64" | "ppc64le"),
            Family::S390 => matches!(arch, "s390" | "s390x"),
        }
    }
}

/// The machine type that libvirt takes where a definition names none (`preferredMachines` in
/// `src/qemu/qemu_capabilities.c`), for the architectures whose emulators all have it.
pub fn default_machine(arch: &str) -> Option<&'static str> {
    match arch {
        "i686" | "x86_64" => Some("pc"),
        "aarch64" | "armv7l" | "loongarch64" | "riscv32" | "riscv64" => Some("virt"),
        "ppc64" | "ppc64le" => Some("pseries"),
        "s390x" => Some("s390-ccw-virtio"),
        _ => None,
    }
}

/// Whether an architecture is x86.
pub fn is_x86(arch: &str) -> bool {
    matches!(arch, "i686" | "x86_64")
}

/// The domain types that QEMU runs; the rules of libvirt's QEMU driver hold for them.
pub const QEMU_TYPES: &[&str] = &["qemu", "kvm", "hvf"];
