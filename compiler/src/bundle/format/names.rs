//! The objects that an entry names beside what is in the object itself.

use nixvirt_schema::Kind;

use super::{BundleKey, ValueFormat, entry_keys};
use crate::document::path::PathStep;
use crate::source::json::Json;

/// An object that an entry names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedObject {
    /// Its kind, as in [`Kind::name`].
    pub kind: &'static str,
    /// The name that the entry gives.
    pub name: String,
    /// The object that holds it, where the entry says which: the pool of a volume.
    pub within: Option<String>,
    /// Where it is named, from the entry on.
    pub path: Vec<PathStep>,
}

/// The objects that an entry of a kind names, by the tables. `value` gives the value of a key of the entry.
pub fn named_objects<'j>(
    kind: &'static Kind,
    value: &dyn Fn(&str) -> Option<&'j Json<'j>>,
) -> Vec<NamedObject> {
    let mut found = Vec::new();
    for key in entry_keys(kind).filter(|key| names_objects(&key.format)) {
        if let Some(value) = value(key.name) {
            below(&key.format, value, &[step(key.name)], None, &mut found);
        }
    }
    found
}

/// Whether a value of that format may name objects.
pub fn names_objects(format: &ValueFormat) -> bool {
    match format {
        ValueFormat::Name(_) => true,
        ValueFormat::Set(keys) | ValueFormat::Named(keys) => {
            keys.iter().any(|key| names_objects(&key.format))
        }
        _ => false,
    }
}

fn step(key: &str) -> PathStep {
    PathStep { key: key.to_owned(), index: None }
}

fn below(
    format: &ValueFormat,
    value: &Json<'_>,
    path: &[PathStep],
    within: Option<String>,
    found: &mut Vec<NamedObject>,
) {
    match (format, value) {
        (ValueFormat::Name(kind), Json::Str(name)) => {
            found.push(NamedObject { kind, name: name.clone().into_owned(), within, path: path.to_vec() });
        }
        (ValueFormat::Set(keys), Json::Set(fields) | Json::Open(fields)) => {
            for (name, value) in fields {
                let Some(key) = keys.iter().find(|key| key.name == name) else { continue };
                let path = [path, &[step(name)]].concat();
                below(&key.format, value, &path, holder(&key.format, keys, fields), found);
            }
        }
        (ValueFormat::Named(keys), Json::Set(fields) | Json::Open(fields)) => {
            for (name, value) in fields {
                below(&ValueFormat::Set(keys), value, &[path, &[step(name)]].concat(), None, found);
            }
        }
        _ => {}
    }
}

/// The name of the object that holds another one, which stands beside the name of that one.
fn holder(
    format: &ValueFormat,
    keys: &[BundleKey],
    fields: &[(std::borrow::Cow<'_, str>, Json<'_>)],
) -> Option<String> {
    let ValueFormat::Name(kind) = format else { return None };
    let parent = nixvirt_schema::kind(kind)?.parent?;
    let key = keys.iter().find(|key| matches!(key.format, ValueFormat::Name(kind) if kind == parent))?;
    let (_, value) = fields.iter().find(|(name, _)| *name == key.name)?;
    value.as_str().map(str::to_owned)
}
