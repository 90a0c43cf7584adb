//! Views of the Nix store that guests share.

use uuid::Uuid;

use super::Run;
use crate::declared::Declared;
use crate::error::Error;
use crate::kind::ObjectKind;
use crate::plan::{Action, Step};
use crate::views::{self, Owner, StoreView};

impl Run<'_> {
    /// Gives a guest the view of the store that its step says, before anything else is done about its domain. Tells whether
    /// anything was missing.
    pub(super) fn fill_view(&mut self, step: &Step, object: &Declared) -> Result<bool, Error> {
        let Some(view) = &step.view else { return Ok(false) };
        let found = self.observed.objects.get(&object.key()).map(|found| &found.handle);
        self.detail(step, format!("linking what {} needs", view.system));
        view.settle(self.host, Owner { uuid: object.uuid, name: &object.name }, found)
    }

    /// Takes out of a guest's view what nothing uses since the domain was started.
    pub(super) fn clear_view(&self, step: &Step) -> Result<(), Error> {
        let is_started = step.view.is_some() || step.restart || step.start;
        if step.kind != ObjectKind::Domain || step.action == Action::Remove || !is_started {
            return Ok(());
        }
        let Some(handle) = self.host.lookup(step.kind, step.uuid) else { return Ok(()) };
        let Some(view) = StoreView::of_text(&handle.inactive_xml()?) else { return Ok(()) };
        view.settle(self.host, Owner { uuid: step.uuid, name: &step.name }, Some(&handle)).map(drop)
    }

    /// Removes the views of domains that are gone, or have none any more.
    pub(super) fn forget_views(&self, removed: impl Fn(Uuid) -> bool) {
        if self.observed.unseen.contains_key(&ObjectKind::Domain) {
            return;
        }
        views::forget_others(self.host, |uuid| self.knows_domain(uuid) && !removed(uuid));
    }

    /// Whether a domain is on the host or declared.
    pub(super) fn knows_domain(&self, uuid: Uuid) -> bool {
        let key = (ObjectKind::Domain, uuid);
        self.observed.objects.contains_key(&key) || self.declared.iter().any(|object| object.key() == key)
    }
}
