//! The number of vCPUs and their topology.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::{CPU, FEATURE};
use nixvirt_schema::domain::vcpu::VCPU;
use nixvirt_schema::{Versions, attribute, child_name};

use super::code::{machine, refused};
use crate::check::{Check, Holds, Rule, child, lacks, repeats};

pub(super) const RULES: &[&Rule] =
    &[&CPU_FEATURE_TWICE, &CPU_WITHOUT_MODEL, &TOPOLOGY_MISMATCH, &VCPU_CURRENT_ABOVE];

/// The number of vCPUs that a machine can have; 1 where it does not say.
pub(super) fn vcpus(check: &Check<'_, '_>) -> Option<u64> {
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
    with: &[attribute!(VCPU, "current")],
    versions: Versions::ALL,
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
    with: &[child_name!(CPU, "topology")],
    versions: Versions::ALL,
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
            check.rule_problem(topology, None, message).help(format!("write `vcpu = {product}`")).add();
        }
    },
};

static CPU_FEATURE_TWICE: Rule = Rule {
    code: refused(
        "cpu-feature-twice",
        "A feature of the CPU stands twice.",
        "Each feature is named once, with one policy.",
        machine!(
            "cpu = { mode = \"host-model\"; feature = [ { policy = \"require\"; name = \"vmx\"; } { policy = \"disable\"; name = \"vmx\"; } ]; };"
        ),
        machine!("cpu = { mode = \"host-model\"; feature = { policy = \"disable\"; name = \"vmx\"; }; };"),
    ),
    kind: "domain",
    mirrors: "virCPUDefParseXML in src/conf/cpu_conf.c",
    holds: Holds::Always,
    with: &[child_name!(CPU, "feature")],
    versions: Versions::ALL,
    check: |check| {
        let Some(cpu) = child(check.root(), child_name!(DOMAIN, "cpu")) else { return };
        let features = cpu.children_named(child_name!(CPU, "feature"));
        let named: Vec<_> = features
            .filter_map(|feature| Some((feature.get(attribute!(FEATURE, "name"))?, feature)))
            .collect();
        for (name, feature, other) in repeats(named) {
            let related = check.related(other, "the other one is here");
            check
                .rule_problem(feature, Some("name"), format!("the feature `{name}` stands twice"))
                .with(related)
                .add();
        }
    },
};

static CPU_WITHOUT_MODEL: Rule = Rule {
    code: refused(
        "cpu-without-model",
        "A CPU without a model says something of its model.",
        "Features, a vendor and how the model is checked go with a `model`, or with a `mode` that takes the host's: `host-model`, \
         `host-passthrough` or `maximum`.",
        machine!("cpu = { mode = \"custom\"; feature = { policy = \"require\"; name = \"vmx\"; }; };"),
        machine!("cpu = { mode = \"host-model\"; feature = { policy = \"require\"; name = \"vmx\"; }; };"),
    ),
    kind: "domain",
    mirrors: "virCPUDefParseXML in src/conf/cpu_conf.c; qemuDomainDefCPUPostParse in src/qemu/qemu_postparse.c",
    holds: Holds::Qemu,
    with: &[CPU.name],
    versions: Versions::ALL,
    check: |check| {
        let Some(cpu) = child(check.root(), child_name!(DOMAIN, "cpu")) else { return };
        let (mode, model) = (attribute!(CPU, "mode"), child_name!(CPU, "model"));
        if !lacks(cpu, model) {
            return;
        }
        let is_custom = match cpu.get(mode) {
            Some(mode) => mode == "custom",
            None => lacks(cpu, mode),
        };
        if let Some(vendor) = child(cpu, child_name!(CPU, "vendor")) {
            check.say(vendor, None, "a CPU with a vendor needs a model".to_owned());
        } else if let (Some(feature), true) = (child(cpu, child_name!(CPU, "feature")), is_custom) {
            check.say(feature, None, "a CPU with features needs a model".to_owned());
        }
    },
};
