//! Parts of devices and features that need another part, or do not go with one.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::graphics::GRAPHICS;
use nixvirt_schema::domain::devices::input::INPUT;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::devices::shmem::SHMEM;
use nixvirt_schema::domain::devices::video::VIDEO;
use nixvirt_schema::shared::device::VIRTIO_DRIVER;
use nixvirt_schema::shared::seclabel::SECLABEL;
use nixvirt_schema::{Versions, attribute, below, child_name, way};

use super::code::{machine, refused};
use super::disks::bus;
use crate::check::{Holds, Rule, at, child, lacks, reach, text_of};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[
    &EGL_HEADLESS,
    &EXPANDER_NODE,
    &INPUT_MODEL,
    &PORT_FORWARD,
    &SECURITY_MODEL,
    &SHMEM_INTERRUPTS,
    &VIRTIO_OPTIONS,
];

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
