//! Parts that may be in a spec although they are not known: values that depend on something opaque.

use crate::document::Node;
use crate::document::keys::{Meaning, Plain};
use crate::document::scope::{GuardVerdict, Scope};
use crate::source::json::Json;

/// Notes that what a key stands for may be there.
pub(super) fn unknown(node: &mut Node<'_>, meaning: Meaning) {
    let element = node.element;
    let plain = |plain| match plain {
        Plain::Text => "#",
        Plain::Attribute(entry) => element.attributes[entry].name,
    };
    let child = |entry: usize| element.children[entry].element.name;
    match meaning {
        Meaning::Plain(known) => node.unknown.names.push(plain(known)),
        Meaning::Child(entry) => node.unknown.names.push(child(entry)),
        Meaning::Both(known, entry) => node.unknown.names.extend([plain(known), child(entry)]),
        Meaning::Children => node.unknown.open = true,
        Meaning::Hoisted(_) | Meaning::Unknown => {}
    }
}

/// Whether a value may be more children than are known.
pub(super) fn holds_unknown(value: &Json<'_>) -> bool {
    match value {
        Json::Opaque => true,
        Json::List(items) => items.contains(&Json::Opaque),
        _ => false,
    }
}

/// Whether what is not known decides which of several elements a child is.
pub(super) fn unsettled_child(scope: &Scope<'_, '_>, first: usize) -> bool {
    let element = scope.node.element;
    let wanted = element.children[first].element;
    let mut possible = element.children[first..].iter().filter(|child| {
        child.element.name == wanted.name
            && child.element.namespace == wanted.namespace
            && !matches!(scope.decide(&child.guard), GuardVerdict::Fails(_))
    });
    let one = possible.next();
    possible.any(|other| one.is_some_and(|one| !std::ptr::eq(one.element, other.element)))
}
