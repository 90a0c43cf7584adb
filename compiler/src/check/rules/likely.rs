//! Warnings of definitions that libvirt takes and that are very probably mistakes.

use std::collections::BTreeSet;

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::CPU;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::graphics::GRAPHICS;
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::domain::vcpu::{CPUTUNE, VCPU};
use nixvirt_schema::volume::VOLUME;
use nixvirt_schema::{Versions, attribute, below, child_name, way};

use super::{machine, warned};
use crate::check::{Check, Holds, Rule, at, child, lacks, text_of};
use crate::document::Node;
use crate::document::amount::amount;
use crate::document::foreign::Foreign;
use crate::secrets::SECRETS;

pub(super) const RULES: &[&Rule] = &[
    &BOOT_WITHOUT_MEDIUM,
    &CURRENT_MEMORY_ABOVE,
    &FOREIGN_WORD,
    &IOTHREAD_UNUSED,
    &MACHINE_TYPE_OLD,
    &MEMORY_TINY,
    &RAW_OVERLAY,
    &RUNNING_MACHINE,
    &SCREEN_OPEN,
    &VCPU_PIN_BEYOND,
    &VCPUS_PARTLY_PINNED,
];

/// The text of a child, where it is valid.
fn text<'n>(node: &'n Node<'_>, name: &'static str) -> Option<&'n str> {
    text_of(child(node, name)?)
}

static CURRENT_MEMORY_ABOVE: Rule = Rule {
    code: warned(
        "current-memory-above",
        "`currentMemory` is more than `memory`.",
        "The balloon takes memory away from what a machine has, and cannot add to it: libvirt lowers `currentMemory` to `memory` \
         without a word.",
        r#"{ type = "kvm"; name = "web"; memory = { count = 1; unit = "GiB"; };
  currentMemory = { count = 2; unit = "GiB"; }; os = { type = "hvm"; arch = "x86_64"; machine = "q35"; }; }"#,
        r#"{ type = "kvm"; name = "web"; memory = { count = 2; unit = "GiB"; };
  currentMemory = { count = 1; unit = "GiB"; }; os = { type = "hvm"; arch = "x86_64"; machine = "q35"; }; }"#,
    ),
    kind: "domain",
    mirrors: "virDomainDefPostParseMemory in src/conf/domain_postparse.c",
    holds: Holds::Always,
    with: &[child_name!(DOMAIN, "currentMemory")],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let Some(current) = child(root, child_name!(DOMAIN, "currentMemory")) else { return };
        let Some(memory) = child(root, child_name!(DOMAIN, "memory")) else { return };
        // Cells decide about the memory where there are any.
        if child(root, child_name!(DOMAIN, "cpu")).is_some_and(|cpu| child(cpu, "numa").is_some()) {
            return;
        }
        if let (Some(has), Some(left)) = (amount(memory), amount(current))
            && left > has
        {
            let related = check.related(memory, "the memory is here");
            let message = "the balloon cannot leave more memory than there is".to_owned();
            let help = "libvirt takes `memory` for it: raise that, or leave `currentMemory` out";
            check.rule_problem(current, None, message).help(help).with(related).add();
        }
    },
};

static FOREIGN_WORD: Rule = Rule {
    code: warned(
        "foreign-word",
        "A value that libvirt takes for a name is another program's word for something.",
        "QEMU with KVM runs fully virtualised machines: `os.type` is `hvm`, whatever system the guest runs. `pc-q35` and `pc-i440fx` are the \
         beginnings of machine types (`pc-q35-9.2`); the newest of each is called `q35` and `pc`. `host` is no model of a CPU, but what QEMU \
         calls the mode `host-passthrough`.",
        machine!("cpu = { mode = \"custom\"; model = \"host\"; };"),
        machine!("cpu.mode = \"host-passthrough\";"),
    ),
    kind: "domain",
    mirrors: "virCapabilitiesDomainDataLookup in src/conf/capabilities.c; qemuValidateDomainDef in src/qemu/qemu_validate.c; \
              virCPUx86 in src/cpu/cpu_x86.c",
    holds: Holds::Qemu,
    with: &[],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        if let Some(os) =
            child(root, child_name!(DOMAIN, "os")).and_then(|os| child(os, child_name!(OS, "type")))
        {
            if let Some(kind) = text_of(os).filter(|kind| matches!(*kind, "linux" | "xen" | "xenpvh")) {
                let message = format!("QEMU runs no machines of the type `{kind}`");
                check.rule_problem(os, None, message).help("write `type = \"hvm\"`").add();
            }
            let machine = below!(OS, "type", "machine").1;
            let families = os.element.attributes.iter().find(|entry| entry.name == machine);
            let families = families.map_or(&[][..], |entry| entry.families);
            if let Some(given) = os.get(machine)
                && let Some((newest, _)) = families.iter().find(|(_, family)| *family == given)
            {
                let message = format!("there is no machine type `{given}`");
                check
                    .rule_problem(os, Some(machine), message)
                    .help(format!("write {newest:?} for the newest, or one with its version"))
                    .add();
            }
        }
        let cpu = child(root, child_name!(DOMAIN, "cpu"));
        if let Some(model) = cpu.and_then(|cpu| child(cpu, child_name!(CPU, "model")))
            && text_of(model) == Some("host")
        {
            let message = "there is no CPU model `host`".to_owned();
            check.rule_problem(model, None, message).help("write `cpu.mode = \"host-passthrough\"`").add();
        }
    },
};

static RUNNING_MACHINE: Rule = Rule {
    code: warned(
        "running-machine",
        "The domain is the description of a running machine.",
        "`virsh dumpxml` of a running machine has what holds for this run alone: its id, the names of its host devices (`vnet3`), the port \
         of its screen, the CPU in all its features, the addresses of all devices. Who declares that pins all of it. `virsh dumpxml \
         --inactive` has the definition; `nixvirt-compile import` leaves out what only a running machine has.",
        machine!("id = 3;"),
        machine!(""),
    ),
    kind: "domain",
    mirrors: "virDomainDefFormatInternal in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[attribute!(DOMAIN, "id")],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let name = attribute!(DOMAIN, "id");
        let Some(id) = root.get(name).filter(|id| *id != "-1") else { return };
        let message = format!("this describes a running machine, which has the id {id}");
        let help = "take `virsh dumpxml --inactive`, or `nixvirt-compile import`: what holds for one run alone is pinned otherwise";
        check.rule_problem(root, Some(name), message).help(help).add();
    },
};

static MEMORY_TINY: Rule = Rule {
    code: warned(
        "memory-tiny",
        "A machine has less than 16 MiB of memory, as a number without a unit.",
        "libvirt counts `memory` in KiB where it has no `unit`. A machine of a few thousand KiB cannot start anything, so that \
         MiB or GiB were probably meant.",
        r#"{ type = "kvm"; name = "web"; memory = 4096; os = { type = "hvm"; arch = "x86_64"; machine = "q35"; }; }"#,
        r#"{ type = "kvm"; name = "web"; memory = { count = 4096; unit = "MiB"; };
  os = { type = "hvm"; arch = "x86_64"; machine = "q35"; }; }"#,
    ),
    kind: "domain",
    mirrors: "virDomainParseScaledValue in src/conf/domain_conf.c",
    holds: Holds::Qemu,
    with: &[],
    versions: Versions::ALL,
    check: |check| {
        // A definition without an architecture is a sketch, in which any number will do.
        if check.arch().is_none() {
            return;
        }
        const LEAST: u128 = 16 << 20;
        let Some(memory) = child(check.root(), child_name!(DOMAIN, "memory")) else { return };
        let unit = way!(DOMAIN, "memory", "unit")[1];
        let Some(bytes) = amount(memory).filter(|bytes| (1..LEAST).contains(bytes) && lacks(memory, unit))
        else {
            return;
        };
        let count = bytes >> 10;
        let unit = if count < 256 { "GiB" } else { "MiB" };
        let message = format!("the machine has {count} KiB of memory");
        let help = format!(
            "a number without a unit counts KiB: did you mean {{ count = {count}; unit = \"{unit}\"; }}?"
        );
        check.rule_problem(memory, None, message).help(help).add();
    },
};

static IOTHREAD_UNUSED: Rule = Rule {
    code: warned(
        "iothread-unused",
        "A machine has I/O threads, and no device uses one.",
        "An I/O thread serves the disks and controllers that name it in `driver.iothread`, and no others. A disk on the bus `virtio` can \
         have one, and a controller of the model `virtio-scsi` for all of its disks.",
        machine!(
            "iothreads.count = 1; devices.disk = { source.file = \"/a.img\"; target = { dev = \"vda\"; bus = \"virtio\"; }; };"
        ),
        machine!(
            "iothreads.count = 1; devices.disk = { driver.iothread = 1; source.file = \"/a.img\"; target = { dev = \"vda\"; bus = \"virtio\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuBuildIOThreadCommandLine in src/qemu/qemu_command.c",
    holds: Holds::Qemu,
    with: &[child_name!(DOMAIN, "iothreads")],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let Some(threads) = child(root, child_name!(DOMAIN, "iothreads")) else { return };
        let count = text(root, child_name!(DOMAIN, "iothreads")).and_then(|count| count.parse::<u32>().ok());
        if count.is_none_or(|count| count == 0)
            || check.qemu_gets_more()
            // A user who numbers them means to plug in devices that use them.
            || !lacks(root, child_name!(DOMAIN, "iothreadids"))
            || may_use_thread(root)
        {
            return;
        }
        let message = "no device uses an I/O thread".to_owned();
        let help = "write `driver.iothread = 1` in a disk on `virtio` or in a `virtio-scsi` controller";
        check.rule_problem(threads, None, message).help(help).add();
    },
};

/// Whether a device uses an I/O thread, or may for all that is known.
fn may_use_thread(root: &Node<'_>) -> bool {
    fn uses(node: &Node<'_>) -> bool {
        let (one, many) = (way!(DISK, "driver", "iothread")[1], way!(DISK, "driver", "iothreads")[1]);
        !lacks(node, one) || !lacks(node, many) || node.children.iter().any(uses)
    }
    let devices = child_name!(DOMAIN, "devices");
    let mut holders = root.children_named(devices).peekable();
    let unknown = holders.peek().is_none() && !lacks(root, devices);
    unknown || holders.any(uses)
}

/// The vCPUs of a machine, and those that are pinned, with the nodes that say so.
fn pins<'n>(root: &'n Node<'_>) -> Option<(u32, Vec<(u32, &'n Node<'n>)>)> {
    let vcpu = child_name!(DOMAIN, "vcpu");
    let count = match child(root, vcpu) {
        Some(_) => text(root, vcpu)?.parse().ok()?,
        None => lacks(root, vcpu).then_some(1)?,
    };
    let tune = child(root, child_name!(DOMAIN, "cputune"))?;
    let (pin, which) = below!(CPUTUNE, "vcpupin", "vcpu");
    let pins =
        tune.children_named(pin).filter_map(|pin| Some((pin.get(which)?.parse().ok()?, pin as &Node<'_>)));
    Some((count, pins.collect()))
}

static VCPU_PIN_BEYOND: Rule = Rule {
    code: warned(
        "vcpu-pin-beyond",
        "A vCPU is pinned that the machine does not have.",
        "The vCPUs are counted from 0, so that a machine with `vcpu = 4` has 0 to 3. libvirt drops the others of `cputune.vcpupin` without a \
         word.",
        machine!(
            "cputune.vcpupin = [ { vcpu = 1; cpuset = \"2\"; } { vcpu = 0; cpuset = \"1\"; } { vcpu = 2; cpuset = \"3\"; } ];"
        ),
        machine!("cputune.vcpupin = [ { vcpu = 0; cpuset = \"2\"; } { vcpu = 1; cpuset = \"3\"; } ];"),
    ),
    kind: "domain",
    mirrors: "virDomainVcpuPinDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DOMAIN, "cputune")],
    versions: Versions::ALL,
    check: |check| {
        let Some((count, pins)) = pins(check.root()) else { return };
        for (vcpu, pin) in pins.into_iter().filter(|(vcpu, _)| *vcpu >= count) {
            let message = format!("there is no vCPU {vcpu}: the machine has {count}, counted from 0");
            check.say(pin, Some(below!(CPUTUNE, "vcpupin", "vcpu").1), message);
        }
    },
};

static VCPUS_PARTLY_PINNED: Rule = Rule {
    code: warned(
        "vcpus-partly-pinned",
        "Some vCPUs are pinned, and others are not.",
        "A vCPU that is not pinned runs on any of the host's CPUs, those of the pinned ones included. `vcpu.cpuset` says where vCPUs run \
         that `cputune.vcpupin` does not name.",
        machine!("cputune.vcpupin = { vcpu = 0; cpuset = \"2\"; };"),
        machine!("cputune.vcpupin = [ { vcpu = 0; cpuset = \"2\"; } { vcpu = 1; cpuset = \"3\"; } ];"),
    ),
    kind: "domain",
    mirrors: "qemuProcessSetupVcpu in src/qemu/qemu_process.c",
    holds: Holds::Qemu,
    with: &[child_name!(DOMAIN, "cputune")],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let Some((count, pins)) = pins(root) else { return };
        let elsewhere = [attribute!(VCPU, "cpuset"), attribute!(VCPU, "placement")];
        let vcpu = child(root, child_name!(DOMAIN, "vcpu"));
        if vcpu.is_some_and(|vcpu| elsewhere.iter().any(|name| !lacks(vcpu, name))) {
            return;
        }
        // A vCPU that is pinned twice may be a misspelt number of another one.
        let twice = pins.len() != pins.iter().map(|(vcpu, _)| vcpu).collect::<BTreeSet<_>>().len();
        let pinned: BTreeSet<u32> = pins.iter().map(|(vcpu, _)| *vcpu).filter(|vcpu| *vcpu < count).collect();
        let tune = child(root, child_name!(DOMAIN, "cputune"));
        let known =
            tune.is_some_and(|tune| !crate::check::may_have(tune, below!(CPUTUNE, "vcpupin", "vcpu").0));
        let free: Vec<u32> = (0..count).filter(|vcpu| !pinned.contains(vcpu)).take(2).collect();
        if let (Some(&(_, pin)), [first, ..], true, false) =
            (pins.first(), &free[..], known && !twice, pinned.is_empty())
        {
            let message = format!("vCPU {first} is pinned nowhere, and others are");
            let help = "pin every vCPU, or say in `vcpu.cpuset` where the others run";
            check.rule_problem(pin, None, message).help(help).add();
        }
    },
};

static SCREEN_OPEN: Rule = Rule {
    code: warned(
        "screen-open",
        "A screen is open to whoever reaches the host: it listens at every address, without a password.",
        "Whoever reaches the port has the machine's screen, keyboard and mouse. Let it listen at `127.0.0.1` and come by SSH, or give it a \
         password: `passwd.file = \"/run/secrets/...\"` is read when it is applied. SPICE is closed by \
         `defaultMode = \"secure\"`, too. If QEMU's own configuration asks for a password or TLS, allow this code.",
        machine!(
            "devices.graphics = { type = \"vnc\"; autoport = true; listen = { type = \"address\"; address = \"0.0.0.0\"; }; };"
        ),
        machine!(
            "devices.graphics = { type = \"vnc\"; autoport = true; listen = { type = \"address\"; address = \"127.0.0.1\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuBuildGraphicsVNCCommandLine in src/qemu/qemu_command.c",
    holds: Holds::Qemu,
    with: &[GRAPHICS.name],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        if has_secret_files(root) || check.qemu_gets_more() {
            return;
        }
        let open = |address: Option<&str>| matches!(address, Some("0.0.0.0" | "::" | "0::0"));
        let listen = below!(GRAPHICS, "listen", "address");
        let screens: Vec<_> = check.devices_of(&GRAPHICS).collect();
        for screen in screens {
            let kind = screen.get(attribute!(GRAPHICS, "type"));
            let secure = screen.get(attribute!(GRAPHICS, "defaultMode")) == Some("secure");
            let everywhere = screen.children_named(listen.0).any(|listen| open(listen.get("address")))
                || open(screen.get(attribute!(GRAPHICS, "listen")));
            let bare = lacks(screen, attribute!(GRAPHICS, "passwd"));
            if matches!(kind, Some("vnc" | "spice")) && everywhere && bare && !secure {
                let message =
                    "the screen listens at every address of the host, and asks for no password".to_owned();
                let help = "let it listen at \"127.0.0.1\", or write `passwd.file = \"/run/secrets/...\"`";
                check.rule_problem(screen, None, message).help(help).add();
            }
        }
    },
};

/// Whether secrets of the machine are in files, which its `metadata` says.
fn has_secret_files(root: &Node<'_>) -> bool {
    let Some(metadata) = child(root, child_name!(DOMAIN, "metadata")) else { return false };
    metadata.foreign.iter().any(|foreign| match foreign {
        Foreign::Element(element) => element.attributes.iter().any(|(_, value)| value == SECRETS),
        _ => false,
    }) || metadata.declared.iter().any(|(_, name)| name == SECRETS)
}

static BOOT_WITHOUT_MEDIUM: Rule = Rule {
    code: warned(
        "boot-without-medium",
        "A machine boots from nothing but a drive without a medium.",
        "libvirt has QEMU try the devices that `os.boot` or `boot.order` name, and no others. Add the disk, such as \
         `os.boot = [ { dev = \"cdrom\"; } { dev = \"hd\"; } ]`, or put a medium in.",
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; boot = { dev = \"cdrom\"; }; };",
            "devices.disk = [
    { device = \"cdrom\"; target = { dev = \"sda\"; bus = \"sata\"; }; }
    { source.file = \"/a.img\"; target = { dev = \"vda\"; bus = \"virtio\"; }; }
  ];"
        ),
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; boot = [ { dev = \"cdrom\"; } { dev = \"hd\"; } ]; };",
            "devices.disk = [
    { device = \"cdrom\"; target = { dev = \"sda\"; bus = \"sata\"; }; }
    { source.file = \"/a.img\"; target = { dev = \"vda\"; bus = \"virtio\"; }; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "qemuBuildBootCommandLine in src/qemu/qemu_command.c",
    holds: Holds::Qemu,
    with: &[below!(OS, "boot", "dev").0],
    versions: Versions::ALL,
    check: |check| {
        let place = boots_from_empty_drives(check).filter(|_| !check.qemu_gets_more());
        let Some(place) = place else { return };
        let message = "the machine boots from nothing but a drive without a medium".to_owned();
        let help = "name the disk to boot from as well, or put a medium into the drive";
        check.rule_problem(place, None, message).help(help).add();
    },
};

/// Where it is said what a machine boots from, if that is nothing but drives without a medium.
fn boots_from_empty_drives<'c, 'a>(check: &Check<'c, 'a>) -> Option<&'c Node<'a>> {
    let os = child(check.root(), child_name!(DOMAIN, "os"))?;
    let otherwise = [child_name!(OS, "kernel"), child_name!(OS, "bootmenu")];
    if !otherwise.iter().all(|name| lacks(os, name))
        || check.may_have_device(way!(DOMAIN, "devices", "disk")[1])
    {
        return None;
    }
    let device = attribute!(DISK, "device");
    let empty = |disk: &Node<'_>| lacks(disk, child_name!(DISK, "source"));
    let (boot, dev) = below!(OS, "boot", "dev");
    let named: Vec<&Node<'_>> = os.children_named(boot).collect();
    if let Some(first) = named.first() {
        let drive = |dev: &str| match dev {
            "cdrom" => Some("cdrom"),
            "fd" => Some("floppy"),
            _ => None,
        };
        let tried: Vec<&str> = named.iter().map(|boot| drive(boot.get(dev)?)).collect::<Option<_>>()?;
        let of_kind = |disk: &&Node<'_>| disk.get(device).is_some_and(|kind| tried.contains(&kind));
        let all_empty = check.devices_of(&DISK).filter(|disk| of_kind(&&**disk)).all(empty);
        return all_empty.then_some(*first);
    }
    if !lacks(os, boot) {
        return None;
    }
    let order = below!(DISK, "boot", "order");
    let mut ordered = check.devices().filter(|device| at(device, order).is_some()).peekable();
    let first = *ordered.peek()?;
    let drive = |disk: &Node<'_>| {
        let is_drive = matches!(disk.get(device), Some("cdrom" | "floppy"));
        std::ptr::eq(disk.element, &DISK) && is_drive && empty(disk)
    };
    ordered.all(drive).then_some(first)
}

static MACHINE_TYPE_OLD: Rule = Rule {
    code: warned(
        "machine-type-old",
        "The version of a machine type is one that QEMU gives up.",
        "QEMU keeps a version of a machine type for six years. Those of the PC before 5.0 (2020) go with QEMU 11, and some are gone already: the \
         machine does not start then. `q35` and `pc` stand for the newest version. A change is new hardware to the guest, and Windows may ask \
         to be activated.",
        machine!("os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"pc-q35-4.2\"; };", ""),
        machine!("os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };", ""),
    ),
    kind: "domain",
    mirrors: "MACHINE_VER_SHOULD_DELETE in QEMU's include/hw/boards.h",
    holds: Holds::Qemu,
    with: &[below!(OS, "type", "machine").1],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let (kind, name) = below!(OS, "type", "machine");
        let Some(os) = child(root, child_name!(DOMAIN, "os")) else { return };
        let Some(kind) = child(os, kind) else { return };
        let Some(machine) = kind.get(name) else { return };
        let version = ["pc-q35-", "pc-i440fx-", "pc-"].iter().find_map(|begin| machine.strip_prefix(begin));
        let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
        if major.is_some_and(|major| major < 5) {
            let newest = if machine.starts_with("pc-q35-") { "q35" } else { "pc" };
            let message = format!("QEMU gives up the machine type `{machine}`");
            let help = format!("write `machine = \"{newest}\"` for the newest version");
            check.rule_problem(kind, Some(name), message).help(help).add();
        }
    },
};

static RAW_OVERLAY: Rule = Rule {
    code: warned(
        "raw-overlay",
        "A raw volume has a `backingStore`.",
        "A raw image holds what the guest sees and nothing else, so that it cannot be based on another image: libvirt does not make such a \
         volume. Write `target.format.type = \"qcow2\"`.",
        r#"{ kind = "volume"; name = "web"; capacity = { count = 8; unit = "GiB"; }; target.format.type = "raw";
  backingStore = { path = "/srv/base.qcow2"; format.type = "qcow2"; }; }"#,
        r#"{ kind = "volume"; name = "web"; capacity = { count = 8; unit = "GiB"; }; target.format.type = "qcow2";
  backingStore = { path = "/srv/base.qcow2"; format.type = "qcow2"; }; }"#,
    ),
    kind: "volume",
    mirrors: "createRawFile in src/storage/storage_util.c",
    holds: Holds::Always,
    with: &[child_name!(VOLUME, "backingStore")],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let way = way!(VOLUME, "target", "format", "type");
        let Some(store) = child(root, child_name!(VOLUME, "backingStore")) else { return };
        if lacks(store, way!(VOLUME, "backingStore", "path")[1]) {
            return;
        }
        let target = child(root, way[0]);
        let format = target.and_then(|target| child(target, way[1]));
        let raw = match (target, format) {
            (_, Some(format)) => format.get(way[2]) == Some("raw"),
            (Some(target), None) => lacks(target, way[1]),
            (None, None) => lacks(root, way[0]),
        };
        if raw {
            let message = "a raw volume cannot be based on another image".to_owned();
            check.rule_problem(store, None, message).help("write `target.format.type = \"qcow2\"`").add();
        }
    },
};
