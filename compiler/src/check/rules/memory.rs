//! Memory: how much there is, how it grows, and who shares it.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::CPU;
use nixvirt_schema::domain::devices::{disk, filesystem, interface, shmem};
use nixvirt_schema::domain::memory::MEMORY_BACKING;
use nixvirt_schema::{attribute, below, child_name};

use super::{machine, refused};
use crate::check::{Check, Holds, Rule, at, child, lacks, may_have};
use crate::document::Node;
use crate::document::amount::amount;

pub(super) const RULES: &[&Rule] =
    &[&MAX_MEMORY_BELOW, &MEMORY_NOT_SHARED, &MEMORY_ZERO, &SHARED_MEMORY_SIZE];

/// Whether a domain has NUMA cells, or may have some.
fn may_have_cells(check: &Check<'_, '_>) -> bool {
    match child(check.root(), child_name!(DOMAIN, "cpu")) {
        None => may_have(check.root(), child_name!(DOMAIN, "cpu")),
        Some(cpu) => !lacks(cpu, child_name!(CPU, "numa")),
    }
}

static MEMORY_ZERO: Rule = Rule {
    code: refused(
        "memory-zero",
        "The machine has no memory.",
        "A machine needs memory: its own, or that of its NUMA cells. A number without a unit counts KiB.",
        "{
  type = \"kvm\"; name = \"web\"; memory = 0;
  os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };
}",
        "{
  type = \"kvm\"; name = \"web\"; memory = { count = 1; unit = \"GiB\"; };
  os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };
}",
    ),
    kind: "domain",
    mirrors: "virDomainDefPostParseMemory in src/conf/domain_postparse.c",
    // OpenVZ, for one, does without memory.
    holds: Holds::Qemu,
    check: |check| {
        let Some(memory) = child(check.root(), child_name!(DOMAIN, "memory")) else { return };
        if amount(memory) == Some(0) && !may_have_cells(check) {
            check
                .finding(memory, None, "a machine needs memory".to_owned())
                .help("write `memory = { count = 1; unit = \"GiB\"; }`")
                .add();
        }
    },
};

static MAX_MEMORY_BELOW: Rule = Rule {
    code: refused(
        "max-memory-below",
        "The machine can grow to less memory than it has.",
        "`maxMemory` is how much memory the machine can have with all that is plugged in, so that it is no less than \
         `memory`.",
        machine!("maxMemory = { count = 512; unit = \"MiB\"; slots = 4; };"),
        machine!("maxMemory = { count = 4; unit = \"GiB\"; slots = 4; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDefPostParseMemory in src/conf/domain_postparse.c",
    holds: Holds::Always,
    check: |check| {
        let root = check.root();
        let part = |name| child(root, name).and_then(amount);
        let (memory, most) = (part(child_name!(DOMAIN, "memory")), part(child_name!(DOMAIN, "maxMemory")));
        if let (Some(memory), Some(most), Some(node)) =
            (memory, most, child(root, child_name!(DOMAIN, "maxMemory")))
            && most < memory
            && most > 0
            && !may_have_cells(check)
        {
            let message = "`maxMemory` is less than `memory`".to_owned();
            check.say(node, None, message);
        }
    },
};

/// Whether the memory of a domain is certainly not shared with other processes.
fn is_private(check: &Check<'_, '_>) -> bool {
    let root = check.root();
    let shared = match child(root, child_name!(DOMAIN, "memoryBacking")) {
        None => may_have(root, child_name!(DOMAIN, "memoryBacking")),
        Some(backing) => match at(backing, below!(MEMORY_BACKING, "access", "mode")) {
            Some(mode) => mode == "shared",
            None => !lacks(backing, child_name!(MEMORY_BACKING, "access")),
        },
    };
    !shared && !may_have_cells(check)
}

/// What a device needs shared memory for. (A vhost-user video device does as well, which libvirt notices at the start only.)
fn shares(device: &Node<'_>) -> Option<&'static str> {
    let is = |element| std::ptr::eq(device.element, element);
    if is(&filesystem::FILESYSTEM) {
        let virtiofs = at(device, below!(filesystem::FILESYSTEM, "driver", "type")) == Some("virtiofs");
        return virtiofs.then_some("virtiofs");
    }
    if is(&interface::INTERFACE) || is(&disk::DISK) {
        let vhost_user = device.get(attribute!(disk::DISK, "type")) == Some("vhostuser");
        return vhost_user.then_some("vhost-user");
    }
    None
}

static MEMORY_NOT_SHARED: Rule = Rule {
    code: refused(
        "memory-not-shared",
        "A device is served by another process, which cannot reach the machine's memory.",
        "virtiofs and vhost-user devices are run by a process beside QEMU, which needs the machine's memory to be \
         shared: `memoryBacking = { source.type = \"memfd\"; access.mode = \"shared\"; }`.",
        machine!(
            "devices.filesystem = { driver.type = \"virtiofs\"; source.dir = \"/srv\"; target.dir = \"srv\"; };"
        ),
        machine!(
            "memoryBacking = { source.type = \"memfd\"; access.mode = \"shared\"; };
  devices.filesystem = { driver.type = \"virtiofs\"; source.dir = \"/srv\"; target.dir = \"srv\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefVhostUserRequireSharedMemory in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    check: |check| {
        // On s390 and others virtiofs has further needs, which are said by libvirt.
        if check.is_x86() == Some(false) || !is_private(check) {
            return;
        }
        let found: Vec<_> = check.devices().filter_map(|device| Some((device, shares(device)?))).collect();
        for (device, what) in found {
            let message = format!("{what} needs memory that the machine shares with other processes");
            let help = "write `memoryBacking = { source.type = \"memfd\"; access.mode = \"shared\"; }`";
            check.finding(device, None, message).help(help).add();
        }
    },
};

static SHARED_MEMORY_SIZE: Rule = Rule {
    code: refused(
        "shmem-size",
        "Shared memory has a size that is no power of two, or is smaller than 1 MiB.",
        "The device's memory is a PCI region, whose size is a power of two.",
        machine!(
            "devices.shmem = { name = \"s\"; model.type = \"ivshmem-plain\"; size = { count = 3; unit = \"MiB\"; }; };"
        ),
        machine!(
            "devices.shmem = { name = \"s\"; model.type = \"ivshmem-plain\"; size = { count = 4; unit = \"MiB\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefShmem in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    check: |check| {
        let found: Vec<_> = check.devices_of(&shmem::SHMEM).collect();
        for device in found {
            let Some(size) = child(device, child_name!(shmem::SHMEM, "size")) else { continue };
            let Some(bytes) = amount(size).filter(|bytes| *bytes > 0) else { continue };
            if !bytes.is_power_of_two() || bytes < 1024 * 1024 {
                let message = "the size is no power of two of at least 1 MiB".to_owned();
                check
                    .finding(device, Some("size"), message)
                    .help("write a power of two, such as 4 MiB")
                    .add();
            }
        }
    },
};
