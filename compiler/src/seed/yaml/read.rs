//! Reads a text of YAML as a value, with the line of each part.

use std::borrow::Cow;
use std::collections::BTreeMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput, Tag};

use super::scalar::plain;
use crate::document::path::PathStep;
use crate::source::json::Json;

/// The line of each part of a text, by its path. The first line is 1.
pub(crate) type LineOf = BTreeMap<Vec<PathStep>, usize>;

/// A text of YAML that was read.
#[derive(Debug)]
pub(crate) struct ReadYaml {
    /// The value. What PyYAML makes objects of its own of is opaque.
    pub value: Json<'static>,
    /// The line of each part.
    pub lines: LineOf,
    /// The keys that stand twice in a set, each with its line. PyYAML takes the last one.
    pub twice: Vec<(usize, String)>,
}

/// The most values of a text, those that aliases repeat included.
const MOST_VALUES: usize = 100_000;

/// The most sets and lists within each other.
const MOST_DEPTH: usize = 64;

/// Reads a text of one document.
///
/// # Errors
/// The line and what is wrong there.
pub(crate) fn read(text: &str) -> Result<ReadYaml, (usize, String)> {
    let mut options = Options::default();
    options.emit_comments = false;
    options.bom_inside_document_as_content = true;
    options.block_nesting_limit = MOST_DEPTH;
    options.flow_nesting_limit = MOST_DEPTH;
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(text, options),
        anchors: BTreeMap::new(),
        path: Vec::new(),
        read: ReadYaml { value: Json::Null, lines: BTreeMap::new(), twice: Vec::new() },
        count: 0,
    };
    reader.document()?;
    Ok(reader.read)
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    anchors: BTreeMap<usize, Json<'static>>,
    path: Vec<PathStep>,
    read: ReadYaml,
    count: usize,
}

type Fault = (usize, String);

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, usize), Fault> {
        match self.parser.next_event() {
            Some(Ok((event, Span { start, .. }))) => Ok((event, start.line())),
            Some(Err(error)) => Err((error.marker().line(), error.info())),
            None => Ok((Event::StreamEnd, 1)),
        }
    }

    fn document(&mut self) -> Result<(), Fault> {
        let mut documents = 0;
        loop {
            match self.next()? {
                (Event::DocumentStart(..), line) => {
                    documents += 1;
                    if documents > 1 {
                        return Err((line, "a second document begins, and cloud-init takes one".to_owned()));
                    }
                    let (event, line) = self.next()?;
                    self.read.value = self.value(event, line)?;
                }
                (Event::StreamEnd, _) => return Ok(()),
                _ => {}
            }
        }
    }

    /// The value that begins with an event.
    fn value(&mut self, event: Event<'t>, line: usize) -> Result<Json<'static>, Fault> {
        self.note(line);
        self.add(1, line)?;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                known_tag(tag.as_deref(), line)?;
                if style == ScalarStyle::Plain && tag.is_none() && ["=", "<<"].contains(&&*text) {
                    return Err((line, format!("`{text}` means something to YAML: put it in quotes")));
                }
                (scalar(&text, style, tag.as_deref()), anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                known_tag(tag.as_deref(), line)?;
                (self.list()?.or_opaque(tag.is_some()), anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                known_tag(tag.as_deref(), line)?;
                (self.set()?.or_opaque(tag.is_some()), anchor)
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned().unwrap_or(Json::Opaque);
                self.add(values(&value), line)?;
                (value, 0)
            }
            _ => (Json::Null, 0),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    /// Notes the line of the part at hand. What is deep or has long keys is found by what it is in, so that the notes stay small.
    fn note(&mut self, line: usize) {
        if self.path.len() <= 6 && self.path.iter().all(|step| step.key.len() <= 128) {
            self.read.lines.entry(self.path.clone()).or_insert(line);
        }
    }

    fn add(&mut self, values: usize, line: usize) -> Result<(), Fault> {
        self.count = self.count.saturating_add(values);
        match self.count > MOST_VALUES {
            true => Err((line, format!("it has more than {MOST_VALUES} values"))),
            false => Ok(()),
        }
    }

    fn list(&mut self) -> Result<Json<'static>, Fault> {
        let mut items = Vec::new();
        // The elements of a list within a list have no path of their own.
        let is_named = self.path.last().is_some_and(|step| step.index.is_none());
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => break,
                (event, line) => {
                    if is_named && let Some(step) = self.path.last_mut() {
                        step.index = Some(items.len());
                    }
                    items.push(self.value(event, line)?);
                }
            }
        }
        if is_named && let Some(step) = self.path.last_mut() {
            step.index = None;
        }
        Ok(Json::List(items))
    }

    fn set(&mut self) -> Result<Json<'static>, Fault> {
        let mut entries: Vec<(Cow<'static, str>, Json<'static>)> = Vec::new();
        let mut places: BTreeMap<Cow<'static, str>, usize> = BTreeMap::new();
        let mut merged = Vec::new();
        loop {
            let (event, line) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let key: Cow<'static, str> = match event {
                Event::Scalar(key, ..) => Cow::Owned(key.into_owned()),
                other => {
                    // cloud-init has no use for a set or a list as a key.
                    self.value(other, line)?;
                    Cow::Borrowed("?")
                }
            };
            self.path.push(PathStep { key: key.clone().into_owned(), index: None });
            self.note(line);
            let (event, below) = self.next()?;
            let value = self.value(event, below)?;
            self.path.pop();
            match places.get(&key) {
                _ if key == "<<" => merged.push(value),
                Some(at) => {
                    self.read.twice.push((line, key.into_owned()));
                    entries[*at].1 = value;
                }
                None => {
                    places.insert(key.clone(), entries.len());
                    entries.push((key, value));
                }
            }
        }
        for more in merged {
            let sets = match more {
                Json::List(sets) => sets,
                one => vec![one],
            };
            for (key, value) in sets
                .into_iter()
                .filter_map(|set| match set {
                    Json::Set(entries) => Some(entries),
                    _ => None,
                })
                .flatten()
            {
                if !places.contains_key(&key) {
                    places.insert(key.clone(), entries.len());
                    entries.push((key, value));
                }
            }
        }
        Ok(Json::Set(entries))
    }
}

impl Json<'static> {
    /// Nothing that is known, where a tag makes something else of it.
    fn or_opaque(self, tagged: bool) -> Json<'static> {
        if tagged { Json::Opaque } else { self }
    }
}

/// How many values a value consists of.
fn values(value: &Json<'_>) -> usize {
    match value {
        Json::List(items) => 1 + items.iter().map(values).sum::<usize>(),
        Json::Set(entries) | Json::Open(entries) => {
            1 + entries.iter().map(|(_, value)| values(value)).sum::<usize>()
        }
        _ => 1,
    }
}

/// The tags beside YAML's core that PyYAML knows, in YAML's own namespace.
const MORE_TAGS: [&str; 5] = ["binary", "omap", "pairs", "set", "timestamp"];

/// Says that cloud-init refuses a text with a tag that PyYAML does not know.
fn known_tag(tag: Option<&Tag>, line: usize) -> Result<(), Fault> {
    let Some(tag) = tag else { return Ok(()) };
    let is_more =
        tag.suffix_in_namespace("tag:yaml.org,2002:").is_some_and(|suffix| MORE_TAGS.contains(&&*suffix));
    match tag.core_suffix().is_some() || is_more || tag.original() == "!" {
        true => Ok(()),
        false => Err((line, format!("`{}` is no tag that cloud-init knows", tag.original()))),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Json<'static> {
    match (style, tag) {
        (_, Some(tag)) if tag.core_suffix() != Some("str") => Json::Opaque,
        (ScalarStyle::Plain, None) => plain(text),
        _ => Json::Str(Cow::Owned(text.to_owned())),
    }
}
