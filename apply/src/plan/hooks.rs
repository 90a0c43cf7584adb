//! Decides which hooks are written and removed.

use std::collections::BTreeMap;

use super::{Action, HookStep, Rules, Step};
use crate::declared::Declared;
use crate::error::{Error, Problems, codes};
use crate::hooks::{self, Site, Stray};
use crate::host::Host;
use crate::key::Key;
use crate::observed::Observed;

/// Hooks of ours for objects that somebody has removed or renamed. They go last: what is renamed may be stopped before.
pub(super) fn strays(declared: &[Declared], observed: &Observed, rules: &Rules, steps: &mut Vec<Step>) {
    let Some(site) = &rules.hooks else { return };
    let names: BTreeMap<Key, &str> = declared.iter().map(|object| (object.key(), &*object.name)).collect();
    let known = |kind, uuid| {
        let found = || observed.objects.get(&(kind, uuid)).map(|found| &*found.name);
        names.get(&(kind, uuid)).copied().or_else(found).map(str::to_owned)
    };
    // Where something declared has the name, its own step sees to the hooks.
    let taken =
        |stray: &Stray| declared.iter().any(|one| one.entry.kind == stray.kind && one.name == stray.name);
    for stray in site.strays(known).into_iter().filter(|stray| !taken(stray)) {
        let mut step = Step::new(stray.kind, stray.uuid, &stray.name, Action::Unchanged);
        step.hooks = Some(HookStep::Remove);
        step.notes.push("nothing has that name and uuid any more".to_owned());
        steps.push(step);
    }
}

/// Decides about the hooks of a declared object.
pub(super) fn decide_hooks(
    object: &Declared,
    host: &Host,
    rules: &Rules,
    step: &mut Step,
) -> Result<(), Problems> {
    let (key, hooks) = (object.key(), &object.entry.hooks);
    let Some(site) = &rules.hooks else {
        if hooks.is_empty() {
            return Ok(());
        }
        let why = hooks::why_not(&host.uri).unwrap_or("libvirt has none for this driver");
        let message = format!("its `hooks` cannot be installed: {why}");
        return Err(Error::new(&codes::HOOKS_ELSEWHERE, message).into());
    };
    step.blocked.extend(Site::wrong(hooks));
    if site.differ(key.0, key.1, &object.name, hooks) {
        step.hooks = Some(if hooks.is_empty() { HookStep::Remove } else { HookStep::Install });
    }
    if !hooks.is_empty() && site.is_unseen(key.0) {
        step.unseen = hooks.iter().any(|(operation, _)| hooks::is_for_start(operation));
        step.notes.push(format!("{}; {}", hooks::UNSEEN, hooks::RELOAD));
    }
    Ok(())
}
