//! The parts of an element as guards and rules name them.

use nixvirt_schema::{Condition, Guard, Need, Subject, Test};

use crate::document::Node;
use crate::document::scope::{GuardVerdict, Scope};

/// The value of another attribute that would allow what a node has: where `bridge` is given in the place of
/// `network`, a `type` of `bridge`. `guard` is that of what is missing.
pub(super) fn other_variant(scope: &Scope<'_, '_>, guard: &Guard) -> Option<String> {
    let decides = |subject| guard.conditions().any(|condition| condition.subject == subject);
    scope.node.attributes.iter().find_map(|given| {
        let name = scope.node.attribute_entry(given).name;
        let entries = scope.node.element.attributes.iter();
        let mut required = entries.filter(|entry| entry.need != Need::Optional && entry.name == name);
        required.find_map(|entry| {
            let mut conditions = entry.guard.conditions();
            let (Some(Condition { subject, test: Test::In([value, ..]) }), None) =
                (conditions.next(), conditions.next())
            else {
                return None;
            };
            let other = decides(*subject) && matches!(scope.decide(&entry.guard), GuardVerdict::Fails(_));
            other.then(|| {
                format!("`{value}` as `{}` for the `{name}` that is there", subject_name(scope, subject))
            })
        })
    })
}

/// Whether the node has a part, as rules name them.
pub(super) fn has_part(node: &Node<'_>, part: &str) -> bool {
    match part.strip_prefix('@') {
        Some(attribute) => node.attribute(attribute).is_some(),
        None if part == "#" => node.text.as_ref().is_some_and(|text| !text.text.is_empty()),
        None => node.children_named(part).next().is_some(),
    }
}

/// Whether the node may have a part that its source does not tell.
pub(super) fn may_have_part(node: &Node<'_>, part: &str) -> bool {
    node.unknown.may_have(part.strip_prefix('@').unwrap_or(part))
}

/// The subject of a condition as a message names it.
pub(super) fn subject_name(scope: &Scope<'_, '_>, subject: &Subject) -> String {
    match *subject {
        Subject::Attribute(0, name) => name.to_owned(),
        Subject::Attribute(levels, name) => {
            let mut above = Some(scope);
            for _ in 0..levels {
                above = above.and_then(|scope| scope.parent);
            }
            above.map_or(name.to_owned(), |scope| format!("{}.{name}", scope.node.element.name))
        }
        Subject::Text => "text".to_owned(),
        Subject::ChildText(child) => child.to_owned(),
        Subject::ChildAttribute(child, name) => format!("{child}.{name}"),
        Subject::BesideAttribute(sibling, name) => format!("{sibling}.{name}"),
    }
}
