//! Reading JSON: limits, problems with their places, and keys that stand twice.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::diagnostics::report::{Policy, Report};
use crate::diagnostics::{Diagnostic, Problem};
use crate::document::path::{Path, Trail};
use crate::source::json::{BYTE_ORDER_MARK, Json};
use crate::source::limits::{MAX_BYTES, MAX_JSON_DEPTH};
use crate::source::places::boundary;

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
