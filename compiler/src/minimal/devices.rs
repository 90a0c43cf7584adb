//! Devices that libvirt adds to a machine by itself (`qemuDomainDefAddDefaultDevices`, `virDomainDefAddConsoleCompat`), and what it
//! writes into others.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::audio::AUDIO;
use nixvirt_schema::domain::devices::chardev::{CONSOLE, SERIAL};
use nixvirt_schema::domain::devices::graphics::GRAPHICS;
use nixvirt_schema::domain::devices::input::INPUT;
use nixvirt_schema::domain::devices::memballoon::MEMBALLOON;
use nixvirt_schema::domain::devices::watchdog::WATCHDOG;
use nixvirt_schema::machine::{Family, is_x86, serial};
use nixvirt_schema::{attribute, below, child_name, way};

use super::left::{LeftOut, has_remarks};
use super::machine::QemuMachine;
use crate::check::{at, child, reach};
use crate::document::Node;

/// Leaves out the devices that libvirt adds, and what it writes into those that stay.
pub(super) fn leave_out(machine: &QemuMachine<'_, '_>, left: &mut LeftOut) {
    inputs(machine, left);
    audio(machine, left);
    watchdog(machine, left);
    balloon(machine, left);
    console(machine, left);
    machine.of_element(&SERIAL).for_each(|port| serial_model(port, left));
    machine.of_element(&GRAPHICS).for_each(|screen| listen(screen, left));
}

/// A PC has a mouse and a keyboard of PS/2, which libvirt puts behind the other input devices, the mouse first.
fn inputs(machine: &QemuMachine<'_, '_>, left: &mut LeftOut) {
    let has_ps2 = matches!(machine.family, Some(Family::Q35 | Family::I440fx)) && is_x86(machine.arch);
    let off = reach(machine.root, way!(DOMAIN, "features", "ps2"))
        .is_some_and(|ps2| ps2.attributes.iter().any(|state| state.value.text == "off"));
    if !has_ps2 || off {
        return;
    }
    let (kind, bus) = (attribute!(INPUT, "type"), attribute!(INPUT, "bus"));
    let inputs: Vec<&Node<'_>> = machine.of_element(&INPUT).collect();
    let is = |input: &Node<'_>, name| {
        input.get(kind) == Some(name) && input.get(bus) == Some("ps2") && left.is_bare(input, &[kind, bus])
    };
    let behind = match inputs.as_slice() {
        [.., mouse, keyboard] if is(mouse, "mouse") && is(keyboard, "keyboard") => {
            match (has_remarks(mouse), has_remarks(keyboard)) {
                (false, false) => 2,
                (true, false) => 1,
                (_, true) => 0,
            }
        }
        _ => 0,
    };
    inputs.iter().rev().take(behind).for_each(|input| left.node(input));
}

/// Where there is no screen, or the last one that has sound is VNC's or SPICE's, libvirt chooses where sound goes.
fn audio(machine: &QemuMachine<'_, '_>, left: &mut LeftOut) {
    let (kind, id) = (attribute!(AUDIO, "type"), attribute!(AUDIO, "id"));
    let screens = machine.of_element(&GRAPHICS).filter_map(|screen| screen.get(attribute!(GRAPHICS, "type")));
    let has_screen = machine.of_element(&GRAPHICS).next().is_some();
    let usual = match screens.filter(|kind| matches!(*kind, "vnc" | "spice" | "sdl")).last() {
        Some("spice") => "spice",
        Some("vnc") => "none",
        None if !has_screen => "none",
        _ => return,
    };
    let mut all = machine.of_element(&AUDIO);
    if let (Some(audio), None) = (all.next(), all.next())
        && audio.get(kind) == Some(usual)
        && audio.get(id) == Some("1")
        && left.is_bare(audio, &[kind, id])
    {
        left.node(audio);
    }
}

/// A q35 machine has a watchdog, which does what the first one does, or resets.
fn watchdog(machine: &QemuMachine<'_, '_>, left: &mut LeftOut) {
    let (model, action) = (attribute!(WATCHDOG, "model"), attribute!(WATCHDOG, "action"));
    let all: Vec<&Node<'_>> = machine.of_element(&WATCHDOG).collect();
    if let (Some(Family::Q35), [others @ .., last]) = (machine.family, all.as_slice())
        && last.get(model) == Some("itco")
        && last.get(action) == Some(others.first().and_then(|first| first.get(action)).unwrap_or("reset"))
        && left.is_bare(last, &[model, action])
    {
        left.node(last);
    }
}

/// Most machines have a balloon.
fn balloon(machine: &QemuMachine<'_, '_>, left: &mut LeftOut) {
    let has_one =
        is_x86(machine.arch) || ["ppc", "riscv", "s390"].iter().any(|begin| machine.arch.starts_with(begin));
    let model = attribute!(MEMBALLOON, "model");
    for balloon in machine.of_element(&MEMBALLOON).filter(|_| has_one) {
        if balloon.get(model) == Some("virtio") && left.is_bare(balloon, &[model]) {
            left.node(balloon);
        }
    }
}

/// The first console stands for the first serial port.
fn console(machine: &QemuMachine<'_, '_>, left: &mut LeftOut) {
    let (Some(console), Some(port)) =
        (machine.of_element(&CONSOLE).next(), machine.of_element(&SERIAL).next())
    else {
        return;
    };
    let has_console = at(port, below!(SERIAL, "target", "type"))
        .is_some_and(|kind| serial::port(kind).is_some_and(|port| port.has_console));
    let names = [child_name!(SERIAL, "target"), child_name!(SERIAL, "address"), child_name!(SERIAL, "alias")];
    let is_first = at(console, below!(CONSOLE, "target", "type")) == Some("serial")
        && at(console, below!(CONSOLE, "target", "port")) == Some("0");
    if has_console && is_first && says_the_same(console, port, &names) {
        left.node(console);
    }
}

/// Whether two nodes say the same: attributes, text and children, apart from children of these names.
fn says_the_same(one: &Node<'_>, other: &Node<'_>, without: &[&str]) -> bool {
    fn values<'n>(node: &'n Node<'_>) -> impl Iterator<Item = (&'static str, &'n str)> {
        node.attributes.iter().map(|it| (node.attribute_entry(it).name, &*it.value.text))
    }
    fn text<'n>(node: &'n Node<'_>) -> Option<&'n str> {
        node.text.as_ref().map(|text| &*text.text)
    }
    let counts = |child: &&Node<'_>| !without.contains(&child.element.name);
    let ones: Vec<&Node<'_>> = one.children.iter().filter(counts).collect();
    let others: Vec<&Node<'_>> = other.children.iter().filter(counts).collect();
    let pair = |(one, other): (&&Node<'_>, &&Node<'_>)| {
        one.element.name == other.element.name && says_the_same(one, other, &[])
    };
    values(one).eq(values(other))
        && text(one) == text(other)
        && ones.len() == others.len()
        && ones.iter().zip(&others).all(pair)
}

/// The model of a serial port follows from its kind.
fn serial_model(port: &Node<'_>, left: &mut LeftOut) {
    let Some(target) = child(port, child_name!(SERIAL, "target")) else { return };
    let kind = target.get(below!(SERIAL, "target", "type").1).and_then(serial::port);
    for model in &target.children {
        let name = model.attributes.first().map(|name| &*name.value.text);
        if kind.is_some_and(|kind| matches!(kind.models, [only] if Some(*only) == name)) {
            left.node(model);
        }
    }
}

/// libvirt prints where a screen listens twice: in `listen`, and in an attribute of that name or `socket`.
fn listen(screen: &Node<'_>, left: &mut LeftOut) {
    let Some(first) = child(screen, child_name!(GRAPHICS, "listen")) else { return };
    let pairs = [
        (attribute!(GRAPHICS, "listen"), below!(GRAPHICS, "listen", "address").1),
        (attribute!(GRAPHICS, "socket"), below!(GRAPHICS, "listen", "socket").1),
    ];
    for (outer, inner) in pairs {
        if let Some(attribute) = screen.attribute(outer)
            && first.get(inner) == Some(&*attribute.value.text)
        {
            left.attribute(attribute);
        }
    }
}
