//! Stopping, and stopping to start again; a network takes the domains on it along.

use super::Run;
use crate::bundle::Shutdown;
use crate::declared::{Key, title};
use crate::object::{Handle, Kind};
use crate::plan::Step;
use crate::references::riders;
use crate::stop::stop;

impl Run<'_> {
    /// Stops and starts an object. A network takes the domains on it along.
    pub(super) fn restart(&mut self, step: &Step, handle: &Handle, shutdown: Shutdown) -> Result<(), String> {
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
    pub(super) fn stop_riders(
        &mut self,
        step: &Step,
        network: &Handle,
    ) -> Result<Vec<(Key, Handle)>, String> {
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

    pub(super) fn stop(&mut self, step: &Step, handle: &Handle, shutdown: Shutdown) -> Result<(), String> {
        let mut notes = Vec::new();
        let stopped = stop(self.host, handle, shutdown, &mut |note| notes.push(note));
        notes.into_iter().for_each(|note| self.detail(step, note));
        stopped
    }
}
