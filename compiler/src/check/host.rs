//! Checks an object against the abilities of a host.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::CPU;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::features::FEATURES;
use nixvirt_schema::domain::memory::MEMORY_BACKING;
use nixvirt_schema::domain::tune::NUMATUNE;
use nixvirt_schema::host::{ASKS, Ask, HYPERV};
use nixvirt_schema::pool::POOL;
use nixvirt_schema::{Version, Versions, attribute, below, child_name, parse_number, way};

use super::{Check, Holds, Rule, child, lacks, number_set, reach, text_of};
use crate::check::view::RuleView;
use crate::diagnostics::codes::Code;
use crate::diagnostics::report::Report;
use crate::diagnostics::suggest::word;
use crate::diagnostics::{Diagnostic, codes};
use crate::document::amount::bytes_of_unit;
use crate::document::{Document, Node};
use crate::host::{Described, HostDescription, Lack};

/// Reports parts of an object that a given host cannot provide. It stands apart from the rules, which know of no
/// host.
pub(crate) static HOST: Rule = Rule {
    code: codes::error(
        "host-lacks",
        "A host cannot do what the object asks for.",
        "`--host FILE` says what hosts can do: the file has what `virsh capabilities`, `virsh domcapabilities` and `virsh pool-capabilities` \
         print there, in any number. Emulators, machine types, CPU models, firmware, devices, launch security, huge pages and NUMA nodes \
         are held against it. `nixvirt-compile hosts SPEC --host FILE` shows which machine can run on which host.",
    ),
    kind: "domain",
    mirrors: "virQEMUCapsFillDomainCaps in src/qemu/qemu_capabilities.c",
    holds: Holds::Always,
    with: &[],
    versions: Versions::ALL,
    check: |_| {},
};

/// The code of what a host cannot do.
pub static HOST_LACKS: &Code = &HOST.code;

/// Holds a document against hosts: each is to be able to run it.
pub fn check(document: &Document<'_>, hosts: &[HostDescription], report: &mut Report) {
    if hosts.is_empty() {
        return;
    }
    let view = RuleView::of(document);
    for host in hosts {
        let libvirt = report.libvirt();
        let mut check = Check { document, view: &view, rule: &HOST, libvirt, found: Vec::new() };
        hold(&mut check, host);
        check.found.into_iter().for_each(|found| report.add_rule(found));
    }
}

/// Looks for what a host lacks for an object.
fn hold(check: &mut Check<'_, '_>, host: &HostDescription) {
    match check.document.kind.name {
        "domain" => domain(check, host),
        "pool" => pool(check, host),
        _ => {}
    }
}

/// Whether a host can run a machine.
#[derive(Debug)]
pub enum HostVerdict {
    /// It can, as far as its description tells.
    Yes,
    /// It cannot: what it lacks.
    No(Vec<Diagnostic>),
    /// Its description says nothing of such machines.
    Unknown,
}

/// Whether a host can run the machine, or keep the pool, that a document describes.
pub fn verdict(document: &Document<'_>, host: &HostDescription) -> HostVerdict {
    let view = RuleView::of(document);
    let libvirt = Version::NEWEST;
    let mut check = Check { document, view: &view, rule: &HOST, libvirt, found: Vec::new() };
    hold(&mut check, host);
    let described = || {
        let domain_type = check.root().get(attribute!(DOMAIN, "type"))?;
        host.domain(check.arch()?, domain_type, check.machine()?)
    };
    match (check.found.is_empty(), described()) {
        (false, _) => HostVerdict::No(check.found),
        (true, Some(_)) => HostVerdict::Yes,
        (true, None) => HostVerdict::Unknown,
    }
}

fn pool(check: &mut Check<'_, '_>, host: &HostDescription) {
    let kind = attribute!(POOL, "type");
    if let Some(given) = check.root().get(kind)
        && host.has_pool(given) == Some(false)
    {
        let message = format!("the host `{}` has no pools of the type `{given}`", host.name);
        check.say(check.root(), Some(kind), message);
    }
}

fn domain(check: &mut Check<'_, '_>, host: &HostDescription) {
    let root = check.root();
    let (Some(arch), Some(domain_type)) = (check.arch(), root.get(attribute!(DOMAIN, "type"))) else {
        return;
    };
    let machine = check.machine();
    let name = &host.name;
    if let Some(lack) = host.lacks_machine(arch, domain_type, machine) {
        let Some(os) = child(root, child_name!(DOMAIN, "os")) else { return };
        let (node, part, message) = match lack {
            Lack::Arch => (os, "arch", format!("the host `{name}` has no emulator for `{arch}`")),
            Lack::Type => {
                let message =
                    format!("the host `{name}` has no machines of the type `{domain_type}` for `{arch}`");
                (root, attribute!(DOMAIN, "type"), message)
            }
            Lack::Machine => {
                let machine = machine.unwrap_or_default();
                (os, "machine", format!("the host `{name}` has no machine type `{machine}`"))
            }
        };
        return check.say(node, Some(part), message);
    }
    memory(check, host);
    if host.has_iommu() == Some(false) {
        let kind = attribute!(HOSTDEV, "type");
        let found: Vec<_> = check.devices_of(&HOSTDEV).filter(|it| it.get(kind) == Some("pci")).collect();
        for device in found {
            let message = format!(
                "the host `{name}` has no IOMMU, or it is switched off: no PCI device can be handed over"
            );
            check
                .rule_problem(device, Some(kind), message)
                .help("switch it on in the firmware and the kernel")
                .add();
        }
    }
    let Some(described) = machine.and_then(|machine| host.domain(arch, domain_type, machine)) else { return };
    for ask in ASKS {
        asked_for(check, name, described, ask, root, ask.way);
    }
    processor(check, name, described);
    enlightenments(check, name, described);
    let vcpu = child(root, child_name!(DOMAIN, "vcpu"));
    let most = described.child("vcpu").and_then(|vcpu| vcpu.attribute("max")?.parse::<u64>().ok());
    if let (Some(vcpu), Some(most)) = (vcpu, most)
        && text_of(vcpu).and_then(|text| text.parse().ok()).is_some_and(|count: u64| count > most)
    {
        check.say(vcpu, None, format!("a machine on the host `{name}` has {most} vCPUs at most"));
    }
}

/// Looks along a way into a domain for what a host lacks.
fn asked_for(
    check: &mut Check<'_, '_>,
    host: &str,
    described: &Described,
    ask: &Ask,
    node: &Node<'_>,
    way: &'static [&'static str],
) {
    let Some((name, rest)) = way.split_first() else { return };
    if !rest.is_empty() {
        for child in node.children_named(name) {
            asked_for(check, host, described, ask, child, rest);
        }
        return;
    }
    let Some(holder) = described.reach(ask.holder) else { return };
    let given = match node.attribute(name) {
        Some(_) => node.get(name),
        None if node.children_named(name).next().is_some() && ask.values.is_empty() => Some(""),
        None => None,
    };
    let Some(given) = given else { return };
    if holder.is_missing() {
        let message = format!("the host `{host}` has no {}", ask.what);
        return check.say(node, Some(name), message);
    }
    let Some(values) = holder.values(ask.values) else { return };
    if !values.contains(&given) && !given.is_empty() {
        let message = format!("the host `{host}` has no {} `{given}`", ask.what);
        let quoted: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
        let help = match quoted.is_empty() {
            true => "leave it out".to_owned(),
            false => format!("it has {}", quoted.join(", ")),
        };
        check.rule_problem(node, Some(name), message).help(help).add();
    }
}

/// The CPU: the mode, and whether the host can run the model.
fn processor(check: &mut Check<'_, '_>, host: &str, described: &Described) {
    let Some(cpu) = child(check.root(), child_name!(DOMAIN, "cpu")) else { return };
    let Some(modes) = described.child("cpu") else { return };
    let model = child(cpu, child_name!(CPU, "model"));
    let mode = match cpu.get(attribute!(CPU, "mode")) {
        Some(mode) => mode,
        None if lacks(cpu, attribute!(CPU, "mode")) && model.is_some() => "custom",
        None => return,
    };
    let Some(offered) = modes.all("mode").find(|it| it.attribute("name") == Some(mode)) else { return };
    if offered.is_missing() {
        let message = format!("the host `{host}` has no `cpu.mode = \"{mode}\"` for this machine");
        return check.say(cpu, Some(attribute!(CPU, "mode")), message);
    }
    // libvirt does not look where it is told not to.
    if mode != "custom" || cpu.get(attribute!(CPU, "check")) == Some("none") {
        return;
    }
    let Some((node, name)) = model.and_then(|model| Some((model, text_of(model)?))) else { return };
    let models: Vec<&Described> = offered.all("model").collect();
    match models.iter().find(|model| model.text() == name) {
        Some(model) if model.attribute("usable") == Some("no") => {
            let blockers = offered.all("blockers").find(|it| it.attribute("model") == Some(name));
            let missing: Vec<&str> = blockers
                .into_iter()
                .flat_map(|it| it.all("feature"))
                .filter_map(|it| it.attribute("name"))
                .collect();
            // A machine that goes without what the host lacks can run, such as what libvirt prints of one that does.
            let without = |name: &&str| {
                let feature = cpu.children_named(child_name!(CPU, "feature"));
                let mut named = feature.filter(|it| it.get(below!(CPU, "feature", "name").1) == Some(*name));
                named.any(|it| it.get(below!(CPU, "feature", "policy").1) == Some("disable"))
            };
            if !missing.is_empty() && missing.iter().all(without) {
                return;
            }
            let missing: Vec<&str> = missing.into_iter().filter(|name| !without(name)).collect();
            let message = format!("the CPU of the host `{host}` cannot be a `{name}`");
            let problem = check.rule_problem(node, None, message);
            let problem = match missing.is_empty() {
                true => problem,
                false => problem.help(format!("it lacks {}", missing.join(", "))),
            };
            problem.add();
        }
        Some(_) => {}
        None if models.is_empty() => {}
        None => {
            let message = format!("the host `{host}` knows no CPU model `{name}`");
            let known: Vec<&str> = models.iter().map(|model| model.text()).collect();
            let problem = check.rule_problem(node, None, message);
            match word(&known, name) {
                Some(meant) => problem.help(format!("did you mean \"{meant}\"?")).add(),
                None => problem.add(),
            }
        }
    }
}

/// Hyper-V's enlightenments, by the names of their elements.
fn enlightenments(check: &mut Check<'_, '_>, host: &str, described: &Described) {
    let [features, hyperv] = way!(DOMAIN, "features", "hyperv")[..] else { return };
    let Some(given) = reach(check.root(), &[features, hyperv]) else { return };
    let Some(holder) = described.reach(HYPERV.0) else { return };
    if holder.is_missing() {
        return check.say(given, None, format!("the host `{host}` has no enlightenments of Hyper-V"));
    }
    let Some(values) = holder.values(HYPERV.1) else { return };
    let state = below!(FEATURES, "pvspinlock", "state").1;
    for enlightenment in &given.children {
        let name = enlightenment.element.name;
        if enlightenment.get(state) != Some("off") && !values.contains(&name) {
            check.say(enlightenment, None, format!("the host `{host}` has no enlightenment `{name}`"));
        }
    }
}

/// Huge pages and NUMA nodes.
fn memory(check: &mut Check<'_, '_>, host: &HostDescription) {
    let root = check.root();
    let name = &host.name;
    if let Some(sizes) = host.page_sizes()
        && let Some(pages) = reach(root, way!(DOMAIN, "memoryBacking", "hugepages"))
    {
        let [_, page, size] = way!(MEMORY_BACKING, "hugepages", "page", "size")[..] else { return };
        let unit = way!(MEMORY_BACKING, "hugepages", "page", "unit")[2];
        let found: Vec<_> = pages.children_named(page).collect();
        for page in found {
            let unit = page.get(unit).unwrap_or("KiB");
            let count = page.get(size).and_then(parse_number).map(u128::from);
            if let (Some(count), Some(unit)) = (count, bytes_of_unit(unit))
                && let Some(bytes) = count.checked_mul(unit)
                && bytes > 0
                && !sizes.contains(&(bytes >> 10))
            {
                let message = format!("the host `{name}` has no pages of {} KiB", bytes >> 10);
                check.say(page, Some(size), message);
            }
        }
    }
    let Some(nodes) = host.nodes() else { return };
    let Some(tune) = child(root, child_name!(DOMAIN, "numatune")) else { return };
    let set = below!(NUMATUNE, "memory", "nodeset").1;
    let found: Vec<_> = tune.children.iter().collect();
    for part in found {
        let Some(wanted) = part.get(set).and_then(number_set) else { continue };
        if let Some(missing) = wanted.iter().find(|node| !nodes.contains(node)) {
            check.say(part, Some(set), format!("the host `{name}` has no NUMA node {missing}"));
        }
    }
}
