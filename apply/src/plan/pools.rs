//! Decides about the volumes of a declared pool.

use super::{Action, Step, discs};
use crate::declared::Declared;
use crate::error::{Error, Problems, codes};
use crate::host::Host;
use crate::observed::Found;
use crate::state::Record;
use crate::volumes;

/// Decides about the volumes of a pool. `wanted` is whether it is to be active.
///
/// # Errors
/// Everything that is wrong with their definitions.
pub(super) fn decide_volumes(
    host: &Host,
    declared: &[Declared],
    (object, found): (&Declared, Option<&Found>),
    record: Option<&Record>,
    wanted: bool,
    step: &mut Step,
) -> Result<(), Problems> {
    let entry = &object.entry;
    if entry.volumes.is_empty() && record.is_none_or(|record| record.discs().next().is_none()) {
        return Ok(());
    }
    let contents = record.map(|record| &*record.contents).unwrap_or_default();
    let Some(found) = found.filter(|found| found.active) else {
        let is_left_alone = !wanted && step.action == Action::Unchanged;
        match volumes::idle_discs(&entry.volumes, contents) {
            Ok(idle) => step.discs = idle,
            Err(_) if is_left_alone => {}
            Err(why) => return Err(why),
        }
        if !wanted {
            discs::leave(step);
        }
        if !is_left_alone {
            step.notes.push("its volumes are looked at once it is active".to_owned());
        }
        return Ok(());
    };
    let known = volumes::KnownContents { declared, contents };
    let decided = volumes::decide(host, &found.handle, &entry.volumes, known)?;
    step.notes.extend(decided.notes);
    step.volumes = decided.steps;
    step.discs = decided.later;
    if step.stop {
        discs::leave(step);
    }
    step.contents = decided.moved;
    if entry.protect {
        let (harmful, kept): (Vec<_>, Vec<_>) =
            step.volumes.drain(..).partition(|volume| volume.action.loses_data());
        step.volumes = kept;
        step.unmet.extend(harmful.into_iter().map(|volume| {
            let message =
                format!("the volume `{}` stays as it is, for its pool has `protect = true`", volume.name);
            Error::new(&codes::PROTECTED, message).fact("volume", volume.name)
        }));
    }
    step.unmet.extend(decided.problems);
    Ok(())
}
