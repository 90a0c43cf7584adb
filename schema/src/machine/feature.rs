//! Features that only some machines have.
//!
//! Source: `qemuValidateDomainDefFeatures` in `src/qemu/qemu_validate.c`, libvirt 11.3.

use super::{Family, is_x86};

/// The machines that have something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machines {
    /// The machines of x86: `i686` and `x86_64`.
    X86,
    /// The machines of x86, and the `virt` machines of ARM.
    X86OrArmVirt,
    /// The `virt` machines of ARM.
    ArmVirt,
    /// The `virt` machines of RISC-V.
    RiscvVirt,
    /// The `pseries` machines of POWER.
    Pseries,
}

impl Machines {
    /// Whether a machine is one of them.
    pub fn contain(self, arch: &str, family: Option<Family>) -> bool {
        let virt = |arches: &[&str]| family == Some(Family::Virt) && arches.contains(&arch);
        let arm_virt = || virt(&["aarch64", "armv6l", "armv7l"]);
        match self {
            Machines::X86 => is_x86(arch),
            Machines::X86OrArmVirt => is_x86(arch) || arm_virt(),
            Machines::ArmVirt => arm_virt(),
            Machines::RiscvVirt => virt(&["riscv32", "riscv64"]),
            Machines::Pseries => family == Some(Family::Pseries),
        }
    }

    /// The name of these machines in a message.
    pub const fn described(self) -> &'static str {
        match self {
            Machines::X86 => "x86 machines",
            Machines::X86OrArmVirt => "x86 machines and `virt` machines of ARM",
            Machines::ArmVirt => "`virt` machines of ARM",
            Machines::RiscvVirt => "`virt` machines of RISC-V",
            Machines::Pseries => "`pseries` machines",
        }
    }
}

/// A feature that only some machines have.
#[derive(Debug)]
pub struct Feature {
    /// The child of `features`.
    pub name: &'static str,
    /// The machines that have it.
    pub machines: Machines,
    /// Whether other machines may have it where it is switched off.
    pub may_be_off: bool,
}

const fn feature(name: &'static str, machines: Machines) -> Feature {
    Feature { name, machines, may_be_off: false }
}

/// Every feature that only some machines have.
pub static FEATURES: &[Feature] = &[
    feature("ioapic", Machines::X86),
    feature("pvspinlock", Machines::X86),
    feature("vmport", Machines::X86),
    Feature { may_be_off: true, ..feature("smm", Machines::X86) },
    feature("hyperv", Machines::X86OrArmVirt),
    feature("gic", Machines::ArmVirt),
    feature("ras", Machines::ArmVirt),
    feature("aia", Machines::RiscvVirt),
    feature("hpt", Machines::Pseries),
    feature("htm", Machines::Pseries),
    feature("nested-hv", Machines::Pseries),
    feature("ccf-assist", Machines::Pseries),
    feature("cfpc", Machines::Pseries),
    feature("sbbc", Machines::Pseries),
    feature("ibs", Machines::Pseries),
];
