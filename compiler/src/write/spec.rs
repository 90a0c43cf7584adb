//! Writing a document as a spec: the inverse of reading one.

use std::borrow::Cow;

use nixvirt_schema::{Element, Format, KINDS, Scalar};
use smallvec::SmallVec;

use crate::document::foreign::{Foreign, ForeignElement};
use crate::document::keys::{CHILDREN, child_key};
use crate::document::live::Kept;
use crate::document::{Document, Node, Valid};
use crate::source::json::Json;
use crate::write::comments::{Comments, lines};

/// A set of a spec.
type Set<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// The spec of a valid document. What only a running object has is left out unless `live` keeps it.
pub fn to_spec<'a>(document: &Valid<'a>, live: bool) -> Json<'a> {
    to_spec_with_comments(document, live).0
}

/// The same, with the comments and processing instructions of the document.
pub fn to_spec_with_comments<'a>(document: &Valid<'a>, live: bool) -> (Json<'a>, Comments) {
    let Document { kind, root, behind, .. } = document.document();
    let mut set = Set::new();
    if kind.name != KINDS[0].name {
        set.push((Cow::Borrowed("kind"), Json::Str(Cow::Borrowed(kind.name))));
    }
    let mut comments = Comments::default();
    comments.take_around(root);
    fill(&mut set, root, Kept::of(document.document(), live), &mut comments);
    comments.after.extend(behind.iter().map(lines));
    (Json::Set(set), comments)
}

/// Adds what a node holds to its set.
fn fill<'a>(set: &mut Set<'a>, node: &Node<'a>, kept: Kept, comments: &mut Comments) {
    comments.take_inside(node, true);
    for attribute in &node.attributes {
        let entry = node.attribute_entry(attribute);
        if kept.attribute(node, attribute) {
            set.push((Cow::Borrowed(entry.name), scalar(&entry.format, &attribute.value.text)));
        }
    }
    if let (Some(text), Some(entry)) = (&node.text, node.element.text) {
        set.push((Cow::Borrowed(entry.key), scalar(&entry.format, &text.text)));
    }
    let mut children: SmallVec<[&Node<'a>; 8]> = SmallVec::new();
    for child in &node.children {
        match kept.child(node, child) {
            true => children.push(child),
            false => comments.take_all(child),
        }
    }
    if keeps_order(node.element, &children) {
        fill_children(set, node.element, &children, kept, comments);
    } else {
        let mut tagged = Vec::with_capacity(children.len());
        for (index, child) in children.iter().enumerate() {
            let (mut one, mut below) = (Set::new(), Comments::default());
            fill_children(&mut one, node.element, &[child], kept, &mut below);
            tagged.push(Json::Set(one));
            if !below.is_empty() {
                comments.keys.entry(CHILDREN.to_owned()).or_default().items.insert(index, below);
            }
        }
        set.push((Cow::Borrowed(CHILDREN), Json::List(tagged)));
    }
}

/// Adds children to their parent's set, those of one key as a list.
fn fill_children<'a>(
    set: &mut Set<'a>,
    parent: &Element,
    children: &[&Node<'a>],
    kept: Kept,
    comments: &mut Comments,
) {
    for child in children {
        if parent.children[child.entry].hoisted {
            // Its keys are among those of this set.
            if let Some(remarks) = &child.remarks {
                comments.inside.extend(remarks.before.iter().chain(&remarks.after).map(lines));
            }
            let keys = set.len();
            fill(set, child, kept, comments);
            // Without a key of its own, nothing would say that the element is there.
            if let (true, Some(text)) = (set.len() == keys, child.element.text) {
                set.push((Cow::Borrowed(text.key), Json::Str(Cow::Borrowed(""))));
            }
            continue;
        }
        let key = child_key(parent, child.element);
        let mut below = Comments::default();
        below.take_around(child);
        let value = value_of(child, kept, &mut below);
        let mut at = None;
        match set.iter_mut().find(|(known, _)| *known == key) {
            Some((_, Json::List(items))) => {
                at = Some(items.len());
                items.push(value);
            }
            // An attribute of the same name, or the first of several children.
            Some((_, first)) => {
                at = Some(1);
                *first = Json::List(vec![std::mem::replace(first, Json::Null), value]);
                if let Some(known) = comments.keys.get_mut(&*key) {
                    known.begin_list();
                }
            }
            None => set.push((key.clone(), value)),
        }
        if !below.is_empty() {
            let here = comments.keys.entry(key.into_owned()).or_default();
            match at {
                Some(index) => drop(here.items.insert(index, below)),
                None => *here = below,
            }
        }
    }
}

/// Whether the order of the children follows from the schema and the order of the keys, so that sets and lists lose nothing of it.
fn keeps_order(element: &Element, children: &[&Node<'_>]) -> bool {
    let mixes = element.children.iter().any(|child| child.interleaved);
    // Nix sorts the keys of a set.
    !mixes || children.is_sorted_by_key(|child| child_key(element, child.element))
}

/// The value of a child in a spec.
fn value_of<'a>(node: &Node<'a>, kept: Kept, comments: &mut Comments) -> Json<'a> {
    let element = node.element;
    if element.foreign {
        comments.take_inside(node, false);
        return Json::Str(Cow::Owned(foreign_text(node)));
    }
    if element.is_leaf() {
        comments.take_inside(node, false);
        return match (&node.text, element.text) {
            (Some(text), Some(entry)) => scalar(&entry.format, &text.text),
            _ => Json::Set(Set::new()),
        };
    }
    let mut set = Set::new();
    fill(&mut set, node, kept, comments);
    if set.is_empty() {
        comments.before.append(&mut comments.inside);
    }
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
        match piece {
            Foreign::Element(element) => element.write(&mut text, 0, true),
            Foreign::Remark(remark) => text.push_str(&remark.0),
            Foreign::Text(_) => continue,
        }
        text.push('\n');
    }
    text
}

/// The scalar that a canonical text of a format is; what was read as it stands is not copied.
fn scalar<'a>(format: &Format, text: &Cow<'a, str>) -> Json<'a> {
    fn json(scalar: Scalar<'_>) -> Json<'_> {
        match scalar {
            Scalar::Bool(value) => Json::Bool(value),
            Scalar::Int(value) => Json::Int(value),
            Scalar::Str(text) => Json::Str(text),
        }
    }
    match text {
        Cow::Borrowed(text) => json(format.scalar(text)),
        Cow::Owned(text) => json(format.scalar(text)).into_owned(),
    }
}
