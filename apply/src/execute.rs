//! Doing what was decided, object after object, so that a failure of one keeps only what needs it from being done.
//!
//! Before a definition is touched the state says that a change has begun, and what was there before it; before
//! something is stopped to be started again, that it is to run. A run after one that was killed reads both.

use std::collections::{BTreeMap, BTreeSet};

use nixvirt_compiler::{Policy, Report};
use rayon::prelude::*;

use crate::bundle::Shutdown;
use crate::declared::{Declared, Key, read_document, resolve, title};
use crate::hooks;
use crate::host::Host;
use crate::live;
use crate::object::{Handle, Kind};
use crate::observed::Observed;
use crate::plan::{Action, Rules, Step, made_hash, settled};
use crate::references;
use crate::state::{Packed, Record, State, Texts};
use crate::stop::stop;
use crate::volumes;

/// What happens, for whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An object is begun with.
    Begin(String),
    /// Something is done about it that is worth a line with `-v`.
    Detail(String, String),
    /// It is done; what was done, nothing where nothing was.
    Done(String, Vec<&'static str>),
    /// It could not be done.
    Failed(String, String),
    /// It was not tried, because of another one.
    Skipped(String, String),
}

/// One run over one host.
pub struct Run<'r> {
    /// The host.
    pub host: &'r Host,
    /// The declared objects.
    pub declared: &'r [Declared],
    /// What the host had when it was decided.
    pub observed: &'r Observed,
    /// What is remembered.
    pub state: &'r mut State,
    /// What may be done.
    pub rules: &'r Rules,
    /// Whether what is applied is owned, to be removed when it is no longer declared.
    pub owned: bool,
    /// How what is not declared is stopped.
    pub shutdown: Shutdown,
    /// Told what happens.
    pub watch: &'r mut dyn FnMut(Event),
    /// What was defined ahead of its turn.
    pub ready: BTreeMap<Key, Result<Made, String>>,
}

/// A defined object, the hash of what libvirt made of its definition, and both texts.
pub type Made = (Handle, u128, Packed);

/// How many new domains are defined at once. What libvirt makes of them is in memory until it is their turn.
const AHEAD: usize = 64;

impl Run<'_> {
    /// Does every step. Tells how many failed or were skipped.
    pub fn run(&mut self, steps: &[Step]) -> usize {
        let mut failed: BTreeSet<String> = BTreeSet::new();
        let mut count = 0;
        for (index, step) in steps.iter().enumerate() {
            let title = step.title();
            (self.watch)(Event::Begin(title.clone()));
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
            match self.step(step) {
                Ok(done) => (self.watch)(Event::Done(title, done)),
                Err(why) => {
                    failed.insert(format!("{} {}", step.kind.name(), step.name));
                    count += 1;
                    (self.watch)(Event::Failed(title, why));
                }
            }
        }
        self.forget_the_gone(steps);
        self.state.sync();
        count
    }

    /// Defines new domains several at a time: they need nothing of one another, and most of the time goes into waiting
    /// for the daemon.
    fn define_ahead(&mut self, steps: &[Step], failed: &BTreeSet<String>) {
        let chosen = steps.iter().filter(|step| is_new_domain(step)).take(AHEAD);
        let declared = self.declared;
        let mut objects = Vec::new();
        for object in chosen.filter_map(|step| Some(&declared[step.declared?])) {
            // One that somebody has undefined is defined from what is remembered.
            if object.text.is_none() {
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
                let made = settled(object.entry.kind, handle.inactive_xml()?);
                let hash = made_hash(&made);
                let texts = Texts { given: text.to_owned(), made, before: Vec::new() };
                Ok((handle, hash, texts.pack()?))
            });
            (object.key(), made)
        };
        let made: Vec<_> = objects.par_iter().map(define).collect();
        self.ready.extend(made);
    }

    /// Remembers that a change of an object has begun.
    fn begin(&mut self, key: Key, object: &Declared, texts: Texts) -> Result<(), String> {
        let mut pending = self.state.get(key).cloned().unwrap_or_default();
        pending.name = object.name.clone();
        pending.owned |= self.owned;
        pending.pending = true;
        self.state.put(key, &pending, &texts)
    }

    fn detail(&mut self, step: &Step, what: impl Into<String>) {
        (self.watch)(Event::Detail(step.title(), what.into()));
    }

    fn step(&mut self, step: &Step) -> Result<Vec<&'static str>, String> {
        let key = (step.kind, step.uuid);
        match (step.action, step.declared) {
            (Action::Remove, _) => self.remove(step, key),
            (Action::Resume, _) => self.resume(step, key),
            (_, Some(index)) => {
                let object = &self.declared[index];
                self.declare(step, key, object)
            }
            (_, None) => Ok(Vec::new()),
        }
    }

    /// Objects that are no longer there need not be remembered.
    fn forget_the_gone(&mut self, steps: &[Step]) {
        let named: BTreeSet<Key> = steps.iter().map(|step| (step.kind, step.uuid)).collect();
        let gone =
            |(key, _): &(Key, &Record)| !named.contains(key) && !self.observed.objects.contains_key(key);
        let gone: Vec<Key> = self.state.records().filter(gone).map(|(key, _)| key).collect();
        for key in gone {
            if let Err(why) = self.state.forget(key) {
                (self.watch)(Event::Failed("the state".to_owned(), why));
            }
        }
    }

    fn remove(&mut self, step: &Step, key: Key) -> Result<Vec<&'static str>, String> {
        let found = self.observed.objects.get(&key).ok_or("it is not there")?;
        let handle = found.handle.clone();
        let mut done = Vec::new();
        let persistent = handle.is_persistent();
        if step.stop {
            self.detail(step, "stopping");
            self.stop(step, &handle, self.shutdown)?;
            done.push("stopped");
        }
        if persistent {
            self.detail(step, "undefining");
            handle.undefine(self.host)?;
        }
        if let (Kind::Domain, Some(folder)) = (step.kind, &self.rules.hooks) {
            hooks::install(folder, key.1, &step.name, &Vec::new())?;
        }
        done.push("removed");
        if self.state.get(key).is_some() {
            self.state.forget(key)?;
        }
        Ok(done)
    }

    /// Starts what an earlier run has stopped.
    fn resume(&mut self, step: &Step, key: Key) -> Result<Vec<&'static str>, String> {
        let found = self.observed.objects.get(&key).ok_or("it is not there")?;
        let handle = found.handle.clone();
        let mut done = Vec::new();
        if !handle.is_active()? {
            handle.start(self.host)?;
            done.push("started");
        }
        self.set_resume(key, &step.name, false)?;
        Ok(done)
    }

    /// Remembers that an object is to run again, or that it does.
    fn set_resume(&mut self, key: Key, name: &str, resume: bool) -> Result<(), String> {
        let mut record = match self.state.get(key) {
            Some(record) if record.resume == resume => return Ok(()),
            Some(record) => record.clone(),
            None if !resume => return Ok(()),
            None => Record { name: name.to_owned(), ..Record::default() },
        };
        record.resume = resume;
        // It was only ever remembered for this.
        if !resume && !record.owned && record.given == 0 {
            return self.state.forget(key);
        }
        let texts = self.state.texts(key)?;
        self.state.put(key, &record, &texts)
    }

    fn declare(&mut self, step: &Step, key: Key, object: &Declared) -> Result<Vec<&'static str>, String> {
        let mut done = Vec::new();
        let found = self.observed.objects.get(&key).map(|found| found.handle.clone());
        let before = self.state.get(key).cloned().unwrap_or_default();
        if let (true, Some(folder)) = (step.hooks, &self.rules.hooks) {
            // Before anything starts that they are for.
            hooks::install(folder, key.1, &object.name, &object.entry.hooks)?;
            done.push(if object.entry.hooks.is_empty() { "hooks removed" } else { "hooks installed" });
        }
        let handle = match (step.action, found) {
            (Action::Create | Action::Update, found) => self.define(step, key, object, found, &mut done)?,
            (Action::Record, Some(handle)) => {
                let made = settled(step.kind, handle.inactive_xml()?);
                self.remember(key, object, &made)?;
                handle
            }
            (_, Some(handle)) => handle,
            (_, None) => return Err("it is not there".to_owned()),
        };
        // An object that nothing was done about is as it was when it was looked at.
        let untouched = matches!(step.action, Action::Unchanged | Action::Record) && !before.resume;
        let mut active = match self.observed.objects.get(&key).filter(|_| untouched) {
            Some(found) => found.active,
            None if step.action == Action::Create => false,
            None => step.kind.runs() && handle.is_active()?,
        };
        if untouched && step.restart {
            self.restart(step, &handle, object.entry.shutdown)?;
            done.push("restarted");
            active = true;
        }
        let wanted = object.entry.active.unwrap_or(active || before.resume || step.restart);
        if step.kind.runs() {
            if active && !wanted {
                self.detail(step, "stopping");
                self.stop(step, &handle, object.entry.shutdown)?;
                done.push("stopped");
            }
            if !active && wanted {
                self.detail(step, "starting");
                handle.start(self.host)?;
                done.push("started");
            }
            self.set_resume(key, &step.name, false)?;
        }
        if let Some(autostart) = step.autostart {
            self.detail(step, if autostart { "autostart on" } else { "autostart off" });
            handle.set_autostart(self.host, autostart)?;
            done.push(if autostart { "autostart set" } else { "autostart cleared" });
        }
        self.volumes(step, &handle, object, wanted, &mut done)?;
        Ok(done)
    }

    fn volumes(
        &mut self,
        step: &Step,
        handle: &Handle,
        object: &Declared,
        wanted: bool,
        done: &mut Vec<&'static str>,
    ) -> Result<(), String> {
        let volumes = &object.entry.volumes;
        if volumes.is_empty() || (!wanted && step.action == Action::Unchanged) {
            return Ok(());
        }
        let found;
        let steps = match (&*step.volumes, step.action, step.start) {
            ([], Action::Unchanged | Action::Record, false) => return Ok(()),
            ([], _, _) => {
                if !handle.is_active()? {
                    handle.start(self.host)?;
                }
                found = volumes::decide(handle, volumes).map_err(|problems| problems.to_string())?;
                &*found
            }
            (steps, _, _) => {
                if !handle.is_active()? {
                    handle.start(self.host)?;
                }
                steps
            }
        };
        let mut failures = Vec::new();
        for volume in steps {
            self.detail(step, format!("volume `{}`", volume.name));
            match volumes::run(self.host, handle, volume) {
                Ok(()) => done.push(match volume.action {
                    volumes::VolumeAction::Create { .. } => "volume created",
                    volumes::VolumeAction::Grow { .. } => "volume grown",
                    volumes::VolumeAction::Delete => "volume deleted",
                }),
                Err(why) => failures.push(why),
            }
        }
        if !wanted && handle.is_active()? {
            handle.destroy(self.host)?;
        }
        if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
    }

    /// Defines an object, and brings what runs of it to the new definition.
    fn define(
        &mut self,
        step: &Step,
        key: Key,
        object: &Declared,
        found: Option<Handle>,
        done: &mut Vec<&'static str>,
    ) -> Result<Handle, String> {
        if let Some(ready) = self.ready.remove(&key) {
            self.detail(step, "defined");
            let (handle, made, packed) = ready?;
            let record = self.record(key, object, made);
            self.state.put_packed(key, &record, packed)?;
            done.push("created");
            return Ok(handle);
        }
        let old = self.state.get(key).cloned();
        let mut texts = self.state.texts(key)?;
        let text = object.text.clone().unwrap_or_else(|| texts.given.clone());
        // From here on a kill is seen by the next run.
        if !old.as_ref().is_some_and(|record| record.pending) {
            texts.before.clear();
        }
        let now = found.as_ref().map(Handle::inactive_xml).transpose()?;
        if let Some(now) = now.map(|xml| settled(step.kind, xml))
            && !texts.before.contains(&now)
        {
            texts.before.push(now);
        }
        let before = texts.before.clone();
        let active = match &found {
            Some(handle) => handle.is_active()?,
            None => false,
        };
        self.begin(key, object, texts)?;

        let renamed = self.observed.objects.get(&key).filter(|found| found.name != object.name);
        if let (Some(_), Some(handle)) = (renamed, &found) {
            self.detail(step, "renaming");
            if active {
                self.set_resume(key, &object.name, true)?;
                self.stop(step, handle, object.entry.shutdown)?;
                done.push("stopped");
            }
            handle.undefine(self.host)?;
        }
        self.detail(step, "defining");
        let handle = define_text(self.host, step.kind, &text)?;
        if let (Handle::Secret(secret), Some(value)) = (&handle, &object.value) {
            let set = self.host.write(|| secret.set_value(value, 0));
            set.map_err(crate::error::libvirt("set its value"))?;
        }
        done.push(if found.is_some() { "updated" } else { "created" });
        let made = settled(step.kind, handle.inactive_xml()?);
        let wanted = object.entry.active.unwrap_or(true);
        if active && renamed.is_none() && wanted {
            self.bring_up(step, &handle, object, &before, &made, done)?;
        }
        self.remember_made(key, object, &text, &made)?;
        Ok(handle)
    }

    /// Gives an active object its new definition: live where that can be, else by a restart.
    fn bring_up(
        &mut self,
        step: &Step,
        handle: &Handle,
        object: &Declared,
        before: &[String],
        made: &str,
        done: &mut Vec<&'static str>,
    ) -> Result<(), String> {
        let restart = match (object.entry.restart, handle) {
            (Some(true), _) => true,
            (restart, Handle::Domain(domain)) => {
                let mut notes = Vec::new();
                let reasons = if self.rules.live && object.entry.live {
                    let forced: Vec<String> =
                        step.changes.iter().filter(|one| one.restart).map(|one| one.unit.clone()).collect();
                    let mut say = |note| notes.push(note);
                    live::bring_up(self.host, domain, before, made, &forced, &mut say)?
                } else {
                    live::reasons(step.kind, before, made, false)?
                };
                notes.into_iter().for_each(|note| self.detail(step, note));
                restart.is_none() && !reasons.is_empty()
            }
            (restart, _) => {
                let reasons = live::reasons(step.kind, before, made, true)?;
                restart.is_none() && !reasons.is_empty()
            }
        };
        if restart {
            self.restart(step, handle, object.entry.shutdown)?;
            done.push("restarted");
        }
        Ok(())
    }

    /// Stops and starts an object. A network takes the domains on it along.
    fn restart(&mut self, step: &Step, handle: &Handle, shutdown: Shutdown) -> Result<(), String> {
        let key = (step.kind, step.uuid);
        self.set_resume(key, &step.name, true)?;
        let riders = match handle {
            Handle::Network(_) => self.stop_riders(step, handle)?,
            _ => Vec::new(),
        };
        self.detail(step, "stopping");
        self.stop(step, handle, shutdown)?;
        self.detail(step, "starting");
        handle.start(self.host)?;
        for (key, handle) in riders {
            // What is declared is started when it is its turn, with the definition that it then has.
            if !self.declared.iter().any(|object| object.key() == key) {
                let name = handle.name();
                self.detail(step, format!("starting {}", title(Kind::Domain, &name)));
                handle.start(self.host)?;
                self.set_resume(key, &name, false)?;
            }
        }
        Ok(())
    }

    /// Stops the running domains on a network.
    fn stop_riders(&mut self, step: &Step, network: &Handle) -> Result<Vec<(Key, Handle)>, String> {
        let riders = riders(self.host, &step.name, network)?;
        for (key, handle) in &riders {
            let name = handle.name();
            self.detail(step, format!("stopping {}", title(Kind::Domain, &name)));
            self.set_resume(*key, &name, true)?;
            let declared = self.declared.iter().find(|object| object.key() == *key);
            let shutdown = declared.map_or(self.shutdown, |object| object.entry.shutdown);
            self.stop(step, handle, shutdown)?;
        }
        Ok(riders)
    }

    fn stop(&mut self, step: &Step, handle: &Handle, shutdown: Shutdown) -> Result<(), String> {
        let mut notes = Vec::new();
        let stopped = stop(self.host, handle, shutdown, &mut |note| notes.push(note));
        notes.into_iter().for_each(|note| self.detail(step, note));
        stopped
    }

    fn remember(&mut self, key: Key, object: &Declared, made: &str) -> Result<(), String> {
        let given = match &object.text {
            Some(text) => text.clone(),
            None => self.state.texts(key)?.given,
        };
        self.remember_made(key, object, &given, made)
    }

    /// What is known of an object once it is defined.
    fn record(&self, key: Key, object: &Declared, made: u128) -> Record {
        let old = self.state.get(key);
        let mut record = Record {
            name: object.name.clone(),
            owned: self.owned || old.is_some_and(|record| record.owned),
            given: object.hash,
            made,
            version: self.host.version,
            resume: old.is_some_and(|record| record.resume),
            ..Record::default()
        };
        record.references.clone_from(&object.references);
        record
    }

    fn remember_made(&mut self, key: Key, object: &Declared, given: &str, made: &str) -> Result<(), String> {
        let record = self.record(key, object, made_hash(made));
        let texts = Texts { given: given.to_owned(), made: made.to_owned(), before: Vec::new() };
        self.state.put(key, &record, &texts)
    }
}

/// Whether a step is a domain's first definition.
fn is_new_domain(step: &Step) -> bool {
    step.kind == Kind::Domain && step.action == Action::Create && step.declared.is_some()
}

/// Defines an object, with the secrets that files hold.
fn define_text(host: &Host, kind: Kind, text: &str) -> Result<Handle, String> {
    let resolved = resolve(kind, text).map_err(|problems| problems.to_string())?;
    host.define(kind, resolved.as_deref().unwrap_or(text))
}

/// The running domains on a network.
///
/// # Errors
/// What libvirt says.
pub fn riders(host: &Host, name: &str, network: &Handle) -> Result<Vec<(Key, Handle)>, String> {
    let document = network.inactive_xml()?;
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(Kind::Network, &document, &mut report).map_err(|found| found.to_string())?;
    let bridge = references::bridge(&document);
    let mut found = Vec::new();
    let active = Host::list_flags(Kind::Domain).map_or(0, |(active, _)| active);
    for handle in host.list(Kind::Domain, active)? {
        let xml = handle.inactive_xml()?;
        let mut report = Report::new(Policy::Lenient);
        let domain = read_document(Kind::Domain, &xml, &mut report).map_err(|found| found.to_string())?;
        let on_bridge = bridge.as_ref().is_some_and(|bridge| references::bridges(&domain).contains(bridge));
        if on_bridge || references::networks(&domain).iter().any(|other| other == name) {
            found.push(((Kind::Domain, handle.uuid()?), handle.clone()));
        }
    }
    // libvirt lists them in an order of its hash table's.
    found.sort_by_key(|(_, handle)| handle.name());
    Ok(found)
}
