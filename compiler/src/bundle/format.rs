//! The keys of a bundle as data: those of the host and those of each kind's entries.
//!
//! Compiling, `check`, editors and the apply step read these tables, so that a key means the same to all of them and a
//! misspelt one is found before anything reaches a host. The modules make their options of
//! `lib-nix/keys.nix`, which is generated from these tables.

mod check;
mod hooks;
mod keys;
mod model;
mod names;
mod place;
mod seeds;

use std::borrow::Cow;

use nixvirt_schema::{KINDS, Kind};

use crate::seed::host_file;
use crate::source::json::Json;

pub use self::check::{check_bundle, check_keys, check_value, problems};
pub use self::hooks::{DOMAIN_HOOKS, NETWORK_HOOKS};
pub use self::keys::{ENTRY, HOST, IMAGE_FORMATS, SHUTDOWN, WARNINGS};
pub use self::model::{BundleKey, Of, SWITCH, ValueFormat};
pub use self::names::{NamedObject, named_objects, names_objects};
pub use self::place::{keys_at, words_at};
pub use self::seeds::{CLOUD_INIT, DISC, IGNITION};

/// The key of the addresses that a network keeps for domains.
pub const RESERVATIONS: &str = "reservations";

/// The key of a domain's seed for cloud-init.
pub const CLOUD_INIT_KEY: &str = "cloudInit";

/// The key of a domain's other discs.
pub const DISCS: &str = "discs";

/// The key of a domain's configuration for Ignition.
pub const IGNITION_KEY: &str = "ignition";

/// The key of what is on the host beside what a bundle declares.
pub const EXTERNAL: &str = "external";

/// The keys of an entry of a kind.
pub fn entry_keys(kind: &Kind) -> impl Iterator<Item = &'static BundleKey> {
    let (name, starts) = (kind.name, kind.starts);
    let has = move |of: &Of| match of {
        Of::Every => true,
        Of::Held => kind.parent.is_none(),
        Of::Starting => starts,
        Of::Kinds(kinds) => kinds.contains(&name),
    };
    ENTRY.iter().filter(move |(of, _)| has(of)).map(|(_, key)| key)
}

/// The hooks that libvirt calls for an object of a kind, in the order of its life.
pub fn hooks(kind: &Kind) -> &'static [BundleKey] {
    match entry_keys(kind).find(|key| key.name == "hooks").map(|key| &key.format) {
        Some(ValueFormat::Set(keys)) => keys,
        _ => &[],
    }
}

/// The kinds of which a host has a list.
pub fn listed() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| kind.parent.is_none())
}

/// The value of an entry's key as the compiled bundle has it: a word that means true or false is that, and a path is what
/// `absolute` makes of it, for the compiled bundle stands somewhere else.
pub fn kept(
    kind: &'static Kind,
    name: &str,
    value: Json<'static>,
    absolute: &dyn Fn(String) -> String,
) -> Json<'static> {
    match entry_keys(kind).find(|key| key.name == name) {
        Some(key) => converted(value, &key.format, absolute),
        None => value,
    }
}

fn converted(
    value: Json<'static>,
    format: &ValueFormat,
    absolute: &dyn Fn(String) -> String,
) -> Json<'static> {
    match (format, value) {
        (ValueFormat::Switch, value) => switch(&value).map_or(value, Json::Bool),
        (ValueFormat::File | ValueFormat::HostFile, Json::Str(path)) => {
            Json::Str(Cow::Owned(absolute(path.into_owned())))
        }
        (ValueFormat::Hook, Json::Str(hook)) if is_program(&hook) => {
            Json::Str(Cow::Owned(absolute(hook.into_owned())))
        }
        (ValueFormat::Set(keys), Json::Set(fields)) => Json::Set(
            fields
                .into_iter()
                .map(|(name, value)| match keys.iter().find(|key| key.name == name) {
                    Some(key) => (name, converted(value, &key.format, absolute)),
                    None => (name, value),
                })
                .collect(),
        ),
        (ValueFormat::Named(keys), Json::Set(fields)) => {
            let of_keys = |value| converted(value, &ValueFormat::Set(keys), absolute);
            Json::Set(fields.into_iter().map(|(name, value)| (name, of_keys(value))).collect())
        }
        (ValueFormat::Yaml | ValueFormat::Files, value) => with_absolute_files(value, absolute),
        (_, value) => value,
    }
}

/// A value with the paths of the files that stand for texts in it made absolute.
fn with_absolute_files(value: Json<'static>, absolute: &dyn Fn(String) -> String) -> Json<'static> {
    let of_host = host_file(&value).map(|path| absolute(path.to_owned()));
    match (value, of_host) {
        (Json::Set(fields), Some(path)) => {
            Json::Set(fields.into_iter().map(|(key, _)| (key, Json::Str(Cow::Owned(path.clone())))).collect())
        }
        (Json::Set(fields), None) => Json::Set(
            fields.into_iter().map(|(key, value)| (key, with_absolute_files(value, absolute))).collect(),
        ),
        (Json::List(items), _) => {
            Json::List(items.into_iter().map(|item| with_absolute_files(item, absolute)).collect())
        }
        (value, _) => value,
    }
}

/// Whether a [`ValueFormat::Hook`] is the path of a program: a text with a slash and without white space. Any other is a command.
pub fn is_program(hook: &str) -> bool {
    hook.contains('/') && !hook.contains(char::is_whitespace)
}

/// The value of a [`ValueFormat::Switch`]; nothing for `null` and for a value that is not of the format.
pub fn switch(value: &Json<'_>) -> Option<bool> {
    match value {
        Json::Bool(value) => Some(*value),
        Json::Str(word) => SWITCH.iter().position(|known| known == word).map(|at| at == 0),
        _ => None,
    }
}
