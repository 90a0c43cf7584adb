//! Walking the tables: every entry that can be reached from a root, once.

use crate::{Attribute, Child, Element};

/// An entry of the tables.
#[derive(Clone, Copy, Debug)]
pub enum TableEntry {
    /// An element, as it stands in some parent (or as a root, without an entry in a parent).
    Element(&'static Element, Option<&'static Child>),
    /// An attribute of an element.
    Attribute(&'static Element, &'static Attribute),
}

/// Calls `visit` for every entry reachable from the root, each element once however often it is referred to, parents
/// before children.
pub fn visit_entries(root: &'static Element, visit: &mut dyn FnMut(TableEntry)) {
    let mut seen: Vec<&'static Element> = Vec::new();
    let mut pending: Vec<(&'static Element, Option<&'static Child>)> = vec![(root, None)];
    while let Some((element, child)) = pending.pop() {
        if seen.iter().any(|known| std::ptr::eq(*known, element)) {
            continue;
        }
        seen.push(element);
        visit(TableEntry::Element(element, child));
        for attribute in element.attributes {
            visit(TableEntry::Attribute(element, attribute));
        }
        pending.extend(element.children.iter().rev().map(|child| (child.element, Some(child))));
    }
}
