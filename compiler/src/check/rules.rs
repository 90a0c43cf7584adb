//! The rules, grouped by what they speak of. A new one is a `static` and its name in the list of its file.

mod addresses;
mod boot;
mod buses;
mod chardevs;
mod cpu;
mod devices;
mod disks;
mod drives;
mod ibm;
mod likely;
mod machines;
mod memory;
mod networks;
mod numa;
mod once;
mod options;
mod parts;
mod platform;
mod starts;
mod storage;
mod subnets;
mod taken;
mod targets;
mod threads;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::check::Rule;
use crate::check::names::Names;
use crate::diagnostics::codes::{self, Code};

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
    networks::RULES,
    numa::RULES,
    once::RULES,
    options::RULES,
    parts::RULES,
    platform::RULES,
    starts::RULES,
    storage::RULES,
    subnets::RULES,
    taken::RULES,
    targets::RULES,
    threads::RULES,
];

/// Every rule.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    LISTS.iter().flat_map(|rules| rules.iter().copied())
}

/// The rules of a kind of object, each with the names one of which an object has that breaks it.
pub(super) fn of_kind(kind: &str) -> &'static [(&'static Rule, Names)] {
    static OF_KINDS: LazyLock<BTreeMap<&'static str, Vec<(&'static Rule, Names)>>> = LazyLock::new(|| {
        all().fold(BTreeMap::new(), |mut of_kinds, rule| {
            of_kinds.entry(rule.kind).or_insert_with(Vec::new).push((rule, Names::of(rule.with)));
            of_kinds
        })
    });
    OF_KINDS.get(kind).map_or(&[], Vec::as_slice)
}

/// The codes of every rule: whoever allows them all asks for the grammar alone.
pub fn codes() -> &'static [&'static str] {
    static CODES: LazyLock<Vec<&'static str>> = LazyLock::new(|| all().map(|rule| rule.code.name).collect());
    &CODES
}

/// The code of a rule that libvirt refuses the object for.
const fn refused(
    name: &'static str,
    summary: &'static str,
    explanation: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Code {
    codes::error(name, summary, explanation).nix(wrong, right)
}

/// The code of a rule that warns.
const fn warned(
    name: &'static str,
    summary: &'static str,
    explanation: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Code {
    refused(name, summary, explanation, wrong, right).warning()
}

/// A small machine with a part of its own, for an example.
macro_rules! machine {
    ($part:literal) => {
        machine!("os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };", $part)
    };
    ($os:literal, $part:literal) => {
        concat!(
            "{\n  type = \"kvm\"; name = \"web\"; memory = 1048576; vcpu = 2;\n  ",
            $os,
            "\n  ",
            $part,
            "\n}"
        )
    };
}
use machine;
