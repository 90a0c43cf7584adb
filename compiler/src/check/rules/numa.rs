//! NUMA: the cells of a guest, and where on the host their memory comes from.

use std::collections::BTreeMap;

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::{CELL, DISTANCES, SIBLING};
use nixvirt_schema::domain::tune::{MEMNODE, NUMA_MEMORY, NUMATUNE};
use nixvirt_schema::{Versions, attribute, child_name, way};

use super::code::{machine, refused};
use crate::check::{Check, Holds, Rule, child, lacks, number_set, repeats};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[&NUMA_CELLS, &NUMA_CPUS, &NUMA_DISTANCE, &NUMATUNE_NODES];

/// The cells of a domain, each with its number: the one that it has, or its place.
fn numbered<'c>(check: &Check<'c, '_>) -> Option<Vec<(u64, &'c Node<'c>)>> {
    let number = |(place, cell): (usize, &'c Node<'c>)| match cell.attribute(attribute!(CELL, "id")) {
        Some(id) => Some((id.value.text.parse().ok()?, cell)),
        None => lacks(cell, attribute!(CELL, "id")).then_some((place as u64, cell)),
    };
    check.cells()?.into_iter().enumerate().map(number).collect()
}

static NUMA_CELLS: Rule = Rule {
    code: refused(
        "numa-cells",
        "The NUMA cells are not numbered from 0 on.",
        "The cells of a guest have the numbers 0, 1, 2 and so on, each once. Without `id`, a cell has the number of its place.",
        machine!(
            "cpu.numa.cell = [ { id = 0; cpus = \"0\"; memory = 524288; } { id = 0; cpus = \"1\"; memory = 524288; } ];"
        ),
        machine!(
            "cpu.numa.cell = [ { id = 0; cpus = \"0\"; memory = 524288; } { id = 1; cpus = \"1\"; memory = 524288; } ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainNumaDefParseXML in src/conf/numa_conf.c",
    holds: Holds::Always,
    with: &[way!(DOMAIN, "cpu", "numa")[1]],
    versions: Versions::ALL,
    check: |check| {
        let Some(cells) = numbered(check) else { return };
        let most = cells.len() as u64;
        for (number, cell) in &cells {
            if *number >= most {
                let message =
                    format!("there are {most} cells, so that the last one has the number {}", most - 1);
                check.say(cell, Some("id"), message);
            }
        }
        for (number, cell, other) in repeats(cells) {
            let related = check.related(other, "the other cell is here");
            check
                .rule_problem(cell, Some("id"), format!("two cells have the number {number}"))
                .with(related)
                .add();
        }
    },
};

static NUMA_CPUS: Rule = Rule {
    code: refused(
        "numa-cpus",
        "A vCPU is in two NUMA cells, or in one and not in the machine.",
        "Each vCPU is in one cell at most, and `cpus` names vCPUs that the machine can have: from 0 to one less than `vcpu`.",
        machine!(
            "cpu.numa.cell = [ { cpus = \"0-1\"; memory = 524288; } { cpus = \"1\"; memory = 524288; } ];"
        ),
        machine!(
            "cpu.numa.cell = [ { cpus = \"0\"; memory = 524288; } { cpus = \"1\"; memory = 524288; } ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainNumaDefParseXML in src/conf/numa_conf.c; virDomainDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[way!(DOMAIN, "cpu", "numa")[1]],
    versions: Versions::ALL,
    check: |check| {
        let Some(cells) = check.cells() else { return };
        let mut first: BTreeMap<u64, &Node<'_>> = BTreeMap::new();
        for cell in cells {
            let Some(cpus) = cell.get(attribute!(CELL, "cpus")).and_then(number_set) else { continue };
            let twice = cpus.iter().find_map(|cpu| Some((*cpu, *first.get(cpu)?)));
            if let Some((cpu, other)) = twice {
                let related = check.related(other, "the other cell is here");
                let message = format!("the vCPU {cpu} is in two cells");
                check.rule_problem(cell, Some("cpus"), message).with(related).add();
            }
            for cpu in cpus {
                first.entry(cpu).or_insert(cell);
            }
        }
        let vcpu = child(check.root(), child_name!(DOMAIN, "vcpu"));
        let most = match vcpu {
            Some(vcpu) => {
                vcpu.text.as_ref().filter(|text| text.valid).and_then(|text| text.text.parse::<u64>().ok())
            }
            None => lacks(check.root(), child_name!(DOMAIN, "vcpu")).then_some(1),
        };
        // libvirt counts up to the greatest number.
        if let (Some(most), Some((&cpu, cell))) = (most, first.last_key_value())
            && cpu >= most
        {
            let related = vcpu.map(|vcpu| check.related(vcpu, "the number of vCPUs is here"));
            let message = format!("the machine has {most} vCPUs, and the cell has vCPU {cpu}");
            let rule_problem = check.rule_problem(cell, Some("cpus"), message);
            related.into_iter().fold(rule_problem, crate::check::RuleProblem::with).add();
        }
    },
};

static NUMA_DISTANCE: Rule = Rule {
    code: refused(
        "numa-distance",
        "The distance between two NUMA cells cannot be.",
        "A distance is 10 from a cell to itself and 11 to 255 to another one, which exists.",
        machine!(
            "cpu.numa.cell = { id = 0; cpus = \"0-1\"; memory = 1048576; distances.sibling = { id = 0; value = 20; }; };"
        ),
        machine!(
            "cpu.numa.cell = { id = 0; cpus = \"0-1\"; memory = 1048576; distances.sibling = { id = 0; value = 10; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainNumaDefNodeDistanceParseXML in src/conf/numa_conf.c",
    holds: Holds::Always,
    with: &[way!(DOMAIN, "cpu", "numa")[1]],
    versions: Versions::ALL,
    check: |check| {
        let Some(cells) = numbered(check) else { return };
        let most = cells.len() as u64;
        for (number, cell) in cells {
            let Some(distances) = child(cell, child_name!(CELL, "distances")) else { continue };
            for sibling in distances.children_named(child_name!(DISTANCES, "sibling")) {
                let field = |name| sibling.get(name).and_then(|text| text.parse::<u64>().ok());
                let (Some(other), Some(value)) =
                    (field(attribute!(SIBLING, "id")), field(attribute!(SIBLING, "value")))
                else {
                    continue;
                };
                let message = match value {
                    _ if other >= most => format!("there is no cell {other}"),
                    10 if other != number => "only the distance of a cell to itself is 10".to_owned(),
                    _ if other == number && value != 10 => {
                        "the distance of a cell to itself is 10".to_owned()
                    }
                    10..=255 => continue,
                    _ => "a distance is 10 to 255".to_owned(),
                };
                check.say(sibling, None, message);
            }
        }
    },
};

static NUMATUNE_NODES: Rule = Rule {
    code: refused(
        "numatune-nodes",
        "The host's NUMA nodes are set for a cell in a way that cannot be.",
        "`numatune.memnode` speaks of a cell that exists, once. Its mode is `restrictive` where that of `numatune.memory` is, and \
         not otherwise. A `memory` that is placed statically names its `nodeset`; one that is placed automatically leaves none \
         for the cells to choose.",
        machine!("numatune.memnode = { cellid = 0; mode = \"strict\"; nodeset = \"0\"; };"),
        machine!(
            "numatune.memnode = { cellid = 0; mode = \"strict\"; nodeset = \"0\"; }; cpu.numa.cell = { cpus = \"0-1\"; memory = 1048576; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainNumatuneNodeParseXML, virDomainNumatuneSet, virDomainNumaDefValidate in src/conf/numa_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DOMAIN, "numatune")],
    versions: Versions::ALL,
    check: |check| {
        let Some(numatune) = child(check.root(), child_name!(DOMAIN, "numatune")) else { return };
        let memory = child(numatune, child_name!(NUMATUNE, "memory"));
        let placement = memory.and_then(|memory| memory.get(attribute!(NUMA_MEMORY, "placement")));
        let nodes: Vec<&Node<'_>> =
            numatune.children_named(child_name!(NUMATUNE, "memnode")).map(|node| node as &Node<'_>).collect();
        if let (Some(memory), Some("static")) = (memory, placement)
            && lacks(memory, attribute!(NUMA_MEMORY, "nodeset"))
        {
            check.say(memory, None, "memory that is placed statically needs a `nodeset`".to_owned());
        }
        let Some(cells) = check.cells().map(|cells| cells.len() as u64) else { return };
        let restrictive =
            memory.and_then(|memory| memory.get(attribute!(NUMA_MEMORY, "mode"))) == Some("restrictive");
        let number = |node: &Node<'_>| node.get(attribute!(MEMNODE, "cellid"))?.parse::<u64>().ok();
        for node in &nodes {
            let is_restrictive = match node.get(attribute!(MEMNODE, "mode")) {
                Some(mode) => mode == "restrictive",
                None => continue,
            };
            let message = match number(node) {
                _ if placement == Some("auto") => {
                    "memory that is placed automatically has no nodes for single cells"
                }
                Some(cell) if cell >= cells => "there is no cell with this number",
                _ if is_restrictive != restrictive && (memory.is_some() || is_restrictive) => {
                    "the mode is `restrictive` for all of the memory or for none"
                }
                _ => continue,
            };
            check.say(node, None, message.to_owned());
        }
        for (cell, node, other) in repeats(nodes.iter().filter_map(|node| Some((number(node)?, *node)))) {
            let related = check.related(other, "the other one is here");
            let message = format!("the nodes of cell {cell} are set twice");
            check.rule_problem(node, Some("cellid"), message).with(related).add();
        }
    },
};
