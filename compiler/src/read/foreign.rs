//! Foreign XML in a spec: a string of XML, or a list of elements as `lib.xml` makes them,
//! `{ elem = NAME; attrs = [ { name; value; } ]; body = null | TEXT | [ ... ]; }`.

use std::borrow::Cow;

use crate::diagnostics::report::Report;
use crate::diagnostics::suggest;
use crate::diagnostics::{Hint, Problem};
use crate::document::foreign::{Foreign, ForeignElement};
use crate::document::path::Trail;
use crate::read::forbidden;
use crate::source::json::Json;
use crate::source::xml_characters::is_name;
use crate::source::xml_foreign;

/// Reads what a spec holds for an element that takes foreign XML.
pub(crate) fn read<'a>(value: Json<'a>, here: &Trail<'_>, report: &mut Report) -> Vec<Foreign<'a>> {
    match value {
        Json::Str(text) => read_text(&text, here, report),
        Json::List(items) => {
            let items = items.into_iter().enumerate();
            items.flat_map(|(index, item)| read_item(item, &here.item(index), report)).collect()
        }
        Json::Null => Vec::new(),
        one @ Json::Set(_) => read_piece(one, here, report).into_iter().collect(),
        other => wrong(&other, here, report).into_iter().collect(),
    }
}

/// Reads what stands beside others: a string is XML here, too, for no text can stand there.
fn read_item<'a>(item: Json<'a>, here: &Trail<'_>, report: &mut Report) -> Vec<Foreign<'a>> {
    match item {
        Json::Str(text) => read_text(&text, here, report),
        item => read_piece(item, here, report).into_iter().collect(),
    }
}

fn read_text<'a>(text: &str, here: &Trail<'_>, report: &mut Report) -> Vec<Foreign<'a>> {
    xml_foreign::fragment(text).unwrap_or_else(|problem| {
        report.add(problem, None, || here.path());
        Vec::new()
    })
}

fn read_pieces<'a>(items: Vec<Json<'a>>, here: &Trail<'_>, report: &mut Report) -> Vec<Foreign<'a>> {
    let pieces = items.into_iter().enumerate();
    pieces.filter_map(|(index, item)| read_piece(item, &here.item(index), report)).collect()
}

fn read_piece<'a>(item: Json<'a>, here: &Trail<'_>, report: &mut Report) -> Option<Foreign<'a>> {
    say_unknown(&item, &["elem", "attrs", "body"], here, report);
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
                    say_unknown(attribute, &["name", "value"], &below, report);
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
            _ => {}
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

/// Says which keys of a set mean nothing.
fn say_unknown(item: &Json<'_>, known: &[&str], here: &Trail<'_>, report: &mut Report) {
    let Json::Set(entries) = item else { return };
    for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&&**key)) {
        let hint = suggest::word(known, key).map(|name| Hint::Name(name.to_owned()));
        let name = key.clone().into_owned();
        let problem = Problem::Unknown { element: false, name, parent: "metadata", hint };
        report.add(problem, None, || here.step(key, None).path());
    }
}

fn wrong<'a>(found: &Json<'_>, here: &Trail<'_>, report: &mut Report) -> Option<Foreign<'a>> {
    let problem = found.instead_of("a string of XML, or elements made with `lib.xml.elem`");
    report.add(problem, None, || here.path());
    None
}
