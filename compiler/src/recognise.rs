//! Recognises a set by its keys: a spec of some kind, a bundle, or nothing of libvirt's.
//!
//! Compiling, `check`, hooks and editors all ask here, and the kinds' own tables decide. Only the keys of a set, and of the
//! sets in it, are looked at, so that a language that evaluates lazily need evaluate no more.

use nixvirt_schema::{Element, KINDS, Kind, Scalar, all_kinds, kind};

use crate::diagnostics::suggest;
use crate::document::keys::{Meaning, Plain, keys, meaning};
use crate::source::json::Json;

/// The meaning of a set.
#[derive(Clone, Copy, Debug)]
pub enum Recognised<'a> {
    /// A bundle: the objects of a host.
    Bundle,
    /// The spec of an object, which names its kind.
    Named(&'static Kind),
    /// The spec of an object, whose kind its keys tell.
    ByKeys(&'static Kind),
    /// The arguments of the template of this name.
    Template(&'a str),
    /// Nothing of libvirt's, as far as can be told.
    Other,
}

/// Whether a value is a bundle and not one object.
pub fn is_bundle(value: &Json<'_>) -> bool {
    // The values of these keys may be wrong; no object has keys of such names.
    let named = |kind: &Kind| {
        value.get(kind.plural).is_some() || value.get(kind.name).is_some_and(|list| holds_entries(list))
    };
    value.get("kind").is_none() && KINDS.iter().any(named)
}

/// Whether a value is a list or set of a bundle's entries, whatever it is called.
fn holds_entries(value: &Json<'_>) -> bool {
    let is_entry = |value: &Json<'_>| ["spec", "definition"].iter().any(|key| value.get(key).is_some());
    match value {
        Json::List(items) => items.iter().any(is_entry),
        Json::Set(entries) | Json::Open(entries) => entries.iter().any(|(_, value)| is_entry(value)),
        _ => false,
    }
}

/// Recognises a value. Opaque parts of it count neither for nor against a kind.
pub fn recognise<'a>(value: &'a Json<'_>) -> Recognised<'a> {
    let (Json::Set(entries) | Json::Open(entries)) = value else { return Recognised::Other };
    if let Some(Json::Str(name)) = value.get("kind") {
        return kind(name).map_or(Recognised::Other, Recognised::Named);
    }
    if let Some(Json::Str(name)) = value.get("template") {
        return Recognised::Template(name);
    }
    if is_bundle(value) {
        let entries_of_kinds = KINDS.iter().filter_map(|kind| value.get(kind.plural));
        let sets = |list: &Json<'_>| match list {
            Json::List(items) => {
                items.iter().all(|item| matches!(item, Json::Set(_) | Json::Open(_) | Json::Opaque))
            }
            Json::Opaque => true,
            _ => false,
        };
        return if entries_of_kinds.into_iter().all(sets) { Recognised::Bundle } else { Recognised::Other };
    }
    of_keys(entries.iter().map(|(key, value)| (&**key, value))).map_or(Recognised::Other, Recognised::ByKeys)
}

/// The kind whose objects have most of these keys, with values of their types; nothing where too few of them are an
/// object's, or none that tells it from all else that has a name and a description.
pub(crate) fn of_keys<'k>(
    entries: impl Iterator<Item = (&'k str, &'k Json<'k>)> + Clone,
) -> Option<&'static Kind> {
    let total = entries.clone().count();
    let mut best: Option<(usize, &'static Kind)> = None;
    for kind in all_kinds() {
        // Of most kinds, too few keys are known for their values to matter.
        let known = entries.clone().filter(|(key, _)| meaning(kind.root, key) != Meaning::Unknown).count();
        if known * 2 <= total || best.is_some_and(|(most, _)| known <= most) {
            continue;
        }
        let fitting = entries.clone().filter(|(key, value)| fits(kind.root, key, value));
        let telling = fitting.clone().filter(|(key, _)| is_telling(key)).count();
        let count = fitting.count();
        let names_required = || {
            let required = required(kind.root);
            required.iter().all(|name| entries.clone().any(|(key, _)| key == *name))
        };
        if count * 2 > total
            && (telling >= 2 || (telling == 1 && count >= 2 && names_required()))
            && best.is_none_or(|(most, _)| count > most)
        {
            best = Some((count, kind));
        }
    }
    best.map(|(_, kind)| kind)
}

/// The keys that an object of a kind cannot be without.
fn required(root: &Element) -> Vec<&'static str> {
    let attributes = root.attributes.iter().filter(|attribute| attribute.need.is_required());
    let children = root.children.iter().filter(|child| child.need.is_required() && !child.hoisted);
    attributes.map(|attribute| attribute.name).chain(children.map(|child| child.element.name)).collect()
}

/// Whether a key says anything about what has it: it stands for an element of the root of some kind that is more than a
/// text, which nobody else would call so and fill so.
fn is_telling(key: &str) -> bool {
    all_kinds().any(|kind| {
        let children = || kind.root.children.iter().filter(|child| child.element.name == key);
        children().any(|child| !child.element.is_leaf() && !child.element.foreign)
    })
}

/// Whether a value may stand under a key of an element's set, as far as its type tells. Of a set, one of the keys must be
/// known, or nearly so, for others have sets of such names, too.
fn fits(element: &Element, key: &str, value: &Json<'_>) -> bool {
    let plain = |plain: Plain| match (plain, value) {
        (_, Json::Set(_) | Json::Open(_) | Json::List(_)) => false,
        (Plain::Attribute(entry), Json::Str(text)) => {
            let format = &element.attributes[entry].format;
            let words = format.words();
            words.is_empty()
                || format.accept_scalar(Scalar::Str(text.clone())).is_ok()
                || suggest::word(&words, text).is_some()
        }
        _ => true,
    };
    match meaning(element, key) {
        Meaning::Unknown => false,
        _ if matches!(value, Json::Null | Json::Opaque) => true,
        Meaning::Plain(meant) => plain(meant),
        Meaning::Child(child) => is_child(element.children[child].element, value),
        Meaning::Both(meant, child) => plain(meant) || is_child(element.children[child].element, value),
        Meaning::Hoisted(child) => fits(element.children[child].element, key, value),
        Meaning::Children => matches!(value, Json::List(_)),
    }
}

/// Whether a value may stand for a child, as far as its type tells.
fn is_child(element: &Element, value: &Json<'_>) -> bool {
    match value {
        Json::Set(entries) | Json::Open(entries) => {
            let is_known = |key: &str| meaning(element, key) != Meaning::Unknown;
            let is_nearly_known = || {
                let keys = keys(element);
                let words: Vec<&str> = keys.iter().map(|key| &**key).collect();
                entries.iter().any(|(key, _)| suggest::word(&words, key).is_some())
            };
            element.foreign
                || entries.is_empty()
                || entries.iter().any(|(key, _)| is_known(key))
                || is_nearly_known()
        }
        Json::List(items) => items.iter().all(|item| is_child(element, item)),
        Json::Null | Json::Opaque => true,
        Json::Bool(_) => element.is_flag(),
        _ => element.text.is_some() || element.foreign,
    }
}
