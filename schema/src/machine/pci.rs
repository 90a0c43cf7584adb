//! PCI: which root bus a machine has, what each controller takes and fits into, and which options it has.
//!
//! Source: `virDomainPCIAddressBusSetModel` and `virDomainPCIControllerModelToConnectType` in `src/conf/domain_addr.c`,
//! `qemuDomainDefAddDefaultDevices` in `src/qemu/qemu_postparse.c`, `qemuValidateDomainDeviceDefControllerPCI` in
//! `src/qemu/qemu_validate.c`, libvirt 11.3.

use super::{Family, family, is_x86};

/// The connector of a device or bridge: the kind of slot that it plugs into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plug {
    /// A device that is no controller, of PCI or of PCI Express. libvirt takes either on a bus for one of them, where the
    /// address is given.
    Endpoint,
    /// A `pci-bridge`, which fits where an endpoint does as well.
    Bridge,
    /// A `pcie-root-port`, which goes on a root bus.
    RootPort,
    /// A `pcie-switch-upstream-port`, which goes into a port.
    Upstream,
    /// A `pcie-switch-downstream-port`, which goes on an upstream port.
    Downstream,
    /// A `dmi-to-pci-bridge`, the older bridge from PCI Express to PCI.
    DmiToPci,
    /// A `pcie-to-pci-bridge`, the newer bridge from PCI Express to PCI.
    PcieToPci,
    /// A `pci-expander-bus`, which adds a PCI root.
    Expander,
    /// A `pcie-expander-bus`, which adds a PCI Express root.
    PcieExpander,
}

/// A model of PCI controllers.
#[derive(Debug)]
pub struct Bus {
    /// The value of `model` of the controller.
    pub model: &'static str,
    /// Its connector to the bus above; nothing for a root.
    pub plug: Option<Plug>,
    /// The connectors that its own slots take.
    pub takes: &'static [Plug],
    /// The first and the last slot.
    pub slots: (u64, u64),
    /// The device models that implement it. A root has none, but for that of a pseries machine.
    pub names: &'static [&'static str],
    /// The attributes of `target` and the children that only some models have, and this one has.
    pub options: &'static [&'static str],
}

impl Bus {
    /// Whether something can be plugged into it.
    pub fn takes(&self, plug: Plug) -> bool {
        self.takes.contains(&plug) || (plug == Plug::Bridge && self.takes.contains(&Plug::Endpoint))
    }
}

/// The options of PCI controllers that only some models have.
pub const OPTIONS: &[&str] =
    &["chassisNr", "chassis", "port", "busNr", "index", "hotplug", "memReserve", "node"];

/// Every model of PCI controllers.
pub static BUSES: &[Bus] = &[
    Bus {
        model: "pci-root",
        plug: None,
        takes: &[Plug::Endpoint, Plug::Bridge, Plug::Expander],
        slots: (1, 31),
        names: &["spapr-pci-host-bridge"],
        options: &["hotplug"],
    },
    Bus {
        model: "pci-bridge",
        plug: Some(Plug::Bridge),
        takes: &[Plug::Endpoint, Plug::Bridge],
        slots: (1, 31),
        names: &["pci-bridge"],
        options: &["chassisNr", "memReserve"],
    },
    Bus {
        model: "pci-expander-bus",
        plug: Some(Plug::Expander),
        takes: &[Plug::Endpoint, Plug::Bridge],
        slots: (0, 31),
        names: &["pxb"],
        options: &["busNr", "node"],
    },
    Bus {
        model: "pcie-root",
        plug: None,
        takes: &[Plug::Endpoint, Plug::RootPort, Plug::DmiToPci, Plug::PcieExpander],
        slots: (1, 31),
        names: &[],
        options: &[],
    },
    Bus {
        model: "dmi-to-pci-bridge",
        plug: Some(Plug::DmiToPci),
        takes: &[Plug::Endpoint, Plug::Bridge],
        slots: (0, 31),
        names: &["i82801b11-bridge"],
        options: &[],
    },
    Bus {
        model: "pcie-to-pci-bridge",
        plug: Some(Plug::PcieToPci),
        takes: &[Plug::Endpoint, Plug::Bridge],
        slots: (1, 31),
        names: &["pcie-pci-bridge"],
        options: &[],
    },
    Bus {
        model: "pcie-root-port",
        plug: Some(Plug::RootPort),
        takes: &[Plug::Endpoint, Plug::Upstream, Plug::PcieToPci],
        slots: (0, 0),
        names: &["ioh3420", "pcie-root-port"],
        options: &["chassis", "port", "hotplug", "memReserve"],
    },
    Bus {
        model: "pcie-switch-upstream-port",
        plug: Some(Plug::Upstream),
        takes: &[Plug::Downstream],
        slots: (0, 31),
        names: &["x3130-upstream"],
        options: &[],
    },
    Bus {
        model: "pcie-switch-downstream-port",
        plug: Some(Plug::Downstream),
        takes: &[Plug::Endpoint, Plug::Upstream, Plug::PcieToPci],
        slots: (0, 0),
        names: &["xio3130-downstream"],
        options: &["chassis", "port", "hotplug"],
    },
    Bus {
        model: "pcie-expander-bus",
        plug: Some(Plug::PcieExpander),
        takes: &[Plug::RootPort, Plug::DmiToPci],
        slots: (0, 31),
        names: &["pxb-pcie"],
        options: &["busNr", "node"],
    },
];

/// The controller of a model.
pub fn bus(model: &str) -> Option<&'static Bus> {
    BUSES.iter().find(|bus| bus.model == model)
}

/// The root bus that libvirt gives a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootBus {
    /// A controller 0 of this model.
    Model(&'static str),
    /// None: the machine has no PCI.
    None,
    /// It depends on the emulator.
    Unknown,
}

/// The root bus of a machine.
pub fn root(arch: &str, machine: &str) -> RootBus {
    const PCI: RootBus = RootBus::Model("pci-root");
    const PCIE: RootBus = RootBus::Model("pcie-root");
    let is_virt = family(machine) == Some(Family::Virt);
    match arch {
        _ if is_x86(arch) => match family(machine) {
            Some(Family::Q35) => PCIE,
            Some(Family::I440fx) => PCI,
            // Machines of distributions with names of their own.
            _ if !matches!(machine, "isapc" | "microvm") => RootBus::Unknown,
            _ => RootBus::None,
        },
        "aarch64" | "armv6l" | "armv7l" if is_virt => PCIE,
        "aarch64" | "armv6l" | "armv7l" | "armv7b" if machine == "versatilepb" => PCI,
        "aarch64" | "armv6l" | "armv7l" | "armv7b" => RootBus::None,
        "riscv32" | "riscv64" if is_virt => PCIE,
        "riscv32" | "riscv64" => RootBus::None,
        "loongarch64" => PCIE,
        "ppc" | "ppc64" | "ppc64le" | "s390x" | "alpha" | "sh4" | "sparc64" => PCI,
        _ => RootBus::Unknown,
    }
}
