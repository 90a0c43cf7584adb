//! Holding a bundle against its tables.

use std::borrow::Cow;

use nixvirt_schema::{KINDS, Kind};

use super::{BundleKey, ENTRY, HOST, SWITCH, ValueFormat, entry_keys, listed};
use crate::diagnostics::printable::Name;
use crate::diagnostics::report::{Policy, Report};
use crate::diagnostics::{Diagnostic, Fix, Instead, Problem, codes, suggest};
use crate::document::path::Trail;
use crate::source::json::Json;
use crate::write::nix;

/// Holds a whole bundle against the tables: every key of the host and of each entry. What the objects themselves hold is
/// not looked at.
pub fn check_bundle(entries: &[(Cow<'_, str>, Json<'_>)], report: &mut Report) {
    for (name, value) in entries {
        let here = Trail::ROOT.step(name, None);
        if let Some(kind) = listed().find(|kind| kind.plural == name) {
            check_entries(kind, value, &here, report);
        } else if let Some(key) = HOST.iter().find(|key| key.name == name) {
            check(value, &key.format, &here, report);
        } else {
            report.add(unknown_of_host(name), None, || here.path());
        }
    }
}

/// Holds the entries of a list against the tables.
fn check_entries(kind: &'static Kind, value: &Json<'_>, here: &Trail<'_>, report: &mut Report) {
    let items = match value {
        Json::List(items) => items,
        Json::Null | Json::Opaque => return,
        other => return report.add(other.instead_of("a list"), None, || here.path()),
    };
    for (index, item) in items.iter().enumerate() {
        let here = here.item(index);
        let fields = match item {
            Json::Set(fields) | Json::Open(fields) => fields,
            Json::Opaque => continue,
            other => {
                let problem = other.instead_of("a set with `spec` or `definition`");
                report.add(problem, None, || here.path());
                continue;
            }
        };
        for (name, value) in fields {
            let here = here.step(name, None);
            match entry_keys(kind).find(|key| key.name == name) {
                Some(key) => check(value, &key.format, &here, report),
                None => report.add(unknown_of_entry(name, kind), None, || here.path()),
            }
        }
    }
}

/// The problems of a bundle by the tables alone, as [`check_bundle`] has them.
pub fn problems(bundle: &Json<'_>) -> Vec<Diagnostic> {
    let mut report = Report::new(Policy::Libvirt);
    if let Json::Set(entries) = bundle {
        check_bundle(entries, &mut report);
    }
    report.finish()
}

/// Holds the value of an entry's key against its shape. Its places begin with the key.
pub fn check_value(kind: &Kind, name: &str, value: &Json<'_>, report: &mut Report) {
    if let Some(key) = entry_keys(kind).find(|key| key.name == name) {
        check(value, &key.format, &Trail::ROOT.step(name, None), report);
    }
}

/// Holds a set against the keys that it may have.
pub fn check_keys(value: &Json<'_>, keys: &'static [BundleKey], report: &mut Report) {
    check(value, &ValueFormat::Set(keys), &Trail::ROOT, report);
}

/// Holds a value against its shape.
fn check(value: &Json<'_>, format: &ValueFormat, here: &Trail<'_>, report: &mut Report) {
    let problem = match (format, value) {
        (_, Json::Null | Json::Opaque) => return,
        // These have readers of their own.
        (ValueFormat::Object | ValueFormat::Own, _) => return,
        (ValueFormat::Bool | ValueFormat::Switch, Json::Bool(_)) => return,
        (ValueFormat::Bool, _) => value.instead_of("true, false or null"),
        (
            ValueFormat::Text
            | ValueFormat::Name(_)
            | ValueFormat::File
            | ValueFormat::HostFile
            | ValueFormat::Hook,
            Json::Str(text),
        ) => {
            if !text.trim().is_empty() && !text.contains('\0') {
                return;
            }
            let expected = text_of(format).to_owned();
            Problem::BadValue { value: nix::string(text), expected, hint: None }
        }
        (
            ValueFormat::Text
            | ValueFormat::Name(_)
            | ValueFormat::File
            | ValueFormat::HostFile
            | ValueFormat::Hook,
            _,
        ) => value.instead_of(text_of(format)),
        (ValueFormat::AddressOf(_), Json::Set(entries) | Json::Open(entries)) => {
            for (name, value) in entries {
                check(value, &ValueFormat::Text, &here.step(name, None), report);
            }
            return;
        }
        (ValueFormat::AddressOf(kind), _) => {
            value.instead_of(format!("a set with an address for each {kind}, by their names"))
        }
        (ValueFormat::Seconds, Json::Int(seconds)) if u64::try_from(*seconds).is_ok() => return,
        (ValueFormat::Seconds, _) => value.instead_of("a whole number of seconds"),
        (ValueFormat::Word(words), Json::Str(word)) if words.contains(&&**word) => return,
        (ValueFormat::Word(words), Json::Str(word)) => other_word(word, words),
        (ValueFormat::Word(words), _) => value.instead_of(one_of(words)),
        (ValueFormat::Switch, Json::Str(word)) if SWITCH.contains(&&**word) => return,
        (ValueFormat::Switch, Json::Str(word)) => other_word(word, &SWITCH),
        (ValueFormat::Switch, _) => value.instead_of(format!("true, false, {}", one_of(&SWITCH))),
        (ValueFormat::Set(keys), Json::Set(entries) | Json::Open(entries)) => {
            return check_set(entries, keys, here, report);
        }
        (ValueFormat::Set(keys), _) => {
            let names: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name)).collect();
            value.instead_of(format!("a set with {}", names.join(", ")))
        }
        (ValueFormat::Sets(keys), Json::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                check(item, &ValueFormat::Set(keys), &here.item(index), report);
            }
            return;
        }
        (ValueFormat::Sets(_), _) => value.instead_of("a list"),
        (ValueFormat::Yaml, Json::Str(_) | Json::Set(_) | Json::Open(_)) => return,
        (ValueFormat::Yaml, _) => value.instead_of("a set, a text or `{ file = \"/path\"; }`"),
        (ValueFormat::Files, Json::Set(_) | Json::Open(_)) => return,
        (ValueFormat::Files, _) => value.instead_of("a set with the content of each file, by its path"),
        (ValueFormat::Named(keys), Json::Set(entries) | Json::Open(entries)) => {
            for (name, value) in entries {
                check(value, &ValueFormat::Set(keys), &here.step(name, None), report);
            }
            return;
        }
        (ValueFormat::Named(_), _) => value.instead_of("a set with a set for each name"),
        (ValueFormat::Entries(kind), value) => {
            if let Some(kind) = nixvirt_schema::kind(kind) {
                check_entries(kind, value, here, report);
            }
            return;
        }
    };
    report.add(problem, None, || here.path());
}

/// Holds the entries of a set against the keys that it may have.
fn check_set(
    entries: &[(Cow<'_, str>, Json<'_>)],
    keys: &'static [BundleKey],
    here: &Trail<'_>,
    report: &mut Report,
) {
    for (name, value) in entries {
        let below = here.step(name, None);
        match keys.iter().find(|key| key.name == name) {
            Some(key) => check(value, &key.format, &below, report),
            None => {
                let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
                let holder = match here.key() {
                    "" => "a seed".to_owned(),
                    key => format!("`{key}`"),
                };
                report.add(unknown(name, &known, &holder), None, || below.path());
            }
        }
    }
}

fn text_of(format: &ValueFormat) -> &'static str {
    match format {
        ValueFormat::File | ValueFormat::HostFile => "the path of a file",
        ValueFormat::Hook => "the path of a program, or a command",
        _ => "a text that is not empty",
    }
}

/// Says that a word is none of those that may stand here.
fn other_word(word: &str, words: &[&str]) -> Problem {
    let hint = suggest::word(words, word).map(|word| Instead::Value(format!("{word:?}")));
    Problem::BadValue { value: nix::string(word), expected: one_of(words), hint }
}

fn one_of(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("one of {}", words.join(", "))
}

/// Says that a key of the bundle itself is unknown.
fn unknown_of_host(name: &str) -> Problem {
    if let Some(kind) = KINDS.iter().find(|kind| kind.plural == name)
        && let Some(parent) = kind.parent.and_then(nixvirt_schema::kind)
    {
        let message = format!("`{name}` cannot stand here; a {} belongs to a {}", kind.name, parent.name);
        let help = format!("write them in the entry of their {}: `{}[0].{name}`", parent.name, parent.plural);
        return problem(message, Some(help), None);
    }
    let known: Vec<&str> = listed().map(|kind| kind.plural).chain(HOST.iter().map(|key| key.name)).collect();
    unknown(name, &known, "a bundle")
}

/// Says that a key of an entry is unknown.
fn unknown_of_entry(name: &str, kind: &'static Kind) -> Problem {
    if ENTRY.iter().any(|(_, key)| key.name == name) {
        let has = |kind: &&Kind| entry_keys(kind).any(|key| key.name == name);
        let kinds: Vec<&str> = KINDS.iter().filter(has).map(|kind| kind.plural).collect();
        let message = format!("`{name}` does not go with a {}", kind.name);
        return problem(message, Some(format!("only entries of {} have it", kinds.join(", "))), None);
    }
    let known: Vec<&str> = entry_keys(kind).map(|key| key.name).collect();
    unknown(name, &known, &format!("an entry of `{}`", kind.plural))
}

fn unknown(name: &str, known: &[&str], holder: &str) -> Problem {
    let message = format!("unknown key `{}` in {holder}", Name(name));
    match suggest::word(known, name) {
        Some(meant) => {
            let fix = Fix::Rename(meant.to_owned());
            problem(message, Some(format!("did you mean `{meant}`?")), Some(fix))
        }
        None => problem(message, Some(format!("expected one of {}", known.join(", "))), None),
    }
}

fn problem(message: String, help: Option<String>, fix: Option<Fix>) -> Problem {
    Problem::Rule { code: &codes::UNKNOWN_ATTRIBUTE, message, help, fix }
}
