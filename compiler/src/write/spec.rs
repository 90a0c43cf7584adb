//! Writing a document as a spec: the inverse of reading one.

use std::borrow::Cow;

use nixvirt_schema::{Element, KINDS, Scalar};

use crate::document::foreign::{Foreign, ForeignElement};
use crate::document::keys::{CHILDREN, child_key};
use crate::document::live::Kept;
use crate::document::{Document, Node, Valid};
use crate::source::json::Json;

/// A set of a spec.
type Set<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// The spec of a valid document. What only a running object has is left out unless `live` keeps it.
pub fn to_spec<'d>(document: &'d Valid<'_>, live: bool) -> Json<'d> {
    let Document { kind, root, .. } = document.document();
    let mut set = Set::new();
    if kind.name != KINDS[0].name {
        set.push((Cow::Borrowed("kind"), Json::Str(Cow::Borrowed(kind.name))));
    }
    fill(&mut set, root, Kept::of(document.document(), live));
    Json::Set(set)
}

/// Adds what a node holds to its set.
fn fill<'d>(set: &mut Set<'d>, node: &'d Node<'_>, kept: Kept) {
    for attribute in &node.attributes {
        let entry = node.attribute_entry(attribute);
        if kept.attribute(node, attribute) {
            set.push((Cow::Borrowed(entry.name), scalar(entry.format.scalar(&attribute.value.text))));
        }
    }
    if let (Some(text), Some(entry)) = (&node.text, node.element.text) {
        set.push((Cow::Borrowed(entry.key), scalar(entry.format.scalar(&text.text))));
    }
    let children: Vec<&Node<'_>> = node.children.iter().filter(|child| kept.child(node, child)).collect();
    if keeps_order(node.element, &children) {
        fill_children(set, node.element, &children, kept);
    } else {
        let tagged = children.iter().map(|child| {
            let mut one = Set::new();
            fill_children(&mut one, node.element, &[child], kept);
            Json::Set(one)
        });
        set.push((Cow::Borrowed(CHILDREN), Json::List(tagged.collect())));
    }
}

/// Adds children to their parent's set, those of one key as a list.
fn fill_children<'d>(set: &mut Set<'d>, parent: &Element, children: &[&'d Node<'_>], kept: Kept) {
    for child in children {
        if parent.children[child.entry].hoisted {
            fill(set, child, kept);
            continue;
        }
        let key = child_key(parent, child.element);
        let value = value_of(child, kept);
        match set.iter_mut().find(|(known, _)| *known == key) {
            Some((_, Json::List(items))) => items.push(value),
            // An attribute of the same name, or the first of several children.
            Some((_, first)) => *first = Json::List(vec![std::mem::replace(first, Json::Null), value]),
            None => set.push((key, value)),
        }
    }
}

/// Whether the order of the children follows from the schema, so that sets and lists lose nothing of it.
fn keeps_order(element: &Element, children: &[&Node<'_>]) -> bool {
    !element.children.iter().any(|child| child.mixed) || children.is_sorted_by_key(|child| child.entry)
}

/// What a child is in a spec.
fn value_of<'d>(node: &'d Node<'_>, kept: Kept) -> Json<'d> {
    let element = node.element;
    if element.foreign {
        return Json::Str(Cow::Owned(foreign_text(node)));
    }
    if element.is_leaf() {
        return match (&node.text, element.text) {
            (Some(text), Some(entry)) => scalar(entry.format.scalar(&text.text)),
            _ => Json::Set(Set::new()),
        };
    }
    let mut set = Set::new();
    fill(&mut set, node, kept);
    if set.is_empty() && element.is_flag() { Json::Bool(true) } else { Json::Set(set) }
}

/// Foreign XML as text, the way it would stand in a file of its own; with the element that holds it where that declares
/// namespaces.
fn foreign_text(node: &Node<'_>) -> String {
    let mut text = String::new();
    if !node.declared.is_empty() {
        let (attributes, body) = (node.declared.clone(), node.foreign.clone());
        let holder = ForeignElement { name: Cow::Borrowed(node.element.name), attributes, body };
        holder.write(&mut text, 0, true);
        text.push('\n');
        return text;
    }
    for piece in &node.foreign {
        if let Foreign::Element(element) = piece {
            element.write(&mut text, 0, true);
            text.push('\n');
        }
    }
    text
}

fn scalar(scalar: Scalar<'_>) -> Json<'_> {
    match scalar {
        Scalar::Bool(value) => Json::Bool(value),
        Scalar::Int(value) => Json::Int(value),
        Scalar::Str(text) => Json::Str(text),
    }
}
