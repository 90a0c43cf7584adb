//! How an object that exists differs from its definition: by hash where that tells, else by the documents.

use nixvirt_compiler::{Change, Policy, Report, Unit, View, units};

use super::{Action, Planned, Rules, Step, made_hash};
use crate::declared::{Declared, read_document};
use crate::error::Problems;
use crate::host::Host;
use crate::live;
use crate::state::{Record, State};

/// Settles what an object that exists needs.
pub(super) fn compare(
    host: &Host,
    object: &Declared,
    record: Option<&Record>,
    state: &State,
    current: &str,
    step: &mut Step,
    rules: &Rules,
) -> Result<(), Problems> {
    let (kind, key) = (object.entry.kind, object.key());
    let made = made_hash(current);
    let same_given = record.is_some_and(|record| record.given == object.hash);
    if let Some(record) = record
        && !record.pending
        && same_given
        && record.made == made
    {
        step.action = Action::Unchanged;
        return Ok(());
    }
    step.action = Action::Update;
    let texts = state.texts(key)?;
    let given = object.text.as_deref().unwrap_or(&texts.given);
    let read = |text| read_document(kind, text, &mut Report::new(Policy::Lenient));
    let add = |step: &mut Step, found: Vec<Unit<'_, '_>>| {
        for unit in found {
            let restart = !(rules.live && object.entry.live) || live::needs_restart(kind, &unit);
            let key = unit.key;
            step.changes.extend(unit.changes.into_iter().map(|change| Planned {
                change,
                unit: key.clone(),
                restart,
            }));
        }
    };
    let Some(record) = record.filter(|record| record.made != 0 || record.pending) else {
        let (current, given) = (read(current)?, read(given)?);
        add(step, units(&current, &given, View::Given));
        step.notes.push("it was not made here; it is taken over".to_owned());
        return Ok(());
    };
    if record.pending {
        let given = read(given)?;
        for before in texts.before.iter().map(String::as_str).chain([current]) {
            let before = read(before)?;
            let mut found = units(&before, &given, View::Given);
            for unit in &mut found {
                let known =
                    |change: &Change| step.changes.iter().any(|known| known.change.path == change.path);
                unit.changes.retain(|change| !known(change));
            }
            add(step, found);
        }
        step.notes.push("a run before this one did not end".to_owned());
        return Ok(());
    }
    let drifted = record.made != made;
    if drifted {
        let (current, given, old) = (read(current)?, read(given)?, read(&texts.made)?);
        let found = units(&current, &old, View::Exact);
        // Another libvirt may print more, as long as the definition is still met.
        let upgraded = record.version != host.version && units(&current, &given, View::Given).is_empty();
        if !found.is_empty() && !upgraded {
            step.notes.push("it was changed by hand".to_owned());
            add(step, found);
        }
    }
    if !same_given {
        let (old, new) = (read(&texts.given)?, read(given)?);
        add(step, units(&old, &new, View::Exact));
    }
    // A change that only comments, white space or units make, and a new libvirt's way to print.
    let value_changed = (object.value.is_some() || object.secrets) && !same_given;
    if step.changes.is_empty() && object.known && !value_changed {
        step.action = Action::Record;
    }
    Ok(())
}
