//! The keys and values that may be written at a place of a bundle, for editors.

use nixvirt_schema::Kind;

use super::{BundleKey, HOST, SWITCH, ValueFormat, entry_keys, listed};
use crate::document::path::PathStep;

/// The keys that the set at a place of a bundle may have, where it is not of an object, each with what it is for.
pub fn keys_at(path: &[PathStep]) -> Option<Vec<(&'static str, String)>> {
    let of_kind = |key: &'static BundleKey, kind: &str| (key.name, key.doc.replace("{kind}", kind));
    let plain = |key: &'static BundleKey| of_kind(key, "object");
    if path.is_empty() {
        let doc = "A list of objects, each with what it is to be on the host.";
        let lists = listed().map(|kind| (kind.plural, doc.to_owned()));
        return Some(lists.chain(HOST.iter().map(plain)).collect());
    }
    match format_at(path)? {
        At::Entry(kind) => Some(entry_keys(kind).map(|key| of_kind(key, kind.name)).collect()),
        At::Value(ValueFormat::Set(keys)) => Some(keys.iter().map(plain).collect()),
        At::Keys(keys) => Some(keys.iter().map(plain).collect()),
        At::Value(_) => None,
    }
}

/// The words that may be the value at a place of a bundle, as JSON and Nix write them.
pub fn words_at(path: &[PathStep]) -> Vec<String> {
    let quoted = |words: &[&str]| words.iter().map(|word| format!("{word:?}")).collect();
    let booleans = ["true".to_owned(), "false".to_owned()];
    match format_at(path) {
        Some(At::Value(ValueFormat::Word(words))) => quoted(words),
        Some(At::Value(ValueFormat::Switch)) => [quoted(&SWITCH), booleans.to_vec()].concat(),
        Some(At::Value(ValueFormat::Bool)) => booleans.to_vec(),
        _ => Vec::new(),
    }
}

/// The thing at a place of a bundle: an entry, or a value of a known format.
enum At {
    Entry(&'static Kind),
    Value(&'static ValueFormat),
    Keys(&'static [BundleKey]),
}

fn format_at(path: &[PathStep]) -> Option<At> {
    let (first, rest) = path.split_first()?;
    let mut here = match listed().find(|kind| kind.plural == first.key) {
        Some(kind) => At::Entry(kind),
        None => At::Value(&HOST.iter().find(|key| key.name == first.key)?.format),
    };
    for step in rest {
        let key = match here {
            At::Entry(kind) => entry_keys(kind).find(|key| key.name == step.key)?,
            At::Value(ValueFormat::Set(keys)) => keys.iter().find(|key| key.name == step.key)?,
            At::Keys(keys) => keys.iter().find(|key| key.name == step.key)?,
            At::Value(ValueFormat::Named(keys)) => {
                here = At::Keys(keys);
                continue;
            }
            At::Value(_) => return None,
        };
        here = match &key.format {
            ValueFormat::Entries(kind) if step.index.is_some() => At::Entry(nixvirt_schema::kind(kind)?),
            format => At::Value(format),
        };
    }
    Some(here)
}
