//! What objects need of one another: a domain its networks, filters, pools and secrets. What is needed and neither
//! declared nor there is an error before anything is touched.

use std::collections::BTreeSet;

use nixvirt_compiler::{Document, Node, Policy, Report};

use crate::declared::{Declared, Key, child, child_text, read_document};
use crate::error::Problems;
use crate::host::Host;
use crate::object::{Handle, Kind};
use crate::observed::Observed;

/// What a document needs, each as `KIND NAME`.
pub fn of(kind: Kind, document: &Document<'_>) -> Vec<String> {
    let mut found = BTreeSet::new();
    match kind {
        Kind::Domain => {
            for device in
                child(&document.root, "devices").map(|devices| &*devices.children).unwrap_or_default()
            {
                device_needs(device, &mut found);
            }
        }
        Kind::Nwfilter => {
            for filter in document.root.children_named("filterref") {
                found.extend(filter.get("filter").map(|name| format!("nwfilter {name}")));
            }
        }
        _ => {}
    }
    if matches!(kind, Kind::Domain | Kind::Pool) {
        secrets(&document.root, &mut found);
    }
    found.into_iter().collect()
}

fn device_needs(device: &Node<'_>, found: &mut BTreeSet<String>) {
    let of_type = |wanted| device.get("type") == Some(wanted);
    let source = |name| child(device, "source").and_then(|source| source.get(name));
    match device.element.name {
        "interface" => {
            if of_type("network") {
                found.extend(source("network").map(|name| format!("network {name}")));
            }
            let filter = child(device, "filterref").and_then(|filter| filter.get("filter"));
            found.extend(filter.map(|name| format!("nwfilter {name}")));
        }
        "disk" if of_type("volume") => {
            found.extend(source("pool").map(|name| format!("pool {name}")));
        }
        _ => {}
    }
}

/// The secrets that anything below a node names by their uuid. One that is named by its usage is for libvirt to find.
fn secrets(node: &Node<'_>, found: &mut BTreeSet<String>) {
    if node.element.name == "secret" {
        found.extend(node.get("uuid").map(|uuid| format!("secret {uuid}")));
    }
    node.children.iter().for_each(|child| secrets(child, found));
}

/// Says what is needed and will not be there.
pub fn check(declared: &[Declared], observed: &Observed, removed: &BTreeSet<(Kind, String)>) -> Problems {
    let mut problems = Problems::default();
    let names: BTreeSet<String> =
        declared.iter().map(|object| format!("{} {}", object.entry.kind.name(), object.name)).collect();
    for object in declared {
        for needed in &object.references {
            let Some((kind, name)) = needed.split_once(' ') else { continue };
            let Some(kind) = Kind::named(kind) else { continue };
            let going = removed.contains(&(kind, name.to_owned()));
            if names.contains(needed) || (!going && observed.has(kind, name)) {
                continue;
            }
            let why = match going {
                true => "which is no longer declared and would be removed",
                false => "which neither exists nor is declared",
            };
            problems.add(format!(
                "{}: {} needs the {} `{name}`, {why}; add it to `{}`",
                object.entry.place,
                object.title(),
                kind.name(),
                kind.plural()
            ));
        }
    }
    problems
}

/// The names of the networks that a domain is on.
pub fn networks(document: &Document<'_>) -> Vec<String> {
    of(Kind::Domain, document)
        .into_iter()
        .filter_map(|needed| needed.strip_prefix("network ").map(str::to_owned))
        .collect()
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
pub fn riders(host: &Host, name: &str, network: &Handle) -> Result<Vec<(Key, Handle)>, String> {
    let document = network.inactive_xml()?;
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(Kind::Network, &document, &mut report).map_err(|found| found.to_string())?;
    let bridge = bridge(&document);
    let mut found = Vec::new();
    let active = Host::list_flags(Kind::Domain).map_or(0, |(active, _)| active);
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
