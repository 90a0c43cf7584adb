//! Addresses and numbers that one device or thread can have.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::chardev::{CHANNEL, CONSOLE};
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::vcpu::{CPUTUNE, IOTHREADIDS};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{Versions, attribute, below, child_name, parse_number};

use crate::check::rules::code::{machine, refused};
use crate::check::{Holds, Rule, at, child, numbers, repeats};
use crate::document::Node;

pub(super) static CCW_TWICE: Rule = Rule {
    code: refused(
        "ccw-twice",
        "Two devices have the same address on a mainframe's channel.",
        "Each device has a number of its own. Leave the addresses out: libvirt assigns them.",
        machine!(
            "os = { type = \"hvm\"; arch = \"s390x\"; machine = \"s390-ccw-virtio\"; };",
            "devices.disk = [
    { source.file = \"/a.img\"; target.dev = \"vda\"; address = { type = \"ccw\"; cssid = 254; ssid = 0; devno = 1; }; }
    { source.file = \"/b.img\"; target.dev = \"vdb\"; address = { type = \"ccw\"; cssid = 254; ssid = 0; devno = 1; }; }
  ];"
        ),
        machine!(
            "os = { type = \"hvm\"; arch = \"s390x\"; machine = \"s390-ccw-virtio\"; };",
            "devices.disk = [ { source.file = \"/a.img\"; target.dev = \"vda\"; } { source.file = \"/b.img\"; target.dev = \"vdb\"; } ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainCCWAddressAssign in src/conf/domain_addr.c",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        let names = [attribute!(ADDRESS, "cssid"), attribute!(ADDRESS, "ssid"), attribute!(ADDRESS, "devno")];
        let key = |device: &Node<'_>| {
            let address = child(device, child_name!(DISK, "address"))?;
            let is_ccw = address.get(attribute!(ADDRESS, "type")) == Some("ccw");
            // Without a number, libvirt picks one.
            let is_given = address.attribute(attribute!(ADDRESS, "devno")).is_some();
            numbers(address, names).filter(|_| is_ccw && is_given)
        };
        // The first console may be a serial port, of which the address is.
        let devices = check.devices().map(|device| device as &Node<'_>);
        let keyed: Vec<_> = devices.filter_map(|device| Some((key(device)?, device))).collect();
        for ([cssid, ssid, devno], device, other) in repeats(keyed) {
            let related = check.related(other, "the other device is here");
            let message = format!("the address {cssid:x}.{ssid:x}.{devno:04x} is used by two devices");
            check.rule_problem(device, Some("address"), message).with(related).add();
        }
    },
};

pub(super) static VIRTIO_SERIAL_TWICE: Rule = Rule {
    code: refused(
        "virtio-serial-port-twice",
        "Two channels are at the same port of a virtio serial controller.",
        "Each port takes one channel or console. Leave the addresses out: libvirt assigns them.",
        machine!(
            "devices.channel = [
    { type = \"unix\"; target = { type = \"virtio\"; name = \"a\"; }; address = { type = \"virtio-serial\"; controller = 0; port = 1; }; }
    { type = \"unix\"; target = { type = \"virtio\"; name = \"b\"; }; address = { type = \"virtio-serial\"; controller = 0; port = 1; }; }
  ];"
        ),
        machine!(
            "devices.channel = [
    { type = \"unix\"; target = { type = \"virtio\"; name = \"a\"; }; }
    { type = \"unix\"; target = { type = \"virtio\"; name = \"b\"; }; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainVirtioSerialAddrReserve in src/conf/domain_addr.c",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        let names = [attribute!(ADDRESS, "controller"), attribute!(ADDRESS, "port")];
        let key = |device: &Node<'_>| {
            let address = child(device, child_name!(DISK, "address"))?;
            let is_of_it = address.get(attribute!(ADDRESS, "type")) == Some("virtio-serial");
            let target = at(device, below!(CHANNEL, "target", "type"));
            // The port 0 of a channel asks for one.
            let found = numbers(address, names).filter(|_| is_of_it && target == Some("virtio"))?;
            (found[1] != 0).then_some(found)
        };
        let of_kind = |device: &&Node<'_>| {
            [&CHANNEL, &CONSOLE].iter().any(|kind| std::ptr::eq(device.element, *kind))
        };
        let devices = check.devices().map(|device| device as &Node<'_>).filter(of_kind);
        let keyed: Vec<_> = devices.filter_map(|device| Some((key(device)?, device))).collect();
        for ([controller, port], device, other) in repeats(keyed) {
            let related = check.related(other, "the other device is here");
            let message = format!("the port {port} of controller {controller} is used by two devices");
            check.rule_problem(device, Some("address"), message).with(related).add();
        }
    },
};

pub(super) static IOTHREAD_TWICE: Rule = Rule {
    code: refused(
        "iothread-twice",
        "Two I/O threads have the same number.",
        "Each `id` of `iothreadids.iothread` stands once, and is not 0.",
        machine!("iothreads = 2; iothreadids.iothread = [ { id = 1; } { id = 1; } ];"),
        machine!("iothreads = 2; iothreadids.iothread = [ { id = 1; } { id = 2; } ];"),
    ),
    kind: "domain",
    mirrors: "virDomainDefParseIOThreads in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DOMAIN, "iothreadids")],
    versions: Versions::ALL,
    check: |check| {
        let Some(ids) = child(check.root(), child_name!(DOMAIN, "iothreadids")) else { return };
        let threads = ids.children_named(child_name!(IOTHREADIDS, "iothread"));
        let id = below!(IOTHREADIDS, "iothread", "id").1;
        let keyed: Vec<_> =
            threads.filter_map(|thread| Some((thread.get(id).and_then(parse_number)?, thread))).collect();
        for (id, thread, other) in repeats(keyed) {
            let related = check.related(other, "the other one is here");
            let message = format!("two I/O threads have the number {id}");
            check.rule_problem(thread, Some("id"), message).with(related).add();
        }
    },
};

pub(super) static VCPUPIN_TWICE: Rule = Rule {
    code: refused(
        "vcpupin-twice",
        "A vCPU is pinned twice.",
        "Each `vcpu` of `cputune.vcpupin` stands once.",
        machine!("cputune.vcpupin = [ { vcpu = 0; cpuset = \"0\"; } { vcpu = 0; cpuset = \"1\"; } ];"),
        machine!("cputune.vcpupin = [ { vcpu = 0; cpuset = \"0\"; } { vcpu = 1; cpuset = \"1\"; } ];"),
    ),
    kind: "domain",
    mirrors: "virDomainVcpuPinDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DOMAIN, "cputune")],
    versions: Versions::ALL,
    check: |check| {
        let Some(cputune) = child(check.root(), child_name!(DOMAIN, "cputune")) else { return };
        // Pins of vCPUs that are not there are dropped before anything is said of them.
        let Some(count) = crate::check::rules::cpu::vcpus(check) else { return };
        let pins = cputune.children_named(child_name!(CPUTUNE, "vcpupin"));
        let vcpu = below!(CPUTUNE, "vcpupin", "vcpu").1;
        let keyed = pins.filter_map(|pin| Some((pin.get(vcpu).and_then(parse_number)?, pin)));
        let keyed: Vec<_> = keyed.filter(|(vcpu, _)| *vcpu < count).collect();
        for (vcpu, pin, other) in repeats(keyed) {
            let related = check.related(other, "the other one is here");
            check
                .rule_problem(pin, Some("vcpu"), format!("the vCPU {vcpu} is pinned twice"))
                .with(related)
                .add();
        }
    },
};
