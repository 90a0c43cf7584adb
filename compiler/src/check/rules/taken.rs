//! Rules on definitions that libvirt takes and does not follow: it drops a part in silence, or refuses
//! to start the machine for certain.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::CPU;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::graphics::GRAPHICS;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::network::{BRIDGE, NETWORK};
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::code::{machine, warned};
use crate::check::{Holds, Rule, at, child, repeats};

pub(super) const RULES: &[&Rule] = &[
    &ALIAS_DROPPED,
    &BRIDGE_NAME_LONG,
    &GRAPHICS_TWICE,
    &INTERFACE_NAME_LONG,
    &PASSTHROUGH_WITHOUT_KVM,
    &TAP_NAME_DROPPED,
];

/// The longest name of an interface on Linux, in bytes (`IFNAMSIZ` counts the end of the text as well).
const LONGEST_NAME: usize = 15;

static ALIAS_DROPPED: Rule = Rule {
    code: warned(
        "alias-dropped",
        "libvirt drops the alias of a device.",
        "Only an alias that begins with `ua-` is the user's. libvirt drops every other one and makes one up when the machine starts.",
        machine!("devices.sound = { model = \"ich9\"; alias.name = \"sound0\"; };"),
        machine!("devices.sound = { model = \"ich9\"; alias.name = \"ua-sound0\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDeviceInfoParseXML in src/conf/domain_conf.c",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "alias")],
    versions: Versions::ALL,
    check: |check| {
        // A definition of a running machine, from `virsh dumpxml`, is full of them.
        if check.root().attribute(attribute!(DOMAIN, "id")).is_some() {
            return;
        }
        let found: Vec<_> = check
            .devices()
            .filter_map(|device| Some((at(device, below!(DISK, "alias", "name"))?, device)))
            .filter(|(alias, _)| !alias.starts_with("ua-"))
            .collect();
        for (alias, device) in found {
            let message = format!("libvirt drops the alias `{alias}`");
            let help = format!("write `alias.name = \"ua-{alias}\"`");
            check.rule_problem(device, Some("alias"), message).help(help).add();
        }
    },
};

static TAP_NAME_DROPPED: Rule = Rule {
    code: warned(
        "tap-name-dropped",
        "libvirt drops the name of an interface on the host.",
        "Names that begin with `vnet`, `macvtap`, `macvlan`, `vif` or `veth` are those that libvirt makes up: it drops one that is \
         given and makes up another when the machine starts.",
        machine!(
            "devices.interface = { type = \"network\"; source.network = \"lan\"; target.dev = \"vnet7\"; };"
        ),
        machine!(
            "devices.interface = { type = \"network\"; source.network = \"lan\"; target.dev = \"lan7\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainNetDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Qemu,
    with: &[INTERFACE.name],
    versions: Versions::ALL,
    check: |check| {
        if check.root().attribute(attribute!(DOMAIN, "id")).is_some() {
            return;
        }
        let found: Vec<_> = check
            .devices_of(&INTERFACE)
            .filter_map(|interface| Some((at(interface, below!(INTERFACE, "target", "dev"))?, interface)))
            .filter(|(_, interface)| interface.get(attribute!(INTERFACE, "type")) != Some("ethernet"))
            .filter(|(name, _)| name.starts_with("vnet"))
            .collect();
        for (name, interface) in found {
            let message = format!("libvirt drops the name `{name}`, which is one that it makes up itself");
            check
                .rule_problem(interface, Some("target"), message)
                .help("use another name, or leave it out")
                .add();
        }
    },
};

static INTERFACE_NAME_LONG: Rule = Rule {
    code: warned(
        "interface-name-long",
        "The name of an interface on the host is too long, so that the machine does not start.",
        "Linux has names of up to 15 bytes.",
        machine!(
            "devices.interface = { type = \"network\"; source.network = \"lan\"; target.dev = \"a-very-long-name\"; };"
        ),
        machine!(
            "devices.interface = { type = \"network\"; source.network = \"lan\"; target.dev = \"a-short-name\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "virNetDevTapCreate in src/util/virnetdevtap.c",
    holds: Holds::Qemu,
    with: &[INTERFACE.name],
    versions: Versions::ALL,
    check: |check| {
        let found: Vec<_> = check
            .devices_of(&INTERFACE)
            .filter_map(|interface| Some((at(interface, below!(INTERFACE, "target", "dev"))?, interface)))
            .filter(|(name, _)| name.len() > LONGEST_NAME)
            .collect();
        for (name, interface) in found {
            let message =
                format!("`{name}` has {} bytes, and Linux has names of up to {LONGEST_NAME}", name.len());
            check.say(interface, Some("target"), message);
        }
    },
};

static BRIDGE_NAME_LONG: Rule = Rule {
    code: warned(
        "bridge-name-long",
        "The name of a bridge is too long, so that the network does not start.",
        "Linux has names of up to 15 bytes.",
        "{ kind = \"network\"; name = \"lan\"; bridge.name = \"a-very-long-name\"; }",
        "{ kind = \"network\"; name = \"lan\"; bridge.name = \"a-short-name\"; }",
    ),
    kind: "network",
    mirrors: "virNetDevBridgeCreate in src/util/virnetdevbridge.c",
    holds: Holds::Always,
    with: &[child_name!(NETWORK, "bridge")],
    versions: Versions::ALL,
    check: |check| {
        let Some(bridge) = child(check.root(), child_name!(NETWORK, "bridge")) else { return };
        if let Some(name) = bridge.get(attribute!(BRIDGE, "name"))
            && name.len() > LONGEST_NAME
        {
            let message =
                format!("`{name}` has {} bytes, and Linux has names of up to {LONGEST_NAME}", name.len());
            check.say(bridge, Some("name"), message);
        }
    },
};

static GRAPHICS_TWICE: Rule = Rule {
    code: warned(
        "graphics-twice",
        "The machine has two screens of one type, so that it does not start.",
        "QEMU has one screen of each type.",
        machine!("devices.graphics = [ { type = \"vnc\"; } { type = \"vnc\"; } ];"),
        machine!("devices.graphics = { type = \"vnc\"; };"),
    ),
    kind: "domain",
    mirrors: "qemuProcessStartValidateGraphics in src/qemu/qemu_process.c",
    holds: Holds::Qemu,
    with: &[GRAPHICS.name],
    versions: Versions::ALL,
    check: |check| {
        let of_type = check
            .devices_of(&GRAPHICS)
            .filter_map(|graphics| Some((graphics.get(attribute!(GRAPHICS, "type"))?, graphics)));
        let of_type: Vec<_> = of_type.filter(|(kind, _)| matches!(*kind, "vnc" | "spice" | "sdl")).collect();
        for (kind, graphics, other) in repeats(of_type) {
            let related = check.related(other, "the other one is here");
            let message = format!("QEMU has one screen of the type `{kind}`");
            check.rule_problem(graphics, None, message).with(related).add();
        }
    },
};

static PASSTHROUGH_WITHOUT_KVM: Rule = Rule {
    code: warned(
        "passthrough-without-kvm",
        "A machine without KVM is to have the host's CPU, so that it does not start.",
        "`host-passthrough` hands the host's CPU to the guest, which takes KVM: `type = \"kvm\"`. Without it, use `maximum`, or a \
         model.",
        "{
  type = \"qemu\"; name = \"web\"; memory = 1048576; cpu.mode = \"host-passthrough\";
  os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };
}",
        "{
  type = \"kvm\"; name = \"web\"; memory = 1048576; cpu.mode = \"host-passthrough\";
  os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };
}",
    ),
    kind: "domain",
    mirrors: "qemuProcessUpdateGuestCPU in src/qemu/qemu_process.c",
    holds: Holds::Qemu,
    with: &[CPU.name],
    versions: Versions::ALL,
    check: |check| {
        let Some(cpu) = child(check.root(), child_name!(DOMAIN, "cpu")) else { return };
        let is_slow = check.root().get(attribute!(DOMAIN, "type")) == Some("qemu");
        if is_slow && cpu.get(attribute!(CPU, "mode")) == Some("host-passthrough") {
            let message = "a machine of the type `qemu` cannot have the host's CPU".to_owned();
            check
                .rule_problem(cpu, Some("mode"), message)
                .help("write `type = \"kvm\"`, or `mode = \"maximum\"`")
                .add();
        }
    },
};
