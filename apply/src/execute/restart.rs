//! Stopping, and stopping to start again; a network takes the domains on it along.

use super::{Run, define_text};
use crate::bundle::Shutdown;
use crate::error::{Error, joined};
use crate::key::{Key, title};
use crate::kind::ObjectKind;
use crate::object::Handle;
use crate::plan::Step;
use crate::references::network_users;
use crate::stop::stop;

/// Why an object was not restarted.
pub(super) struct NotRestarted {
    /// The error that kept it from being restarted.
    pub why: Error,
    /// The state that it was left in.
    pub now: Now,
}

/// The state of an object whose restart failed.
pub(super) enum Now {
    /// It was not stopped.
    Runs,
    /// It runs with the definition that it had before.
    Old,
    /// It does not run.
    Off,
}

impl Run<'_> {
    /// Stops and starts an object. Where it does not start, `old` is defined again and started.
    pub(super) fn restart(
        &mut self,
        step: &Step,
        handle: &Handle,
        shutdown: Shutdown,
        old: Option<&str>,
    ) -> Result<(), NotRestarted> {
        let key = (step.kind, step.uuid);
        let runs = |why| NotRestarted { why, now: Now::Runs };
        let off = |why| NotRestarted { why, now: Now::Off };
        self.set_resume(key, &step.name, true).map_err(runs)?;
        let network_users = match handle {
            Handle::Network(_) => self.stop_network_users(step, handle),
            _ => Ok(Vec::new()),
        };
        self.detail(step, "stopping");
        let stopped = match network_users {
            Ok(network_users) => match self.stop(step, handle, shutdown) {
                Ok(()) => Ok(network_users),
                Err(why) => Err(why.and_if(self.start_users(step, network_users))),
            },
            Err(why) => Err(why),
        };
        let network_users = match stopped {
            Ok(network_users) => network_users,
            Err(why) if handle.is_active().unwrap_or(true) => {
                // It may still hear the power button later, which is then its own doing.
                self.set_resume(key, &step.name, false).map_err(runs)?;
                return Err(runs(why));
            }
            Err(why) => return Err(off(why)),
        };
        self.detail(step, "starting");
        let started = handle.start(self.host).or_else(|why| self.go_back(step, why, old));
        let users_started = self.start_users(step, network_users);
        if !matches!(started, Err(NotRestarted { now: Now::Off, .. })) {
            self.set_resume(key, &step.name, false).map_err(runs)?;
        }
        started?;
        users_started.map_err(runs)
    }

    /// Starts an object with the definition that it had.
    fn go_back(&mut self, step: &Step, why: Error, old: Option<&str>) -> Result<(), NotRestarted> {
        let Some(old) = old else { return Err(NotRestarted { why, now: Now::Off }) };
        self.detail(step, "starting with the definition that it had");
        match define_text(self.host, step.kind, old).and_then(|handle| handle.start(self.host)) {
            Ok(()) => Err(NotRestarted {
                why: why.after("with its new definition, ").note("it runs with the old one again"),
                now: Now::Old,
            }),
            Err(other) => {
                Err(NotRestarted { why: why.and(other.after("with the old definition, ")), now: Now::Off })
            }
        }
    }

    /// Stops the running domains on a network, except those that are never to be restarted or could not be. Where one does not stop, those
    /// before it are started again.
    pub(super) fn stop_network_users(
        &mut self,
        step: &Step,
        network: &Handle,
    ) -> Result<Vec<(Key, Handle)>, Error> {
        let users = network_users(self.host, &step.name, network)?;
        self.stop_users(step, users)
    }

    /// Stops running domains that need an object, as [`Run::stop_network_users`] does.
    pub(super) fn stop_users(
        &mut self,
        step: &Step,
        users: Vec<(Key, Handle)>,
    ) -> Result<Vec<(Key, Handle)>, Error> {
        let mut stopped = Vec::new();
        for (key, handle) in users {
            let name = handle.name();
            let declared = self.declared.iter().find(|object| object.key() == key);
            // One without a definition could not be started again.
            if declared.is_some_and(|object| object.entry.restart == Some(false)) || !handle.is_persistent() {
                continue;
            }
            let shutdown = declared.map_or(self.shutdown, |object| object.entry.shutdown);
            self.detail(step, format!("stopping {}", title(ObjectKind::Domain, &name)));
            let stop = |run: &mut Self| {
                run.set_resume(key, &name, true)?;
                run.stop(step, &handle, shutdown)
            };
            if let Err(why) = stop(self) {
                self.set_resume(key, &name, false)?;
                let why = why.at(title(ObjectKind::Domain, &name));
                return Err(why.and_if(self.start_users(step, stopped)));
            }
            stopped.push((key, handle));
        }
        Ok(stopped)
    }

    /// Starts the domains that were stopped with an object, all of them, whatever becomes of one.
    pub(super) fn start_users(
        &mut self,
        step: &Step,
        network_users: Vec<(Key, Handle)>,
    ) -> Result<(), Error> {
        let mut failures = Vec::new();
        for (key, handle) in network_users {
            let name = title(ObjectKind::Domain, &handle.name());
            self.detail(step, format!("starting {name}"));
            let started = handle.start(self.host).and_then(|()| self.set_resume(key, &handle.name(), false));
            failures.extend(started.err().map(|why| why.at(name)));
        }
        joined(failures).map_or(Ok(()), Err)
    }

    pub(super) fn stop(&mut self, step: &Step, handle: &Handle, shutdown: Shutdown) -> Result<(), Error> {
        let mut notes = Vec::new();
        let stopped = stop(self.host, handle, shutdown, &mut |note| notes.push(note));
        notes.into_iter().for_each(|note| self.detail(step, note));
        stopped
    }
}
