//! Rules on definitions that libvirt takes, and that libvirt or QEMU certainly refuses at the start.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::clock::CLOCK;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::features::FEATURES;
use nixvirt_schema::domain::namespaces::QEMU_OVERRIDE;
use nixvirt_schema::machine::Family;
use nixvirt_schema::machine::hyperv::{CLOCK as HYPERV_CLOCK, ENLIGHTENMENTS};
use nixvirt_schema::{Version, Versions, attribute, below, child_name};

use super::code::{machine, warned};
use crate::check::{Holds, Rule, at, child, lacks};
use crate::diagnostics::Severity;
use crate::document::Node;

pub(super) const RULES: &[&Rule] =
    &[&FLOPPY_ON_PSERIES, &HYPERV_NEEDS, &INTERFACE_OPTION, &OVERRIDE_OF_NOTHING];

static FLOPPY_ON_PSERIES: Rule = Rule {
    code: warned(
        "floppy-on-machine",
        "The machine type has no floppy drive, so that it does not start.",
        "A `pseries` machine has no floppy controller. Use a `cdrom` on the bus `scsi`.",
        machine!(
            "os = { type = \"hvm\"; arch = \"ppc64\"; machine = \"pseries\"; };",
            "devices.disk = { device = \"floppy\"; source.file = \"/a.img\"; target = { dev = \"fda\"; bus = \"fdc\"; }; };"
        ),
        machine!(
            "os = { type = \"hvm\"; arch = \"ppc64\"; machine = \"pseries\"; };",
            "devices.disk = { device = \"cdrom\"; source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"scsi\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuProcessStartValidateDisks in src/qemu/qemu_process.c",
    holds: Holds::Qemu,
    with: &[DISK.name],
    versions: Versions::ALL,
    check: |check| {
        if check.family() != Some(Family::Pseries) {
            return;
        }
        let device = attribute!(DISK, "device");
        let found: Vec<_> =
            check.devices_of(&DISK).filter(|disk| disk.get(device) == Some("floppy")).collect();
        for disk in found {
            check.say(disk, Some(device), "a `pseries` machine has no floppy drive".to_owned());
        }
    },
};

static HYPERV_NEEDS: Rule = Rule {
    code: warned(
        "hyperv-needs",
        "One of Hyper-V's enlightenments lacks another one that it needs, so that the machine does not start.",
        "QEMU refuses some enlightenments without others: `synic`, `ipi` and `tlbflush` need `vpindex`, `stimer` needs `synic` and the \
         timer `hypervclock`, `evmcs` needs `vapic`. From libvirt 12.8 on, the timer is asked for when the machine is defined.",
        machine!("features.hyperv = { synic.state = true; };"),
        machine!(
            "features.hyperv = { vpindex.state = true; synic.state = true; stimer.state = true; };
  clock = { offset = \"utc\"; timer = { name = \"hypervclock\"; present = true; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefHypervFeatures (12.8) in src/qemu/qemu_validate.c; hyperv_feature_supported in QEMU's target/i386/kvm/kvm.c",
    holds: Holds::Qemu,
    with: &[below!(FEATURES, "hyperv", "mode").0],
    versions: Versions::ALL,
    check: |check| {
        if check.qemu_gets_more() || check.is_x86() != Some(true) {
            return;
        }
        let hyperv = below!(FEATURES, "hyperv", "mode");
        let Some(features) = child(check.root(), child_name!(DOMAIN, "features")) else { return };
        let Some(hyperv) =
            child(features, hyperv.0).filter(|it| lacks(it, hyperv.1) || it.get(hyperv.1) == Some("custom"))
        else {
            return;
        };
        let is_on = |node: &Node<'_>| node.get("state").is_none_or(|state| state == "on");
        let clock = child_name!(DOMAIN, "clock");
        let has_clock = match child(check.root(), clock) {
            None => !lacks(check.root(), clock),
            Some(clock) => {
                let (timer, name) = below!(CLOCK, "timer", "name");
                let mut timers = clock.children_named(timer);
                let is = |it: &Node<'_>| it.get(name).is_none_or(|name| name == HYPERV_CLOCK);
                timers.any(|it| is(it) && it.get("present") != Some("no"))
                    || !lacks(clock, timer) && clock.children_named(timer).next().is_none()
            }
        };
        for enlightenment in ENLIGHTENMENTS {
            let Some(given) = child(hyperv, enlightenment.name).filter(|it| !it.broken && is_on(it)) else {
                continue;
            };
            for needed in enlightenment.needs {
                if *needed == HYPERV_CLOCK {
                    if !has_clock {
                        let message = format!("`{}` needs the timer `{HYPERV_CLOCK}`", given.element.name);
                        let help =
                            format!("write `clock.timer = {{ name = \"{HYPERV_CLOCK}\"; present = true; }}`");
                        let refused = check.libvirt() >= CLOCK_ASKED_FOR;
                        let severity = if refused { Severity::Error } else { Severity::Warning };
                        check.rule_problem(given, None, message).help(help).severity(severity).add();
                    }
                    continue;
                }
                let missing = match child(hyperv, needed) {
                    None => lacks(hyperv, needed),
                    Some(other) => !is_on(other),
                };
                if missing {
                    let message = format!("`{}` needs `{needed}`", given.element.name);
                    check
                        .rule_problem(given, None, message)
                        .help(format!("write `{needed}.state = true`"))
                        .add();
                }
            }
        }
    },
};

/// The first version that is known to refuse `stimer` without its timer.
const CLOCK_ASKED_FOR: Version = Version::new(12, 8, 0);

static INTERFACE_OPTION: Rule = Rule {
    code: warned(
        "interface-option",
        "A network card has an option that its type does not have, so that the machine does not start.",
        "Filters and devices of the host's for taps (`filterref`, `backend.tap`) go with the types `network`, `bridge` and `ethernet`; \
         several queues also with `direct`, `vhostuser` and `vdpa`. A card of the host's (`hostdev`) has no `bandwidth`.",
        machine!(
            "devices.interface = { type = \"user\"; model.type = \"virtio\"; filterref.filter = \"clean-traffic\"; };"
        ),
        machine!(
            "devices.interface = { type = \"network\"; source.network = \"default\"; filterref.filter = \"clean-traffic\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuDomainValidateActualNetDef in src/qemu/qemu_domain.c; virDomainActualNetDefValidate",
    holds: Holds::Qemu,
    with: &[INTERFACE.name],
    versions: Versions::ALL,
    check: |check| {
        const TAPS: &[&str] = &["network", "bridge", "ethernet"];
        const QUEUED: &[&str] = &["network", "bridge", "ethernet", "direct", "vhostuser", "vdpa"];
        let queues = below!(INTERFACE, "driver", "queues");
        let tap = below!(INTERFACE, "backend", "tap");
        for card in check.devices_of(&INTERFACE) {
            let Some(kind) = card.get(attribute!(INTERFACE, "type")) else { continue };
            let filter = child(card, child_name!(INTERFACE, "filterref"));
            let bandwidth = child(card, child_name!(INTERFACE, "bandwidth"));
            let driver = child(card, queues.0).filter(|driver| driver.get(queues.1).is_some());
            let backend = child(card, tap.0).filter(|backend| backend.get(tap.1).is_some());
            let wrong = [
                (filter.filter(|_| !TAPS.contains(&kind)), None, "filter"),
                (backend.filter(|_| !TAPS.contains(&kind)), Some(tap.1), "device for taps"),
                (driver.filter(|_| !QUEUED.contains(&kind)), Some(queues.1), "queues"),
                (bandwidth.filter(|_| kind == "hostdev"), None, "limits of its bandwidth"),
            ];
            for (node, part, what) in wrong {
                if let Some(node) = node {
                    let message = format!("a card of the type `{kind}` has no {what}");
                    check.rule_problem(node, part, message).help("leave it out, or write another type").add();
                }
            }
        }
    },
};

static OVERRIDE_OF_NOTHING: Rule = Rule {
    code: warned(
        "override-of-nothing",
        "Properties are overridden of a device that the machine does not have.",
        "`qemu:override` names a device by its alias. An alias of the user's begins with `ua-`, and stands in the device as \
         `alias.name`; libvirt's own ones are like `net0`. An override that matches no device does nothing.",
        machine!(
            "qemu-override.device = { alias = \"ua-disk\"; frontend.property = { name = \"x-num\"; type = \"unsigned\"; value = \"1\"; }; };"
        ),
        machine!(
            "qemu-override.device = { alias = \"ua-disk\"; frontend.property = { name = \"x-num\"; type = \"unsigned\"; value = \"1\"; }; };
  devices.disk = { source.file = \"/a.img\"; target.dev = \"vda\"; alias.name = \"ua-disk\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuBuildDeviceCommandlineHandleOverrides in src/qemu/qemu_command.c",
    holds: Holds::Qemu,
    with: &[QEMU_OVERRIDE.name],
    versions: Versions::ALL,
    check: |check| {
        let devices = child_name!(DOMAIN, "devices");
        let Some(overrides) = check.root().children.iter().find(|it| std::ptr::eq(it.element, &QEMU_OVERRIDE))
        else {
            return;
        };
        let holders: Vec<_> = check.root().children_named(devices).collect();
        let open = |node: &Node<'_>| node.broken || node.unknown.open || !node.meant.is_empty();
        if open(check.root()) || holders.iter().any(|holder| open(holder)) {
            return;
        }
        let alias = below!(DISK, "alias", "name");
        let aliases: Vec<&str> = check.devices().filter_map(|device| at(device, alias)).collect();
        let unknown = check.devices().any(|device| {
            open(device) || child(device, alias.0).is_some_and(|it| it.get(alias.1).is_none())
        });
        let (device, name) = below!(QEMU_OVERRIDE, "device", "alias");
        for device in overrides.children_named(device) {
            if let Some(given) = device.get(name)
                && given.starts_with("ua-")
                && !aliases.contains(&given)
                && !unknown
            {
                let message = format!("no device has the alias `{given}`");
                check.rule_problem(device, Some(name), message).help(format!("write `alias.name = \"{given}\"` in the device")).add();
            }
        }
    },
};
