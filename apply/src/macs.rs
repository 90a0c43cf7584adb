//! MAC addresses that machines of several hosts share. Without a `salt`, an address goes by the machine's name or uuid alone:
//! two machines of one name have one address, and where their hosts are on one network, neither can be reached.

use std::borrow::Cow;
use std::collections::BTreeMap;

use nixvirt_compiler::{Node, Policy, Report, derive};
use nixvirt_schema::Derived;
use rayon::prelude::*;

use crate::bundle::Bundle;
use crate::document::read_document;
use crate::key::title;
use crate::kind::ObjectKind;

/// No more than this many are said one by one.
const MOST: usize = 8;

/// Says which MAC addresses machines on different hosts have in common. What cannot be read is passed over: the run over its
/// host says why.
pub fn shared<'b>(hosts: impl IntoIterator<Item = (&'b str, &'b Bundle)>) -> Vec<String> {
    let mut owners: BTreeMap<String, (&str, String)> = BTreeMap::new();
    let mut shared = Vec::new();
    for (uri, bundle) in hosts {
        // A machine that has one address twice is its own business.
        let mut own = BTreeMap::new();
        for (title, addresses) in machines(bundle) {
            own.extend(addresses.into_iter().map(|address| (address, title.clone())));
        }
        for (address, title) in own {
            match owners.get(&address) {
                Some((host, first)) => shared.push(format!(
                    "{first} of {host} and {title} of {uri} have the MAC address {address}; where the hosts are on one \
                     network, give each connection a `salt` of its own, or one of the interfaces a `mac.address`"
                )),
                None => {
                    owners.insert(address, (uri, title));
                }
            }
        }
    }
    let more = shared.len().saturating_sub(MOST);
    shared.truncate(MOST);
    if more > 0 {
        shared.push(format!("{more} more MAC addresses are on several hosts"));
    }
    shared
}

/// The machines of a bundle, each with its addresses.
fn machines(bundle: &Bundle) -> Vec<(String, Vec<String>)> {
    let machines = bundle.entries.par_iter().filter(|entry| entry.kind == ObjectKind::Domain);
    machines
        .filter_map(|entry| {
            let text = entry.definition.read().ok()?;
            let mut document = read_document(entry.kind, &text, &mut Report::new(Policy::Lenient)).ok()?;
            document.salt = bundle.salt.as_deref().map(Cow::Borrowed);
            derive(&mut document);
            let mut addresses = Vec::new();
            of(&document.root, &mut addresses);
            Some((title(entry.kind, document.name().unwrap_or_default()), addresses))
        })
        .collect()
}

/// The addresses below a node: those that would be derived where they are missing.
fn of(node: &Node<'_>, found: &mut Vec<String>) {
    for child in &node.children {
        match node.child_entry(child).derived {
            Some((Derived::Mac, _)) => {
                found.extend(child.attributes.iter().map(|one| one.value.text.to_ascii_lowercase()));
            }
            _ => of(child, found),
        }
    }
}
