//! Deciding what is to be done, without doing anything.

use std::collections::BTreeSet;
use std::path::PathBuf;

use nixvirt_compiler::{Change, Policy, Report, Unit, View, units};
use uuid::Uuid;

use crate::bundle::Prune;
use crate::declared::{Declared, Key, hash, read_document, title};
use crate::error::Problems;
use crate::hooks;
use crate::host::Host;
use crate::live;
use crate::object::Kind;
use crate::observed::{Found, Observed};
use crate::references;
use crate::state::{Record, State};
use crate::volumes::{self, VolumeStep};

/// What is done about an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is defined for the first time.
    Create,
    /// It is defined anew.
    Update,
    /// It is as it should be; only what we remember of it is brought up to date.
    Record,
    /// It is as it should be.
    Unchanged,
    /// It is removed.
    Remove,
    /// It was stopped by a run that did not end, and is started again.
    Resume,
}

/// A change, and whether it can be had only by a restart.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The change.
    pub change: Change,
    /// What names the device or part that it belongs to.
    pub unit: String,
    /// Whether a running object must be restarted for it.
    pub restart: bool,
}

/// What is to be done about one object.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its kind.
    pub kind: Kind,
    /// Its uuid.
    pub uuid: Uuid,
    /// Its name.
    pub name: String,
    /// What is done about its definition.
    pub action: Action,
    /// What changes in it.
    pub changes: Vec<Planned>,
    /// What else is to be said.
    pub notes: Vec<String>,
    /// Whether it is started.
    pub start: bool,
    /// Whether it is stopped.
    pub stop: bool,
    /// Whether it is stopped and started.
    pub restart: bool,
    /// What its autostart is set to.
    pub autostart: Option<bool>,
    /// What is done about its volumes.
    pub volumes: Vec<VolumeStep>,
    /// Whether its hooks are installed anew, or removed.
    pub hooks: bool,
    /// Its place among the declared objects.
    pub declared: Option<usize>,
}

impl Step {
    /// A step that does nothing.
    pub fn new(kind: Kind, uuid: Uuid, name: &str, action: Action) -> Step {
        Step {
            kind,
            uuid,
            name: name.to_owned(),
            action,
            changes: Vec::new(),
            notes: Vec::new(),
            start: false,
            stop: false,
            restart: false,
            autostart: None,
            volumes: Vec::new(),
            hooks: false,
            declared: None,
        }
    }

    /// What it is called in messages.
    pub fn title(&self) -> String {
        title(self.kind, &self.name)
    }

    /// Whether anything on the host changes.
    pub fn changes_something(&self) -> bool {
        matches!(self.action, Action::Create | Action::Update | Action::Remove | Action::Resume)
            || self.start
            || self.stop
            || self.restart
            || self.autostart.is_some()
            || !self.volumes.is_empty()
            || self.hooks
    }
}

/// What a run may do.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Which objects that are not declared are removed.
    pub prune: Prune,
    /// Whether what can be changed in a running domain is.
    pub live: bool,
    /// The folder of libvirt's hooks, where they can be installed.
    pub hooks: Option<PathBuf>,
}

/// Decides about every object: first the removals, then the declared ones in the order of defining.
///
/// # Errors
/// Everything that keeps the run from being begun.
pub fn make(
    host: &Host,
    declared: &[Declared],
    observed: &Observed,
    state: &State,
    kinds: &[Kind],
    rules: &Rules,
) -> Result<Vec<Step>, Problems> {
    let mut problems = Problems::default();
    let keys: BTreeSet<Key> = declared.iter().map(Declared::key).collect();
    let mut steps = removals(observed, state, &keys, kinds, rules.prune);
    let removed: BTreeSet<Key> = steps.iter().map(|step| (step.kind, step.uuid)).collect();
    let gone = steps.iter().map(|step| (step.kind, step.name.clone())).collect();
    problems.0.extend(references::check(declared, observed, &gone).0);
    for (index, object) in declared.iter().enumerate() {
        let key = object.key();
        if let Some((other, _)) = observed.named(object.entry.kind, &object.name)
            && *other != object.uuid
            && !removed.contains(&(object.entry.kind, *other))
            && !keys.contains(&(object.entry.kind, *other))
        {
            problems.add(format!(
                "{}: there is already a {} on the host, with the uuid {other}, which was not declared here; give the \
                 definition that uuid to take it over, or remove it",
                object.entry.place,
                object.title(),
            ));
            continue;
        }
        match decide(host, object, observed.objects.get(&key), state, rules) {
            Ok(mut step) => {
                step.declared = Some(index);
                steps.push(step);
            }
            Err(found) => {
                let said = |problem| format!("{}: {}: {problem}", object.entry.place, object.title());
                problems.0.extend(found.0.into_iter().map(said));
            }
        }
    }
    resumptions(observed, state, &keys, &removed, &mut steps);
    if problems.is_empty() { Ok(steps) } else { Err(problems) }
}

/// What was declared once and is no longer, in the reverse order of defining.
fn removals(
    observed: &Observed,
    state: &State,
    keys: &BTreeSet<Key>,
    kinds: &[Kind],
    prune: Prune,
) -> Vec<Step> {
    let mut steps = Vec::new();
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
        compare(host, object, record, state, &current, &mut step, rules)?;
        step.autostart = entry.autostart.filter(|autostart| *autostart != found.autostart);
    } else {
        step.autostart = entry.autostart.filter(|autostart| *autostart);
    }
    if key.0 == Kind::Domain {
        step.hooks = match &rules.hooks {
            Some(folder) => hooks::differ(folder, key.1, &object.name, &entry.hooks),
            None if entry.hooks.is_empty() => false,
            None => {
                let what = "its `hooks` can be installed only on the machine itself; run nixvirt-apply there";
                return Err(Problems::from(what.to_owned()));
            }
        };
    }
    let because_changed = step.changes.iter().any(|change| change.restart);
    step.restart = active && wanted && entry.restart.unwrap_or(because_changed);
    step.start = !active && wanted;
    step.stop = active && !wanted;
    if key.0 == Kind::Pool && !entry.volumes.is_empty() {
        match found.filter(|found| found.active) {
            Some(found) => step.volumes = volumes::decide(&found.handle, &entry.volumes)?,
            None if step.action == Action::Unchanged && !wanted => {}
            None => {
                volumes::read_all(&entry.volumes)?;
                step.notes.push("its volumes are looked at once it is active".to_owned());
            }
        }
    }
    Ok(step)
}

/// Settles what an object that exists needs.
fn compare(
    host: &Host,
    object: &Declared,
    record: Option<&Record>,
    state: &State,
    current: &str,
    step: &mut Step,
    rules: &Rules,
) -> Result<(), Problems> {
    let (kind, key) = (object.entry.kind, object.key());
    let made = made_hash(current);
    let same_given = record.is_some_and(|record| record.given == object.hash);
    if let Some(record) = record
        && !record.pending
        && same_given
        && record.made == made
    {
        step.action = Action::Unchanged;
        return Ok(());
    }
    step.action = Action::Update;
    let texts = state.texts(key)?;
    let given = object.text.as_deref().unwrap_or(&texts.given);
    let read = |text| read_document(kind, text, &mut Report::new(Policy::Lenient));
    let add = |step: &mut Step, found: Vec<Unit<'_, '_>>| {
        for unit in found {
            let restart = !(rules.live && object.entry.live) || live::needs_restart(kind, &unit);
            let key = unit.key;
            step.changes.extend(unit.changes.into_iter().map(|change| Planned {
                change,
                unit: key.clone(),
                restart,
            }));
        }
    };
    let Some(record) = record.filter(|record| record.made != 0 || record.pending) else {
        let (current, given) = (read(current)?, read(given)?);
        add(step, units(&current, &given, View::Given));
        step.notes.push("it was not made here; it is taken over".to_owned());
        return Ok(());
    };
    if record.pending {
        let given = read(given)?;
        for before in texts.before.iter().map(String::as_str).chain([current]) {
            let before = read(before)?;
            let mut found = units(&before, &given, View::Given);
            for unit in &mut found {
                let known =
                    |change: &Change| step.changes.iter().any(|known| known.change.path == change.path);
                unit.changes.retain(|change| !known(change));
            }
            add(step, found);
        }
        step.notes.push("a run before this one did not end".to_owned());
        return Ok(());
    }
    let drifted = record.made != made;
    if drifted {
        let (current, given, old) = (read(current)?, read(given)?, read(&texts.made)?);
        let found = units(&current, &old, View::Exact);
        // Another libvirt may print more, as long as the definition is still met.
        let upgraded = record.version != host.version && units(&current, &given, View::Given).is_empty();
        if !found.is_empty() && !upgraded {
            step.notes.push("it was changed by hand".to_owned());
            add(step, found);
        }
    }
    if !same_given {
        let (old, new) = (read(&texts.given)?, read(given)?);
        add(step, units(&old, &new, View::Exact));
    }
    // A change that only comments, white space or units make, and a new libvirt's way to print.
    let value_changed = (object.value.is_some() || object.secrets) && !same_given;
    if step.changes.is_empty() && object.known && !value_changed {
        step.action = Action::Record;
    }
    Ok(())
}
