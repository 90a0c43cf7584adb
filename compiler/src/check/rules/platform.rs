//! The CPU's cache, power management, time sources, firmware and huge pages: what goes together, and on which machines.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::clock::{CLOCK, PM};
use nixvirt_schema::domain::cpu::CPU;
use nixvirt_schema::domain::memory::MEMORY_BACKING;
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::machine::Family;
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::code::{machine, refused};
use crate::check::{ASKED, Holds, Rule, at, child, lacks, number_set};
use crate::document::Node;

pub(super) const RULES: &[&Rule] =
    &[&CPU_CACHE, &FIRMWARE_PARTS, &HUGE_PAGES_NODE, &PM_ON_MACHINE, &TIMER_ON_MACHINE];

static CPU_CACHE: Rule = Rule {
    code: refused(
        "cpu-cache",
        "The CPU's cache is not one that the CPU can have.",
        "`passthrough` goes with `cpu.mode = \"host-passthrough\"` or `\"maximum\"`, and neither it nor `disable` has a level; \
         `emulate` has the level 3. Only x86 has the setting.",
        machine!("cpu = { mode = \"host-model\"; cache.mode = \"passthrough\"; };"),
        machine!("cpu = { mode = \"host-passthrough\"; cache.mode = \"passthrough\"; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefCpu in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(CPU, "cache")],
    versions: Versions::ALL,
    check: |check| {
        let Some(cpu) = child(check.root(), child_name!(DOMAIN, "cpu")) else { return };
        let Some(cache) = child(cpu, child_name!(CPU, "cache")) else { return };
        let (mode, level) = (below!(CPU, "cache", "mode").1, below!(CPU, "cache", "level").1);
        let Some(mode) = cache.get(mode) else { return };
        let (has_level, is_third) = (cache.attribute(level).is_some(), cache.get(level) == Some("3"));
        let of_host = match cpu.get(attribute!(CPU, "mode")) {
            Some(mode) => matches!(mode, "host-passthrough" | "maximum"),
            None => !lacks(cpu, attribute!(CPU, "mode")),
        };
        let message = match mode {
            _ if check.is_x86() == Some(false) => "only x86 has this setting".to_owned(),
            "emulate" if !is_third && (has_level || lacks(cache, level)) => {
                "`emulate` goes with `level = 3`".to_owned()
            }
            "passthrough" if !of_host => {
                "`passthrough` goes with `cpu.mode = \"host-passthrough\"` or `\"maximum\"`".to_owned()
            }
            "passthrough" | "disable" if has_level => format!("`{mode}` has no level"),
            _ => return,
        };
        check.say(cache, None, message);
    },
};

static PM_ON_MACHINE: Rule = Rule {
    code: refused(
        "pm-on-machine",
        "A machine that is no x86 one says which sleep states it has.",
        "The sleep states S3 and S4 are those of x86. Leave `pm` out.",
        machine!(
            "os = { type = \"hvm\"; arch = \"aarch64\"; machine = \"virt\"; };",
            "pm.suspend-to-mem.enabled = false;"
        ),
        machine!("pm.suspend-to-mem.enabled = false;"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDef in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(DOMAIN, "pm")],
    versions: Versions::ALL,
    check: |check| {
        let Some(pm) = child(check.root(), child_name!(DOMAIN, "pm")) else { return };
        let states = [below!(PM, "suspend-to-mem", "enabled"), below!(PM, "suspend-to-disk", "enabled")];
        if check.is_x86() == Some(false) && states.iter().any(|state| at(pm, *state).is_some()) {
            check
                .rule_problem(pm, None, "only x86 has these sleep states".to_owned())
                .help("leave `pm` out")
                .add();
        }
    },
};

static TIMER_ON_MACHINE: Rule = Rule {
    code: refused(
        "timer-on-machine",
        "A time source is not there on the machine, or does not do what is asked of it.",
        "`hpet`, `tsc`, `kvmclock` and `hypervclock` are there on x86, `armvtimer` on `virt` machines of ARM with KVM, `platform` not \
         with QEMU. `rtc` and `pit` know only some ways to make up for missed ticks.",
        machine!(
            "clock = { offset = \"utc\"; timer = { name = \"armvtimer\"; tickpolicy = \"discard\"; }; };"
        ),
        machine!("clock = { offset = \"utc\"; timer = { name = \"rtc\"; tickpolicy = \"catchup\"; }; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefClockTimers in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(CLOCK, "timer")],
    versions: Versions::ALL,
    check: |check| {
        let Some(clock) = child(check.root(), child_name!(DOMAIN, "clock")) else { return };
        let is_kvm = check.root().get(attribute!(DOMAIN, "type")) == Some("kvm");
        let is_arm = matches!(check.arch(), Some("aarch64" | "armv6l" | "armv7l"));
        for timer in clock.children_named(child_name!(CLOCK, "timer")) {
            let Some(name) = timer.get(below!(CLOCK, "timer", "name").1) else { continue };
            let present = timer.get(below!(CLOCK, "timer", "present").1) == Some("yes");
            let policy = timer.get(below!(CLOCK, "timer", "tickpolicy").1);
            let track = timer.get(below!(CLOCK, "timer", "track").1);
            let message = match (name, policy) {
                ("platform", _) => "QEMU has no time source `platform`".to_owned(),
                ("tsc" | "kvmclock" | "hypervclock" | "hpet", _)
                    if present && check.is_x86() == Some(false) =>
                {
                    format!("only x86 has the time source `{name}`")
                }
                ("rtc", Some(policy @ ("merge" | "discard"))) | ("pit", Some(policy @ "merge")) => {
                    format!("`{name}` has no `tickpolicy = \"{policy}\"`")
                }
                ("rtc", _) if track == Some("boot") => "`rtc` has no `track = \"boot\"`".to_owned(),
                ("armvtimer", _)
                    if !is_kvm
                        || (check.arch().is_some() && !is_arm)
                        || (check.machine().is_some() && check.family() != Some(Family::Virt)) =>
                {
                    "`armvtimer` is there on `virt` machines of ARM with KVM".to_owned()
                }
                ("armvtimer", Some(policy @ ("catchup" | "merge"))) => {
                    format!("`{name}` has no `tickpolicy = \"{policy}\"`")
                }
                _ => continue,
            };
            check.say(timer, None, message);
        }
    },
};

static FIRMWARE_PARTS: Rule = Rule {
    code: refused(
        "firmware-parts",
        "What is said of the firmware contradicts itself.",
        "`os.firmware` lets libvirt pick the firmware, by `features` if there are some. Without it, `loader` has a path. A stateless \
         loader has no `nvram`, and only UEFI firmware (a `pflash` loader) has one. Keys can be enrolled only where secure boot is on.",
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; loader.readonly = true; };",
            "features.acpi = true;"
        ),
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; loader = { readonly = true; type = \"pflash\"; path = \"/OVMF_CODE.fd\"; }; };",
            "features.acpi = true;"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDefOSValidate in src/conf/domain_validate.c",
    holds: Holds::Qemu,
    with: &[
        child_name!(OS, "loader"),
        child_name!(OS, "nvram"),
        child_name!(OS, "firmware"),
        attribute!(OS, "firmware"),
    ],
    versions: Versions::ALL,
    check: |check| {
        let Some(os) = child(check.root(), child_name!(DOMAIN, "os")) else { return };
        let (loader, nvram) = (child(os, child_name!(OS, "loader")), child(os, child_name!(OS, "nvram")));
        let named = attribute!(OS, "firmware");
        let firmware = match os.get(named) {
            None if lacks(os, named) => None,
            None => return,
            firmware => firmware,
        };
        let feature = |name: &str| {
            let firmware = child(os, child_name!(OS, "firmware"))?;
            firmware.children.iter().find(|it| it.get("name") == Some(name))?.get("enabled")
        };
        if firmware.is_some()
            && feature("enrolled-keys") == Some("yes")
            && feature("secure-boot") == Some("no")
        {
            return check.say(os, None, "keys can be enrolled only where secure boot is on".to_owned());
        }
        let chosen = child(os, child_name!(OS, "firmware")).filter(|it| !it.children.is_empty());
        if let (Some(chosen), None) = (chosen, firmware) {
            return check.say(chosen, None, "features of the firmware need `os.firmware`".to_owned());
        }
        let lacks_path = |loader: &Node<'_>| match &loader.text {
            None => lacks(loader, "#"),
            Some(path) => path.text.trim().is_empty(),
        };
        let (kind, writable) = (below!(OS, "loader", "type").1, below!(OS, "loader", "readonly").1);
        let stateless = loader.and_then(|loader| loader.get(below!(OS, "loader", "stateless").1));
        let (place, message) = match (firmware, loader, nvram, stateless) {
            (None, Some(loader), ..) if lacks_path(loader) => {
                (loader, "without `os.firmware`, the loader needs a path")
            }
            (Some(kind), _, Some(nvram), _) if kind != "efi" => (nvram, "only UEFI firmware has variables"),
            (_, _, Some(nvram), Some("yes")) => (nvram, "a stateless loader has no variables"),
            (None, Some(loader), _, Some("no"))
                if loader.get(kind) != Some("pflash") && check.libvirt() <= ASKED =>
            {
                (loader, "only a `pflash` loader has variables")
            }
            (Some(kind), Some(loader), _, Some("no")) if kind != "efi" => {
                (loader, "only UEFI firmware has variables")
            }
            // No firmware that distributions have is one file which holds its variables, too.
            (Some("efi"), Some(loader), ..) if loader.get(writable) == Some("no") && lacks_path(loader) => {
                (loader, "libvirt picks no firmware that can be written to")
            }
            _ => return,
        };
        check.say(place, None, message.to_owned());
    },
};

static HUGE_PAGES_NODE: Rule = Rule {
    code: refused(
        "huge-pages-node",
        "Huge pages are meant for a NUMA cell that does not exist, or two sizes for one.",
        "`nodeset` names cells of the guest. One size may go without: it is for all other cells.",
        machine!("memoryBacking.hugepages.page = { size = 2048; unit = \"KiB\"; nodeset = \"1\"; };"),
        machine!("memoryBacking.hugepages.page = { size = 2048; unit = \"KiB\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDefMemtuneValidate in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[child_name!(MEMORY_BACKING, "hugepages")],
    versions: Versions::ALL,
    check: |check| {
        let Some(pages) = child(check.root(), child_name!(DOMAIN, "memoryBacking"))
            .and_then(|backing| child(backing, child_name!(MEMORY_BACKING, "hugepages")))
        else {
            return;
        };
        let Some(cells) = check.cells().map(|cells| cells.len() as u64) else { return };
        let mut seen: Vec<(Option<std::collections::BTreeSet<u64>>, &Node<'_>)> = Vec::new();
        for page in &pages.children {
            let nodes = match page.attribute("nodeset") {
                None if lacks(page, "nodeset") => None,
                None => continue,
                Some(nodes) => match number_set(&nodes.value.text) {
                    Some(nodes) => Some(nodes),
                    None => continue,
                },
            };
            // libvirt starts to look behind the last cell; without cells, at the second number.
            let missing = nodes.as_ref().and_then(|nodes| nodes.range(cells.max(1)..).next().copied());
            let other = seen.iter().find(|(other, _)| match (&nodes, other) {
                (Some(nodes), Some(other)) => nodes.intersection(other).next().is_some(),
                (None, None) => true,
                _ => false,
            });
            if let Some(cell) = missing {
                check.say(page, Some("nodeset"), format!("there is no NUMA cell {cell}"));
            } else if let Some((_, other)) = other {
                let related = check.related(other, "the other size is here");
                let message = "two sizes of huge pages are for the same cells".to_owned();
                check.rule_problem(page, None, message).with(related).add();
            }
            seen.push((nodes, page));
        }
    },
};
