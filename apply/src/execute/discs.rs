//! Removing the discs that were made for domains and that none has any more.

use super::{Event, Run};
use crate::error::Error;
use crate::key::Key;
use crate::kind::ObjectKind;
use crate::object::Handle;
use crate::plan::Step;
use crate::volumes::discs;

impl Run<'_> {
    /// Removes the discs that no domain names any more, now that the domains are as they are to be. Gives how many pools have
    /// one that cannot be removed.
    pub(super) fn remove_discs(&mut self, steps: &[Step]) -> usize {
        let mut failed = 0;
        for step in steps.iter().filter(|step| step.blocked.is_empty() && !step.discs.is_empty()) {
            let Some(handle) = self.host.lookup(step.kind, step.uuid) else { continue };
            for name in &step.discs {
                let removed = discs::remove(self.host, &handle, name).and_then(|removed| match removed {
                    true => self.set_content((step.kind, step.uuid), name, None).map(|()| true),
                    false => Ok(false),
                });
                match removed {
                    Ok(true) => self.detail(step, format!("disc `{name}` removed")),
                    Ok(false) => self.detail(step, format!("disc `{name}` stays: a domain has it still")),
                    Err(why) => {
                        failed += 1;
                        (self.watch)(Event::Failed(step.title(), why));
                    }
                }
            }
        }
        failed
    }

    /// Removes the discs in a pool that is removed: nobody would know of them.
    pub(super) fn remove_discs_of(&self, key: Key, handle: &Handle) -> Result<(), Error> {
        if key.0 != ObjectKind::Pool || !handle.is_active()? {
            return Ok(());
        }
        let contents = self.state.get(key).map(|record| record.contents.clone()).unwrap_or_default();
        for disc in contents.iter().filter(|content| content.disc) {
            discs::remove(self.host, handle, &disc.volume)?;
        }
        Ok(())
    }
}
