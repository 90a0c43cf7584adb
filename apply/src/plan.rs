//! Deciding what is to be done, without doing anything.

mod adding;
mod compare;
mod discs;
mod hooks;
mod needs;
mod networks;
mod order;
mod pools;
mod removals;
mod renames;
mod rules;
mod starts;
mod step;
mod views;

use std::collections::BTreeSet;

use rayon::prelude::*;
use uuid::Uuid;

use self::compare::Comparison;
pub(crate) use self::compare::carried;
use self::hooks::{decide_hooks, strays};
use self::networks::{decide_network_users, decide_stop};
use self::removals::removals;
pub(crate) use self::rules::pool_folder;
pub use self::rules::{Rules, Wanted, made_hash, without_volatile};
use self::starts::{coming_volumes, decide_obstacles, decide_saved, inherited};
pub use self::step::{Action, HookStep, Planned, Step};
use self::views::decide_view;
use crate::declared::Declared;
use crate::discs::{of_changed_ignition, of_changed_seed};
use crate::error::{Error, Problems, codes};
use crate::host::Host;
use crate::key::Key;
use crate::kind::ObjectKind;
use crate::live::Effect;
use crate::observed::{Found, Observed};
use crate::preflight::Coming;
use crate::state::{State, Why};

/// Decides about every object: first the removals, then the declared ones in the order of defining. What is wrong with one
/// keeps only it, and what needs it, from being done.
pub fn make(
    host: &Host,
    wanted: &Wanted<'_>,
    observed: &Observed,
    state: &State,
    rules: &Rules,
) -> Vec<Step> {
    let declared = wanted.declared;
    let keys: BTreeSet<Key> = declared.iter().map(Declared::key).collect();
    let (mut steps, later) = removals(host, observed, state, &keys, wanted, rules);
    let removed: BTreeSet<Key> = steps
        .iter()
        .chain(&later)
        .filter(|step| step.action == Action::Remove && step.blocked.is_empty())
        .map(|step| (step.kind, step.uuid))
        .collect();
    steps.extend(wanted.broken.iter().map(|broken| {
        let mut step = Step::new(broken.kind, Uuid::nil(), &broken.place, Action::Unchanged);
        step.blocked.clone_from(&broken.problems);
        let kind = broken.kind.plural();
        step.notes.push(format!("as it is not known what it is to be, none of the {kind} is removed"));
        step
    }));
    let volumes = coming_volumes(declared, state);
    let coming = Coming { declared, volumes: Some(&volumes) };
    // Most of the time goes into waiting for the daemon, which can do several things at once.
    let decide = |object: &Declared| {
        if !object.problems.is_empty() {
            return Err(Problems(object.problems.clone()));
        }
        decide(host, coming, object, observed.objects.get(&object.key()), state, rules)
    };
    let all: Vec<_> = declared.par_iter().map(decide).collect();
    let first = steps.len();
    for ((index, object), decided) in declared.iter().enumerate().zip(all) {
        let key = object.key();
        let mut step = decided.unwrap_or_else(|problems| {
            let mut step = Step::new(key.0, key.1, &object.name, Action::Unchanged);
            step.blocked = problems.0;
            step
        });
        step.blocked.extend(object.lacks.iter().cloned());
        if let Some((other, _)) = observed.named(object.entry.kind, &object.name)
            && *other != object.uuid
            && !removed.contains(&(object.entry.kind, *other))
            && !keys.contains(&(object.entry.kind, *other))
        {
            let message = format!(
                "there is already a {} of that name on the host, with the uuid {other}, which was not declared here",
                object.entry.kind.name(),
            );
            step.blocked.push(
                Error::new(&codes::NAME_TAKEN, message)
                    .fact("uuid", other)
                    .help("give the definition that uuid to take it over, or remove it"),
            );
        }
        step.declared = Some(index);
        steps.push(step);
    }
    let without_pool = discs::without_pool(declared, &steps[first..], observed, state);
    for (index, why) in needs::missing(declared, observed).into_iter().chain(without_pool) {
        steps[first + index].blocked.push(why);
    }
    for step in &mut steps[first..] {
        if !step.blocked.is_empty() {
            let place = step.declared.map(|index| &*declared[index].entry.place).unwrap_or_default();
            step.notes.push(format!("it stands at {place}"));
        }
    }
    let mut steps = renames::ordered(order::ordered(steps, declared), observed);
    steps.extend(later);
    resumptions(observed, state, &keys, &removed, &mut steps);
    strays(declared, observed, rules, &mut steps);
    steps
}

/// The objects that an interrupted run stopped and did not start again, and that are not declared.
fn resumptions(
    observed: &Observed,
    state: &State,
    keys: &BTreeSet<Key>,
    removed: &BTreeSet<Key>,
    steps: &mut Vec<Step>,
) {
    for (key, record) in state.records() {
        let waits = record.resume && !keys.contains(&key) && !removed.contains(&key);
        if let (true, Some(found)) = (waits, observed.objects.get(&key)) {
            let mut step = Step::new(key.0, key.1, &found.name, Action::Resume);
            step.start = !found.active;
            step.notes.push("it was stopped by a run that did not end".to_owned());
            steps.push(step);
        }
    }
}

fn decide(
    host: &Host,
    coming: Coming<'_>,
    object: &Declared,
    found: Option<&Found>,
    state: &State,
    rules: &Rules,
) -> Result<Step, Problems> {
    let key = object.key();
    let mut step = Step::new(key.0, key.1, &object.name, Action::Create);
    let record = state.get(key);
    let entry = &object.entry;
    let resume = record.is_some_and(|record| record.resume);
    let active = found.is_some_and(|found| found.active);
    let wanted = entry.active.unwrap_or(active || resume);
    let current = found.map(|found| found.handle.inactive_xml()).transpose()?;
    let current = current.map(|current| without_volatile(key.0, current));
    let found_now = found.zip(current.as_deref());
    if let Some((found, current)) = found_now {
        if let (ObjectKind::Domain, Some(roots)) = (key.0, &rules.roots) {
            step.roots = roots.may_differ(key.1, &roots.named_in(current));
        }
        let comparison = Comparison { host, object, found, record, state, rules, current };
        comparison.settle(&mut step)?;
        let had = record.and_then(|record| record.seed.as_ref());
        step.notes.extend(of_changed_seed(had, entry.seed.as_ref(), current));
        let declared = object.text.as_deref().filter(|_| !entry.discs.is_empty());
        step.notes.extend(declared.and_then(|declared| of_changed_ignition(declared, current)));
        step.autostart = entry.autostart.filter(|autostart| *autostart != found.autostart);
    } else {
        step.autostart = entry.autostart.filter(|autostart| *autostart);
        step.kept = record.map(|record| record.kept.clone()).unwrap_or_default();
    }
    if crate::hooks::operations(key.0).next().is_some() {
        decide_hooks(object, host, rules, &mut step)?;
    }
    let because_changed = step.changes.iter().any(|change| change.effect == Effect::Restart)
        || step.waits.iter().any(|wait| wait.why == Why::Restart)
        || (key.0 != ObjectKind::Domain && found.is_some_and(|found| found.name != object.name));
    step.restart = active && wanted && entry.restart.unwrap_or(because_changed);
    step.settle_switch(active && wanted);
    if let (ObjectKind::Network, true, Some(found)) = (key.0, step.restart, found) {
        let may = rules.takes_along || entry.restart == Some(true);
        decide_network_users(host, coming.declared, may, found, &mut step)?;
    }
    if key.0 == ObjectKind::Pool
        && entry.build
        && !active
        && record.map_or(found.is_none(), |record| record.new)
    {
        step.folder = match &object.text {
            Some(text) => pool_folder(text),
            None => pool_folder(&state.texts(key)?.given),
        };
        step.notes.extend(step.folder.as_ref().map(|folder| format!("{folder} is made where it is missing")));
    }
    step.start = !active && wanted;
    if key.0 == ObjectKind::Domain {
        decide_view(host, object, found_now, state, &mut step)?;
    }
    decide_obstacles(host, coming, object, found, state, &mut step)?;
    step.stop = active && !wanted;
    if let (ObjectKind::Network, true, Some(found)) = (key.0, step.stop, found) {
        decide_stop(host, coming.declared, rules.takes_along, found, &mut step)?;
    }
    match found {
        Some(found) if found.saved && !found.active => decide_saved(host, object, found, &mut step)?,
        None if key.0 == ObjectKind::Domain => inherited(host, object, &mut step),
        _ => {}
    }
    if key.0 == ObjectKind::Pool {
        pools::decide_volumes(host, coming.declared, (object, found), record, wanted, &mut step)?;
    }
    Ok(step)
}
