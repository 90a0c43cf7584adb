//! Warnings of vCPUs and threads: pins that miss, and threads that nothing uses.

use std::collections::BTreeSet;

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::vcpu::{CPUTUNE, VCPU};
use nixvirt_schema::{Versions, attribute, below, child_name, way};

use crate::check::rules::code::{machine, warned};
use crate::check::{Holds, Rule, child, lacks, text_of};
use crate::document::Node;

/// The text of a child, where it is valid.
fn text<'n>(node: &'n Node<'_>, name: &'static str) -> Option<&'n str> {
    text_of(child(node, name)?)
}

pub(super) static IOTHREAD_UNUSED: Rule = Rule {
    code: warned(
        "iothread-unused",
        "A machine has I/O threads, and no device uses one.",
        "An I/O thread serves the disks and controllers that name it in `driver.iothread`, and no others. A disk on the bus `virtio` can \
         have one, and a controller of the model `virtio-scsi` for all of its disks.",
        machine!(
            "iothreads.count = 1; devices.disk = { source.file = \"/a.img\"; target = { dev = \"vda\"; bus = \"virtio\"; }; };"
        ),
        machine!(
            "iothreads.count = 1; devices.disk = { driver.iothread = 1; source.file = \"/a.img\"; target = { dev = \"vda\"; bus = \"virtio\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuBuildIOThreadCommandLine in src/qemu/qemu_command.c",
    holds: Holds::Qemu,
    with: &[child_name!(DOMAIN, "iothreads")],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let Some(threads) = child(root, child_name!(DOMAIN, "iothreads")) else { return };
        let count = text(root, child_name!(DOMAIN, "iothreads")).and_then(|count| count.parse::<u32>().ok());
        if count.is_none_or(|count| count == 0)
            || check.qemu_gets_more()
            // A user who numbers them means to plug in devices that use them.
            || !lacks(root, child_name!(DOMAIN, "iothreadids"))
            || may_use_thread(root)
        {
            return;
        }
        let message = "no device uses an I/O thread".to_owned();
        let help = "write `driver.iothread = 1` in a disk on `virtio` or in a `virtio-scsi` controller";
        check.rule_problem(threads, None, message).help(help).add();
    },
};

/// Whether a device uses an I/O thread, or may for all that is known.
fn may_use_thread(root: &Node<'_>) -> bool {
    fn uses(node: &Node<'_>) -> bool {
        let (one, many) = (way!(DISK, "driver", "iothread")[1], way!(DISK, "driver", "iothreads")[1]);
        !lacks(node, one) || !lacks(node, many) || node.children.iter().any(uses)
    }
    let devices = child_name!(DOMAIN, "devices");
    let mut holders = root.children_named(devices).peekable();
    let unknown = holders.peek().is_none() && !lacks(root, devices);
    unknown || holders.any(uses)
}

/// The vCPUs of a machine, and those that are pinned, with the nodes that say so.
fn pins<'n>(root: &'n Node<'_>) -> Option<(u32, Vec<(u32, &'n Node<'n>)>)> {
    let vcpu = child_name!(DOMAIN, "vcpu");
    let count = match child(root, vcpu) {
        Some(_) => text(root, vcpu)?.parse().ok()?,
        None => lacks(root, vcpu).then_some(1)?,
    };
    let tune = child(root, child_name!(DOMAIN, "cputune"))?;
    let (pin, which) = below!(CPUTUNE, "vcpupin", "vcpu");
    let pins =
        tune.children_named(pin).filter_map(|pin| Some((pin.get(which)?.parse().ok()?, pin as &Node<'_>)));
    Some((count, pins.collect()))
}

pub(super) static VCPU_PIN_BEYOND: Rule = Rule {
    code: warned(
        "vcpu-pin-beyond",
        "A vCPU is pinned that the machine does not have.",
        "The vCPUs are counted from 0, so that a machine with `vcpu = 4` has 0 to 3. libvirt drops the others of `cputune.vcpupin` without a \
         word.",
        machine!(
            "cputune.vcpupin = [ { vcpu = 1; cpuset = \"2\"; } { vcpu = 0; cpuset = \"1\"; } { vcpu = 2; cpuset = \"3\"; } ];"
        ),
        machine!("cputune.vcpupin = [ { vcpu = 0; cpuset = \"2\"; } { vcpu = 1; cpuset = \"3\"; } ];"),
    ),
    kind: "domain",
    mirrors: "virDomainVcpuPinDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DOMAIN, "cputune")],
    versions: Versions::ALL,
    check: |check| {
        let Some((count, pins)) = pins(check.root()) else { return };
        for (vcpu, pin) in pins.into_iter().filter(|(vcpu, _)| *vcpu >= count) {
            let message = format!("there is no vCPU {vcpu}: the machine has {count}, counted from 0");
            check.say(pin, Some(below!(CPUTUNE, "vcpupin", "vcpu").1), message);
        }
    },
};

pub(super) static VCPUS_PARTLY_PINNED: Rule = Rule {
    code: warned(
        "vcpus-partly-pinned",
        "Some vCPUs are pinned, and others are not.",
        "A vCPU that is not pinned runs on any of the host's CPUs, those of the pinned ones included. `vcpu.cpuset` says where vCPUs run \
         that `cputune.vcpupin` does not name.",
        machine!("cputune.vcpupin = { vcpu = 0; cpuset = \"2\"; };"),
        machine!("cputune.vcpupin = [ { vcpu = 0; cpuset = \"2\"; } { vcpu = 1; cpuset = \"3\"; } ];"),
    ),
    kind: "domain",
    mirrors: "qemuProcessSetupVcpu in src/qemu/qemu_process.c",
    holds: Holds::Qemu,
    with: &[child_name!(DOMAIN, "cputune")],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let Some((count, pins)) = pins(root) else { return };
        let elsewhere = [attribute!(VCPU, "cpuset"), attribute!(VCPU, "placement")];
        let vcpu = child(root, child_name!(DOMAIN, "vcpu"));
        if vcpu.is_some_and(|vcpu| elsewhere.iter().any(|name| !lacks(vcpu, name))) {
            return;
        }
        // A vCPU that is pinned twice may be a misspelt number of another one.
        let twice = pins.len() != pins.iter().map(|(vcpu, _)| vcpu).collect::<BTreeSet<_>>().len();
        let pinned: BTreeSet<u32> = pins.iter().map(|(vcpu, _)| *vcpu).filter(|vcpu| *vcpu < count).collect();
        let tune = child(root, child_name!(DOMAIN, "cputune"));
        let known =
            tune.is_some_and(|tune| !crate::check::may_have(tune, below!(CPUTUNE, "vcpupin", "vcpu").0));
        let free: Vec<u32> = (0..count).filter(|vcpu| !pinned.contains(vcpu)).take(2).collect();
        if let (Some(&(_, pin)), [first, ..], true, false) =
            (pins.first(), &free[..], known && !twice, pinned.is_empty())
        {
            let message = format!("vCPU {first} is pinned nowhere, and others are");
            let help = "pin every vCPU, or say in `vcpu.cpuset` where the others run";
            check.rule_problem(pin, None, message).help(help).add();
        }
    },
};
