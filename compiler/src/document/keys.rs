//! The keys of the spec language: which attribute of a set stands for which part of an element.

use std::borrow::Cow;

use nixvirt_schema::{Child, Element};

/// The key under which a spec may hold children in an order of its own: a list of sets with one child each. Only elements
/// with entries that mix have it.
pub(crate) const CHILDREN: &str = "children";

/// The meaning of a plain value in a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// The text of the element.
    Text,
    /// The attribute whose first entry is at this position.
    Attribute(usize),
}

/// The meaning of a key of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The element has no part of that name.
    Unknown,
    /// An attribute or the text.
    Plain(Plain),
    /// The child whose first entry is at this position.
    Child(usize),
    /// Both: a scalar is the one, a set the other.
    Both(Plain, usize),
    /// Part of the hoisted child at this position.
    Hoisted(usize),
    /// Children in an order of their own.
    Children,
}

/// Looks up the meaning of a key in an element's set.
pub(crate) fn meaning(element: &Element, key: &str) -> Meaning {
    let attribute =
        element.attributes.iter().position(|attribute| attribute.name == key).map(Plain::Attribute);
    let plain = attribute.or_else(|| element.text.filter(|text| text.key == key).map(|_| Plain::Text));
    let child = element.children.iter().position(|child| !child.hoisted && is_key(element, child, key));
    match (plain, child) {
        (Some(plain), Some(child)) => Meaning::Both(plain, child),
        (Some(plain), None) => Meaning::Plain(plain),
        (None, Some(child)) => Meaning::Child(child),
        (None, None) if key == CHILDREN && element.children.iter().any(|child| child.interleaved) => {
            Meaning::Children
        }
        (None, None) => {
            let hoisting = |child: &Child| child.hoisted && meaning(child.element, key) != Meaning::Unknown;
            element.children.iter().position(hoisting).map_or(Meaning::Unknown, Meaning::Hoisted)
        }
    }
}

/// Whether a key of the parent's set stands for the child.
fn is_key(parent: &Element, child: &Child, key: &str) -> bool {
    let name = child.element.name;
    let own = match child.element.namespace.filter(|_| child.element.namespace != parent.namespace) {
        None => key == name,
        Some(namespace) => {
            key.strip_prefix(namespace.prefix).and_then(|rest| rest.strip_prefix('-')) == Some(name)
        }
    };
    own || child.also == Some(key)
}

/// The key of a child in its parent's set: its name, or prefix and name where another namespace begins.
pub fn child_key(parent: &Element, child: &Element) -> Cow<'static, str> {
    match child.namespace.filter(|_| child.namespace != parent.namespace) {
        None => Cow::Borrowed(child.name),
        Some(namespace) => Cow::Owned(format!("{}-{}", namespace.prefix, child.name)),
    }
}

/// Every key of an element's set.
pub fn keys(element: &Element) -> Vec<Cow<'static, str>> {
    let attributes =
        element.attributes.iter().filter(|attribute| !attribute.ignored).map(|attribute| attribute.name);
    let text = element.text.filter(|_| !element.is_leaf()).map(|text| text.key);
    let mut keys: Vec<Cow<'static, str>> = attributes.chain(text).map(Cow::Borrowed).collect();
    for child in element.children {
        match child.hoisted {
            false => keys.push(child_key(element, child.element)),
            true => {
                keys.extend(child.element.text.map(|text| Cow::Borrowed(text.key)));
                keys.extend(child.element.attributes.iter().map(|attribute| Cow::Borrowed(attribute.name)));
            }
        }
    }
    let mut seen: Vec<Cow<'static, str>> = Vec::with_capacity(keys.len());
    keys.retain(|key| {
        let new = !seen.contains(key);
        seen.push(key.clone());
        new
    });
    keys
}
