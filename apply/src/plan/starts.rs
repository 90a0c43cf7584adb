//! Decides how an object starts, and finds what keeps it from starting.

use std::collections::BTreeSet;
use std::path::Path;

use nixvirt_compiler::{Policy, Report};

use super::{Action, Step, carried, pool_folder};
use crate::declared::Declared;
use crate::document::{child, child_text, read_document};
use crate::error::{Error, Problems, codes};
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::names;
use crate::observed::Found;
use crate::preflight::{self, Coming};
use crate::saved::Saved;
use crate::state::{State, Texts};
use crate::volumes;

/// The files that a new domain takes over from an earlier one of its name or UUID.
pub(super) fn inherited(host: &Host, object: &Declared, step: &mut Step) {
    let Some(text) = object.text.as_deref().filter(|_| host.is_local()) else { return };
    let mut report = Report::new(Policy::Lenient);
    let Ok(document) = read_document(ObjectKind::Domain, text, &mut report) else { return };
    let is_system = host.uri.split(['?', '#']).next().is_some_and(|uri| uri.ends_with("/system"));
    let os = child(&document.root, names::OS);
    let has_firmware =
        os.is_some_and(|os| os.get(names::FIRMWARE) == Some("efi") || child(os, names::LOADER).is_some());
    let named = os.and_then(|os| child_text(os, names::NVRAM)).map(str::to_owned);
    let by_default = || format!("/var/lib/libvirt/qemu/nvram/{}_VARS.fd", object.name);
    let variables = named.or_else(|| is_system.then(by_default)).filter(|_| has_firmware);
    if let Some(path) = variables.filter(|path| Path::new(path).exists()) {
        step.notes.push(format!("it begins with the UEFI variables that are in {path} already"));
    }
    let devices = child(&document.root, names::DEVICES);
    let state = format!("/var/lib/libvirt/swtpm/{}", object.uuid);
    if is_system
        && devices.is_some_and(|devices| child(devices, names::TPM).is_some())
        && Path::new(&state).exists()
    {
        step.notes.push(format!("it begins with the state of a TPM that is in {state} already"));
    }
}

/// Decides about a saved state, and notes the consequences.
pub(super) fn decide_saved(
    host: &Host,
    object: &Declared,
    found: &Found,
    step: &mut Step,
) -> Result<(), Problems> {
    if object.entry.discard {
        step.discard = true;
        step.notes
            .push("its saved state is given up: it boots, and what was in its memory is lost".to_owned());
        return Ok(());
    }
    let usable = Saved::read(host, &found.handle).and_then(|saved| match saved {
        Some(saved) => saved.is_usable(host).map(|()| Some(saved)),
        None => Ok(None),
    });
    let saved = match usable {
        Ok(saved) => saved,
        Err(why) if step.start => return Err(Problems::from(why)),
        Err(why) => {
            step.notes.push(why.coded());
            return Ok(());
        }
    };
    if let Some(saved) = &saved {
        let definition = match object.text.as_deref() {
            Some(text) => text.to_owned(),
            None => found.handle.inactive_xml()?,
        };
        step.rewrite_saved = saved.with_paths_of(&definition)?.is_some();
    }
    if step.rewrite_saved {
        step.notes.push("its saved state is brought to the new paths".to_owned());
    }
    let when = if step.start { "it goes on" } else { "its next start goes on" };
    let waits =
        if step.changes.is_empty() { "" } else { "; what changes is in force at a start after that one" };
    step.notes.push(format!("it has a saved state: {when} with that, as it was defined then{waits}"));
    Ok(())
}

/// The paths of the volumes that are there once the declared pools are as they are to be.
pub(super) fn coming_volumes(declared: &[Declared], state: &State) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let pools = declared.iter().filter(|object| !object.entry.volumes.is_empty());
    for pool in pools {
        let stored = || state.texts(pool.key()).map(|texts| texts.given).unwrap_or_default();
        let Some(folder) = pool_folder(&pool.text.clone().unwrap_or_else(stored)) else { continue };
        let present = pool.entry.volumes.iter().filter(|volume| volume.present);
        for name in present.filter_map(volumes::name_of) {
            found.insert(format!("{}/{name}", folder.trim_end_matches('/')));
        }
    }
    found
}

/// Finds the obstacles to a definition and to a start. An object that runs is not stopped for a start that would fail.
pub(super) fn decide_obstacles(
    host: &Host,
    coming: Coming<'_>,
    object: &Declared,
    found: Option<&Found>,
    state: &State,
    step: &mut Step,
) -> Result<(), Problems> {
    let key = object.key();
    if let (Action::Create | Action::Update, Some(text)) = (step.action, object.text.as_deref()) {
        for conflict in preflight::conflicts(host, key.0, text)? {
            step.blocked.push(Error::new(&codes::CANNOT_DEFINE, conflict));
        }
    }
    if !(step.restart || step.start) || !matches!(key.0, ObjectKind::Domain | ObjectKind::Network) {
        return Ok(());
    }
    // A saved state goes on as it was defined then.
    if step.start && found.is_some_and(|found| found.saved) {
        return Ok(());
    }
    let texts = state.texts(key)?;
    let given = object.text.as_deref().unwrap_or(&texts.given);
    let whole = match found.filter(|_| key.0 == ObjectKind::Domain) {
        Some(found) => {
            let known = state.get(key).is_some_and(|record| record.made != 0 || record.pending);
            let unknown = Texts::default();
            carried(host, given, &found.handle.inactive_xml()?, if known { &texts } else { &unknown })?.0
        }
        None => given.to_owned(),
    };
    let old = found.filter(|_| step.restart).map(|found| found.handle.inactive_xml()).transpose()?;
    // Where an object is only started, the start itself tells whether it can be.
    let obstacles = match (step.restart, &*whole) {
        (_, "") => Vec::new(),
        (true, whole) => preflight::obstacles(host, key.0, whole, old.as_deref(), coming)?,
        (false, whole) => preflight::visible(host, key.0, whole)?,
    };
    if step.restart {
        step.notes.extend(preflight::unseen(host, key.0).map(str::to_owned));
    }
    match step.restart && !obstacles.is_empty() {
        true => step.blocked.push(preflight::left(&obstacles)),
        false => step.obstacles = obstacles,
    }
    Ok(())
}
