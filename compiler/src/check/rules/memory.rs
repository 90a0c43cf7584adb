//! Memory: how much there is, how it grows, and who shares it.

use std::cmp::Ordering;

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::CPU;
use nixvirt_schema::domain::devices::{disk, filesystem, interface, memory, shmem};
use nixvirt_schema::domain::memory::MEMORY_BACKING;
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::code::{machine, refused};
use crate::check::{ASKED, Check, Holds, Rule, at, child, lacks, may_have};
use crate::document::Node;
use crate::document::amount::amount;

pub(super) const RULES: &[&Rule] =
    &[&MAX_MEMORY_BELOW, &MEMORY_DEVICE, &MEMORY_NOT_SHARED, &MEMORY_ZERO, &SHARED_MEMORY_SIZE];

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
    with: &[],
    versions: Versions::ALL,
    check: |check| {
        let memory = child(check.root(), child_name!(DOMAIN, "memory"));
        let total = match memory {
            None => lacks(check.root(), child_name!(DOMAIN, "memory")).then_some(0),
            Some(memory) => amount(memory),
        };
        let (Some(total), false, Some(plugged)) = (total, may_have_cells(check), plugged(check)) else {
            return;
        };
        let place = memory.unwrap_or(check.root());
        let message = match total.cmp(&plugged) {
            Ordering::Equal if plugged == 0 => "a machine needs memory",
            Ordering::Equal => "all of the memory is that of memory devices",
            Ordering::Less => "the memory devices have more memory than `memory`, which counts them",
            Ordering::Greater => return,
        };
        check
            .rule_problem(place, None, message.to_owned())
            .help("write `memory = { count = 1; unit = \"GiB\"; }`")
            .add();
    },
};

/// The memory of all memory devices together.
fn plugged(check: &Check<'_, '_>) -> Option<u128> {
    let size = |device: &Node<'_>| {
        let target = child(device, child_name!(memory::MEMORY, "target"))?;
        amount(child(target, child_name!(memory::TARGET, "size"))?)
    };
    check.devices_of(&memory::MEMORY).map(size).sum()
}

static MEMORY_DEVICE: Rule = Rule {
    code: refused(
        "memory-device",
        "A memory device does not fit the machine.",
        "A machine with memory devices has `maxMemory`, with a slot for each `dimm` and `nvdimm`, and NUMA cells, of which each \
         device names one that exists (a `virtio-pmem` none). An `nvdimm` and a `virtio-pmem` have a file: `source.path`.",
        machine!("devices.memory = { model = \"dimm\"; target.size = { count = 128; unit = \"MiB\"; }; };"),
        machine!(
            "maxMemory = { count = 4; unit = \"GiB\"; slots = 4; }; cpu.numa.cell = { cpus = \"0-1\"; memory = 1048576; };
  devices.memory = { model = \"dimm\"; target = { size = { count = 128; unit = \"MiB\"; }; node = 0; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuDomainDefValidateMemoryHotplug in src/qemu/qemu_domain.c; virDomainMemoryDefValidate",
    holds: Holds::Qemu,
    with: &[memory::MEMORY.name],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let devices: Vec<&Node<'_>> =
            check.devices_of(&memory::MEMORY).map(|device| device as &Node<'_>).collect();
        let model = |device: &Node<'_>| device.get(attribute!(memory::MEMORY, "model")).map(str::to_owned);
        let slots = match child(root, child_name!(DOMAIN, "maxMemory")) {
            None if !lacks(root, child_name!(DOMAIN, "maxMemory")) => return,
            None => None,
            Some(most) => match most.get(below!(DOMAIN, "maxMemory", "slots").1) {
                None => return,
                slots => slots.and_then(nixvirt_schema::parse_number),
            },
        };
        let Some(given_cells) = check.cells().map(|cells| cells.len() as u64) else { return };
        // Where there is none, `maxMemory` makes libvirt add one, and the devices are of that.
        let cells = if slots.is_some() { given_cells.max(1) } else { given_cells };
        let mut used = 0;
        for device in &devices {
            let Some(model) = model(device).filter(|model| model != "sgx-epc") else { continue };
            let is_dimm = matches!(&*model, "dimm" | "nvdimm");
            used += u64::from(is_dimm);
            let target = child(device, child_name!(memory::MEMORY, "target"));
            let node = target.and_then(|target| child(target, child_name!(memory::TARGET, "node")));
            let number = node.and_then(|node| node.text.as_ref()?.text.parse::<u64>().ok());
            let source = child(device, child_name!(memory::MEMORY, "source"));
            let no_path = match source {
                None => lacks(device, child_name!(memory::MEMORY, "source")),
                Some(source) => lacks(source, child_name!(memory::SOURCE, "path")),
            };
            let given = at(device, below!(disk::DISK, "address", "type"));
            let message = match slots {
                None => "memory devices need `maxMemory`".to_owned(),
                Some(slots) if is_dimm && used > slots => {
                    format!("there are more memory devices than the {slots} slots of `maxMemory`")
                }
                _ if is_dimm && given.is_some_and(|given| given != "dimm") => {
                    format!("a `{model}` has an address of the type `dimm`")
                }
                _ if number.is_some_and(|number| number >= cells) => "there is no such NUMA cell".to_owned(),
                _ if model == "virtio-pmem" && node.is_some() => "a `virtio-pmem` is of no NUMA cell".to_owned(),
                _ if model != "virtio-pmem" && given_cells > 0 && node.is_none() && target.is_some_and(|it| !it.broken) => {
                    format!("a `{model}` names the NUMA cell that it is of: `target.node`")
                }
                _ if matches!(&*model, "nvdimm" | "virtio-pmem") && no_path => {
                    format!("a `{model}` needs a file: `source.path`")
                }
                _ => continue,
            };
            check.say(device, None, message);
        }
        let slot = |device: &&'_ Node<'_>| {
            let address = child(device, child_name!(memory::MEMORY, "address"))?;
            let is_dimm = address.get(attribute!(ADDRESS, "type")) == Some("dimm");
            let slot = address.get(attribute!(ADDRESS, "slot")).and_then(nixvirt_schema::parse_number);
            slot.filter(|_| is_dimm)
        };
        let mut found = Vec::new();
        for device in &devices {
            found.extend(slot(device).map(|slot| (slot, *device)));
        }
        for (slot, device, other) in crate::check::repeats(found) {
            let related = check.related(other, "the other one is here");
            let message = format!("the memory slot {slot} is used by two devices");
            check.rule_problem(device, Some("address"), message).with(related).add();
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
    with: &[child_name!(DOMAIN, "maxMemory")],
    versions: Versions::ALL,
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

/// The reason for which a device needs shared memory. (A vhost-user video device does as well, which libvirt notices
/// at the start only.)
fn shares(check: &Check<'_, '_>, device: &Node<'_>) -> Option<&'static str> {
    let is = |element| std::ptr::eq(device.element, element);
    if is(&filesystem::FILESYSTEM) {
        let virtiofs = at(device, below!(filesystem::FILESYSTEM, "driver", "type")) == Some("virtiofs");
        return virtiofs.then_some("virtiofs");
    }
    if is(&interface::INTERFACE) || is(&disk::DISK) {
        let vhost_user = device.get(attribute!(disk::DISK, "type")) == Some("vhostuser");
        // 9.0 does not look at network cards.
        let vhost_user = vhost_user && (is(&disk::DISK) || check.libvirt() >= ASKED);
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
    with: &[filesystem::FILESYSTEM.name, interface::INTERFACE.name, disk::DISK.name],
    versions: Versions::ALL,
    check: |check| {
        // On s390 and others virtiofs has further needs, which are said by libvirt.
        if check.is_x86() == Some(false) || !is_private(check) {
            return;
        }
        let found: Vec<_> =
            check.devices().filter_map(|device| Some((device, shares(check, device)?))).collect();
        for (device, what) in found {
            let message = format!("{what} needs memory that the machine shares with other processes");
            let help = "write `memoryBacking = { source.type = \"memfd\"; access.mode = \"shared\"; }`";
            check.rule_problem(device, None, message).help(help).add_of_cause("so does this one");
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
    with: &[shmem::SHMEM.name],
    versions: Versions::ALL.since("11.3.0"),
    check: |check| {
        for device in check.devices_of(&shmem::SHMEM) {
            let Some(size) = child(device, child_name!(shmem::SHMEM, "size")) else { continue };
            let Some(bytes) = amount(size).filter(|bytes| *bytes > 0) else { continue };
            if !bytes.is_power_of_two() || bytes < 1024 * 1024 {
                let message = "the size is no power of two of at least 1 MiB".to_owned();
                check
                    .rule_problem(device, Some("size"), message)
                    .help("write a power of two, such as 4 MiB")
                    .add();
            }
        }
    },
};
