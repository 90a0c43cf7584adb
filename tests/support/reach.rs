//! Which entries of the tables documents reach: elements in what holds them, attributes, texts.

use std::collections::{BTreeMap, BTreeSet};

use nixvirt_compiler::{Document, Node};
use nixvirt_schema::{Element, Guard, KINDS, Subject, Test, Version, Versions};

/// An entry, by the address of its element and its place in there: an element may be in many places, its entries are the
/// same in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// An attribute, by the table and its position.
    Attribute(usize, usize),
    /// A child, by the table and its position.
    Child(usize, usize),
    /// The text of a table's element.
    Text(usize),
}

impl Entry {
    /// The attribute of an element.
    pub fn attribute(element: &'static Element, index: usize) -> Entry {
        Entry::Attribute(address(element), index)
    }

    /// The text of an element.
    pub fn text(element: &'static Element) -> Entry {
        Entry::Text(address(element))
    }
}

fn address(element: &'static Element) -> usize {
    std::ptr::from_ref(element).addr()
}

/// Every entry of every kind that can be declared, in the newest libvirt, with a path that leads there and what guards it: `domain/devices/disk/@type`.
pub fn all() -> BTreeMap<Entry, String> {
    let mut entries = BTreeMap::new();
    let mut seen = BTreeSet::new();
    // Breadth first, so that the path is a short one.
    let mut open: Vec<(&'static Element, String)> =
        KINDS.iter().map(|kind| (kind.root, kind.root.name.to_owned())).collect();
    while !open.is_empty() {
        let mut next = Vec::new();
        for (element, path) in open {
            if !seen.insert(address(element)) {
                continue;
            }
            let now = |versions: Versions| versions.contains(Version::NEWEST);
            let attributes = element.attributes.iter().enumerate();
            for (index, attribute) in attributes.filter(|(_, one)| !one.ignored && now(one.versions)) {
                let name = format!("{path}/@{}{}", attribute.name, shown(&attribute.guard));
                entries.insert(Entry::Attribute(address(element), index), name);
            }
            if let Some(text) = element.text {
                entries.insert(Entry::Text(address(element)), format!("{path}/#{}", shown(&text.guard)));
            }
            for (index, child) in element.children.iter().enumerate().filter(|(_, one)| now(one.versions)) {
                let path = format!("{path}/{}", child.element.name);
                let name = format!("{path}{}", shown(&child.guard));
                entries.insert(Entry::Child(address(element), index), name);
                next.push((child.element, path));
            }
        }
        open = next;
    }
    entries
}

/// A guard, in short.
fn shown(guard: &Guard) -> String {
    let conditions = guard.conditions().map(|condition| {
        let subject = match condition.subject {
            Subject::Attribute(levels, name) => format!("{}{name}", "../".repeat(levels)),
            Subject::Text => "#".to_owned(),
            Subject::ChildText(child) => child.to_owned(),
            Subject::ChildAttribute(child, name) => format!("{child}/{name}"),
            Subject::BesideAttribute(sibling, name) => format!("../{sibling}/{name}"),
        };
        match condition.test {
            Test::In(values) => format!("{subject}={}", values.join("|")),
            Test::NotIn(values) => format!("{subject}!={}", values.join("|")),
            Test::Present => subject,
            Test::Absent => format!("!{subject}"),
            Test::Begins(starts) => format!("{subject}^={}", starts.join("|")),
            Test::BeginsNot(starts) => format!("{subject}!^={}", starts.join("|")),
        }
    });
    let conditions: Vec<String> = conditions.collect();
    if conditions.is_empty() { String::new() } else { format!("[{}]", conditions.join(" ")) }
}

/// The entries that a document reaches.
pub fn reached(document: &Document<'_>) -> BTreeSet<Entry> {
    let mut found = BTreeSet::new();
    visit(&document.root, &mut found);
    found
}

fn visit(node: &Node<'_>, found: &mut BTreeSet<Entry>) {
    let element = address(node.element);
    found.extend(node.attributes.iter().map(|attribute| Entry::Attribute(element, attribute.entry)));
    found.extend(node.text.iter().map(|_| Entry::Text(element)));
    for child in &node.children {
        found.insert(Entry::Child(element, child.entry));
        visit(child, found);
    }
}
