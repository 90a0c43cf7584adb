//! Foreign XML in a spec: a string of XML, or a list of elements as `lib.xml` makes them,
//! `{ elem = NAME; attrs = [ { name; value; } ]; body = null | TEXT | [ ... ]; }`.

use std::borrow::Cow;

use crate::diagnostic::Problem;
use crate::foreign::{Foreign, ForeignElement};
use crate::json::Json;
use crate::path::Trail;
use crate::report::Report;
use crate::xml;

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
        Json::List(items) => items.into_iter().filter_map(|item| read_piece(item, here, report)).collect(),
        Json::Null => Vec::new(),
        one @ Json::Set(_) => read_piece(one, here, report).into_iter().collect(),
        other => wrong(&other, here, report).into_iter().collect(),
    }
}

fn read_piece<'a>(item: Json<'a>, here: &Trail<'_>, report: &mut Report) -> Option<Foreign<'a>> {
    let set = match item {
        Json::Set(set) => set,
        Json::Str(text) => return Some(Foreign::Text(text)),
        Json::Null => return None,
        other => return wrong(&other, here, report),
    };
    let mut element = ForeignElement::default();
    for (key, value) in set {
        match (&*key, value) {
            ("elem", Json::Str(name)) if is_name(&name) => element.name = name,
            ("attrs", Json::List(attributes)) => {
                for attribute in attributes {
                    match (name_of(&attribute), text_of(&attribute)) {
                        (Some(name), Some(text)) => element.attributes.push((name, text)),
                        _ => return wrong(&attribute, here, report),
                    }
                }
            }
            ("body", Json::List(pieces)) => {
                element.body =
                    pieces.into_iter().filter_map(|piece| read_piece(piece, here, report)).collect();
            }
            ("body", Json::Str(text)) => element.body = vec![Foreign::Text(text)],
            ("body" | "attrs", Json::Null) => {}
            (_, value) => return wrong(&value, here, report),
        }
    }
    match element.name.is_empty() {
        true => wrong(&Json::Set(Vec::new()), here, report),
        false => Some(Foreign::Element(element)),
    }
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
