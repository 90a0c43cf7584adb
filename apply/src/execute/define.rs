//! Defining an object, and bringing what runs of it to its new definition.

use std::collections::BTreeMap;

use super::restart::Now;
use super::{Event, Run, define_text};
use crate::carry::with_name;
use crate::declared::Declared;
use crate::dropped::dropped;
use crate::error::{Error, codes, joined, libvirt};
use crate::guest;
use crate::key::Key;
use crate::kind::ObjectKind;
use crate::live::{self, Aim};
use crate::object::Handle;
use crate::plan::{Step, carried, without_volatile};
use crate::preflight;
use crate::state::{Texts, Wait};

/// The result of changing a running object.
#[derive(Default)]
struct Brought {
    /// The changes that it gets at its next start only.
    waits: Vec<Wait>,
    /// Why it is not as it should be.
    failed: Option<Error>,
    /// Whether the old definition is back.
    undone: bool,
}

/// The definitions that matter to what runs.
struct Definitions<'d> {
    /// The definitions that it may have been started with.
    before: &'d [String],
    /// The new one, as libvirt has it.
    made: &'d str,
    /// The one that it had, whole, to go back to.
    old: Option<&'d str>,
}

impl Run<'_> {
    /// Defines an object, and brings what runs of it to the new definition.
    pub(super) fn define(
        &mut self,
        step: &Step,
        key: Key,
        object: &Declared,
        found: Option<Handle>,
        done: &mut Vec<&'static str>,
    ) -> Result<Handle, Error> {
        if let Some(ready) = self.ready.remove(&key) {
            self.detail(step, "defined");
            let ready = ready?;
            let record = self.record(key, object, ready.hash);
            self.state.put_packed(key, &record, ready.texts)?;
            self.warn(step, ready.dropped);
            done.push("created");
            return Ok(ready.handle);
        }
        let old_record = self.state.get(key).cloned();
        let old_texts = self.state.texts(key)?;
        let mut texts = old_texts.clone();
        let declared = object.text.clone().unwrap_or_else(|| texts.given.clone());
        if !old_record.as_ref().is_some_and(|record| record.pending) {
            texts.before.clear();
            texts.tried.clear();
        }
        let now =
            found.as_ref().map(Handle::inactive_xml).transpose()?.map(|xml| without_volatile(step.kind, xml));
        let text = self.whole(step, key, &declared, now.as_deref(), &texts)?;
        let active = found.as_ref().map(Handle::is_active).transpose()?.unwrap_or_default();
        let old = found.as_ref().filter(|_| active && step.restart).map(Handle::whole_xml).transpose()?;
        if step.restart {
            // While the old one still runs.
            preflight::check(self.host, step.kind, &text, old.as_deref())?;
        }
        // From here on a kill is seen by the next run.
        texts.before.extend(now.filter(|now| !texts.before.contains(now)));
        texts.tried.push(declared.clone());
        let before = texts.before.clone();
        self.begin(key, object, texts)?;

        let restarted = self.rename(step, object, found.as_ref(), done)?;
        self.detail(step, "defining");
        let handle = define_text(self.host, step.kind, &text)?;
        if let (Handle::Secret(secret), Some(value)) = (&handle, &object.value) {
            let set = self.host.write(|| secret.set_value(value, 0));
            set.map_err(libvirt(&codes::CANNOT_SET, "set its value"))?;
        }
        done.push(if found.is_some() { "updated" } else { "created" });
        let made = without_volatile(step.kind, handle.inactive_xml()?);
        self.warn(step, dropped(self.host, step.kind, &text, &made));
        let wanted = object.entry.active.unwrap_or(true);
        let definitions = Definitions { before: &before, made: &made, old: old.as_deref() };
        let brought = match restarted {
            Some(network_users) => {
                handle.start(self.host)?;
                done.push("started");
                self.start_users(step, network_users)?;
                Brought::default()
            }
            None if active && wanted => self.bring_up(step, &handle, object, &definitions, done)?,
            None => Brought { waits: self.of_saved(step, key, &definitions)?, ..Brought::default() },
        };
        if brought.undone {
            let record = old_record.filter(|record| !record.pending);
            match record {
                Some(record) => self.state.put(key, &record, &old_texts)?,
                None => self.state.forget(key)?,
            }
        } else {
            self.remember_made(key, object, (&declared, &made), (step.kept.clone(), brought.waits))?;
        }
        brought.failed.map_or(Ok(handle), Err)
    }

    fn warn(&mut self, step: &Step, said: Vec<String>) {
        said.into_iter().for_each(|what| (self.watch)(Event::Warning(step.title(), what)));
    }

    /// The definition with what of it is the host's.
    fn whole(
        &self,
        step: &Step,
        key: Key,
        declared: &str,
        now: Option<&str>,
        texts: &Texts,
    ) -> Result<String, Error> {
        if step.kind != ObjectKind::Domain {
            return Ok(declared.to_owned());
        }
        let known = self.state.get(key).is_some_and(|record| record.made != 0 || record.pending);
        let unknown = Texts::default();
        let host = match now {
            Some(now) => now,
            // It was undefined by hand meanwhile.
            None if known && !texts.made.is_empty() => &texts.made,
            None => return Ok(declared.to_owned()),
        };
        let (text, _) = carried(self.host, declared, host, if known { texts } else { &unknown })?;
        match self.observed.objects.get(&key).filter(|_| step.keeps_name) {
            Some(found) => with_name(&text, &found.name),
            None => Ok(text),
        }
    }

    /// Gives an object its new name. libvirt renames domains; everything else is undefined, and stopped for it. Gives the
    /// domains that were stopped with a network, where something was stopped that is to run.
    fn rename(
        &mut self,
        step: &Step,
        object: &Declared,
        found: Option<&Handle>,
        done: &mut Vec<&'static str>,
    ) -> Result<Option<Vec<(Key, Handle)>>, Error> {
        let key = object.key();
        let renamed = self.observed.objects.get(&key).is_some_and(|found| found.name != object.name);
        let Some(handle) = found.filter(|_| renamed && !step.keeps_name) else { return Ok(None) };
        self.detail(step, "renaming");
        if let Handle::Domain(domain) = handle {
            self.vacate(step)?;
            self.host
                .write(|| domain.rename(&object.name, 0))
                .map_err(libvirt(&codes::CANNOT_RENAME, "rename it"))?;
            return Ok(None);
        }
        let mut stopped = None;
        if handle.is_active()? {
            if !step.restart && !step.stop {
                let message = "it cannot be renamed while it is active";
                return Err(
                    Error::new(&codes::RENAME_NEEDS_STOP, message).help("stop it, or allow its restart")
                );
            }
            self.set_resume(key, &object.name, step.restart)?;
            let network_users = match handle {
                Handle::Network(_) => self.stop_network_users(step, handle)?,
                _ => Vec::new(),
            };
            self.stop(step, handle, object.entry.shutdown)?;
            done.push("stopped");
            stopped = step.restart.then_some(network_users);
        }
        handle.undefine(self.host, &[])?;
        Ok(stopped)
    }

    /// Gives the domain that has the name that another one takes a name in between, until it is its turn. A run after one
    /// that was killed there knows it by its uuid.
    fn vacate(&self, step: &Step) -> Result<(), Error> {
        let other = step.vacates.and_then(|key| self.observed.objects.get(&key));
        if let Some((Handle::Domain(domain), name)) = other.map(|other| (&other.handle, &other.name)) {
            let between = format!(
                "{name}-{}",
                domain.uuid_string().map_err(libvirt(&codes::CANNOT_ASK, "ask for a uuid"))?
            );
            self.host
                .write(|| domain.rename(&between, 0))
                .map_err(libvirt(&codes::CANNOT_RENAME, "rename the one that has its name"))?;
        }
        Ok(())
    }

    /// Gives an active object its new definition: by a restart where the plan said so, else live as far as that goes.
    fn bring_up(
        &mut self,
        step: &Step,
        handle: &Handle,
        object: &Declared,
        definitions: &Definitions<'_>,
        done: &mut Vec<&'static str>,
    ) -> Result<Brought, Error> {
        let mut planned = BTreeMap::new();
        for change in &step.changes {
            let effect = planned.entry(change.unit.clone()).or_insert(change.effect);
            *effect = change.effect.max(*effect);
        }
        let aim = Aim {
            before: definitions.before,
            planned: &planned,
            live: self.rules.live && object.entry.live && !step.restart,
            waited: &step.waits,
        };
        let host = self.host;
        let mut notes = Vec::new();
        let mut bring_up = || match handle {
            Handle::Domain(_) | Handle::Network(_) => {
                live::bring_up(host, handle, &aim, &mut |note| notes.push(note))
            }
            _ => Ok(live::Brought::default()),
        };
        if !step.restart {
            let brought = bring_up()?;
            notes.into_iter().for_each(|note| self.detail(step, note));
            let mut refused = brought.refused;
            if let (Some(system), Handle::Domain(domain)) = (&step.switch, handle) {
                self.detail(step, format!("switching the guest to {system}"));
                match guest::switch(self.host, domain, system) {
                    Ok(()) => done.push("switched"),
                    Err(why) => refused.push(why),
                }
            }
            let failed =
                joined(refused).map(|failed| failed.note("it goes on without, and has it at its next start"));
            return Ok(Brought { waits: brought.waits, failed, undone: false });
        }
        match self.restart(step, handle, object.entry.shutdown, definitions.old) {
            Ok(()) => {
                done.push("restarted");
                Ok(Brought::default())
            }
            Err(failed) => match failed.now {
                Now::Runs => {
                    let waits = bring_up()?.waits;
                    let why = failed.why.note("what changed is in force at its next start");
                    Ok(Brought { waits, failed: Some(why), undone: false })
                }
                Now::Old => Ok(Brought { failed: Some(failed.why), undone: true, ..Brought::default() }),
                Now::Off => Err(failed.why),
            },
        }
    }

    /// The changes that a domain with a saved state gets only when that state is used up and it is started anew.
    fn of_saved(&self, step: &Step, key: Key, definitions: &Definitions<'_>) -> Result<Vec<Wait>, Error> {
        if step.discard || !self.observed.objects.get(&key).is_some_and(|found| found.saved) {
            return Ok(Vec::new());
        }
        let mut waits = step.waits.clone();
        for before in definitions.before {
            for wait in live::all_wait(before, definitions.made)? {
                if !waits.iter().any(|known| known.path == wait.path) {
                    waits.push(wait);
                }
            }
        }
        Ok(waits)
    }
}
