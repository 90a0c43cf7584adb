//! Removing the discs that were made for domains and that none has any more.

use super::{Event, Run};
use crate::error::Error;
use crate::object::Handle;
use crate::plan::{Action, Step};
use crate::volumes::discs;

impl Run<'_> {
    /// Removes the discs that no domain names any more, now that the domains are as they are to be. Gives how many pools have
    /// one that cannot be removed.
    pub(super) fn remove_discs(&mut self, steps: &[Step]) -> usize {
        let mut failed = 0;
        for step in steps.iter().filter(|step| step.blocked.is_empty()) {
            step.left.iter().for_each(|what| (self.watch)(Event::Warning(step.title(), what.clone())));
            // Those of a pool that is removed went before it.
            if step.discs.is_empty() || step.action == Action::Remove {
                continue;
            }
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

    /// Removes the discs in a pool that is removed, as far as its step says so: nobody would know of them.
    pub(super) fn remove_discs_of(&mut self, step: &Step, handle: &Handle) -> Result<(), Error> {
        for name in &step.discs {
            match discs::remove(self.host, handle, name)? {
                true => self.detail(step, format!("disc `{name}` removed")),
                false => {
                    let what = format!("its disc `{name}` stays, for a domain has it");
                    (self.watch)(Event::Warning(step.title(), what));
                }
            }
        }
        Ok(())
    }
}
