//! Decides about the users of a network that is stopped, restarted or removed.

use std::collections::BTreeSet;

use super::{Step, pool_folder};
use crate::declared::Declared;
use crate::error::{Error, Problems, codes};
use crate::host::Host;
use crate::key::Key;
use crate::kind::ObjectKind;
use crate::observed::Found;
use crate::preflight::share_a_network;
use crate::references;

/// Finds the domains that the restart of a network cuts off. A domain that is not declared here is not stopped unless
/// the user has asked for it.
pub(super) fn decide_network_users(
    host: &Host,
    declared: &[Declared],
    takes_along: bool,
    network: &Found,
    step: &mut Step,
) -> Result<(), Problems> {
    let (mut restarted, mut cut_off, mut strangers) = (Vec::new(), Vec::new(), Vec::new());
    for (key, network_user) in references::network_users(host, &network.name, &network.handle)? {
        let name = format!("`{}`", network_user.name());
        match declared.iter().find(|object| object.key() == key) {
            None => strangers.push(name.clone()),
            Some(object) if object.entry.restart == Some(false) => {
                cut_off.push(name);
                continue;
            }
            Some(_) => {}
        }
        match network_user.is_persistent() {
            true => restarted.push(name),
            false => cut_off.push(name),
        }
    }
    if !strangers.is_empty() && !takes_along {
        step.restart = false;
        step.unmet.push(
            in_use("restarted", &strangers)
                .help("what changed waits for its next start, or for `restart = true`"),
        );
        return Ok(());
    }
    if !restarted.is_empty() {
        step.notes.push(format!("the domains on it are restarted with it: {}", restarted.join(", ")));
    }
    if !cut_off.is_empty() {
        step.notes.push(format!(
            "these domains are not restarted, and are cut off from it until they are: {}",
            cut_off.join(", ")
        ));
    }
    Ok(())
}

/// The running domains on a network: those that are declared, and the others. Those that are `gone` do not count.
fn users(
    host: &Host,
    declared: &[Declared],
    network: &Found,
    gone: &BTreeSet<Key>,
) -> Result<(Vec<String>, Vec<String>), Error> {
    let (mut ours, mut strangers) = (Vec::new(), Vec::new());
    for (key, user) in references::network_users(host, &network.name, &network.handle)? {
        let name = format!("`{}`", user.name());
        match declared.iter().any(|object| object.key() == key) {
            _ if gone.contains(&key) => {}
            true => ours.push(name),
            false => strangers.push(name),
        }
    }
    Ok((ours, strangers))
}

/// Finds the domains that the removal of a network cuts off. One that is not declared here keeps the network.
pub(super) fn cuts_off(
    host: &Host,
    declared: &[Declared],
    network: &Found,
    gone: &BTreeSet<Key>,
    step: &mut Step,
) -> Result<(), Error> {
    if step.kind != ObjectKind::Network || !step.stop {
        return Ok(());
    }
    let (ours, strangers) = users(host, declared, network, gone)?;
    if !strangers.is_empty() {
        step.blocked.push(in_use("removed", &strangers).help("stop them, or declare it again"));
    }
    if !ours.is_empty() {
        step.notes.push(format!("domains that are still on it then are cut off: {}", ours.join(", ")));
    }
    Ok(())
}

/// Finds the domains that are cut off by the stop of a network that is declared to be off. One that is not declared
/// here keeps it on.
pub(super) fn decide_stop(
    host: &Host,
    declared: &[Declared],
    takes_along: bool,
    network: &Found,
    step: &mut Step,
) -> Result<(), Problems> {
    let (ours, strangers) = users(host, declared, network, &BTreeSet::new())?;
    if !strangers.is_empty() && !takes_along {
        step.blocked.push(in_use("stopped", &strangers).help("stop them first"));
    }
    if !ours.is_empty() {
        step.notes.push(format!("these domains are cut off from it: {}", ours.join(", ")));
    }
    Ok(())
}

/// The error for a network that is left as it is because domains on it are not declared here.
fn in_use(done: &str, strangers: &[String]) -> Error {
    let domains = strangers.join(", ");
    let message = format!("it is not {done}, for domains that are not declared here are on it: {domains}");
    Error::new(&codes::NETWORK_IN_USE, message).fact("domains", domains)
}

/// Whether a declared object needs what another one has until it is removed: its name, its bridge or addresses, its folder.
pub(super) fn takes_the_place_of(object: &Declared, kind: ObjectKind, found: &Found) -> bool {
    if object.entry.kind != kind {
        return false;
    }
    // A network that has not changed exists beside it already.
    let Some(text) = object.text.as_deref() else { return object.name == found.name };
    let Ok(other) = found.handle.inactive_xml() else { return true };
    object.name == found.name
        || match kind {
            ObjectKind::Network => share_a_network(text, &other),
            ObjectKind::Pool => pool_folder(text).is_some_and(|folder| pool_folder(&other) == Some(folder)),
            ObjectKind::Secret | ObjectKind::Nwfilter | ObjectKind::NodeDevice | ObjectKind::Domain => false,
        }
}
