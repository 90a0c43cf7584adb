//! The objects that objects need: a domain its networks, filters, pools and secrets. An object is left alone where it
//! needs one that is neither declared nor there.

use std::collections::BTreeSet;

use nixvirt_compiler::link::{ObjectReference, references};
use nixvirt_compiler::{Document, Policy, Report};
use nixvirt_schema::Naming;

use crate::document::{child, child_text, read_document};
use crate::error::Error;
use crate::host::Host;
use crate::key::Key;
use crate::kind::ObjectKind;
use crate::names;
use crate::object::Handle;

/// The objects that a document needs, each as `KIND NAME`. An object that is named by its usage is for libvirt to
/// find, and a volume for its pool.
pub fn of(document: &Document<'_>) -> Vec<String> {
    let named = references(document).into_iter().filter(|reference| reference.by != Naming::Usage);
    let found: BTreeSet<String> = named
        .filter(|reference| reference.within.is_none())
        .map(|ObjectReference { kind, value, .. }| format!("{kind} {value}"))
        .collect();
    found.into_iter().collect()
}

/// The names of the networks that a domain is on.
pub fn networks(document: &Document<'_>) -> Vec<String> {
    of(document).into_iter().filter_map(|needed| needed.strip_prefix("network ").map(str::to_owned)).collect()
}

/// The names of the bridges that a domain is on.
pub fn bridges(document: &Document<'_>) -> Vec<String> {
    let devices = child(&document.root, names::DEVICES).map(|devices| &*devices.children).unwrap_or_default();
    let interfaces = devices.iter().filter(|device| device.element.name == names::INTERFACE);
    let sources = interfaces.filter_map(|interface| child(interface, names::SOURCE)?.get(names::BRIDGE));
    sources.map(str::to_owned).collect()
}

/// The name of the bridge that a network makes.
pub fn bridge(document: &Document<'_>) -> Option<String> {
    child(&document.root, names::BRIDGE)?.get(names::NAME).map(str::to_owned)
}

/// The name of a volume.
pub fn volume_name(document: &Document<'_>) -> Option<String> {
    child_text(&document.root, names::NAME).map(str::to_owned)
}

/// The running domains on a network.
///
/// # Errors
/// An error of libvirt.
pub fn network_users(host: &Host, name: &str, network: &Handle) -> Result<Vec<(Key, Handle)>, Error> {
    let document = network.inactive_xml()?;
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(ObjectKind::Network, &document, &mut report)?;
    let bridge = bridge(&document);
    let mut found = Vec::new();
    let active = Host::list_flags(ObjectKind::Domain).active.unwrap_or_default();
    for handle in host.list(ObjectKind::Domain, active)? {
        let xml = handle.inactive_xml()?;
        let mut report = Report::new(Policy::Lenient);
        let domain = read_document(ObjectKind::Domain, &xml, &mut report)?;
        let on_bridge = bridge.as_ref().is_some_and(|bridge| bridges(&domain).contains(bridge));
        if on_bridge || networks(&domain).iter().any(|other| other == name) {
            found.push(((ObjectKind::Domain, handle.uuid()?), handle.clone()));
        }
    }
    // libvirt lists them in an order of its hash table's.
    found.sort_by_key(|(_, handle)| handle.name());
    Ok(found)
}
