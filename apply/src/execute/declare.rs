//! Bringing a declared object to its definition and its state.

use super::{Event, Run, not_there};
use crate::declared::Declared;
use crate::error::{Error, codes, libvirt};
use crate::hooks;
use crate::key::Key;
use crate::kind::ObjectKind;
use crate::object::Handle;
use crate::plan::{Action, HookStep, Step, pool_folder, without_volatile};
use crate::saved::Saved;
use crate::source::Filled;
use crate::volumes::fill::Fill;
use crate::volumes::{self, VolumeAction, VolumeStep};

impl Run<'_> {
    pub(super) fn declare(
        &mut self,
        step: &Step,
        key: Key,
        object: &Declared,
    ) -> Result<Vec<&'static str>, Error> {
        let mut done = Vec::new();
        step.changes.iter().for_each(|planned| self.detail(step, planned.to_string()));
        let found = self.observed.objects.get(&key).map(|found| found.handle.clone());
        let before = self.state.get(key).cloned().unwrap_or_default();
        if self.fill_view(step, object)? {
            done.push("view of the store brought up to date");
        }
        if let (Some(hooks), Some(site)) = (step.hooks, &self.rules.hooks) {
            // Before anything starts that they are for.
            let notes = site.install(step.kind, key.1, &object.name, &object.entry.hooks)?;
            notes.into_iter().for_each(|note| (self.watch)(Event::Warning(step.title(), note)));
            done.push(if hooks == HookStep::Remove { "hooks removed" } else { "hooks installed" });
        }
        if step.unseen && step.restart {
            return Err(without_hooks("restarted"));
        }
        if let (true, Some(Handle::Domain(domain))) = (step.discard, &found) {
            self.detail(step, "giving up its saved state");
            self.host
                .write(|| domain.managed_save_remove(0))
                .map_err(libvirt(&codes::CANNOT_SET, "remove its saved state"))?;
            done.push("saved state discarded");
        }
        let handle = match (step.action, found) {
            (Action::Create | Action::Update, found) => self.define(step, key, object, found, &mut done)?,
            (Action::Record, Some(handle)) => {
                let made = without_volatile(step.kind, handle.inactive_xml()?);
                self.remember(key, object, &made, step)?;
                handle
            }
            (_, Some(handle)) => handle,
            (_, None) => return Err(not_there()),
        };
        if let Some(folder) = &step.folder {
            self.detail(step, format!("making {folder}"));
            handle.build(self.host)?;
            self.set_known(key)?;
            done.push("folder made");
        }
        if step.rewrite_saved {
            self.rewrite_saved(&handle)?;
            done.push("saved state brought to the new paths");
        }
        // An object that nothing was done about is as it was when it was looked at.
        let untouched = matches!(step.action, Action::Unchanged | Action::Record) && !before.resume;
        let mut active = match self.observed.objects.get(&key).filter(|_| untouched) {
            Some(found) => found.active,
            None if step.action == Action::Create => false,
            None => step.kind.runs() && handle.is_active()?,
        };
        if untouched && step.restart {
            self.restart(step, &handle, object.entry.shutdown, None).map_err(|failed| failed.why)?;
            self.set_waits(key, Vec::new())?;
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
                if step.unseen {
                    return Err(without_hooks("started"));
                }
                self.detail(step, "starting");
                let started = handle.start(self.host);
                started.map_err(|why| {
                    let why = step.obstacles.iter().rev().fold(why, |why, obstacle| {
                        why.after(&format!("{obstacle}; ")).fact("obstacle", obstacle)
                    });
                    match no_folder(step, &handle) {
                        Some(help) => why.help(help),
                        None => why,
                    }
                })?;
                done.push("started");
                self.set_known(key)?;
            }
            self.set_resume(key, &step.name, false)?;
        }
        if let Some(autostart) = step.autostart {
            self.detail(step, if autostart { "autostart on" } else { "autostart off" });
            handle.set_autostart(self.host, autostart)?;
            done.push(if autostart { "autostart set" } else { "autostart cleared" });
        }
        self.volumes(step, &handle, object, wanted, &mut done)?;
        if active {
            self.set_known(key)?;
        }
        Ok(done)
    }

    /// Brings the saved state of a domain to the paths of its definition.
    fn rewrite_saved(&self, handle: &Handle) -> Result<(), Error> {
        let Some(saved) = Saved::read(self.host, handle)? else { return Ok(()) };
        match saved.with_paths_of(&handle.inactive_xml()?)? {
            Some(xml) => Saved::define(self.host, handle, &xml),
            None => Ok(()),
        }
    }

    pub(super) fn volumes(
        &mut self,
        step: &Step,
        handle: &Handle,
        object: &Declared,
        wanted: bool,
        done: &mut Vec<&'static str>,
    ) -> Result<(), Error> {
        let volumes = &object.entry.volumes;
        let key = (step.kind, step.uuid);
        for content in &step.contents {
            self.set_content(key, &content.volume, Some(content.clone()))?;
        }
        let is_idle = !wanted && step.action == Action::Unchanged && step.volumes.is_empty();
        if volumes.is_empty() || is_idle {
            return Ok(());
        }
        let found;
        let mut failures = Vec::new();
        let steps = match (&*step.volumes, step.action, step.start) {
            ([], Action::Unchanged | Action::Record, false) => &[],
            ([], _, _) => {
                if !handle.is_active()? {
                    handle.start(self.host)?;
                }
                let contents = self.state.get(key).map(|record| record.contents.clone()).unwrap_or_default();
                let known = volumes::KnownContents { declared: self.declared, contents: &contents };
                let decided = volumes::decide(self.host, handle, volumes, known);
                found = decided?;
                found.notes.iter().for_each(|note| self.detail(step, note));
                failures.extend(found.problems.iter().cloned());
                &*found.steps
            }
            (steps, _, _) => {
                if !handle.is_active()? {
                    handle.start(self.host)?;
                }
                steps
            }
        };
        for volume in steps {
            self.detail(step, format!("volume `{}`", volume.name));
            match self.volume(step, handle, volume) {
                Ok(said) => done.push(said),
                Err(why) => failures.push(why),
            }
        }
        if !wanted && handle.is_active()? {
            handle.destroy(self.host)?;
        }
        // They fail by themselves: what needs the pool does not wait for them.
        self.failed_beside.extend(failures);
        Ok(())
    }

    /// Does what was decided about a volume. That it is being filled is remembered first, and what it holds once it does.
    fn volume(&mut self, step: &Step, handle: &Handle, volume: &VolumeStep) -> Result<&'static str, Error> {
        let key = (step.kind, step.uuid);
        let newest = volumes::of_newest(volume, &|pool| self.contents_of(key, pool));
        let volume = newest.as_ref().unwrap_or(volume);
        let (fill, users, said) = match &volume.action {
            VolumeAction::Create { fill, .. } => (fill.as_ref(), &[][..], "volume created"),
            VolumeAction::Replace { fill, users, .. } => (Some(fill), &**users, "volume made anew"),
            VolumeAction::Grow { .. } => (None, &[][..], "volume grown"),
            VolumeAction::Delete => (None, &[][..], "volume deleted"),
        };
        let (content, unread) = match fill.map(|fill| fill.begin(&volume.name)).transpose()? {
            Some((content, unread)) => (Some(content), unread),
            None => (None, None),
        };
        let users = users.iter().filter_map(|uuid| {
            Some(((ObjectKind::Domain, *uuid), self.host.lookup(ObjectKind::Domain, *uuid)?))
        });
        let users = self.stop_users(step, users.collect())?;
        if let Some(content) = &content {
            self.set_content(key, &volume.name, Some(content.clone()))?;
            self.state.sync();
        }
        let (host, watch, title) = (self.host, &mut *self.watch, step.title());
        let mut tell =
            |what| watch(Event::Detail(title.clone(), format!("volume `{}`: {what}", volume.name)));
        // The image is hashed while it is sent, by another thread.
        let (ran, hash) = std::thread::scope(|scope| {
            let hashing = unread.map(|image| scope.spawn(move || image.hash()));
            let ran = volumes::run(host, handle, volume, &mut tell);
            (
                ran,
                hashing.map(|hashing| {
                    hashing
                        .join()
                        .unwrap_or_else(|_| Err(Error::new(&codes::INTERNAL, "cannot hash the image")))
                }),
            )
        });
        let remembered = match (&ran, content) {
            (Ok(()), Some(content)) => hash.unwrap_or_else(|| Ok(content.hash.clone())).and_then(|hash| {
                let stamp = content.stamp.clone();
                self.set_content(key, &volume.name, Some(Filled { whole: true, hash, ..content }))?;
                match fill {
                    Some(Fill::Beside { of, .. }) => self.set_newest(key, of, &volume.name, stamp),
                    _ => Ok(()),
                }
            }),
            (Ok(()), None) if volume.action == VolumeAction::Delete => {
                self.set_content(key, &volume.name, None)
            }
            _ => Ok(()),
        };
        // Whatever has failed, they ran before.
        let started = self.start_users(step, users);
        ran.and(remembered).and(started).map(|()| said)
    }
}

impl Run<'_> {
    /// The records of the volumes of a pool, by its name; without one, of that pool.
    fn contents_of(&self, own: Key, pool: Option<&str>) -> Vec<Filled> {
        let found = pool.and_then(|name| self.host.lookup_name(ObjectKind::Pool, name)?.uuid().ok());
        let key = found.map_or(own, |uuid| (ObjectKind::Pool, uuid));
        self.state.get(key).map(|record| record.contents.clone()).unwrap_or_default()
    }
}

/// The note for a pool of type `dir` that does not start, for its folder may be missing.
fn no_folder(step: &Step, handle: &Handle) -> Option<&'static str> {
    let is_dir = |handle: &Handle| handle.inactive_xml().ok().as_deref().and_then(pool_folder).is_some();
    (step.folder.is_none() && step.kind == ObjectKind::Pool && is_dir(handle)).then_some(
        "its folder is made only for a new pool without `build = false`: mount what belongs there, or make it",
    )
}

/// The error for an object that is left as it is because libvirt does not call its hooks yet.
fn without_hooks(done: &str) -> Error {
    let message = format!("it is not {done} without its hooks: {}", hooks::UNSEEN);
    Error::new(&codes::HOOKS_UNSEEN, message).help(hooks::RELOAD)
}
