//! JSON as nixvirt reads it: borrowed from the source, keys in order, and every key that stands twice is said. Whatever
//! is given to nixvirt in JSON comes through here, so that no value of a set is lost without a word.

mod parse;

use std::borrow::Cow;

use serde::ser::{Serialize, Serializer};

use crate::diagnostics::Problem;

pub use self::parse::{Parsed, parse, parse_as_written, parse_within};

/// The byte order mark of UTF-8, which some editors write first.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A value of JSON, borrowed from its source.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// The value `null`; in a spec, the key counts as missing.
    Null,
    /// A boolean: `true` or `false`.
    Bool(bool),
    /// An integer of up to 64 bits.
    Int(i128),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A string, with its escapes replaced.
    Str(Cow<'a, str>),
    /// A list, in order.
    List(Vec<Json<'a>>),
    /// A set, in the order of the source.
    Set(Vec<(Cow<'a, str>, Json<'a>)>),
    /// A set that may hold more than is known. No source in JSON has one: it comes from an evaluation of Nix that could not
    /// know everything, as does the next.
    Open(Vec<(Cow<'a, str>, Json<'a>)>),
    /// A value that cannot be known. In a list it may be any number of elements.
    Opaque,
}

impl Json<'_> {
    /// The name of the type with its article, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Int(_) => "an integer",
            Json::Float(_) => "a number that is not an integer of 64 bits",
            Json::Str(_) => "a string",
            Json::List(_) => "a list",
            Json::Set(_) | Json::Open(_) => "a set",
            Json::Opaque => "something that cannot be known",
        }
    }

    /// The problem of this value where another one was expected.
    pub(crate) fn instead_of(&self, expected: impl Into<String>) -> Problem {
        Problem::WrongType { found: self.type_name(), expected: expected.into(), hint: None }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Json::Set(entries) | Json::Open(entries) => {
                entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Whether some of it cannot be known.
    pub fn has_unknowns(&self) -> bool {
        match self {
            Json::Opaque | Json::Open(_) => true,
            Json::List(items) => items.iter().any(Json::has_unknowns),
            Json::Set(entries) => entries.iter().any(|(_, value)| value.has_unknowns()),
            _ => false,
        }
    }

    /// The string that it is.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::Str(text) => Some(text),
            _ => None,
        }
    }
}

impl Json<'_> {
    /// The same, free of the source.
    pub fn into_owned(self) -> Json<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let own_all = |entries: Vec<(Cow<'_, str>, Json<'_>)>| {
            entries.into_iter().map(|(key, value)| (own(key), value.into_owned())).collect()
        };
        match self {
            Json::Null => Json::Null,
            Json::Bool(value) => Json::Bool(value),
            Json::Int(value) => Json::Int(value),
            Json::Float(value) => Json::Float(value),
            Json::Str(text) => Json::Str(own(text)),
            Json::List(items) => Json::List(items.into_iter().map(Json::into_owned).collect()),
            Json::Set(entries) => Json::Set(own_all(entries)),
            Json::Open(entries) => Json::Open(own_all(entries)),
            Json::Opaque => Json::Opaque,
        }
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Int(value) => match (i64::try_from(*value), u64::try_from(*value)) {
                (Ok(value), _) => serializer.serialize_i64(value),
                (_, Ok(value)) => serializer.serialize_u64(value),
                _ => serializer.serialize_i128(*value),
            },
            Json::Float(value) => serializer.serialize_f64(*value),
            Json::Str(text) => serializer.serialize_str(text),
            Json::List(items) => serializer.collect_seq(items),
            Json::Set(entries) | Json::Open(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
            }
            Json::Opaque => Err(serde::ser::Error::custom("JSON has nothing for what cannot be known")),
        }
    }
}
