//! Changes as a step has them, each with its effect on what runs.

use std::collections::BTreeSet;

use nixvirt_compiler::{Change, Document, Unit, View, units};

use super::{Planned, Step};
use crate::declared::Declared;
use crate::document::child;
use crate::guest::{self, Switch};
use crate::live::{self, Effect, Room};
use crate::names;

/// Joins the changes that undo somebody's work by hand with those of the declaration. A part that is in both changes
/// from what it is to what it is declared to be, and not there and back.
pub(super) fn together<'d, 'a>(
    mut by_hand: Vec<Unit<'d, 'a>>,
    mut changed: Vec<Unit<'d, 'a>>,
    current: &'d Document<'a>,
    declared: &'d Document<'a>,
) -> (Vec<Unit<'d, 'a>>, Vec<Unit<'d, 'a>>) {
    let both: BTreeSet<String> = by_hand
        .iter()
        .map(|unit| unit.key.clone())
        .filter(|key| changed.iter().any(|unit| unit.key == *key))
        .collect();
    by_hand.retain(|unit| !both.contains(&unit.key));
    // Where nothing says how much of its memory a domain begins with, it is all of it.
    if both.contains(names::MEMORY) && child(&declared.root, names::CURRENT_MEMORY).is_none() {
        by_hand.retain(|unit| unit.key != names::CURRENT_MEMORY);
    }
    if both.is_empty() {
        return (by_hand, changed);
    }
    let mut there = BTreeSet::new();
    for unit in units(current, declared, View::Exact) {
        there.extend(
            unit.changes.iter().filter(|change| change.old.is_some()).map(|one| one.path.to_string()),
        );
    }
    for unit in changed.iter_mut().filter(|unit| both.contains(&unit.key)) {
        // A part that the declaration removes does not show where libvirt might have added it.
        unit.changes.retain(|change| change.new.is_none() && there.contains(&change.path.to_string()));
    }
    changed.retain(|unit| !unit.changes.is_empty());
    by_hand.extend(units(current, declared, View::Given).into_iter().filter(|unit| both.contains(&unit.key)));
    (by_hand, changed)
}

/// Adds changes to a step, each with its effect on what runs.
pub(super) struct Adding<'a> {
    pub object: &'a Declared,
    /// Whether running domains are given changes.
    pub live: bool,
    pub running: Option<&'a Document<'a>>,
    pub step: &'a mut Step,
}

impl Adding<'_> {
    /// Adds what somebody has changed by hand. What is there beside all else may be libvirt's own, which needs no restart.
    pub(super) fn put_back(&mut self, found: Vec<Unit<'_, '_>>, aim: &Document<'_>) {
        let first = self.step.changes.len();
        self.add(found, aim);
        for planned in &mut self.step.changes[first..] {
            if planned.change.new.is_none() && planned.effect == Effect::Restart {
                planned.effect = Effect::NextStart;
            }
        }
    }

    /// Adds parts that differ. `aim` is what they are to come to.
    pub(super) fn add(&mut self, found: Vec<Unit<'_, '_>>, aim: &Document<'_>) {
        let kind = self.object.entry.kind;
        let live = self.live && self.object.entry.live;
        let mut room = self.running.map(Room::of);
        // The running object may have the change already.
        let outstanding = self.running.map(|running| {
            let (mut keys, mut paths) = (BTreeSet::new(), BTreeSet::new());
            for unit in units(running, aim, View::Exact) {
                paths.extend(unit.changes.iter().map(|change| change.path.to_string()));
                keys.insert(unit.key);
            }
            (keys, paths)
        });
        let asked = live && self.object.entry.switch;
        let switch = self.running.filter(|_| asked).and_then(|running| guest::of_running(running, aim));
        let (going, coming): (Vec<_>, Vec<_>) = found.into_iter().partition(|unit| unit.new.is_none());
        for mut unit in going.into_iter().chain(coming) {
            let known =
                |change: &Change| self.step.changes.iter().any(|known| known.change.path == change.path);
            unit.changes.retain(|change| !known(change));
            // The name has a note of its own.
            if unit.changes.is_empty() || (unit.name == names::NAME && self.step.keeps_name) {
                continue;
            }
            let mut effect = live::effect(kind, &unit);
            if effect == Effect::Restart && switch.is_some() && guest::is_of_system(&unit) {
                effect = Effect::NextStart;
            }
            let whole = unit.old.is_none() || unit.new.is_none();
            let runs_already = outstanding.as_ref().is_some_and(|(keys, paths)| match whole {
                true => !keys.contains(&unit.key),
                false => !unit.changes.iter().any(|one| paths.contains(&one.path.to_string())),
            });
            if runs_already {
                effect = Effect::Live;
            } else if effect == Effect::Live {
                if let Some(missing) = room.as_mut().and_then(|room| room.take(&unit)) {
                    self.step
                        .notes
                        .push(format!("`{}` cannot be changed while it runs: {missing}", unit.key));
                    effect = Effect::Restart;
                }
                if !live {
                    effect = Effect::Restart;
                }
            }
            let key = unit.key;
            let changes = unit.changes.into_iter();
            self.step.changes.extend(changes.map(|change| Planned { change, unit: key.clone(), effect }));
        }
        match switch {
            Some(Switch::To(system)) => self.step.switch = Some(system),
            Some(Switch::NextStart(why)) => {
                self.step.notes.push(format!("it boots its new system at its next start: {why}"));
            }
            None => {}
        }
    }
}
