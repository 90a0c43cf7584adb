//! Objects of a kind that are made of parts of one another: whoever is made of another one comes after it, in whatever order
//! they are declared.

use std::collections::BTreeMap;

use super::Step;
use crate::declared::Declared;
use crate::order::{after_needed, reordered};

/// Puts the steps of declared objects into that order. Where some are made of each other, no order is right for all of them.
pub(super) fn ordered(steps: Vec<Step>, declared: &[Declared]) -> Vec<Step> {
    let after = |step: &Step| step.declared.map(|index| &*declared[index].entry.after).unwrap_or_default();
    if steps.iter().all(|step| after(step).is_empty()) {
        return steps;
    }
    let titles = steps.iter().enumerate().filter(|(_, step)| step.declared.is_some());
    let places: BTreeMap<String, usize> =
        titles.map(|(place, step)| (format!("{} {}", step.kind.name(), step.name), place)).collect();
    let needs = |place: usize| {
        let step = &steps[place];
        let found = after(step).iter().filter_map(|title| places.get(title).copied());
        // Kinds have an order of their own.
        found.filter(|other| steps[*other].kind == step.kind && *other != place).collect()
    };
    let order = after_needed(steps.len(), &needs);
    reordered(steps, order)
}
