//! The differences between two documents, by path, with both values.
//!
//! Amounts count by value and not by unit, children of different names have no order among each other, what only a
//! running object has is passed over, and devices are the same where what names them (`disk.target.dev`,
//! `interface.mac.address`) is. Values of secrets are not shown.

mod defaults;
mod pairing;

use nixvirt_schema::{Attribute, Format};

use crate::diff::defaults::{is_filled_in, is_nothing, is_of_family};
use crate::diff::pairing::{Pair, pairs, unit_key};
use crate::document::amount::{amount, shown};
use crate::document::foreign::Foreign;
use crate::document::keys::child_key;
use crate::document::live::{Kept, is_set_at_start};
use crate::document::path::{Path, Trail};
use crate::document::{Document, Node, NodeValue};

/// How two documents are held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Every part that only one of them has is a change.
    Exact,
    /// The old one is what libvirt made, the new one what somebody wrote: what libvirt fills in is not a change.
    Given,
}

/// A difference at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The place, as a spec spells it; indices are those of the new document where it has the place.
    pub path: Path,
    /// The value that it had, if any; an element without content is `true`.
    pub old: Option<String>,
    /// The value that it has, if any.
    pub new: Option<String>,
}

/// A part of an object that is changed as a whole, a device or a child of the root, with what changes in it.
#[derive(Debug)]
pub struct Unit<'d, 'a> {
    /// The key that tells the unit from all others of the object.
    pub key: String,
    /// The name of its element; empty for the root's own attributes.
    pub name: &'static str,
    /// Whether it is a device.
    pub device: bool,
    /// Its node in the old document.
    pub old: Option<&'d Node<'a>>,
    /// Its node in the new document.
    pub new: Option<&'d Node<'a>>,
    /// The differences; never empty.
    pub changes: Vec<Change>,
}

/// The text that replaces the value of a secret in a change.
pub const HIDDEN: &str = "(secret)";

/// All differences, in the schema's order of the parts.
pub fn diff(old: &Document<'_>, new: &Document<'_>, view: View) -> Vec<Change> {
    units(old, new, view).into_iter().flat_map(|unit| unit.changes).collect()
}

/// The parts that differ.
pub fn units<'d, 'a>(old: &'d Document<'a>, new: &'d Document<'a>, view: View) -> Vec<Unit<'d, 'a>> {
    let comparison = Comparison { view };
    let mut found = Vec::new();
    let mut own = Vec::new();
    comparison.values(&old.root, &new.root, &Trail::ROOT, &mut own);
    if !own.is_empty() {
        let unit = Unit {
            key: String::new(),
            name: "",
            device: false,
            old: Some(&old.root),
            new: Some(&new.root),
            changes: own,
        };
        found.push(unit);
    }
    comparison.units_of(&old.root, &new.root, &Trail::ROOT, None, &mut found);
    found
}

struct Comparison {
    view: View,
}

impl Comparison {
    /// Gathers the units among the children of a node: the root, or one that groups units, whose name is `holder`.
    fn units_of<'d, 'a>(
        &self,
        old: &'d Node<'a>,
        new: &'d Node<'a>,
        trail: &Trail<'_>,
        holder: Option<&'static str>,
        found: &mut Vec<Unit<'d, 'a>>,
    ) {
        for pair in pairs(old, new, self.view == View::Exact) {
            if let Pair { old: Some(one), new: Some(other), .. } = pair
                && new.child_entry(other).units
            {
                let name = other.element.name;
                self.units_of(one, other, &trail.step(name, None), Some(name), found);
                continue;
            }
            let mut changes = Vec::new();
            self.pair(old, new, &pair, trail, true, &mut changes);
            if !changes.is_empty()
                && let Some(node) = pair.new.or(pair.old)
            {
                let key = unit_key(node, holder);
                let name = node.element.name;
                found.push(Unit {
                    key,
                    name,
                    device: holder.is_some(),
                    old: pair.old,
                    new: pair.new,
                    changes,
                });
            }
        }
    }

    fn pair(
        &self,
        old: &Node<'_>,
        new: &Node<'_>,
        pair: &Pair<'_, '_>,
        trail: &Trail<'_>,
        among_units: bool,
        out: &mut Vec<Change>,
    ) {
        let parent = if pair.new.is_some() { new } else { old };
        let Some(node) = pair.new.or(pair.old) else { return };
        let key = child_key(parent.element, node.element);
        let below = if parent.child_entry(node).hoisted { *trail } else { trail.step(&key, node.index) };
        match (pair.old, pair.new) {
            (Some(one), Some(other)) => {
                self.node(one, other, &below, out);
                if let Some(moved) = &pair.moved {
                    let path = below.path();
                    out.push(Change { path, old: Some(moved.clone()), new: Some("another place".into()) });
                }
            }
            (None, Some(_)) if self.view == View::Given && is_nothing(node) => {}
            (Some(_), None) if self.view == View::Given && is_filled_in(old, new, node, among_units) => {}
            (None, _) | (_, None) if is_set_at_start(parent, node) => {}
            (one, _) => leaves(node, &below, one.is_some(), out),
        }
    }

    fn node(&self, old: &Node<'_>, new: &Node<'_>, trail: &Trail<'_>, out: &mut Vec<Change>) {
        self.values(old, new, trail, out);
        for pair in pairs(old, new, self.view == View::Exact) {
            self.pair(old, new, &pair, trail, false, out);
        }
    }

    /// Attributes, text and foreign XML of one element.
    fn values(&self, old: &Node<'_>, new: &Node<'_>, trail: &Trail<'_>, out: &mut Vec<Change>) {
        let amounts = (amount(old), amount(new));
        let is_amount = amounts.0.is_some() && amounts.1.is_some();
        if is_amount && amounts.0 != amounts.1 {
            out.push(Change { path: trail.path(), old: shown(old), new: shown(new) });
        }
        for entry in new.element.attributes {
            if entry.live || (is_amount && entry.name == "unit") {
                continue;
            }
            let value =
                |node: &Node<'_>| node.attribute(entry.name).map(|found| found.value.text.to_string());
            let (one, other) = (value(old), value(new));
            let name = entry.name;
            // A name may have several entries with different guards.
            let first = new.element.attributes.iter().find(|other| other.name == name);
            if !first.is_some_and(|first| std::ptr::eq(first, entry)) {
                continue;
            }
            if !self.same(&entry.format, one.as_deref(), other.as_deref(), Some(entry)) {
                let path = || trail.step(name, None).path();
                out.push(change(path(), one, other, entry.secret));
            }
        }
        if !is_amount {
            let value = |value: &Option<NodeValue<'_>>| value.as_ref().map(|value| value.text.to_string());
            let (one, other) = (value(&old.text), value(&new.text));
            let format = new.element.text.map_or(Format::Text, |text| text.format);
            if !self.same(&format, one.as_deref(), other.as_deref(), None) {
                let key = new.element.text.map_or("value", |text| text.key);
                let leaf = new.element.is_leaf();
                let path = if leaf { trail.path() } else { trail.step(key, None).path() };
                out.push(change(path, one, other, false));
            }
        }
        let (one, other) = (foreign(old), foreign(new));
        if one != other && !(self.view == View::Given && other.is_none()) {
            out.push(Change { path: trail.path(), old: one, new: other });
        }
    }

    fn same(&self, format: &Format, old: Option<&str>, new: Option<&str>, entry: Option<&Attribute>) -> bool {
        let given = self.view == View::Given;
        let implied = entry.and_then(|entry| entry.implied);
        match (old, new) {
            (None, None) => true,
            (Some(old), Some(new)) => {
                old == new
                    || (matches!(format, Format::Number { .. }) && number(old) == number(new))
                    || (given && entry.is_some_and(|entry| is_of_family(entry, new, old)))
            }
            (Some(_), None) if given => true,
            (None, Some(new)) if given => {
                implied == Some(new) || matches!(new, "no" | "off" | "default" | "auto" | "")
            }
            (Some(one), None) | (None, Some(one)) => implied == Some(one),
        }
    }
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn change(path: Path, old: Option<String>, new: Option<String>, secret: bool) -> Change {
    let hide = |value: Option<String>| if secret { value.map(|_| HIDDEN.to_owned()) } else { value };
    Change { path, old: hide(old), new: hide(new) }
}

fn foreign(node: &Node<'_>) -> Option<String> {
    let mut text = String::new();
    for piece in &node.foreign {
        if let Foreign::Element(element) = piece {
            let mut element = element.clone();
            element.drop_indentation();
            element.write(&mut text, 0, false);
        }
    }
    (!text.is_empty()).then_some(text)
}

/// Every value below a node that is only in one of the documents.
fn leaves(node: &Node<'_>, trail: &Trail<'_>, is_old: bool, out: &mut Vec<Change>) {
    let before = out.len();
    let mut add = |path: Path, value: String, secret: bool| {
        let (old, new) = if is_old { (Some(value), None) } else { (None, Some(value)) };
        out.push(change(path, old, new, secret));
    };
    for attribute in &node.attributes {
        let entry = node.attribute_entry(attribute);
        if !entry.live {
            add(trail.step(entry.name, None).path(), attribute.value.text.to_string(), entry.secret);
        }
    }
    if let (Some(text), Some(entry)) = (&node.text, node.element.text) {
        let path = if node.element.is_leaf() { trail.path() } else { trail.step(entry.key, None).path() };
        add(path, text.text.to_string(), false);
    }
    if let Some(text) = foreign(node) {
        add(trail.path(), text, false);
    }
    for child in node.children.iter().filter(|child| Kept::DEFINED.child(node, child)) {
        let key = child_key(node.element, child.element);
        let below = if node.child_entry(child).hoisted { *trail } else { trail.step(&key, child.index) };
        leaves(child, &below, is_old, out);
    }
    if out.len() == before {
        out.push(change(
            trail.path(),
            is_old.then(|| "true".to_owned()),
            (!is_old).then(|| "true".to_owned()),
            false,
        ));
    }
}
