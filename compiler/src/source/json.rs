//! JSON as nixvirt reads it: borrowed from the source, keys in order, and every key that stands twice is said. Whatever
//! is given to nixvirt in JSON comes through here, so that no value of a set is lost without a word.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::diagnostics::report::{Policy, Report};
use crate::diagnostics::{Diagnostic, Problem};
use crate::document::path::{Path, Trail};
use crate::source::limits::{MAX_BYTES, MAX_JSON_DEPTH};
use crate::source::places::boundary;

/// The byte order mark of UTF-8, which some editors write first.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A value of JSON, borrowed from its source.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// The value `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of up to 64 bits.
    Int(i128),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A string, unescaped.
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

/// A source in JSON that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<'a> {
    /// The value itself. Of a key that stands twice in a set, the first value counts.
    pub value: Json<'a>,
    /// The keys that stand twice, each an error at its path; what is read must not be used then.
    pub duplicates: Vec<Diagnostic>,
}

/// Reads JSON.
///
/// # Errors
/// A source that is too large, is not UTF-8 or does not parse, with the place in bytes.
pub fn parse(source: &[u8]) -> Result<Parsed<'_>, Box<Diagnostic>> {
    parse_within(source, MAX_JSON_DEPTH)
}

/// Reads JSON whose sets and lists may be nested so deep.
///
/// # Errors
/// A source that is too large, is not UTF-8 or does not parse, with the place in bytes.
pub fn parse_within(source: &[u8], depth: usize) -> Result<Parsed<'_>, Box<Diagnostic>> {
    let mut value = read(source, depth)?;
    let mut report = Report::new(Policy::Libvirt);
    drop_duplicates(&mut value, &Trail::ROOT, &mut report);
    Ok(Parsed { value, duplicates: report.finish() })
}

/// Reads JSON with all that is in it, keys that stand twice included. For showing it, not for using it.
///
/// # Errors
/// A source that is too large, is not UTF-8 or does not parse, with the place in bytes.
pub fn parse_as_written(source: &[u8]) -> Result<Json<'_>, Box<Diagnostic>> {
    read(source, MAX_JSON_DEPTH)
}

fn read(source: &[u8], depth: usize) -> Result<Json<'_>, Box<Diagnostic>> {
    let whole = |problem, offset| {
        let mut report = Report::new(Policy::Libvirt);
        report.add(problem, Some(offset), Path::default);
        Box::new(report.finish().remove(0))
    };
    if source.len() > MAX_BYTES {
        let what = format!("the source has {} bytes; at most {MAX_BYTES} are read", source.len());
        return Err(whole(Problem::Limit { what }, 0));
    }
    let marked = source.len();
    let source = source.strip_prefix(BYTE_ORDER_MARK).unwrap_or(source);
    let begin = marked - source.len();
    let text = std::str::from_utf8(source).map_err(|error| {
        let message = match source {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => {
                "it is UTF-16 or UTF-32; expected UTF-8"
            }
            _ => "it is not valid UTF-8",
        };
        whole(Problem::Syntax { language: "JSON", message: message.into() }, begin + error.valid_up_to())
    })?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    // Its own limit does not let everything through that fits into libvirt's formats; `JsonSeed` has ours.
    deserializer.disable_recursion_limit();
    let value = JsonSeed { left: depth }.deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    value
        .map_err(|error| whole(problem_of(&error, depth), begin + offset(text, error.line(), error.column())))
}

/// The beginning of the reader's own error for a source that is nested too deep.
const TOO_DEEP: &str = "nested too deep";

fn problem_of(error: &serde_json::Error, depth: usize) -> Problem {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
    match message {
        TOO_DEEP => Problem::Limit { what: format!("sets and lists are nested more than {depth} deep") },
        message => {
            let message = match message {
                "unexpected end of hex escape" | "lone leading surrogate in hex escape" => {
                    "half of a surrogate pair is no character"
                }
                "expected ident" => "expected a value",
                other => other,
            };
            Problem::Syntax { language: "JSON", message: message.to_owned() }
        }
    }
}

/// Says which keys stand twice in a set, and keeps the first of each.
fn drop_duplicates(value: &mut Json<'_>, here: &Trail<'_>, report: &mut Report) {
    match value {
        Json::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                drop_duplicates(item, &here.item(index), report);
            }
        }
        Json::Set(entries) => {
            if has_duplicates(entries) {
                let mut seen = BTreeSet::new();
                entries.retain(|(key, _)| {
                    let first = seen.insert(key.clone());
                    if !first {
                        let problem = Problem::DuplicateKey { key: key.clone().into_owned() };
                        report.add(problem, None, || here.step(key, None).path());
                    }
                    first
                });
            }
            for (key, value) in entries {
                drop_duplicates(value, &here.step(key, None), report);
            }
        }
        _ => {}
    }
}

/// Whether a key stands twice. Most sets are so small that comparing each with each is the fastest way.
fn has_duplicates(entries: &[(Cow<'_, str>, Json<'_>)]) -> bool {
    const SMALL: usize = 12;
    if entries.len() <= SMALL {
        return entries.iter().enumerate().any(|(at, (key, _))| {
            entries[..at].iter().any(|(before, _)| before.len() == key.len() && before == key)
        });
    }
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

/// The offset of a line and column, both counted from 1 (a column of 0 is the end of the line before).
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    boundary(text, before + column.saturating_sub(1))
}

/// Reads a value, and counts how deep it is nested.
#[derive(Clone, Copy)]
struct JsonSeed {
    /// How deep sets and lists may be nested in it.
    left: usize,
}

impl<'de> DeserializeSeed<'de> for JsonSeed {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl JsonSeed {
    /// For what is in a set or list.
    fn below<E: serde::de::Error>(self) -> Result<JsonSeed, E> {
        self.left.checked_sub(1).map(|left| JsonSeed { left }).ok_or_else(|| E::custom(TOO_DEEP))
    }
}

impl<'de> Visitor<'de> for JsonSeed {
    type Value = Json<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Int(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Str(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Str(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let below = self.below()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(below)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let below = self.below()?;
        let mut set = Vec::new();
        while let Some(Key(key)) = entries.next_key()? {
            set.push((key, entries.next_value_seed(below)?));
        }
        Ok(Json::Set(set))
    }
}

/// A key, borrowed where the source has no escapes in it (`Cow`'s own implementation always copies).
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(JsonSeed { left: 0 })? {
            Json::Str(text) => Ok(Key(text)),
            _ => Err(D::Error::custom("a key must be a string")),
        }
    }
}
