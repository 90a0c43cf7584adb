//! Devices that only some machine types have.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::chardev::{CONSOLE, SERIAL};
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::input::INPUT;
use nixvirt_schema::domain::devices::panic::PANIC;
use nixvirt_schema::domain::devices::watchdog::WATCHDOG;
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::machine::Family;
use nixvirt_schema::machine::feature::Machines;
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::code::{machine, refused};
use crate::check::{ASKED, Holds, Rule, at, child, lacks};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[
    &CCW_ON_MACHINE,
    &INPUT_PS2,
    &MACHINE_OF_ARCH,
    &PANIC_ON_MACHINE,
    &USB_NONE_AND_OTHERS,
    &WATCHDOG_ON_MACHINE,
];

static INPUT_PS2: Rule = Rule {
    code: refused(
        "input-ps2",
        "An input device cannot be on a PS/2 bus.",
        "A PS/2 bus has a mouse and a keyboard, and only PC machines have such a bus. Use `bus = \"usb\"` or \
         `bus = \"virtio\"`.",
        machine!("devices.input = { type = \"tablet\"; bus = \"ps2\"; };"),
        machine!("devices.input = { type = \"tablet\"; bus = \"usb\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainInputDefValidate in src/conf/domain_validate.c; qemuValidateDomainDeviceDefInput",
    holds: Holds::Qemu,
    with: &[INPUT.name],
    versions: Versions::ALL,
    check: |check| {
        // 9.0 gives pseries one.
        let asked = check.libvirt() >= ASKED;
        let foreign =
            asked && check.family().is_some_and(|family| !matches!(family, Family::I440fx | Family::Q35));
        for input in check.devices_of(&INPUT) {
            if input.get(attribute!(INPUT, "bus")) != Some("ps2") {
                continue;
            }
            let Some(kind) = input.get(attribute!(INPUT, "type")) else { continue };
            let message = match kind {
                "mouse" | "keyboard" if foreign => "this machine type has no PS/2 bus".to_owned(),
                "mouse" | "keyboard" => continue,
                other => format!("a {other} cannot be on a PS/2 bus"),
            };
            check.rule_problem(input, Some("bus"), message).help("write `bus = \"usb\"`").add();
        }
    },
};

static MACHINE_OF_ARCH: Rule = Rule {
    code: refused(
        "machine-of-arch",
        "The machine type is one of another architecture.",
        "`pc` and `q35` are machines of x86, `virt` is one of ARM, RISC-V and LoongArch, `pseries` one of POWER, `s390-ccw-virtio` \
         one of mainframes.",
        machine!("os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"virt\"; };", ""),
        machine!("os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };", ""),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDef, virQEMUCapsIsMachineSupported in src/qemu/qemu_capabilities.c",
    holds: Holds::Qemu,
    with: &[below!(OS, "type", "machine").1],
    versions: Versions::ALL,
    check: |check| {
        let (Some(arch), Some(family), Some(os)) =
            (check.arch(), check.family(), child(check.root(), child_name!(DOMAIN, "os")))
        else {
            return;
        };
        if !family.is_of(arch) {
            let message = format!("the architecture `{arch}` has no such machine type");
            check.say(os, Some("machine"), message);
        }
    },
};

static PANIC_ON_MACHINE: Rule = Rule {
    code: refused(
        "panic-on-machine",
        "A panic device is of another architecture than the machine.",
        "The models `hyperv` and `isa` are there for x86, `s390` for s390x, and `pseries` for POWER machines.",
        machine!("devices.panic.model = \"s390\";"),
        machine!("devices.panic.model = \"hyperv\";"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefPanic in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[PANIC.name],
    versions: Versions::ALL,
    check: |check| {
        let Some(arch) = check.arch() else { return };
        for device in check.devices_of(&PANIC) {
            let model = match device.get(attribute!(PANIC, "model")) {
                Some(model) => model,
                None if lacks(device, attribute!(PANIC, "model")) && check.machine().is_some() => {
                    let arm = Machines::ArmVirt.contain(arch, check.family());
                    let has_usual = arch.starts_with("s390") || check.family() == Some(Family::Pseries);
                    if !nixvirt_schema::machine::is_x86(arch) && !arm && !has_usual {
                        let message = "for this machine, a panic device has to say its model".to_owned();
                        check.rule_problem(device, None, message).help("write `model = \"pvpanic\"`").add();
                    }
                    continue;
                }
                None => continue,
            };
            let fits = match model {
                "hyperv" => nixvirt_schema::machine::is_x86(arch),
                "s390" => arch.starts_with("s390"),
                "pseries" => {
                    arch.starts_with("ppc64") && check.family().is_none_or(|it| it == Family::Pseries)
                }
                _ => true,
            };
            if !fits {
                let message = format!("a machine of the architecture `{arch}` has no panic device `{model}`");
                check.say(device, Some("model"), message);
            }
        }
    },
};

static WATCHDOG_ON_MACHINE: Rule = Rule {
    code: refused(
        "watchdog-on-machine",
        "The watchdog of the q35 chipset is in another machine.",
        "The model `itco` is part of q35 machines. Others take `i6300esb`.",
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"pc\"; };",
            "devices.watchdog = { model = \"itco\"; action = \"reset\"; };"
        ),
        machine!("devices.watchdog = { model = \"itco\"; action = \"reset\"; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainWatchdogDef in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[WATCHDOG.name],
    versions: Versions::ALL,
    check: |check| {
        if !check.family().is_some_and(|family| family != Family::Q35) {
            return;
        }
        for watchdog in check.devices_of(&WATCHDOG) {
            if watchdog.get(attribute!(WATCHDOG, "model")) == Some("itco") {
                let message = "the watchdog `itco` is part of q35 machines".to_owned();
                check.rule_problem(watchdog, Some("model"), message).help("write \"i6300esb\"").add();
            }
        }
    },
};

static CCW_ON_MACHINE: Rule = Rule {
    code: refused(
        "ccw-on-machine",
        "A device has an address of a mainframe's channel, and the machine is none.",
        "Addresses of the type `ccw` are there for s390 machines. Leave the address out: libvirt assigns one.",
        machine!(
            "devices.disk = {
    source.file = \"/a.img\"; target.dev = \"vda\"; address = { type = \"ccw\"; cssid = 254; ssid = 0; devno = 1; };
  };"
        ),
        machine!("devices.disk = { source.file = \"/a.img\"; target.dev = \"vda\"; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefAddress in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        // Machines of other architectures have no channels, whatever they are called.
        let may_have_them = match check.family() {
            Some(family) => family == Family::S390,
            None => check.arch().is_none_or(|arch| arch.starts_with("s390")),
        };
        if may_have_them {
            return;
        }
        let ccw = below!(DISK, "address", "type");
        // libvirt gives the ports of pseries the only address that they can have, whatever stands there.
        let port = |device: &Node<'_>| [&SERIAL, &CONSOLE].iter().any(|it| std::ptr::eq(device.element, *it));
        let is_replaced = |device: &Node<'_>| check.family() == Some(Family::Pseries) && port(device);
        let has_ccw = |device: &Node<'_>| at(device, ccw) == Some("ccw") && !is_replaced(device);
        let found: Vec<_> = check.devices().filter(|device| has_ccw(device)).collect();
        for device in found {
            let message = "only a mainframe has addresses of the type `ccw`".to_owned();
            check.rule_problem(device, Some(ccw.0), message).help("leave the address out").add();
        }
    },
};

static USB_NONE_AND_OTHERS: Rule = Rule {
    code: refused(
        "usb-none-and-others",
        "USB is switched off, and there is a USB controller.",
        "A USB controller with `model = \"none\"` says that the machine has no USB, so that it stands alone.",
        machine!(
            "devices.controller = [ { type = \"usb\"; model = \"none\"; } { type = \"usb\"; model = \"qemu-xhci\"; index = 1; } ];"
        ),
        machine!("devices.controller = { type = \"usb\"; model = \"qemu-xhci\"; index = 0; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDefControllersParse in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        let (kind, model) = (attribute!(CONTROLLER, "type"), attribute!(CONTROLLER, "model"));
        let found: Vec<_> =
            check.devices_of(&CONTROLLER).filter(|controller| controller.get(kind) == Some("usb")).collect();
        let none = found.iter().position(|controller| controller.get(model) == Some("none"));
        if let (Some(none), true) = (none, found.len() > 1) {
            let other = found[usize::from(none == 0)];
            let related = check.related(other, "this is another USB controller");
            let message = "USB is switched off here, and there is another USB controller".to_owned();
            check.rule_problem(found[none], Some("model"), message).with(related).add();
        }
    },
};
