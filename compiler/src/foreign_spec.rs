//! Foreign XML in a spec: a string of XML, or a list of elements as `lib.xml` makes them,
//! `{ elem = NAME; attrs = [ { name; value; } ]; body = null | TEXT | [ ... ]; }`.

use std::borrow::Cow;

use crate::diagnostic::{Hint, Problem};
use crate::foreign::{Foreign, ForeignElement};
use crate::json::Json;
use crate::path::Trail;
use crate::read::forbidden;
use crate::report::Report;
use crate::{suggest, xml};

/// Reads what a spec holds for an element that takes foreign XML.
pub fn read<'a>(value: Json<'a>, here: &Trail<'_>, report: &mut Report) -> Vec<Foreign<'a>> {
    match value {
        Json::Str(text) => match xml::fragment(&text) {
            Ok(pieces) => pieces,
            Err(problem) => {
                report.add(problem, None, || here.path());
                Vec::new()
            }
        },
        Json::List(items) => read_pieces(items, here, report),
        Json::Null => Vec::new(),
        one @ Json::Set(_) => read_piece(one, here, report).into_iter().collect(),
        other => wrong(&other, here, report).into_iter().collect(),
    }
}

fn read_pieces<'a>(items: Vec<Json<'a>>, here: &Trail<'_>, report: &mut Report) -> Vec<Foreign<'a>> {
    let pieces = items.into_iter().enumerate();
    pieces.filter_map(|(index, item)| read_piece(item, &here.item(index), report)).collect()
}

fn read_piece<'a>(item: Json<'a>, here: &Trail<'_>, report: &mut Report) -> Option<Foreign<'a>> {
    let set = match item {
        Json::Set(set) => set,
        Json::Str(text) => return Some(Foreign::Text(carried(text, here, report))),
        Json::Null => return None,
        other => return wrong(&other, here, report),
    };
    let mut element = ForeignElement::default();
    for (key, value) in set {
        let below = here.step(&key, None);
        match (&*key, value) {
            ("elem", Json::Str(name)) if is_name(&name) => element.name = name,
            ("attrs", Json::List(attributes)) => {
                for (index, attribute) in attributes.iter().enumerate() {
                    let below = below.item(index);
                    match (name_of(attribute), text_of(attribute)) {
                        (Some(name), _) if element.attributes.iter().any(|(other, _)| *other == name) => {
                            let problem = Problem::DuplicateKey { key: name.into_owned() };
                            report.add(problem, None, || below.path());
                        }
                        (Some(name), Some(text)) => {
                            element.attributes.push((name, carried(text, &below, report)));
                        }
                        _ => return wrong(attribute, &below, report),
                    }
                }
            }
            ("body", Json::List(pieces)) => element.body = read_pieces(pieces, &below, report),
            ("body", Json::Str(text)) => element.body = vec![Foreign::Text(carried(text, &below, report))],
            ("body" | "attrs", Json::Null) => {}
            ("elem" | "attrs" | "body", value) => return wrong(&value, &below, report),
            (unknown, _) => {
                let hint = suggest::word(&["elem", "attrs", "body"], unknown);
                let hint = hint.map(|name| Hint::Name(name.to_owned()));
                let problem =
                    Problem::Unknown { element: false, name: unknown.to_owned(), parent: "metadata", hint };
                report.add(problem, None, || below.path());
            }
        }
    }
    match element.name.is_empty() {
        true => wrong(&Json::Set(Vec::new()), here, report),
        false => Some(Foreign::Element(element)),
    }
}

/// The text, once it is said which of its characters XML cannot carry.
fn carried<'a>(text: Cow<'a, str>, here: &Trail<'_>, report: &mut Report) -> Cow<'a, str> {
    if let Some(code) = forbidden(&text) {
        report.add(Problem::ForbiddenCharacter { code }, None, || here.path());
    }
    text
}

fn name_of<'a>(attribute: &Json<'a>) -> Option<Cow<'a, str>> {
    match attribute.get("name") {
        Some(Json::Str(name)) if is_name(name) => Some(name.clone()),
        _ => None,
    }
}

fn text_of<'a>(attribute: &Json<'a>) -> Option<Cow<'a, str>> {
    match attribute.get("value") {
        Some(Json::Str(text)) => Some(text.clone()),
        Some(Json::Int(value)) => Some(Cow::Owned(value.to_string())),
        _ => None,
    }
}

/// Whether a name may stand in XML, with at most one prefix.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && part.chars().all(|other| other.is_alphanumeric() || matches!(other, '_' | '-' | '.'))
    };
    name.split(':').count() <= 2 && name.split(':').all(part)
}

fn wrong<'a>(found: &Json<'_>, here: &Trail<'_>, report: &mut Report) -> Option<Foreign<'a>> {
    let expected = "a string of XML, or elements made with `lib.xml.elem`".to_owned();
    let problem = Problem::WrongShape { found: found.shape(), expected, hint: None };
    report.add(problem, None, || here.path());
    None
}
