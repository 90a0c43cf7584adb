//! Parts of devices and features that need another part, or do not go with one.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::graphics::GRAPHICS;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::devices::input::INPUT;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::devices::panic::PANIC;
use nixvirt_schema::domain::devices::shmem::SHMEM;
use nixvirt_schema::domain::devices::video::VIDEO;
use nixvirt_schema::domain::features::FEATURES;
use nixvirt_schema::domain::os::SYSINFO;
use nixvirt_schema::machine::{Family, is_x86};
use nixvirt_schema::shared::device::VIRTIO_DRIVER;
use nixvirt_schema::shared::seclabel::SECLABEL;
use nixvirt_schema::{Versions, attribute, below, child_name, way};

use super::disks::bus;
use super::{machine, refused};
use crate::check::{Check, Holds, Rule, at, child, lacks, reach, text_of};
use crate::document::Node;
use crate::document::amount::amount;

pub(super) const RULES: &[&Rule] = &[
    &ADDRESS_OF_MODEL,
    &BIOS_DATE,
    &EGL_HEADLESS,
    &EXPANDER_NODE,
    &INPUT_MODEL,
    &PCI_ROOT_ADDRESS,
    &PORT_FORWARD,
    &PS2_OFF,
    &SECURITY_MODEL,
    &SHMEM_INTERRUPTS,
    &TSEG,
    &VIRTIO_OPTIONS,
];

/// The address of a device in the guest, and its type.
fn address<'n>(device: &'n Node<'_>) -> Option<(&'n Node<'n>, &'n str)> {
    let address = child(device, child_name!(DISK, "address"))?;
    Some((address, address.get(below!(DISK, "address", "type").1)?))
}

static SHMEM_INTERRUPTS: Rule = Rule {
    code: refused(
        "shmem-interrupts",
        "Shared memory passes on interrupts, and there is no server for them.",
        "Interrupts (`msi`) go by way of a server: `server.path`, with `model.type = \"ivshmem-doorbell\"`.",
        machine!(
            "devices.shmem = { name = \"shared\"; model.type = \"ivshmem-plain\"; size = { count = 4; unit = \"MiB\"; }; msi = { }; };"
        ),
        machine!(
            "devices.shmem = { name = \"shared\"; model.type = \"ivshmem-plain\"; size = { count = 4; unit = \"MiB\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainShmemDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[SHMEM.name],
    versions: Versions::ALL,
    check: |check| {
        for shmem in check.devices_of(&SHMEM) {
            if let Some(interrupts) = child(shmem, child_name!(SHMEM, "msi"))
                && lacks(shmem, child_name!(SHMEM, "server"))
            {
                let message = "interrupts need a server".to_owned();
                check
                    .rule_problem(interrupts, None, message)
                    .help("write `server.path`, or leave it out")
                    .add();
            }
        }
    },
};

/// The message where a device's address does not suit its model.
fn wrong_address(check: &Check<'_, '_>, device: &Node<'_>, given: &str) -> Option<String> {
    let is = |element| std::ptr::eq(device.element, element);
    if is(&VIDEO) {
        let ramfb = at(device, below!(VIDEO, "model", "type")) == Some("ramfb");
        return ramfb.then(|| "`ramfb` has no address: it is a part of the memory".to_owned());
    }
    if is(&HOSTDEV) {
        let expected = match device.get(attribute!(HOSTDEV, "model"))? {
            "vfio-pci" => "pci",
            "vfio-ccw" => "ccw",
            _ => return None,
        };
        return (given != expected)
            .then(|| format!("this mediated device has an address of the type `{expected}`, not `{given}`"));
    }
    if !is(&PANIC) {
        return None;
    }
    let model = match device.get(attribute!(PANIC, "model")) {
        Some(model) => model,
        None if lacks(device, attribute!(PANIC, "model")) => match check.family() {
            Some(Family::Pseries) => "pseries",
            Some(Family::S390) => "s390",
            _ if is_x86(check.arch()?) => "isa",
            _ => return None,
        },
        None => return None,
    };
    match model {
        "s390" | "hyperv" | "pseries" => Some(format!("the panic device `{model}` has no address")),
        "isa" if given != "isa" => Some("the panic device `isa` has an address of the type `isa`".to_owned()),
        "pvpanic" if given != "pci" => {
            Some("the panic device `pvpanic` has an address of the type `pci`".to_owned())
        }
        _ => None,
    }
}

static ADDRESS_OF_MODEL: Rule = Rule {
    code: refused(
        "address-of-model",
        "A device has an address that its model cannot have.",
        "The panic devices of pseries machines, mainframes and Hyper-V, and the display `ramfb`, are no devices on a bus. A mediated device \
         of the model `vfio-pci` is on PCI, one of `vfio-ccw` on a mainframe's channels. Leave the address out: libvirt assigns one where \
         there is one.",
        machine!(
            "devices.panic = { model = \"hyperv\"; address = { type = \"isa\"; iobase = \"0x505\"; }; };"
        ),
        machine!("devices.panic.model = \"hyperv\";"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefPanic in src/qemu/qemu_validate.c; virDomainHostdevDefPostParse; virDomainVideoDefValidate",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        for device in check.devices() {
            let Some((address, given)) = address(device) else { continue };
            if let Some(message) = wrong_address(check, device, given) {
                check.rule_problem(address, None, message).help("leave the address out").add();
            }
        }
    },
};

static PCI_ROOT_ADDRESS: Rule = Rule {
    code: refused(
        "pci-root-address",
        "The root bus has an address.",
        "`pci-root` and `pcie-root` are where addresses begin.",
        machine!(
            "devices.controller = { type = \"pci\"; index = 0; model = \"pcie-root\"; address = { type = \"pci\"; slot = 1; }; };"
        ),
        machine!("devices.controller = { type = \"pci\"; index = 0; model = \"pcie-root\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainControllerDefValidate in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        for controller in check.devices_of(&CONTROLLER) {
            let model = controller.get(attribute!(CONTROLLER, "model"));
            if let (Some(model @ ("pci-root" | "pcie-root")), Some((address, _))) =
                (model, address(controller))
            {
                let message = format!("`{model}` has no address");
                check.rule_problem(address, None, message).help("leave the address out").add();
            }
        }
    },
};

static EXPANDER_NODE: Rule = Rule {
    code: refused(
        "pci-node",
        "A PCI controller belongs to a NUMA cell that does not exist.",
        "`target.node` is the number of one of `cpu.numa.cell`, counted from 0.",
        machine!(
            "devices.controller = { type = \"pci\"; index = 1; model = [ \"pcie-expander-bus\" ]; target = { busNr = 180; node = 1; }; };"
        ),
        machine!(
            "devices.controller = { type = \"pci\"; index = 1; model = [ \"pcie-expander-bus\" ]; target.busNr = 180; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuDomainControllerDefPostParse in src/qemu/qemu_postparse.c",
    holds: Holds::Qemu,
    with: &[CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        let Some(cells) = check.cells().map(|cells| cells.len() as u64) else { return };
        for controller in check.devices_of(&CONTROLLER) {
            let Some(node) = reach(controller, way!(CONTROLLER, "target", "node")) else { continue };
            if let Some(number) = text_of(node).and_then(|text| text.parse::<u64>().ok())
                && number >= cells
            {
                let message = match cells {
                    0 => "the machine has no NUMA cells".to_owned(),
                    _ => format!("there is no NUMA cell {number}: the machine has {cells}, counted from 0"),
                };
                check.say(node, None, message);
            }
        }
    },
};

static INPUT_MODEL: Rule = Rule {
    code: refused(
        "input-model",
        "An input device is to be a virtio device of an older kind.",
        "Input devices came with virtio 1.0: there is the model `virtio` only.",
        machine!(
            "devices.input = { type = \"tablet\"; bus = \"virtio\"; model = \"virtio-transitional\"; };"
        ),
        machine!("devices.input = { type = \"tablet\"; bus = \"virtio\"; model = \"virtio\"; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefInput in src/qemu/qemu_validate.c; virDomainInputDefValidate",
    holds: Holds::Qemu,
    with: &[INPUT.name],
    versions: Versions::ALL,
    check: |check| {
        let model = attribute!(INPUT, "model");
        for input in check.devices_of(&INPUT) {
            let message = match (input.get(attribute!(INPUT, "bus")), input.get(model)) {
                (Some("virtio"), Some(given @ ("virtio-transitional" | "virtio-non-transitional"))) => {
                    format!("an input device has no model `{given}`")
                }
                (Some(bus), Some(_)) if bus != "virtio" => {
                    format!("an input device on the bus `{bus}` has no virtio model")
                }
                _ => continue,
            };
            check.rule_problem(input, Some(model), message).help("leave it out").add();
        }
    },
};

static PORT_FORWARD: Rule = Rule {
    code: refused(
        "port-forward",
        "Ports are forwarded to a network card by a program that cannot do it.",
        "Only `passt` forwards ports: `backend.type = \"passt\"`, for a card of the type `user` or `vhostuser`. For a card on a network \
         of libvirt's, the host's firewall forwards ports.",
        machine!(
            "devices.interface = { type = \"user\"; portForward = { proto = \"tcp\"; range = { start = 8080; to = 80; }; }; };"
        ),
        machine!(
            "devices.interface = { type = \"user\"; backend.type = \"passt\"; portForward = { proto = \"tcp\"; range = { start = 8080; to = 80; }; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainNetDefValidate in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[child_name!(INTERFACE, "portForward")],
    versions: Versions::ALL.since("11.3.0"),
    check: |check| {
        let backend = below!(INTERFACE, "backend", "type");
        for card in check.devices_of(&INTERFACE) {
            let Some(forward) = child(card, child_name!(INTERFACE, "portForward")) else { continue };
            let fits = match card.attribute(attribute!(INTERFACE, "type")) {
                None => lacks(card, attribute!(INTERFACE, "type")).then_some(true),
                Some(kind) => Some(matches!(&*kind.value.text, "user" | "vhostuser")),
            };
            let by_passt = match child(card, backend.0) {
                None => lacks(card, backend.0).then_some(false),
                Some(program) => match program.get(backend.1) {
                    None => lacks(program, backend.1).then_some(false),
                    Some(program) => Some(program == "passt"),
                },
            };
            if fits == Some(false) || by_passt == Some(false) {
                let message =
                    "only `passt` forwards ports, for a card of the type `user` or `vhostuser`".to_owned();
                check.rule_problem(forward, None, message).help("write `backend.type = \"passt\"`").add();
            }
        }
    },
};

static PS2_OFF: Rule = Rule {
    code: refused(
        "ps2-off",
        "PS/2 is switched off, and something needs it.",
        "With `features.ps2.state = false`, the machine has no PS/2 bus for mouse and keyboard, and no `vmport`.",
        machine!("features.ps2.state = false; devices.input = { type = \"keyboard\"; bus = \"ps2\"; };"),
        machine!("devices.input = { type = \"keyboard\"; bus = \"ps2\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDefPostParseCommon in src/conf/domain_postparse.c; qemuValidateDomainDefFeatures",
    holds: Holds::Qemu,
    with: &[below!(FEATURES, "ps2", "state").0],
    versions: Versions::ALL,
    check: |check| {
        let Some(features) = child(check.root(), child_name!(DOMAIN, "features")) else { return };
        let (name, state) = below!(FEATURES, "ps2", "state");
        let Some(off) = child(features, name).filter(|ps2| ps2.get(state) == Some("off")) else { return };
        let vmport = child(features, below!(FEATURES, "vmport", "state").0)
            .filter(|vmport| vmport.get(state).is_none_or(|state| state == "on"))
            .map(|vmport| vmport as &Node<'_>);
        let on_ps2 = |input: &&Node<'_>| input.get(attribute!(INPUT, "bus")) == Some("ps2");
        let inputs = check.devices_of(&INPUT).map(|input| input as &Node<'_>).filter(on_ps2);
        let found: Vec<&Node<'_>> = vmport.into_iter().chain(inputs).collect();
        for needing in found {
            let related = check.related(off, "PS/2 is switched off here");
            let message = "this needs PS/2, which the machine does not have".to_owned();
            check.rule_problem(needing, None, message).with(related).add();
        }
    },
};

static EGL_HEADLESS: Rule = Rule {
    code: refused(
        "egl-headless",
        "A screen without output stands beside one that it does not go with.",
        "`egl-headless` draws for a `vnc` or `spice` screen, and for no other; a `spice` screen that draws with OpenGL itself \
         (`gl.enable`) needs no other.",
        machine!(
            "devices.graphics = [ { type = \"egl-headless\"; } { type = \"sdl\"; display = \":0\"; } ];"
        ),
        machine!("devices.graphics = [ { type = \"egl-headless\"; } { type = \"vnc\"; } ];"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefGraphics in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[GRAPHICS.name],
    versions: Versions::ALL,
    check: |check| {
        let kind = attribute!(GRAPHICS, "type");
        let screens: Vec<_> = check.devices_of(&GRAPHICS).collect();
        let Some(headless) = screens.iter().find(|screen| screen.get(kind) == Some("egl-headless")) else {
            return;
        };
        for screen in &screens {
            let message = match screen.get(kind) {
                Some("egl-headless" | "vnc") | None => continue,
                Some("spice") if at(screen, below!(GRAPHICS, "gl", "enable")) != Some("yes") => continue,
                Some("spice") => "a SPICE screen with OpenGL does not go with `egl-headless`".to_owned(),
                Some(other) => format!("`egl-headless` does not draw for a screen of the type `{other}`"),
            };
            let related = check.related(headless, "`egl-headless` is here");
            check.rule_problem(screen, None, message).with(related).add();
        }
    },
};

static SECURITY_MODEL: Rule = Rule {
    code: refused(
        "security-model",
        "There are several security labels, and one of them does not say its model.",
        "Each label names the security driver that it is for, such as `model = \"selinux\"`, and each driver has one.",
        machine!("seclabel = [ { type = \"none\"; model = \"selinux\"; } { type = \"none\"; } ];"),
        machine!(
            "seclabel = [ { type = \"none\"; model = \"selinux\"; } { type = \"none\"; model = \"dac\"; } ];"
        ),
    ),
    kind: "domain",
    mirrors: "virSecurityLabelDefsParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DOMAIN, "seclabel")],
    versions: Versions::ALL,
    check: |check| {
        let model = attribute!(SECLABEL, "model");
        let labels: Vec<_> = check.root().children_named(child_name!(DOMAIN, "seclabel")).collect();
        if labels.len() < 2 {
            return;
        }
        for label in labels.iter().filter(|label| lacks(label, model)) {
            let message = "one of several security labels needs a model".to_owned();
            check
                .rule_problem(label, None, message)
                .help("write `model`, such as \"selinux\" or \"dac\"")
                .add();
        }
    },
};

/// Whether a text is a date as a BIOS has it: month, day and year, of two digits for the 20th century.
fn is_bios_date(text: &str) -> bool {
    let parts: Vec<Option<u32>> = text.split('/').map(|part| part.parse().ok()).collect();
    matches!(parts[..], [Some(1..=12), Some(1..=31), Some(0..=99 | 1900..)])
}

static BIOS_DATE: Rule = Rule {
    code: refused(
        "bios-date",
        "The date of the BIOS is none.",
        "It goes by month, day and year, such as `02/28/2020`. A year of two digits is one of the 20th century.",
        machine!(
            "sysinfo = { type = \"smbios\"; bios.entry = { name = \"date\"; value = \"2020-02-28\"; }; };"
        ),
        machine!(
            "sysinfo = { type = \"smbios\"; bios.entry = { name = \"date\"; value = \"02/28/2020\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virSysinfoBIOSParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DOMAIN, "sysinfo")],
    versions: Versions::ALL,
    check: |check| {
        let [bios, entry, name] = way!(SYSINFO, "bios", "entry", "name")[..] else { return };
        let tables = check.root().children_named(child_name!(DOMAIN, "sysinfo"));
        let entries =
            tables.flat_map(|table| table.children_named(bios)).flat_map(|bios| bios.children_named(entry));
        let dates: Vec<_> = entries.filter(|entry| entry.get(name) == Some("date")).collect();
        // libvirt reads the first one.
        if let Some((date, text)) = dates.first().and_then(|date| Some((date, text_of(date)?)))
            && !is_bios_date(text)
        {
            let message = "this is no date as a BIOS has it".to_owned();
            check.rule_problem(date, None, message).help("write it as \"02/28/2020\"").add();
        }
    },
};

static TSEG: Rule = Rule {
    code: refused(
        "tseg",
        "Memory is set aside for system management in a machine that cannot do that, or it is no number of MiB.",
        "`features.smm.tseg` is there for q35 machines. Its size is a whole number of MiB.",
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"pc\"; };",
            "features.smm = { state = true; tseg = { count = 48; unit = \"MiB\"; }; };"
        ),
        machine!("features.smm = { state = true; tseg = { count = 48; unit = \"MiB\"; }; };"),
    ),
    kind: "domain",
    mirrors: "qemuDomainDefTsegPostParse in src/qemu/qemu_postparse.c",
    holds: Holds::Qemu,
    with: &[way!(DOMAIN, "features", "smm", "tseg")[2]],
    versions: Versions::ALL,
    check: |check| {
        let [features, smm, tseg] = way!(DOMAIN, "features", "smm", "tseg")[..] else { return };
        let smm = reach(check.root(), &[features, smm]);
        let state = below!(FEATURES, "smm", "state").1;
        let Some(size) = smm.filter(|smm| smm.get(state) != Some("off")).and_then(|smm| child(smm, tseg))
        else {
            return;
        };
        let message = match (check.family(), amount(size)) {
            _ if check.machine().is_some() && check.family() != Some(Family::Q35) => {
                "only a q35 machine sets memory aside for system management"
            }
            (_, Some(bytes)) if bytes % (1 << 20) != 0 => "this is no whole number of MiB",
            _ => return,
        };
        check.say(size, None, message.to_owned());
    },
};

/// Whether a device is certainly no virtio device, for those that can be one.
fn is_no_virtio(device: &Node<'_>) -> bool {
    let is = |element| std::ptr::eq(device.element, element);
    if is(&INTERFACE) {
        // Where none is given, the machine decides.
        return at(device, below!(INTERFACE, "model", "type"))
            .is_some_and(|kind| !kind.starts_with("virtio"));
    }
    if is(&DISK) {
        return bus(device).is_some_and(|bus| bus != "virtio");
    }
    if is(&VIDEO) {
        return at(device, below!(VIDEO, "model", "type")).is_some_and(|model| model != "virtio");
    }
    // libvirt drops a mouse and a keyboard on PS/2 before it looks at them: every machine has one of each.
    let bus = device.get(attribute!(INPUT, "bus")).filter(|bus| !matches!(*bus, "virtio" | "ps2"));
    is(&INPUT) && bus.is_some()
}

static VIRTIO_OPTIONS: Rule = Rule {
    code: refused(
        "virtio-options",
        "A device that is no virtio device has options of one.",
        "`driver.iommu`, `ats`, `packed` and `page_per_vq` are options of virtio devices.",
        machine!("devices.interface = { type = \"user\"; model.type = \"e1000e\"; driver.packed = true; };"),
        machine!("devices.interface = { type = \"user\"; model.type = \"virtio\"; driver.packed = true; };"),
    ),
    kind: "domain",
    mirrors: "virDomainCheckVirtioOptionsAreAbsent in src/conf/domain_validate.c",
    holds: Holds::Qemu,
    with: &[
        attribute!(VIRTIO_DRIVER, "iommu"),
        attribute!(VIRTIO_DRIVER, "ats"),
        attribute!(VIRTIO_DRIVER, "packed"),
        attribute!(VIRTIO_DRIVER, "page_per_vq"),
    ],
    versions: Versions::ALL,
    check: |check| {
        let options = [
            attribute!(VIRTIO_DRIVER, "iommu"),
            attribute!(VIRTIO_DRIVER, "ats"),
            attribute!(VIRTIO_DRIVER, "packed"),
            attribute!(VIRTIO_DRIVER, "page_per_vq"),
        ];
        for device in check.devices() {
            let Some(driver) = child(device, child_name!(INTERFACE, "driver")) else { continue };
            let given = options.iter().find(|option| driver.attribute(option).is_some());
            if let (Some(option), true) = (given, is_no_virtio(device)) {
                let message = format!("`{option}` is an option of virtio devices");
                check.rule_problem(driver, Some(option), message).help("leave it out").add();
            }
        }
    },
};
