//! Deciding what is to be done, without doing anything.

mod compare;
mod step;

use std::collections::{BTreeMap, BTreeSet};

use nixvirt_compiler::{Policy, Report};
use rayon::prelude::*;
use uuid::Uuid;

use self::compare::Comparison;
pub(crate) use self::compare::carried;
pub use self::step::{Action, HookStep, Planned, Step};
use crate::bundle::Prune;
use crate::declared::{Broken, Declared, Key, child, child_text, hash, read_document};
use crate::error::Problems;
use crate::hooks::{self, Site, Stray};
use crate::host::Host;
use crate::live::Effect;
use crate::object::Kind;
use crate::observed::{Found, Observed};
use crate::references;
use crate::state::{State, Why};
use crate::volumes;

/// What a run may do.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Which objects that are not declared are removed.
    pub prune: Prune,
    /// Whether what can be changed in a running domain is.
    pub live: bool,
    /// The hooks, where they can be installed.
    pub hooks: Option<Site>,
}

/// What is declared.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The objects.
    pub declared: &'w [Declared],
    /// The entries of which it is not known which objects they are.
    pub broken: &'w [Broken],
    /// The kinds whose list is there.
    pub kinds: &'w [Kind],
}

impl Wanted<'_> {
    /// The kinds of which all that is declared is known.
    pub fn whole(&self) -> Vec<Kind> {
        let is_whole = |kind: &Kind| !self.broken.iter().any(|broken| broken.kind == *kind);
        self.kinds.iter().copied().filter(is_whole).collect()
    }
}

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
    let mut steps = removals(observed, state, &keys, wanted, rules.prune);
    let removed: BTreeSet<Key> =
        steps.iter().filter(|step| step.blocked.is_empty()).map(|step| (step.kind, step.uuid)).collect();
    steps.extend(wanted.broken.iter().map(|broken| {
        let mut step = Step::new(broken.kind, Uuid::nil(), &broken.place, Action::Unchanged);
        step.blocked.clone_from(&broken.problems);
        let kind = broken.kind.plural();
        step.notes.push(format!("as it is not known what it is to be, none of the {kind} is removed"));
        step
    }));
    // Most of the time goes into waiting for the daemon, which can do several things at once.
    let decide = |object: &Declared| {
        if !object.problems.is_empty() {
            return Err(Problems(object.problems.clone()));
        }
        decide(host, object, observed.objects.get(&object.key()), state, rules)
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
        if let Some((other, _)) = observed.named(object.entry.kind, &object.name)
            && *other != object.uuid
            && !removed.contains(&(object.entry.kind, *other))
            && !keys.contains(&(object.entry.kind, *other))
        {
            step.blocked.push(format!(
                "there is already a {} of that name on the host, with the uuid {other}, which was not declared here; give \
                 the definition that uuid to take it over, or remove it",
                object.entry.kind.name(),
            ));
        }
        step.declared = Some(index);
        steps.push(step);
    }
    for (index, why) in references::missing(declared, observed) {
        steps[first + index].blocked.push(why);
    }
    for step in &mut steps[first..] {
        if !step.blocked.is_empty() {
            let place = step.declared.map(|index| &*declared[index].entry.place).unwrap_or_default();
            step.notes.push(format!("it stands at {place}"));
        }
    }
    resumptions(observed, state, &keys, &removed, &mut steps);
    strays(declared, observed, rules, &mut steps);
    steps
}

/// What was declared once and is no longer, in the reverse order of defining.
fn removals(
    observed: &Observed,
    state: &State,
    keys: &BTreeSet<Key>,
    wanted: &Wanted<'_>,
    prune: Prune,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let kinds = wanted.whole();
    for (key, found) in observed.objects.iter().rev() {
        let owned = state.get(*key).is_some_and(|record| record.owned);
        let ours = match prune {
            Prune::Nothing => false,
            Prune::Owned => owned,
            Prune::All => true,
        };
        if ours && kinds.contains(&key.0) && !keys.contains(key) {
            let mut step = Step::new(key.0, key.1, &found.name, Action::Remove);
            step.stop = found.active;
            let named = format!("{} {}", key.0.name(), found.name);
            let needs = |object: &&Declared| object.references.contains(&named);
            if let Some(object) = wanted.declared.iter().find(needs) {
                step.blocked.push(format!(
                    "it is no longer declared, but {} needs it; add it to `{}`",
                    object.title(),
                    key.0.plural()
                ));
            }
            steps.push(step);
        }
    }
    steps
}

/// What a run that was cut off has stopped and not started again, and what is not declared.
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

/// Hooks of ours for objects that somebody has removed or renamed. They go last: what is renamed may be stopped before.
fn strays(declared: &[Declared], observed: &Observed, rules: &Rules, steps: &mut Vec<Step>) {
    let Some(site) = &rules.hooks else { return };
    let names: BTreeMap<Key, &str> = declared.iter().map(|object| (object.key(), &*object.name)).collect();
    let known = |kind, uuid| {
        let found = || observed.objects.get(&(kind, uuid)).map(|found| &*found.name);
        names.get(&(kind, uuid)).copied().or_else(found).map(str::to_owned)
    };
    // Where something declared has the name, its own step sees to the hooks.
    let taken =
        |stray: &Stray| declared.iter().any(|one| one.entry.kind == stray.kind && one.name == stray.name);
    for stray in site.strays(known).into_iter().filter(|stray| !taken(stray)) {
        let mut step = Step::new(stray.kind, stray.uuid, &stray.name, Action::Unchanged);
        step.hooks = Some(HookStep::Remove);
        step.notes.push("nothing has that name and uuid any more".to_owned());
        steps.push(step);
    }
}

/// The folder of a pool of type `dir`. Pools of other types have something else to be made: a file system, a volume
/// group.
pub(crate) fn pool_folder(definition: &str) -> Option<String> {
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(Kind::Pool, definition, &mut report).ok()?;
    let target = child(&document.root, "target")?;
    let is_dir = document.root.get("type") == Some("dir");
    child_text(target, "path").filter(|_| is_dir).map(str::to_owned)
}

/// What is done about the hooks of a declared object.
fn decide_hooks(object: &Declared, host: &Host, rules: &Rules, step: &mut Step) -> Result<(), Problems> {
    let (key, hooks) = (object.key(), &object.entry.hooks);
    let Some(site) = &rules.hooks else {
        if hooks.is_empty() {
            return Ok(());
        }
        let why = hooks::why_not(&host.uri).unwrap_or("libvirt has none for this driver");
        return Err(Problems::from(format!("its `hooks` cannot be installed: {why}")));
    };
    step.notes.extend(Site::wrong(hooks));
    if !site.differ(key.0, key.1, &object.name, hooks) {
        return Ok(());
    }
    if hooks.is_empty() {
        step.hooks = Some(HookStep::Remove);
        return Ok(());
    }
    let first = site.is_first(key.0);
    step.hooks = Some(HookStep::Install { first });
    if first {
        step.notes.push(format!("{}; {}", hooks::UNSEEN, hooks::RELOAD));
    }
    Ok(())
}

/// What libvirt says of an object, without what changes by itself: what is in a pool, and who may open it.
pub fn settled(kind: Kind, xml: String) -> String {
    if kind != Kind::Pool {
        return xml;
    }
    let mut kept = String::with_capacity(xml.len());
    let mut within = false;
    for line in xml.lines() {
        let tag = line.trim_start();
        within |= tag.starts_with("<permissions>");
        let varies = ["<capacity", "<allocation", "<available"].iter().any(|name| tag.starts_with(name));
        if !within && !varies {
            kept.push_str(line);
            kept.push('\n');
        }
        within &= !tag.starts_with("</permissions>");
    }
    kept
}

/// The hash of what libvirt says of an object.
pub fn made_hash(settled: &str) -> u128 {
    hash(&[settled.as_bytes()])
}

fn decide(
    host: &Host,
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
    if let Some(found) = found {
        let current = settled(key.0, found.handle.inactive_xml()?);
        let comparison = Comparison { host, object, found, record, state, rules, current: &current };
        comparison.settle(&mut step)?;
        step.autostart = entry.autostart.filter(|autostart| *autostart != found.autostart);
    } else {
        step.autostart = entry.autostart.filter(|autostart| *autostart);
        step.kept = record.map(|record| record.kept.clone()).unwrap_or_default();
    }
    if !hooks::operations(key.0).is_empty() {
        decide_hooks(object, host, rules, &mut step)?;
    }
    let because_changed = step.changes.iter().any(|change| change.effect == Effect::Restart)
        || step.waits.iter().any(|wait| wait.why == Why::Restart)
        || (key.0 != Kind::Domain && found.is_some_and(|found| found.name != object.name));
    step.restart = active && wanted && entry.restart.unwrap_or(because_changed);
    if let (Kind::Network, true, Some(found)) = (key.0, step.restart, found) {
        let riders = references::riders(host, &found.name, &found.handle)?;
        let names: Vec<String> = riders.iter().map(|(_, rider)| format!("`{}`", rider.name())).collect();
        if !names.is_empty() {
            step.notes.push(format!("the domains on it are restarted with it: {}", names.join(", ")));
        }
    }
    if key.0 == Kind::Pool && entry.build && record.map_or(found.is_none(), |record| record.new) {
        step.folder = object.text.as_deref().and_then(pool_folder);
        step.notes.extend(step.folder.as_ref().map(|folder| format!("{folder} is made where it is missing")));
    }
    step.start = !active && wanted;
    step.stop = active && !wanted;
    if key.0 == Kind::Pool && !entry.volumes.is_empty() {
        match found.filter(|found| found.active) {
            Some(found) => {
                let decided = volumes::decide(host, &found.handle, &entry.volumes)?;
                step.notes.extend(decided.notes);
                (step.volumes, step.volume_problems) = (decided.steps, decided.problems);
            }
            None if step.action == Action::Unchanged && !wanted => {}
            None => {
                volumes::read_all(&entry.volumes)?;
                step.notes.push("its volumes are looked at once it is active".to_owned());
            }
        }
    }
    Ok(step)
}
