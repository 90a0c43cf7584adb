//! The domain format: a machine.
//!
//! <https://libvirt.org/formatdomain.html>; domaincommon.rng; `virDomainDefFormatInternalSetRootName` in
//! `src/conf/domain_conf.c`.

pub mod clock;
pub mod cpu;
pub mod devices;
pub mod features;
pub mod general;
pub mod launch_security;
pub mod memory;
pub mod namespaces;
pub mod os;
pub mod tune;
pub mod vcpu;

use crate::Format::Choice;
use crate::shared::metadata;
use crate::shared::seclabel::SECLABEL;
use crate::shared::values::UNSIGNED_INT;
use crate::{
    Condition, Derived, Element, Generated, Guard, Subject, Test, Words, attr, child, element, no_child,
};

/// The hypervisors (`hvs`). libvirt's parser knows `parallels` as well, an old name of `vz`.
const TYPES: &[&str] = &[
    "qemu", "kqemu", "kvm", "xen", "lxc", "uml", "openvz", "test", "vmware", "hyperv", "vbox", "phyp", "vz",
    "bhyve", "hvf",
];

/// Keys that users expect and libvirt lacks, each with the advice to give.
const MISPLACED_NAMES: &[(&str, &str)] = &[("uefi", "write `os.firmware = \"efi\"`")];

/// A security label that libvirt made up. Its kind is part of the definition only where something else is said.
const MADE_UP_LABEL: Guard = Guard::of(Subject::Attribute(0, "type"), Test::NotIn(&["static", "none"]))
    .and(Condition { subject: Subject::ChildText("label"), test: Test::Present })
    .and(Condition { subject: Subject::ChildText("baselabel"), test: Test::Absent });

/// The resource partition that libvirt puts a guest into where its definition names none.
const DEFAULT_PARTITION: Guard =
    Guard::of(Subject::ChildText("partition"), Test::In(&["/machine"])).and(no_child("fibrechannel"));

/// The hypervisors, by their types of domain.
pub const HYPERVISORS: Words = &[
    ("qemu", "QEMU, which emulates the CPU: slow, for any architecture"),
    ("kqemu", "an accelerator of QEMU's that no longer exists"),
    ("kvm", "QEMU with Linux's hardware acceleration"),
    ("xen", "a hypervisor below Linux, for paravirtual and whole machines"),
    ("lxc", "containers of Linux's"),
    ("uml", "User-mode Linux"),
    ("openvz", "OpenVZ's containers"),
    ("test", "libvirt's mock hypervisor, which runs nothing"),
    ("vmware", "VMware Workstation and Player"),
    ("hyperv", "Microsoft's Hyper-V"),
    ("vbox", "VirtualBox"),
    ("phyp", "IBM's Power Hypervisor"),
    ("vz", "Virtuozzo"),
    ("bhyve", "FreeBSD's hypervisor"),
    ("hvf", "QEMU with macOS's hardware acceleration"),
];

/// The root of a domain (`domain` in domaincommon.rng): a virtual machine or container.
pub static DOMAIN: Element = element("domain", "A machine.")
    .page("formatdomain.html#general-metadata")
    .object("domain")
    .attributes(&[
        attr("type", Choice(TYPES), "The hypervisor.").words(HYPERVISORS).required(),
        attr("id", UNSIGNED_INT, "The number of the running machine.").live(),
    ])
    .misplaced_names(MISPLACED_NAMES)
    .children(&[
        child(&general::NAME).required(),
        child(&general::UUID).filled_by_libvirt().derived(Derived::Uuid),
        child(&general::HWUUID).since("11.7.0"),
        child(&general::GENID).filled_by_libvirt(),
        child(&metadata::TITLE),
        child(&metadata::DESCRIPTION),
        child(&metadata::METADATA),
        child(&memory::MAX_MEMORY),
        child(&memory::MEMORY),
        child(&memory::CURRENT_MEMORY).filled_by_libvirt(),
        child(&tune::BLKIOTUNE),
        child(&tune::MEMTUNE),
        child(&memory::MEMORY_BACKING),
        child(&vcpu::VCPU).filled_by_libvirt(),
        child(&vcpu::VCPUS),
        child(&vcpu::IOTHREADS),
        child(&vcpu::IOTHREADIDS),
        child(&vcpu::DEFAULTIOTHREAD),
        child(&tune::THROTTLEGROUPS).since("11.2.0"),
        child(&vcpu::CPUTUNE),
        child(&tune::NUMATUNE),
        child(&tune::IOMMUFD).since("12.2.0"),
        child(&tune::RESOURCE).filled_by_libvirt().generated(Generated::WhileRunning(&DEFAULT_PARTITION)),
        child(&os::SYSINFO).many(),
        child(&os::BOOTLOADER),
        child(&os::BOOTLOADER_ARGS),
        // The schema does without it; libvirt only where there is a `bootloader` (`virDomainDefParseXML`).
        child(&os::OS).by_parser().only(no_child("bootloader")),
        child(&os::OS),
        child(&general::IDMAP),
        child(&features::FEATURES).filled_by_libvirt(),
        child(&cpu::CPU).filled_by_libvirt(),
        child(&clock::CLOCK).filled_by_libvirt(),
        child(&clock::ON_POWEROFF).filled_by_libvirt(),
        child(&clock::ON_REBOOT).filled_by_libvirt(),
        child(&clock::ON_CRASH).filled_by_libvirt(),
        child(&clock::ON_LOCKFAILURE),
        child(&clock::PM).filled_by_libvirt(),
        child(&clock::PERF),
        child(&devices::DEVICES).filled_by_libvirt().units(),
        child(&SECLABEL).many().filled_by_libvirt().generated(Generated::Where(&[MADE_UP_LABEL])),
        child(&launch_security::KEYWRAP),
        child(&launch_security::LAUNCH_SECURITY),
        child(&namespaces::QEMU_COMMANDLINE),
        child(&namespaces::QEMU_CAPABILITIES),
        child(&namespaces::QEMU_OVERRIDE),
        child(&namespaces::QEMU_DEPRECATION),
        child(&namespaces::LXC_NAMESPACE),
        child(&namespaces::XEN_COMMANDLINE),
        child(&namespaces::BHYVE_COMMANDLINE),
        child(&namespaces::VMWARE_DATACENTERPATH),
    ]);
