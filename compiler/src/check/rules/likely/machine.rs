//! Warnings of a machine as a whole: its type, its memory, and descriptions of running machines.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::CPU;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::{Versions, attribute, below, child_name, way};

use crate::check::rules::code::{machine, warned};
use crate::check::{Holds, Rule, child, lacks, text_of};
use crate::document::Node;
use crate::document::amount::amount;

pub(super) static CURRENT_MEMORY_ABOVE: Rule = Rule {
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

pub(super) static FOREIGN_WORD: Rule = Rule {
    code: warned(
        "foreign-word",
        "A value that libvirt takes for a name is another program's word for something.",
        "QEMU with KVM runs fully virtualised machines: `os.type` is `hvm`, whatever system the guest runs. `pc-q35` and `pc-i440fx` are the \
         beginnings of machine types (`pc-q35-9.2`); the newest of each is called `q35` and `pc`. `host` is no model of a CPU, but what QEMU \
         calls the mode `host-passthrough`. `virtio-net-pci` is QEMU's device; the model of a card is `virtio`, and with QEMU's name libvirt sets none \
         of the options that virtio cards have.",
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
        let (model, name) = below!(INTERFACE, "model", "type");
        let cards: Vec<_> = check
            .devices_of(&INTERFACE)
            .filter_map(|card| child(card, model))
            .map(|model| model as &Node<'_>)
            .collect();
        for card in cards {
            let Some(given) = card.get(name).filter(|given| given.starts_with("virtio-net")) else {
                continue;
            };
            let message =
                format!("`{given}` is QEMU's name: with it, libvirt takes the card for no virtio device");
            check.rule_problem(card, Some(name), message).help("write `model.type = \"virtio\"`").add();
        }
    },
};

pub(super) static RUNNING_MACHINE: Rule = Rule {
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

pub(super) static MEMORY_TINY: Rule = Rule {
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

pub(super) static MACHINE_TYPE_OLD: Rule = Rule {
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
