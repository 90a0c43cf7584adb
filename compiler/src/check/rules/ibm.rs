//! Rules on machines of POWER and mainframes: addresses of their own, host bridges with an index, whole cores.

use std::collections::BTreeMap;

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::CPU;
use nixvirt_schema::domain::devices::DEVICES;
use nixvirt_schema::domain::devices::chardev::SERIAL;
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::devices::tpm::TPM;
use nixvirt_schema::domain::vcpu::VCPU;
use nixvirt_schema::machine::Family;
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{Versions, attribute, below, child_name, parse_number, way};

use super::code::{machine, refused};
use super::cpu::vcpus;
use crate::check::{Holds, Rule, at, child, lacks, reach, repeats};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[&PCI_TARGET_INDEX, &SPAPR_ADDRESS_TWICE, &VCPU_CORES, &ZPCI];

static SPAPR_ADDRESS_TWICE: Rule = Rule {
    code: refused(
        "spapr-address-twice",
        "Two devices of a POWER machine have the same register.",
        "`reg` is where the device is on the machine's virtual bus. libvirt assigns it to devices that have none.",
        machine!(
            "os = { type = \"hvm\"; arch = \"ppc64\"; machine = \"pseries\"; };",
            "devices.controller = [
    { type = \"scsi\"; index = 0; model = \"ibmvscsi\"; address = { type = \"spapr-vio\"; reg = \"0x4000\"; }; }
    { type = \"scsi\"; index = 1; model = \"ibmvscsi\"; address = { type = \"spapr-vio\"; reg = \"0x4000\"; }; }
  ];"
        ),
        machine!(
            "os = { type = \"hvm\"; arch = \"ppc64\"; machine = \"pseries\"; };",
            "devices.controller = [ { type = \"scsi\"; index = 0; model = \"ibmvscsi\"; } { type = \"scsi\"; index = 1; model = \"ibmvscsi\"; } ];"
        ),
    ),
    kind: "domain",
    mirrors: "qemuDomainAssignSpaprVIOAddress in src/qemu/qemu_domain_address.c",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        let nvram = child_name!(DEVICES, "nvram");
        let kinds = [&INTERFACE, &CONTROLLER, &SERIAL, &TPM];
        let is_there = |device: &&Node<'_>| {
            device.element.name == nvram || kinds.iter().any(|kind| std::ptr::eq(device.element, *kind))
        };
        let register = |device: &Node<'_>| {
            let address = child(device, child_name!(DISK, "address"))?;
            let is = address.get(attribute!(ADDRESS, "type")) == Some("spapr-vio");
            parse_number(address.get(attribute!(ADDRESS, "reg")).filter(|_| is)?)
        };
        let devices = check.devices().map(|device| device as &Node<'_>).filter(is_there);
        let found: Vec<_> = devices.filter_map(|device| Some((register(device)?, device))).collect();
        for (register, device, other) in repeats(found) {
            let related = check.related(other, "the other device is here");
            let message = format!("the register {register:#x} is used by two devices");
            let help = "leave the addresses out: libvirt assigns them";
            check.rule_problem(device, Some("address"), message).with(related).help(help).add();
        }
    },
};

static ZPCI: Rule = Rule {
    code: refused(
        "zpci",
        "A PCI device has a mainframe's identifiers in another machine, or two devices have the same ones.",
        "`zpci` is there for s390x. `uid` is a number from 1 to 0xffff; no two devices have the same `uid` or `fid`. libvirt assigns \
         them to devices that have none.",
        machine!(
            "devices.interface = { type = \"user\"; model.type = \"virtio\"; address = { type = \"pci\"; bus = 0; slot = 5; zpci.uid = 1; }; };"
        ),
        machine!("devices.interface = { type = \"user\"; model.type = \"virtio\"; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefZPCIAddress in src/qemu/qemu_validate.c; virDomainZPCIAddressReserveId",
    holds: Holds::Qemu,
    with: &[way!(ADDRESS, "zpci", "uid")[0]],
    versions: Versions::ALL,
    check: |check| {
        let (uid, fid) = (way!(ADDRESS, "zpci", "uid")[1], way!(ADDRESS, "zpci", "fid")[1]);
        let mut numbered: BTreeMap<&str, Vec<(u64, &Node<'_>)>> = BTreeMap::new();
        for device in check.devices() {
            let zpci = child(device, child_name!(DISK, "address"))
                .and_then(|address| child(address, way!(ADDRESS, "zpci", "uid")[0]));
            let Some(zpci) = zpci else { continue };
            if check.arch().is_some_and(|arch| !arch.starts_with("s390")) {
                let message = "only an s390x machine has `zpci`".to_owned();
                check.rule_problem(zpci, None, message).help("leave it out").add();
                continue;
            }
            for name in [uid, fid] {
                let number = zpci.get(name).and_then(parse_number);
                if (name, number) == (uid, Some(0)) {
                    check.say(zpci, Some(uid), "`uid` is a number from 1 to 0xffff".to_owned());
                } else if let Some(number) = number {
                    numbered.entry(name).or_default().push((number, zpci));
                }
            }
        }
        for (name, found) in numbered {
            for (number, zpci, other) in repeats(found) {
                let related = check.related(other, "the other device is here");
                let message = format!("two devices have the `{name}` {number:#x}");
                check.rule_problem(zpci, Some(name), message).with(related).add();
            }
        }
    },
};

static PCI_TARGET_INDEX: Rule = Rule {
    code: refused(
        "pci-target-index",
        "A PCI host bridge has the target index of another one.",
        "The PCI controller with `index = 0` has `target.index = 0`, and no other has.",
        machine!(
            "os = { type = \"hvm\"; arch = \"ppc64\"; machine = \"pseries\"; };",
            "devices.controller = { type = \"pci\"; index = 1; model = \"pci-root\"; target.index = 0; };"
        ),
        machine!(
            "os = { type = \"hvm\"; arch = \"ppc64\"; machine = \"pseries\"; };",
            "devices.controller = { type = \"pci\"; index = 1; model = \"pci-root\"; target.index = 1; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainControllerDefValidate in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        let index_of_target = below!(CONTROLLER, "target", "index");
        for (index, controller) in check.controllers("pci").unwrap_or_default() {
            let Some(target) = at(controller, index_of_target).and_then(parse_number) else { continue };
            if (index == 0) != (target == 0) {
                let message = format!("the PCI controller {index} has the target index {target}");
                let help = "the controller 0 has the target index 0, and no other has";
                check.rule_problem(controller, Some(index_of_target.0), message).help(help).add();
            }
        }
    },
};

static VCPU_CORES: Rule = Rule {
    code: refused(
        "vcpu-cores",
        "A POWER machine has a part of a core.",
        "A `pseries` machine gets whole cores: the number of vCPUs that it boots with is a multiple of `cpu.topology.threads`.",
        r#"{
  type = "kvm"; name = "web"; memory = 1048576; vcpu = { count = 2; current = 1; };
  os = { type = "hvm"; arch = "ppc64"; machine = "pseries"; }; cpu.topology = { sockets = 1; cores = 1; threads = 2; };
}"#,
        r#"{
  type = "kvm"; name = "web"; memory = 1048576; vcpu = { count = 2; current = 2; };
  os = { type = "hvm"; arch = "ppc64"; machine = "pseries"; }; cpu.topology = { sockets = 1; cores = 1; threads = 2; };
}"#,
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainVCpuTopology in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[way!(DOMAIN, "cpu", "topology")[1]],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        if check.family() != Some(Family::Pseries) {
            return;
        }
        let topology = reach(root, way!(DOMAIN, "cpu", "topology"));
        let threads = way!(CPU, "topology", "threads")[1];
        let threads = topology.and_then(|topology| topology.get(threads)?.parse::<u64>().ok());
        let vcpu = child(root, child_name!(DOMAIN, "vcpu"));
        let current = match vcpu.map(|vcpu| (vcpu, vcpu.attribute(attribute!(VCPU, "current")))) {
            Some((_, Some(current))) => current.value.text.parse().ok(),
            Some((vcpu, None)) if !lacks(vcpu, attribute!(VCPU, "current")) => None,
            _ => vcpus(check),
        };
        if let (Some(threads @ 1..), Some(current), Some(vcpu)) = (threads, current, vcpu)
            && current % threads != 0
        {
            let message = format!("{current} vCPUs are no whole cores of {threads} threads");
            check.say(vcpu, None, message);
        }
    },
};
