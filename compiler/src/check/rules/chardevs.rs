//! Character devices: where their bytes come from, and what a serial port is in a machine.

use nixvirt_schema::domain::devices::chardev::{self, CHANNEL, CHARDEV_TARGET, CONSOLE, PARALLEL, SERIAL};
use nixvirt_schema::domain::devices::redirdev::REDIRDEV;
use nixvirt_schema::domain::devices::rng::RNG;
use nixvirt_schema::domain::devices::smartcard::SMARTCARD;
use nixvirt_schema::machine::Family;
use nixvirt_schema::machine::serial::{Port, port, usual};
use nixvirt_schema::shared::device::RECONNECT;
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::code::{machine, refused};
use crate::check::{Check, Holds, Rule, at, child, lacks};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[
    &CHARDEV_SOURCE,
    &CHARDEV_SOURCES,
    &RECONNECT_OF_LISTENER,
    &PARALLEL_ON_MACHINE,
    &SERIAL_ADDRESS,
    &SERIAL_MODEL,
    &SERIAL_ON_MACHINE,
];

/// The devices that have a source as character devices have it.
fn chardevs<'c>(check: &Check<'c, '_>) -> Vec<&'c Node<'c>> {
    let kinds = [&SERIAL, &PARALLEL, &CONSOLE, &CHANNEL, &REDIRDEV, &SMARTCARD];
    let is = |device: &&Node<'_>| kinds.iter().any(|kind| std::ptr::eq(device.element, *kind));
    let devices = check.devices().map(|device| device as &Node<'_>).filter(is);
    // A random number generator reads from a daemon as a character device does.
    let backends = check.devices_of(&RNG).filter_map(|rng| child(rng, child_name!(RNG, "backend")));
    let daemons = backends.filter(|backend| backend.get(below!(RNG, "backend", "model").1) == Some("egd"));
    devices.chain(daemons.map(|backend| backend as &Node<'_>)).collect()
}

/// Whether a device is a port of the machine.
fn is_port(device: &Node<'_>) -> bool {
    [&SERIAL, &PARALLEL, &CONSOLE].iter().any(|kind| std::ptr::eq(device.element, *kind))
}

static CHARDEV_SOURCE: Rule = Rule {
    code: refused(
        "chardev-source",
        "A character device does not say where its bytes come from and go to.",
        "A file, device or pipe has a `source.path`, a TCP connection `source.host` and `source.service`, a UDP one \
         `source.service`, one of SPICE or D-Bus `source.channel`, and a socket `source.path`, for which libvirt finds a place only where the device is a channel of \
         virtio's.",
        machine!("devices.serial = { type = \"file\"; target.port = 0; };"),
        machine!(
            "devices.serial = { type = \"file\"; source.path = \"/var/log/web.log\"; target.port = 0; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainChrSourceDefValidate in src/conf/domain_validate.c",
    holds: Holds::Qemu,
    with: &[SERIAL.name, PARALLEL.name, CONSOLE.name, CHANNEL.name, REDIRDEV.name, SMARTCARD.name, RNG.name],
    versions: Versions::ALL,
    check: |check| {
        // Beside a serial port, the first console is that port, whatever else it says.
        let has_serial = check.devices_of(&SERIAL).next().is_some();
        let alias = check.devices_of(&CONSOLE).next().filter(|_| has_serial);
        for device in chardevs(check) {
            if alias.is_some_and(|alias| std::ptr::addr_eq(alias, device)) {
                continue;
            }
            let Some(kind) = device.get(attribute!(SERIAL, "type")) else { continue };
            let by_virtio = std::ptr::eq(device.element, &CHANNEL)
                && at(device, below!(CHANNEL, "target", "type")).is_none_or(|kind| kind != "guestfwd");
            let needed = match kind {
                "file" | "dev" | "pipe" => &[below!(SERIAL, "source", "path").1][..],
                "unix" if !by_virtio => &[below!(SERIAL, "source", "path").1],
                "tcp" => &[below!(SERIAL, "source", "host").1, below!(SERIAL, "source", "service").1],
                "udp" => &[below!(SERIAL, "source", "service").1],
                // libvirt has names of its own for what is no port.
                "spiceport" | "dbus" if is_port(device) => &[below!(SERIAL, "source", "channel").1],
                "nmdm" => &[below!(SERIAL, "source", "master").1, below!(SERIAL, "source", "slave").1],
                _ => continue,
            };
            let sources: Vec<_> = device.children_named(child_name!(SERIAL, "source")).collect();
            if sources.is_empty() && !lacks(device, child_name!(SERIAL, "source")) {
                continue;
            }
            for name in needed {
                if sources.iter().all(|source| lacks(source, name)) {
                    let message = format!("a character device of the type `{kind}` needs `source.{name}`");
                    check.say(device, None, message);
                    break;
                }
            }
        }
    },
};

static CHARDEV_SOURCES: Rule = Rule {
    code: refused(
        "chardev-sources",
        "A character device has more than one source.",
        "Only a device of the type `udp` has two: one that it sends to and one that it listens on.",
        machine!(
            "devices.serial = { type = \"file\"; source = [ { path = \"/a.log\"; } { path = \"/b.log\"; } ]; target.port = 0; };"
        ),
        machine!(
            "devices.serial = { type = \"file\"; source = [ { path = \"/a.log\"; } ]; target.port = 0; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainChrSourceDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[SERIAL.name, PARALLEL.name, CONSOLE.name, CHANNEL.name, REDIRDEV.name, SMARTCARD.name, RNG.name],
    versions: Versions::ALL,
    check: |check| {
        for device in chardevs(check) {
            let Some(kind) = device.get(attribute!(SERIAL, "type")) else { continue };
            let most = if kind == "udp" { 2 } else { 1 };
            if let Some(source) = device.children_named(child_name!(SERIAL, "source")).nth(most) {
                let message = format!("a character device of the type `{kind}` has {most} at most");
                check.say(source, None, message);
            }
        }
    },
};

static RECONNECT_OF_LISTENER: Rule = Rule {
    code: refused(
        "reconnect-of-listener",
        "A socket that waits for connections is to reconnect.",
        "`reconnect` says what QEMU does when a connection is lost that it made itself: `source.mode = \"connect\"`. A socket with \
         `mode = \"bind\"` waits for the other side, whatever `reconnect` says.",
        machine!(
            "devices.serial = { type = \"unix\"; source = { mode = \"bind\"; path = \"/run/a\"; reconnect = { enabled = true; timeout = 1; }; }; };"
        ),
        machine!(
            "devices.serial = { type = \"unix\"; source = { mode = \"connect\"; path = \"/run/a\"; reconnect = { enabled = true; timeout = 1; }; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainChrSourceReconnectDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(chardev::SOURCE, "reconnect")],
    versions: Versions::ALL,
    check: |check| {
        let (mode, enabled) = (attribute!(chardev::SOURCE, "mode"), attribute!(RECONNECT, "enabled"));
        for device in chardevs(check) {
            let kind = device.get(attribute!(SERIAL, "type"));
            let Some(source) = child(device, child_name!(SERIAL, "source")) else { continue };
            let reconnect = child(source, child_name!(chardev::SOURCE, "reconnect"));
            let Some(reconnect) = reconnect.filter(|reconnect| reconnect.get(enabled).is_some()) else {
                continue;
            };
            if matches!(kind, Some("tcp" | "unix")) && source.get(mode) == Some("bind") {
                let message = "a socket that waits for connections does not reconnect".to_owned();
                check.rule_problem(reconnect, None, message).help("leave it out").add();
            }
        }
    },
};

/// The kind of serial port that a device is: the one that it names, or the usual one of its machine.
fn kind<'c>(check: &Check<'c, '_>, serial: &'c Node<'c>) -> Option<&'c str> {
    let usual = || usual(check.arch()?, check.family());
    let (target, name) = below!(SERIAL, "target", "type");
    match child(serial, target) {
        None => lacks(serial, target).then(usual)?,
        Some(target) => match target.get(name) {
            // The usual name of old.
            Some("isa-serial") => usual(),
            None if lacks(target, name) => usual(),
            named => named,
        },
    }
}

/// The serial ports with the facts of their kind.
fn ports<'c>(check: &Check<'c, '_>) -> Vec<(&'c Node<'c>, &'static Port)> {
    let of = |serial: &'c Node<'c>| Some((serial, port(kind(check, serial)?)?));
    check.devices_of(&SERIAL).filter_map(of).collect()
}

/// The first console of a machine without serial ports: libvirt makes a serial port of it (`virDomainDefAddConsoleCompat` in
/// `src/conf/domain_conf.c`).
fn console_that_is_a_port<'c>(check: &Check<'c, '_>) -> Option<(&'c Node<'c>, &'static Port)> {
    if check.devices_of(&SERIAL).next().is_some() {
        return None;
    }
    let console = check.devices_of(&CONSOLE).next()?;
    let (target, name) = below!(CONSOLE, "target", "type");
    let is_port = match child(console, target) {
        None => lacks(console, target),
        Some(target) => target.get(name).map_or_else(|| lacks(target, name), |name| name == "serial"),
    };
    let kind = usual(check.arch()?, check.family()).filter(|_| is_port)?;
    Some((console, port(kind)?))
}

static SERIAL_ADDRESS: Rule = Rule {
    code: refused(
        "serial-address",
        "A serial port has an address of another kind than its own.",
        "An ISA port has an address of the type `isa`, a USB one of the type `usb` and so on; those that are part of the machine \
         have none. Leave the address out: libvirt assigns one.",
        machine!(
            "devices.serial = { type = \"pty\"; target.type = \"isa-serial\"; address = { type = \"usb\"; bus = 0; }; };"
        ),
        machine!("devices.serial = { type = \"pty\"; target.type = \"isa-serial\"; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainChrTargetDef in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[SERIAL.name, CONSOLE.name],
    versions: Versions::ALL,
    check: |check| {
        for (serial, port) in ports(check).into_iter().chain(console_that_is_a_port(check)) {
            let Some(given) = at(serial, below!(SERIAL, "address", "type")) else { continue };
            // libvirt puts the address of these over any other.
            if port.address != Some(given) && port.address != Some("spapr-vio") {
                let message = match port.address {
                    Some(address) => {
                        format!("a serial port `{}` has an address of the type `{address}`", port.kind)
                    }
                    None => format!("a serial port `{}` has no address", port.kind),
                };
                check.rule_problem(serial, Some("address"), message).help("leave the address out").add();
            }
        }
    },
};

static SERIAL_MODEL: Rule = Rule {
    code: refused(
        "serial-model",
        "The model of a serial port is of another kind of port.",
        "`target.model` is the device that implements the port; each one belongs to a `target.type`. Leave it out: libvirt knows \
         it.",
        machine!(
            "devices.serial = { type = \"pty\"; target = { type = \"isa-serial\"; model.name = \"pl011\"; }; };"
        ),
        machine!(
            "devices.serial = { type = \"pty\"; target = { type = \"isa-serial\"; model.name = \"isa-serial\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateChrSerialTargetModelToTargetType in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[SERIAL.name],
    versions: Versions::ALL,
    check: |check| {
        for (serial, port) in ports(check) {
            let target = child(serial, child_name!(SERIAL, "target"));
            let Some(target) = target else { continue };
            if let Some(model) = at(target, below!(CHARDEV_TARGET, "model", "name"))
                && !port.models.contains(&model)
            {
                let message = format!("`{model}` is no model of a serial port `{}`", port.kind);
                check.rule_problem(target, Some("model"), message).help("leave it out").add();
            }
        }
    },
};

static SERIAL_ON_MACHINE: Rule = Rule {
    code: refused(
        "serial-on-machine",
        "The machine has no such serial port.",
        "`spapr-vio-serial` is there for pseries machines, `sclp-serial` for mainframes, `isa-debug` for x86, the model `pl011` \
         for `virt` machines of ARM. Leave the target out: libvirt takes the one of the machine.",
        machine!("devices.serial = { type = \"pty\"; target.type = \"sclp-serial\"; };"),
        machine!("devices.serial = { type = \"pty\"; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainChrDef in src/qemu/qemu_validate.c; virDomainChrDefPostParse",
    holds: Holds::Qemu,
    with: &[SERIAL.name],
    versions: Versions::ALL,
    check: |check| {
        let (Some(arch), family) = (check.arch(), check.family()) else { return };
        if check.machine().is_none() {
            return;
        }
        for (serial, port) in ports(check) {
            let target = child(serial, child_name!(SERIAL, "target"));
            let model = target.and_then(|target| at(target, below!(CHARDEV_TARGET, "model", "name")));
            if !port.is_there(arch, family, model) {
                let message = format!("the machine has no serial port `{}`", model.unwrap_or(port.kind));
                check.rule_problem(serial, Some("target"), message).help("leave the target out").add();
            }
        }
    },
};

static PARALLEL_ON_MACHINE: Rule = Rule {
    code: refused(
        "parallel-on-machine",
        "The machine has no parallel ports.",
        "Mainframes and pseries machines have none.",
        machine!(
            "os = { type = \"hvm\"; arch = \"ppc64\"; machine = \"pseries\"; };",
            "devices.parallel = { type = \"pty\"; target.port = 0; };"
        ),
        machine!("devices.parallel = { type = \"pty\"; target.port = 0; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainChrDef in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[PARALLEL.name],
    versions: Versions::ALL,
    check: |check| {
        if !matches!(check.family(), Some(Family::Pseries | Family::S390)) {
            return;
        }
        for device in check.devices_of(&PARALLEL) {
            check.say(device, None, "this machine has no parallel ports".to_owned());
        }
    },
};
