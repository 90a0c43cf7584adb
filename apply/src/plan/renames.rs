//! Objects that take each other's names: whoever gives up a name goes before whoever takes it, in whatever order they are
//! declared.

use std::collections::{BTreeMap, BTreeSet};

use super::Step;
use crate::error::{Error, codes};
use crate::key::Key;
use crate::kind::ObjectKind;
use crate::observed::Observed;

/// The steps, and who has which name.
struct Names<'n> {
    steps: Vec<Step>,
    places: BTreeMap<Key, usize>,
    observed: &'n Observed,
}

impl Names<'_> {
    /// The step of the object that now has the name that this one takes, where both are declared.
    fn holder(&self, taker: usize) -> Option<usize> {
        let step = self.steps.get(taker).filter(|step| step.declared.is_some() && !step.keeps_name)?;
        let key = (step.kind, step.uuid);
        let (uuid, _) = self.observed.named(step.kind, &step.name).filter(|(uuid, _)| **uuid != key.1)?;
        let holder = *self.places.get(&(step.kind, *uuid))?;
        (self.steps[holder].name != step.name).then_some(holder)
    }

    /// A running domain keeps its name for now, and what cannot be done changes no name: whoever waits for such a name waits,
    /// too.
    fn wait(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            for taker in 0..self.steps.len() {
                let stays = |holder: &usize| {
                    let holder = &self.steps[*holder];
                    holder.keeps_name || !holder.blocked.is_empty()
                };
                let Some(holder) = self.holder(taker).filter(stays) else { continue };
                let title = self.steps[holder].title();
                let step = &mut self.steps[taker];
                if step.kind == ObjectKind::Domain
                    && self.observed.objects.contains_key(&(step.kind, step.uuid))
                {
                    step.keeps_name = true;
                    step.notes.push(format!("its new name is taken until the {title} has its own"));
                    changed = true;
                } else if step.blocked.is_empty() {
                    let message = format!("its name is taken until the {title} has its own");
                    step.blocked.push(Error::new(&codes::NAME_TAKEN, message).fact("by", title));
                    changed = true;
                }
            }
        }
    }
}

/// Puts the steps into an order in which each name is free when it is taken. Domains that pass their names round go by way
/// of a name in between.
pub(super) fn ordered(steps: Vec<Step>, observed: &Observed) -> Vec<Step> {
    let declared_ones = steps.iter().enumerate().filter(|(_, step)| step.declared.is_some());
    let places = declared_ones.map(|(place, step)| ((step.kind, step.uuid), place)).collect();
    let mut names = Names { steps, places, observed };
    names.wait();
    // Those that are to go first, the last of each chain before all others.
    let mut first: Vec<usize> = Vec::new();
    let mut seen = BTreeSet::new();
    for taker in 0..names.steps.len() {
        let mut chain = Vec::new();
        let mut next = names.holder(taker);
        while let Some(holder) = next.filter(|holder| !seen.contains(holder)) {
            if holder == taker || chain.contains(&holder) {
                let last = *chain.last().unwrap_or(&taker);
                let key = (names.steps[holder].kind, names.steps[holder].uuid);
                let (title, other) = (names.steps[last].title(), names.steps[holder].title());
                if key.0 == ObjectKind::Domain {
                    names.steps[last].vacates = Some(key);
                } else {
                    let why = |other: &str| {
                        Error::new(&codes::NAMES_EXCHANGED, "they would take each other's names at once")
                            .within(format!("with the {other}"))
                            .fact("with", other)
                            .help("do it in two runs, by way of another name")
                    };
                    names.steps[last].blocked.push(why(&other));
                    names.steps[holder].blocked.push(why(&title));
                }
                break;
            }
            chain.push(holder);
            next = names.holder(holder);
        }
        seen.extend(chain.iter().copied());
        first.extend(chain.into_iter().rev());
    }
    if first.is_empty() {
        return names.steps;
    }
    let mut steps: Vec<Option<Step>> = names.steps.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(steps.len());
    for place in 0..steps.len() {
        if let Some(kind) = steps[place].as_ref().filter(|step| step.declared.is_some()).map(|step| step.kind)
        {
            for early in &first {
                if steps[*early].as_ref().is_some_and(|step| step.kind == kind) {
                    ordered.extend(steps[*early].take());
                }
            }
        }
        ordered.extend(steps[place].take());
    }
    ordered
}
