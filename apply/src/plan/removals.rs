//! Decides about objects that are no longer declared.

use std::collections::{BTreeMap, BTreeSet};

use nixvirt_compiler::{Policy, Report};

use super::networks::{cuts_off, takes_the_place_of};
use super::{Action, Rules, Step, Wanted, discs};
use crate::bundle::Prune;
use crate::declared::Declared;
use crate::document::{child, child_text, read_document};
use crate::error::{Error, codes};
use crate::guest;
use crate::host::Host;
use crate::key::Key;
use crate::kind::Left;
use crate::kind::ObjectKind;
use crate::names;
use crate::object::Handle;
use crate::observed::{Found, Observed};
use crate::state::State;

/// The objects that are no longer declared, in the reverse order of defining: those that go first, and those that go
/// once all that is declared is as it is to be, for something may need it until then.
pub(super) fn removals(
    host: &Host,
    observed: &Observed,
    state: &State,
    keys: &BTreeSet<Key>,
    wanted: &Wanted<'_>,
    rules: &Rules,
) -> (Vec<Step>, Vec<Step>) {
    let prune = rules.prune;
    let (mut steps, mut later) = (Vec::new(), Vec::new());
    let kinds = wanted.whole();
    let mut needed_by: BTreeMap<&str, &Declared> = BTreeMap::new();
    for object in wanted.declared {
        for needed in &object.references {
            needed_by.entry(needed).or_insert(object);
        }
    }
    for (key, found) in observed.objects.iter().rev() {
        if keys.contains(key) {
            continue;
        }
        let record = state.get(*key);
        // Objects of another bundle are left to it.
        if record.is_some_and(|record| record.owned && record.owner != rules.owner) {
            continue;
        }
        let owned = record.is_some_and(|record| record.owned);
        let listed = kinds.contains(&key.0);
        let ours = match prune {
            Prune::Nothing => false,
            Prune::Owned => owned && record.is_some_and(|record| record.created),
            Prune::Declared => owned,
            // A kind without a list in the bundle gives no leave to remove objects that are not ours.
            Prune::All => listed || owned,
        };
        let spoken_of = listed || wanted.unset.contains(&key.0);
        // A run over one object says nothing of the others.
        if owned && !(ours && spoken_of) && !rules.takes_along {
            let mut step = Step::new(key.0, key.1, &found.name, Action::Unchanged);
            let why = match (spoken_of, prune) {
                (false, _) if wanted.kinds.contains(&key.0) => continue,
                (false, _) => format!("`{}` says nothing of it", key.0.plural()),
                (_, Prune::Nothing) => "`prune` is \"none\"".to_owned(),
                _ => "it was not made here; `prune = \"declared\"` removes it".to_owned(),
            };
            step.kept.push(format!("it is no longer managed, and stays: {why}"));
            discs::of_left(record, &mut step);
            steps.push(step);
        }
        if ours && spoken_of {
            let mut step = Step::new(key.0, key.1, &found.name, Action::Remove);
            step.stop = found.active;
            if record.is_some_and(|record| record.protect) {
                step.blocked.push(
                    Error::new(&codes::PROTECTED, "it is protected, and stays")
                        .help("to have it removed, declare it once more with `protect = false`"),
                );
            }
            left_behind(found, record.map(|record| &*record.on_remove).unwrap_or_default(), &mut step);
            let named = format!("{} {}", key.0.name(), found.name);
            if let Some(object) = needed_by.get(&*named) {
                let message = format!("it is no longer declared, but {} needs it", object.title());
                step.blocked.push(
                    Error::new(&codes::STILL_NEEDED, message)
                        .fact("by", object.title())
                        .help(format!("add it to `{}`", key.0.plural())),
                );
            }
            let makes_room = key.0 == ObjectKind::Domain
                || wanted.declared.iter().any(|object| takes_the_place_of(object, key.0, found));
            if makes_room { steps.push(step) } else { later.push(step) }
        }
    }
    discs::of_removals(observed, state, keys, (&mut steps, &mut later));
    // A machine that is removed is on no network any more.
    let gone: BTreeSet<Key> = steps.iter().map(|step| (step.kind, step.uuid)).collect();
    for step in steps.iter_mut().chain(&mut later) {
        let Some(found) = observed.objects.get(&(step.kind, step.uuid)) else { continue };
        if let Err(why) = cuts_off(host, wanted.declared, found, &gone, step) {
            step.blocked.push(why);
        }
    }
    (steps, later)
}

/// Decides about the files of a removed domain. One that libvirt does not delete with it keeps it from being stopped.
fn left_behind(found: &Found, deleted: &[Left], step: &mut Step) {
    let Handle::Domain(domain) = &found.handle else { return };
    let snapshots = domain.list_all_snapshots(0).unwrap_or_default();
    let names: Vec<String> = snapshots.iter().filter_map(|snapshot| snapshot.name().ok()).collect();
    if !names.is_empty() {
        let message =
            format!("it has snapshots ({}), which libvirt does not remove with it", names.join(", "));
        step.blocked.push(
            Error::new(&codes::HAS_SNAPSHOTS, message)
                .help("`virsh snapshot-delete` does, and `--metadata` keeps their data"),
        );
    }
    if found.checkpoints {
        let names = nixvirt_libvirt_calls::checkpoint_names(domain, 0).unwrap_or_default();
        let message =
            format!("it has checkpoints ({}), which libvirt does not remove with it", names.join(", "));
        step.blocked.push(Error::new(&codes::HAS_SNAPSHOTS, message).help("`virsh checkpoint-delete` does"));
    }
    if found.saved {
        step.notes.push("its saved state is removed with it".to_owned());
    }
    let Ok(xml) = found.handle.inactive_xml() else { return };
    let mut report = Report::new(Policy::Lenient);
    let Ok(document) = read_document(ObjectKind::Domain, &xml, &mut report) else { return };
    if let Some(path) = child(&document.root, names::OS).and_then(|os| child_text(os, names::NVRAM)) {
        step.notes.push(match deleted.contains(&Left::Nvram) {
            true => format!("its UEFI variables in {path} are deleted"),
            false => format!("its UEFI variables stay in {path}"),
        });
    }
    if let Some(view) = guest::view_in(&document) {
        step.notes.push(format!("its view of the store in {} is removed", view.folder));
    }
    let devices = child(&document.root, names::DEVICES);
    if devices.is_some_and(|devices| child(devices, names::TPM).is_some()) {
        let what = if deleted.contains(&Left::Tpm) { "is deleted" } else { "stays" };
        step.notes.push(format!("the state of its TPM {what}"));
    }
}
