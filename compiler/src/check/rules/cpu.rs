//! The number of vCPUs and their topology.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::CPU;
use nixvirt_schema::domain::vcpu::VCPU;
use nixvirt_schema::{attribute, child_name};

use super::{machine, refused};
use crate::check::{Check, Holds, Rule, child};

pub(super) const RULES: &[&Rule] = &[&VCPU_CURRENT_ABOVE, &TOPOLOGY_MISMATCH];

/// The number of vCPUs that a machine can have; 1 where it does not say.
fn vcpus(check: &Check<'_, '_>) -> Option<u64> {
    match child(check.root(), child_name!(DOMAIN, "vcpu")) {
        Some(vcpu) => vcpu.text.as_ref().filter(|text| text.valid)?.text.parse().ok(),
        None => (!crate::check::may_have(check.root(), child_name!(DOMAIN, "vcpu"))).then_some(1),
    }
}

static VCPU_CURRENT_ABOVE: Rule = Rule {
    code: refused(
        "vcpu-current-above",
        "More vCPUs are to be plugged in than the machine can have.",
        "`vcpu.count` is the most that the machine can have, `vcpu.current` how many it has when it boots.",
        "{
  type = \"kvm\"; name = \"web\"; memory = 1048576; vcpu = { count = 2; current = 4; };
  os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };
}",
        "{
  type = \"kvm\"; name = \"web\"; memory = 1048576; vcpu = { count = 4; current = 2; };
  os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };
}",
    ),
    kind: "domain",
    mirrors: "virDomainDefSetVcpus in src/conf/domain_conf.c",
    holds: Holds::Always,
    check: |check| {
        let Some(vcpu) = child(check.root(), child_name!(DOMAIN, "vcpu")) else { return };
        let current = vcpu.get(attribute!(VCPU, "current")).and_then(|current| current.parse::<u64>().ok());
        if let (Some(most), Some(current)) = (vcpus(check), current)
            && current > most
        {
            let message = format!("{current} vCPUs are more than the {most} that the machine can have");
            check.say(vcpu, Some("current"), message);
        }
    },
};

static TOPOLOGY_MISMATCH: Rule = Rule {
    code: refused(
        "topology-mismatch",
        "The CPU topology has another number of vCPUs than the machine.",
        "The product of sockets, dies, clusters, cores and threads has to be the number in `vcpu`. What is not given \
         counts as 1.",
        machine!("cpu.topology = { sockets = 1; cores = 4; threads = 2; };"),
        machine!("cpu.topology = { sockets = 1; cores = 1; threads = 2; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainVCpuTopology in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    check: |check| {
        let Some(cpu) = child(check.root(), child_name!(DOMAIN, "cpu")) else { return };
        let Some(topology) = child(cpu, child_name!(CPU, "topology")) else { return };
        let mut product: u64 = 1;
        for attribute in &topology.attributes {
            let Ok(count) = attribute.value.text.parse::<u64>() else { return };
            product = product.saturating_mul(count);
        }
        let unknown = !topology.attributes.iter().all(|attribute| attribute.value.valid)
            || crate::check::may_have(topology, "");
        if let (Some(vcpus), false) = (vcpus(check), unknown)
            && vcpus != product
        {
            let message = format!("the topology has {product} vCPUs, and the machine has {vcpus}");
            check.finding(topology, None, message).help(format!("write `vcpu = {product}`")).add();
        }
    },
};
