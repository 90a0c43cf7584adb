//! The changes that a running domain gets without a restart, and the calls that make them.
//!
//! Which changes those are is said once, in [`effect()`], for the plan as for the run; [`Room`] says what this domain has no
//! room for. Where libvirt refuses one all the same, or the guest does not let go of a device, the change waits for the
//! next start: nothing is stopped that the plan did not say.

mod domain;
mod effect;
mod network;
mod refused;
mod room;
mod tune;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use nixvirt_compiler::{Change, Document, Policy, Report, Unit, View, units};

pub use self::effect::{Effect, effect};
use self::refused::no_call;
pub use self::room::Room;
use crate::document::read_document;
use crate::error::Error;
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::names;
use crate::object::Handle;
use crate::state::{Wait, Why};

/// The result of changing a running domain.
#[derive(Debug, Default)]
pub struct Brought {
    /// The changes that it gets at its next start only.
    pub waits: Vec<Wait>,
    /// The errors of changes that libvirt refused while it runs.
    pub refused: Vec<Error>,
}

/// The aim of the changes: what was, what was planned, and what is allowed.
pub struct Aim<'b> {
    /// The definitions that it may have been started with.
    pub before: &'b [String],
    /// The plan's word on each part.
    pub planned: &'b BTreeMap<String, Effect>,
    /// Whether anything is changed while it runs.
    pub live: bool,
    /// The changes that were waiting before.
    pub waited: &'b [Wait],
}

/// Brings what runs to its new definition, as far as that goes without a restart.
///
/// # Errors
/// Where it cannot be seen what it runs with.
pub fn bring_up(
    host: &Host,
    handle: &Handle,
    aim: &Aim<'_>,
    say: &mut dyn FnMut(String),
) -> Result<Brought, Error> {
    let kind = handle.kind();
    // With secrets, so that a new value of one is a difference.
    let (made, running) = (handle.whole_xml()?, handle.whole_running_xml()?);
    let (made, running) = (read(kind, &made)?, read(kind, &running)?);
    let before = aim.before.iter().map(|text| read(kind, text)).collect::<Result<Vec<_>, _>>()?;
    let mut brought = Brought::default();
    let mut room = Room::of(&running);
    for unit in outstanding(&before, &made, &running, aim.waited) {
        let planned = aim.planned.get(&unit.key).copied();
        let effect = match effect(kind, &unit) {
            Effect::Live if aim.live && planned.unwrap_or(Effect::Live) == Effect::Live => {
                match room.take(&unit) {
                    None => Effect::Live,
                    Some(_) => Effect::NextStart,
                }
            }
            // A change that the plan does not list was made by libvirt itself.
            _ => planned.filter(|effect| *effect != Effect::Live).unwrap_or(Effect::NextStart),
        };
        let waited = aim.waited.iter().any(|wait| wait.unit == unit.key);
        let why = match effect {
            // libvirt adds them beside other devices. They come with these, or are there at the next start.
            Effect::Live if is_bus(&unit) => continue,
            Effect::Live if !waited => match give_to(host, handle, &unit) {
                Ok(()) => {
                    say(format!("`{}` changed while it runs", unit.key));
                    continue;
                }
                Err(why) => {
                    brought
                        .refused
                        .push(why.within(format!("`{}` cannot be changed while it runs", unit.key)));
                    Why::NextStart
                }
            },
            Effect::Live | Effect::NextStart => Why::NextStart,
            Effect::Restart => Why::Restart,
        };
        let since = now();
        brought.waits.extend(unit.changes.into_iter().map(|Change { path, old, .. }| {
            let path = path.to_string();
            let before = aim.waited.iter().find(|wait| wait.path == path);
            let unit = unit.key.clone();
            Wait {
                path,
                unit,
                old,
                since: before.map_or(since, |wait| wait.since),
                why: before.map_or(why, |wait| wait.why),
            }
        }));
    }
    Ok(brought)
}

/// The seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The changes among these that the running object still waits for.
///
/// # Errors
/// Where it cannot be seen what it runs with.
pub fn still_waiting(handle: &Handle, defined: &str, waits: &[Wait]) -> Result<Vec<Wait>, Error> {
    let running = handle.running_xml()?;
    let (defined, running) = (read(handle.kind(), defined)?, read(handle.kind(), &running)?);
    let changes: Vec<Change> =
        units(&running, &defined, View::Exact).into_iter().flat_map(|unit| unit.changes).collect();
    // Where another value runs, it was started since, and libvirt has made something of the definition.
    let waits = waits.iter().filter(|wait| {
        changes.iter().any(|change| change.path.to_string() == wait.path && change.old == wait.old)
    });
    Ok(waits.cloned().collect())
}

/// Every change between two definitions, as what the next start of a saved domain does not bring.
///
/// # Errors
/// Where one of them is not of its kind.
pub fn all_wait(before: &str, made: &str) -> Result<Vec<Wait>, Error> {
    let (before, made) = (read(ObjectKind::Domain, before)?, read(ObjectKind::Domain, made)?);
    let mut waits = Vec::new();
    for unit in units(&before, &made, View::Exact) {
        let why = if effect(ObjectKind::Domain, &unit) == Effect::NextStart {
            Why::NextStart
        } else {
            Why::Restart
        };
        waits.extend(unit.changes.into_iter().map(|Change { path, old, .. }| Wait {
            path: path.to_string(),
            unit: unit.key.clone(),
            old,
            since: now(),
            why,
        }));
    }
    Ok(waits)
}

fn read(kind: ObjectKind, text: &str) -> Result<Document<'_>, Error> {
    let mut report = Report::new(Policy::Lenient);
    Ok(read_document(kind, text, &mut report)?)
}

/// The parts that the new definition changes and that the running domain does not have yet.
fn outstanding<'d, 'a>(
    before: &'d [Document<'a>],
    made: &'d Document<'a>,
    running: &'d Document<'a>,
    waited: &[Wait],
) -> Vec<Unit<'d, 'a>> {
    let changed: Vec<_> = before.iter().flat_map(|before| units(before, made, View::Exact)).collect();
    let mut found = Vec::new();
    for mut unit in units(running, made, View::Exact) {
        let of_unit = || changed.iter().filter(|change| change.key == unit.key);
        let old_ones: Vec<&str> =
            waited.iter().filter(|wait| wait.unit == unit.key).map(|wait| &*wait.path).collect();
        if of_unit().next().is_none() && old_ones.is_empty() {
            continue;
        }
        if unit.old.is_some() && unit.new.is_some() {
            let paths: Vec<_> = of_unit().flat_map(|change| &change.changes).map(|one| &one.path).collect();
            unit.changes
                .retain(|one| paths.contains(&&one.path) || old_ones.contains(&&*one.path.to_string()));
        }
        let moved = unit.old.is_some() && unit.new.is_some() && unit.device && effect::only(&unit, &[]);
        if !unit.changes.is_empty() && !moved {
            found.push(unit);
        }
    }
    // Removed devices go first: they make room for new ones.
    found.sort_by_key(|unit| unit.new.is_some());
    found
}

/// Gives what runs one changed part.
fn give_to(host: &Host, handle: &Handle, unit: &Unit<'_, '_>) -> Result<(), Error> {
    match handle {
        Handle::Domain(domain) => domain::give(host, domain, unit),
        Handle::Network(network) => network::give(host, network, unit),
        _ => Err(no_call()),
    }
}

/// Whether it is a bus for other devices. One for SCSI is asked for by itself.
fn is_bus(unit: &Unit<'_, '_>) -> bool {
    unit.name == names::CONTROLLER
        && unit.new.or(unit.old).and_then(|node| node.get(names::TYPE)) != Some("scsi")
}
