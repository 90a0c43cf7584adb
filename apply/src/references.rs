//! What objects need of one another: a domain its networks, filters, pools and secrets. What needs something that is
//! neither declared nor there is left alone.

use std::collections::BTreeSet;

use nixvirt_compiler::link::{ObjectReference, references};
use nixvirt_compiler::{Document, Policy, Report};
use nixvirt_schema::Naming;

use crate::declared::{Declared, Key, child, child_text, read_document};
use crate::host::Host;
use crate::object::{Handle, Kind};
use crate::observed::Observed;

/// What a document needs, each as `KIND NAME`. An object that is named by its usage is for libvirt to find, and a volume for
/// its pool.
pub fn of(document: &Document<'_>) -> Vec<String> {
    let named = references(document).into_iter().filter(|reference| reference.by != Naming::Usage);
    let found: BTreeSet<String> = named
        .filter(|reference| reference.within.is_none())
        .map(|ObjectReference { kind, value, .. }| format!("{kind} {value}"))
        .collect();
    found.into_iter().collect()
}

/// What each declared object needs and will not be there, by its index.
pub fn missing(declared: &[Declared], observed: &Observed) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let names: BTreeSet<String> =
        declared.iter().map(|object| format!("{} {}", object.entry.kind.name(), object.name)).collect();
    for (index, object) in declared.iter().enumerate() {
        for needed in &object.references {
            let Some((kind, name)) = needed.split_once(' ') else { continue };
            let Some(kind) = Kind::named(kind) else { continue };
            if names.contains(needed) || observed.has(kind, name) {
                continue;
            }
            let why = format!(
                "it needs the {} `{name}`, which neither exists nor is declared; add it to `{}`",
                kind.name(),
                kind.plural()
            );
            found.push((index, why));
        }
    }
    found
}

/// The names of the networks that a domain is on.
pub fn networks(document: &Document<'_>) -> Vec<String> {
    of(document).into_iter().filter_map(|needed| needed.strip_prefix("network ").map(str::to_owned)).collect()
}

/// The names of the bridges that a domain is on.
pub fn bridges(document: &Document<'_>) -> Vec<String> {
    let devices = child(&document.root, "devices").map(|devices| &*devices.children).unwrap_or_default();
    let interfaces = devices.iter().filter(|device| device.element.name == "interface");
    let sources = interfaces.filter_map(|interface| child(interface, "source")?.get("bridge"));
    sources.map(str::to_owned).collect()
}

/// The name of the bridge that a network makes.
pub fn bridge(document: &Document<'_>) -> Option<String> {
    child(&document.root, "bridge")?.get("name").map(str::to_owned)
}

/// The name of a volume.
pub fn volume_name(document: &Document<'_>) -> Option<String> {
    child_text(&document.root, "name").map(str::to_owned)
}

/// The running domains on a network.
///
/// # Errors
/// What libvirt says.
pub fn network_users(host: &Host, name: &str, network: &Handle) -> Result<Vec<(Key, Handle)>, String> {
    let document = network.inactive_xml()?;
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(Kind::Network, &document, &mut report).map_err(|found| found.to_string())?;
    let bridge = bridge(&document);
    let mut found = Vec::new();
    let active = Host::list_flags(Kind::Domain).active.unwrap_or_default();
    for handle in host.list(Kind::Domain, active)? {
        let xml = handle.inactive_xml()?;
        let mut report = Report::new(Policy::Lenient);
        let domain = read_document(Kind::Domain, &xml, &mut report).map_err(|found| found.to_string())?;
        let on_bridge = bridge.as_ref().is_some_and(|bridge| bridges(&domain).contains(bridge));
        if on_bridge || networks(&domain).iter().any(|other| other == name) {
            found.push(((Kind::Domain, handle.uuid()?), handle.clone()));
        }
    }
    // libvirt lists them in an order of its hash table's.
    found.sort_by_key(|(_, handle)| handle.name());
    Ok(found)
}
