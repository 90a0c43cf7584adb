//! Every code of a diagnostic: those that `diagnostics/codes.rs` lists, and those that stand beside the rules that have them.

use std::sync::LazyLock;

use crate::check::{host, rules};
use crate::diagnostics::codes::{CODES, Code};
use crate::link;
use crate::seed;

/// Every code: those of the grammar and the evaluation, those of the rules, those of objects beside others,
/// those of seeds, and that of hosts.
pub fn all() -> impl Iterator<Item = &'static Code> {
    let rules = rules::all().map(|rule| &rule.code);
    CODES
        .iter()
        .copied()
        .chain(rules)
        .chain(link::codes::ALL.iter().copied())
        .chain(seed::codes::ALL.iter().copied())
        .chain([&host::HOST.code])
}

/// The codes that can be silenced or lowered to warnings: those of the rules, of one object and of several.
pub fn of_rules() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let of_seeds: Vec<&'static str> = seed::codes::ALL.iter().map(|code| code.name).collect();
        [rules::codes(), link::codes::names(), &of_seeds, &[host::HOST.code.name]].concat()
    });
    &NAMES
}

/// The code of that name.
pub fn code(name: &str) -> Option<&'static Code> {
    all().find(|code| code.name == name)
}
