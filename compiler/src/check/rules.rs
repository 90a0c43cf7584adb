//! The rules, grouped by what they speak of. A new one is a `static`, and its name in the list of its theme: `disks.rs` lists those of
//! `disks/`, too.

mod addresses;
mod boot;
mod buses;
mod chardevs;
mod code;
mod cpu;
mod devices;
mod disks;
mod drives;
mod ibm;
mod likely;
mod machines;
mod memory;
mod model_addresses;
mod networks;
mod numa;
mod once;
mod options;
mod parts;
mod pc;
mod platform;
mod starts;
mod storage;
mod subnets;
mod taken;
mod targets;
mod threads;

use std::sync::LazyLock;

use crate::check::Rule;
use crate::check::names::{NameLists, Positions};

/// Every list of rules.
const LISTS: &[&[&Rule]] = &[
    addresses::RULES,
    boot::RULES,
    buses::RULES,
    chardevs::RULES,
    cpu::RULES,
    devices::RULES,
    disks::RULES,
    drives::RULES,
    ibm::RULES,
    likely::RULES,
    machines::RULES,
    memory::RULES,
    model_addresses::RULES,
    networks::RULES,
    numa::RULES,
    once::RULES,
    options::RULES,
    parts::RULES,
    pc::RULES,
    platform::RULES,
    starts::RULES,
    storage::RULES,
    subnets::RULES,
    taken::RULES,
    targets::RULES,
    threads::RULES,
];

/// All rules, of all kinds of objects.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    LISTS.iter().flat_map(|rules| rules.iter().copied())
}

const _: () = {
    let (mut list, mut count) = (0, 0);
    while list < LISTS.len() {
        count += LISTS[list].len();
        list += 1;
    }
    assert!(count <= Positions::MOST, "there are more rules than a set of them can hold");
};

/// The rules of a kind of object.
pub(super) struct RulesOfKind {
    /// The rules of the kind, in a fixed order.
    pub rules: Vec<&'static Rule>,
    /// For each rule, the names one of which an object has that breaks it.
    pub names: NameLists,
}

impl RulesOfKind {
    fn new(rules: Vec<&'static Rule>) -> RulesOfKind {
        let names = NameLists::new(rules.iter().map(|rule| rule.with));
        RulesOfKind { rules, names }
    }
}

/// The rules of a kind of object.
pub(super) fn of_kind(kind: &str) -> &'static RulesOfKind {
    static OF_KINDS: LazyLock<Vec<(&'static str, RulesOfKind)>> = LazyLock::new(|| {
        let mut of_kinds: Vec<(&'static str, Vec<&'static Rule>)> = Vec::new();
        for rule in all() {
            match of_kinds.iter_mut().find(|(kind, _)| *kind == rule.kind) {
                Some((_, rules)) => rules.push(rule),
                None => of_kinds.push((rule.kind, vec![rule])),
            }
        }
        of_kinds.into_iter().map(|(kind, rules)| (kind, RulesOfKind::new(rules))).collect()
    });
    static NONE: LazyLock<RulesOfKind> = LazyLock::new(|| RulesOfKind::new(Vec::new()));
    OF_KINDS.iter().find(|(name, _)| *name == kind).map_or(&NONE, |(_, rules)| rules)
}

/// The codes of every rule: a caller that allows them all checks the grammar alone.
pub fn codes() -> &'static [&'static str] {
    static CODES: LazyLock<Vec<&'static str>> = LazyLock::new(|| all().map(|rule| rule.code.name).collect());
    &CODES
}
