//! Doing what was decided, object after object, so that a failure of one keeps only what needs it from being done.
//!
//! Before a definition is touched the state says that a change has begun, and what was there before it; before
//! something is stopped to be started again, that it is to run. A run after one that was killed reads both.

mod declare;
mod define;
mod discs;
mod remember;
mod restart;
mod views;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::bundle::Shutdown;
use crate::declared::Declared;
use crate::document::resolve;
use crate::dropped::dropped;
use crate::error::{Error, Problems, codes, joined};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::key::Key;
use crate::kind::ObjectKind;
use crate::object::Handle;
use crate::observed::Observed;
use crate::plan::{Action, Rules, Step, made_hash, without_volatile};
use crate::state::{Packed, Record, State, Texts};

/// An event of a run, for the reporter.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An object is begun with.
    Begin(String),
    /// Something is done about it that is worth a line with `-v`.
    Detail(String, String),
    /// A warning about the object, which every reporter shows.
    Warning(String, String),
    /// It is done; what was done, nothing where nothing was.
    Done(String, Vec<&'static str>),
    /// It could not be done.
    Failed(String, Error),
    /// It was not tried, because of another one.
    Skipped(String, String),
}

/// One run over one host.
pub struct Run<'r> {
    /// The host that is changed.
    pub host: &'r Host,
    /// The declared objects, to which the steps refer by number.
    pub declared: &'r [Declared],
    /// The objects of the host when the plan was made.
    pub observed: &'r Observed,
    /// The state: a record of each object that was applied.
    pub state: &'r mut State,
    /// The rights of the run.
    pub rules: &'r Rules,
    /// Whether what is applied is owned, to be removed when it is no longer declared.
    pub owned: bool,
    /// The kinds of which all that is declared is known here.
    pub whole: Vec<ObjectKind>,
    /// How what is not declared is stopped.
    pub shutdown: Shutdown,
    /// Whether it is to end early.
    pub interrupt: &'r Interrupt,
    /// Gets each event as it happens.
    pub watch: &'r mut dyn FnMut(Event),
    /// Errors about the current object after it was done.
    pub failed_beside: Vec<Error>,
    /// The objects that were defined ahead of their turn.
    pub ready: BTreeMap<Key, Result<Made, Error>>,
}

/// An object that was defined ahead of its turn.
pub struct Made {
    /// The object in libvirt.
    handle: Handle,
    /// The hash of what libvirt made of its definition.
    hash: u128,
    /// The texts for the state.
    texts: Packed,
    /// The parts that libvirt has dropped, a sentence each.
    dropped: Vec<String>,
}

/// How many new domains are defined at once. What libvirt makes of them is in memory until it is their turn.
const AHEAD: usize = 64;

impl Run<'_> {
    /// Does every step. Tells how many failed or were skipped.
    pub fn run(&mut self, steps: &[Step]) -> usize {
        let mut failed: BTreeSet<String> = BTreeSet::new();
        let mut count = 0;
        for (index, step) in steps.iter().enumerate() {
            let title = step.title();
            let interrupt = self.interrupt;
            let Some(_busy) = interrupt.begin() else {
                count += self.leave(&steps[index..]);
                break;
            };
            (self.watch)(Event::Begin(title.clone()));
            if !step.blocked.is_empty() {
                failed.insert(format!("{} {}", step.kind.name(), step.name));
                count += 1;
                let why = Error::from(Problems(step.blocked.clone()));
                self.note_failure(step, Some(&why));
                (self.watch)(Event::Failed(title, why));
                continue;
            }
            let needed = step.declared.map(|index| &*self.declared[index].references).unwrap_or_default();
            if let Some(missing) = needed.iter().find(|needed| failed.contains(*needed)) {
                failed.insert(format!("{} {}", step.kind.name(), step.name));
                count += 1;
                (self.watch)(Event::Skipped(title, missing.replacen(' ', " `", 1) + "`"));
                continue;
            }
            if is_new_domain(step) && !self.ready.contains_key(&(step.kind, step.uuid)) {
                self.define_ahead(&steps[index..], &failed);
            }
            let done = self.step(step);
            for kept in [self.keep_roots(step), self.clear_view(step)] {
                if let Err(why) = kept {
                    (self.watch)(Event::Warning(title.clone(), why.coded()));
                }
            }
            let mut beside = std::mem::take(&mut self.failed_beside);
            beside.extend(step.unmet.iter().cloned());
            let beside = joined(beside);
            self.note_failure(step, done.as_ref().err().or(beside.as_ref()));
            match (done, beside) {
                (Ok(done), None) => (self.watch)(Event::Done(title, done)),
                (Ok(done), Some(beside)) => {
                    count += 1;
                    if !done.is_empty() {
                        (self.watch)(Event::Done(title.clone(), done));
                    }
                    (self.watch)(Event::Failed(title, beside));
                }
                (Err(why), _) => {
                    failed.insert(format!("{} {}", step.kind.name(), step.name));
                    count += 1;
                    (self.watch)(Event::Failed(title, why));
                }
            }
        }
        if !self.interrupt.asked() {
            count += self.remove_discs(steps);
            self.forget_the_gone(steps);
            let removed = |uuid| {
                steps.iter().any(|step| {
                    step.action == Action::Remove
                        && step.uuid == uuid
                        && !failed.contains(&format!("domain {}", step.name))
                })
            };
            self.forget_views(removed);
            if let Some(roots) = &self.rules.roots {
                roots.forget_others(|uuid| self.knows_domain(uuid) && !removed(uuid));
            }
        }
        self.state.sync();
        count
    }

    /// Remembers whether an object has failed, for the status.
    fn note_failure(&mut self, step: &Step, why: Option<&Error>) {
        if let Err(why) = self.set_failed(step, why) {
            (self.watch)(Event::Warning(step.title(), why.coded()));
        }
    }

    /// Keeps what a domain needs of the Nix store, whatever has become of it.
    fn keep_roots(&self, step: &Step) -> Result<(), Error> {
        let Some(roots) = &self.rules.roots else { return Ok(()) };
        if step.kind != ObjectKind::Domain || !(step.roots || step.changes_something()) {
            return Ok(());
        }
        match self.host.lookup(step.kind, step.uuid) {
            Some(handle) => roots.keep(self.host, step.uuid, &handle),
            None => Ok(()),
        }
    }

    /// Says what is left undone, and how many objects that are.
    fn leave(&mut self, steps: &[Step]) -> usize {
        let left = steps.iter().filter(|step| step.changes_something());
        let titles: Vec<String> = left.map(Step::title).collect();
        for title in &titles {
            (self.watch)(Event::Failed(
                title.clone(),
                Error::new(&codes::NOT_BEGUN, "it was not begun: the run was asked to end"),
            ));
        }
        titles.len()
    }

    /// Defines new domains several at a time: they need nothing of one another, and most of the time goes into waiting
    /// for the daemon.
    fn define_ahead(&mut self, steps: &[Step], failed: &BTreeSet<String>) {
        let chosen = steps.iter().filter(|step| is_new_domain(step)).take(AHEAD);
        let declared = self.declared;
        let mut objects = Vec::new();
        for object in chosen.filter_map(|step| Some(&declared[step.declared?])) {
            // One that somebody has undefined is defined from what is remembered.
            let kept = self.state.get(object.key()).is_some_and(|record| !record.kept.is_empty());
            if object.text.is_none() || kept {
                continue;
            }
            let unneeded = object.references.iter().any(|needed| failed.contains(needed));
            // Where the state cannot be written, it is said when it is the object's turn.
            if !unneeded && self.begin(object.key(), object, Texts::default()).is_ok() {
                objects.push(object);
            }
        }
        let host = self.host;
        let define = |object: &&Declared| {
            let text = object.text.as_deref().unwrap_or_default();
            let made = define_text(host, object.entry.kind, text).and_then(|handle| {
                let made = without_volatile(object.entry.kind, handle.inactive_xml()?);
                let (hash, dropped) = (made_hash(&made), dropped(host, object.entry.kind, text, &made));
                let texts = Texts { given: text.to_owned(), made, ..Texts::default() };
                Ok(Made { handle, hash, texts: texts.pack()?, dropped })
            });
            (object.key(), made)
        };
        let made: Vec<_> = objects.par_iter().map(define).collect();
        self.ready.extend(made);
    }

    fn detail(&mut self, step: &Step, what: impl Into<String>) {
        (self.watch)(Event::Detail(step.title(), what.into()));
    }

    fn step(&mut self, step: &Step) -> Result<Vec<&'static str>, Error> {
        let key = (step.kind, step.uuid);
        match (step.action, step.declared) {
            (Action::Remove, _) => self.remove(step, key),
            (Action::Resume, _) => self.resume(step, key),
            (_, Some(index)) => {
                let object = &self.declared[index];
                self.declare(step, key, object)
            }
            (_, None) if step.hooks.is_some() => {
                self.remove_hooks(step, key)?;
                Ok(vec!["hooks removed"])
            }
            (_, None) => Ok(Vec::new()),
        }
    }

    fn remove_hooks(&self, step: &Step, key: Key) -> Result<(), Error> {
        self.rules.hooks.as_ref().map_or(Ok(()), |site| site.remove(step.kind, key.1, &step.name))
    }

    /// Objects that are neither there nor declared need not be remembered.
    fn forget_the_gone(&mut self, steps: &[Step]) {
        let named: BTreeSet<Key> = steps.iter().map(|step| (step.kind, step.uuid)).collect();
        let gone = |(key, _): &(Key, &Record)| {
            self.whole.contains(&key.0)
                && !self.observed.unseen.contains_key(&key.0)
                && !named.contains(key)
                && !self.observed.objects.contains_key(key)
        };
        let gone: Vec<Key> = self.state.records().filter(gone).map(|(key, _)| key).collect();
        for key in gone {
            if let Err(why) = self.state.forget(key) {
                (self.watch)(Event::Failed("the state".to_owned(), why));
            }
        }
    }

    fn remove(&mut self, step: &Step, key: Key) -> Result<Vec<&'static str>, Error> {
        let found = self.observed.objects.get(&key).ok_or_else(not_there)?;
        let handle = found.handle.clone();
        let mut done = Vec::new();
        let persistent = handle.is_persistent();
        self.remove_discs_of(step, &handle)?;
        if step.stop {
            self.detail(step, "stopping");
            self.stop(step, &handle, self.shutdown)?;
            done.push("stopped");
        }
        if persistent {
            self.detail(step, "undefining");
            let left = self.state.get(key).map(|record| record.on_remove.clone()).unwrap_or_default();
            handle.undefine(self.host, &left)?;
        }
        self.remove_hooks(step, key)?;
        done.push("removed");
        if self.state.get(key).is_some() {
            self.state.forget(key)?;
        }
        Ok(done)
    }

    /// Starts what an earlier run has stopped.
    fn resume(&mut self, step: &Step, key: Key) -> Result<Vec<&'static str>, Error> {
        let found = self.observed.objects.get(&key).ok_or_else(not_there)?;
        let handle = found.handle.clone();
        let mut done = Vec::new();
        if !handle.is_active()? {
            handle.start(self.host)?;
            done.push("started");
        }
        self.set_resume(key, &step.name, false)?;
        Ok(done)
    }
}

/// The error for an object that is gone since the plan was made.
fn not_there() -> Error {
    Error::new(&codes::NO_SUCH_OBJECT, "it is not there")
}

/// Whether a step is a domain's first definition.
fn is_new_domain(step: &Step) -> bool {
    step.kind == ObjectKind::Domain
        && step.action == Action::Create
        && step.declared.is_some()
        && step.blocked.is_empty()
}

/// Defines an object, with the secrets that files hold.
fn define_text(host: &Host, kind: ObjectKind, text: &str) -> Result<Handle, Error> {
    let resolved = resolve(kind, text)?;
    host.define(kind, resolved.as_deref().unwrap_or(text))
}
