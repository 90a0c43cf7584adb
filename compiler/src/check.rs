//! Rules on whole objects: errors that libvirt reports though its grammar allows the definition.
//!
//! A rule mirrors a function of libvirt's. It claims nothing about what it cannot know: a value that is wrong or unknown, or
//! a part that may be there, makes it silent.

pub mod host;
mod names;
mod nodes;
mod pci;
mod questions;
mod rule;
pub mod rules;
pub mod structure;
mod usb;
mod view;

use nixvirt_schema::attribute;
use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::machine::QEMU_TYPES;

use crate::check::names::Positions;
use crate::check::view::RuleView;
use crate::diagnostics::report::Report;
use crate::document::Document;

pub(crate) use self::nodes::{at, child, lacks, may_have, number_set, numbers, reach, repeats, text_of};
pub(crate) use self::pci::numbers_of as pci_numbers;
pub(crate) use self::rule::ASKED;
pub use self::rule::{Check, Holds, Rule, RuleProblem};
pub(crate) use self::usb::added as added_usb;

/// Holds a document against the rules of its kind, those aside that it cannot break by the names in it.
pub fn check(document: &Document<'_>, report: &mut Report) {
    let domain_type = document.root.get(attribute!(DOMAIN, "type"));
    let is_qemu = document.kind.name != "domain" || domain_type.is_some_and(|it| QEMU_TYPES.contains(&it));
    let of_kind = rules::of_kind(document.kind.name);
    let breakable = of_kind.names.of_object(&document.root);
    // Debug builds run every rule, to test that the names that each rule lists are complete.
    let asked = if cfg!(debug_assertions) { Positions::first(of_kind.rules.len()) } else { breakable };
    let view = RuleView::of(document);
    let libvirt = report.libvirt();
    let mut found = Vec::new();
    for at in asked.iter() {
        let rule = of_kind.rules[at];
        if !is_qemu && rule.holds != Holds::Always {
            continue;
        }
        if report.levels().is_silenced(&rule.code) || !rule.versions.contains(libvirt) {
            continue;
        }
        let mut check = Check { document, view: &view, rule, libvirt, found };
        (rule.check)(&mut check);
        found = check.found;
        debug_assert!(
            breakable.contains(at) || found.is_empty(),
            "{} is broken without its names",
            rule.code.name
        );
        if !found.is_empty() {
            found.drain(..).for_each(|found| report.add_rule(found));
        }
    }
}
