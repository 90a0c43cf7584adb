//! Splits a bundle into the objects to compile and the rest, which goes into its index.

use std::borrow::Cow;

use nixvirt_schema::Kind;

use crate::bundle::around::Around;
use crate::bundle::discs::disc_problems;
use crate::bundle::format::{self, NamedObject, RESERVATIONS, named_objects};
use crate::bundle::reserve::reserved_addresses;
use crate::diagnostics::Problem;
use crate::diagnostics::levels::Levels;
use crate::diagnostics::report::Report;
use crate::document::path::{Path, PathStep};
use crate::link::ReservedAddress;
use crate::read::settings::{ALLOW, WARN, take_levels};
use crate::source::json::Json;

/// One object of a bundle, on its way.
pub(super) struct Job {
    /// The kind of the object.
    pub kind: &'static Kind,
    /// The folder of its file, below the output folder.
    pub folder: String,
    /// Where it stands in the bundle.
    pub path: Vec<PathStep>,
    /// The path of its XML, where it is not given as a spec.
    pub definition: Option<String>,
    /// The levels of rules that its entry sets with `allow` and `warn`.
    pub levels: Levels,
    /// Whether it is to be active; nothing where it stays as it is.
    pub active: Option<bool>,
    /// Whether it is to be there, as the only object of its entry.
    pub counts: bool,
    /// The objects that its entry names.
    pub named: Vec<NamedObject>,
    /// The addresses that its entry keeps for domains.
    pub reserved: Vec<ReservedAddress>,
    /// The problems of its discs, each at its place in the bundle.
    pub of_discs: Vec<(Path, Problem)>,
}

/// An object on its way, and its spec where it is given as one.
pub(super) type GivenObject<'a> = (Job, Option<Json<'a>>);

/// Takes the specs out of a list of entries and leaves the rest for the index.
pub(super) fn take<'a>(
    kind: &'static Kind,
    folder: &str,
    value: Json<'a>,
    path: Vec<PathStep>,
    jobs: &mut Vec<GivenObject<'a>>,
    around: &Around<'_>,
    report: &mut Report,
) -> Json<'static> {
    let items = match value {
        Json::List(items) => items,
        // The reader has reported any other value.
        _ => return Json::Null,
    };
    let mut kept = Vec::with_capacity(items.len());
    for (position, item) in items.into_iter().enumerate() {
        let mut here = path.clone();
        if let Some(step) = here.last_mut() {
            step.index = Some(position);
        }
        kept.push(entry(kind, folder, item, here, jobs, around, report));
    }
    Json::List(kept)
}

/// Whether a field of an entry says what its object is.
fn defines(kind: &Kind, (key, value): &(Cow<'_, str>, Json<'_>)) -> bool {
    match &**key {
        "template" => true,
        "spec" | "definition" => *value != Json::Null,
        // A volume that is to be gone needs no more than its name.
        "present" => kind.name == "volume" && *value == Json::Bool(false),
        _ => false,
    }
}

/// Takes one entry apart.
fn entry<'a>(
    kind: &'static Kind,
    folder: &str,
    item: Json<'a>,
    here: Vec<PathStep>,
    jobs: &mut Vec<GivenObject<'a>>,
    around: &Around<'_>,
    report: &mut Report,
) -> Json<'static> {
    if item == Json::Opaque {
        return Json::Null;
    }
    let whole = matches!(item, Json::Set(_));
    let (Json::Set(fields) | Json::Open(fields)) = item else { return Json::Null };
    if whole && !fields.iter().any(|field| defines(kind, field)) {
        let found = "a set that defines nothing";
        let expected = "a set with the object in `spec`, or with the `definition` path of its XML".to_owned();
        report.add(Problem::WrongType { found, expected, hint: None }, None, || Path(here));
        return Json::Null;
    }
    let own = folder_of_volumes(&fields, &here);
    let said = |key: &str| fields.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    let truth = |key: &str| match said(key) {
        Some(Json::Bool(value)) => Some(*value),
        _ => None,
    };
    let (active, present) = (truth("active"), truth("present") != Some(false));
    let has_spec = said("spec").is_some_and(|spec| *spec != Json::Null);
    let (levels, named) = (levels(&fields, &here, report), named_objects(kind, &said));
    let of_discs = problems_of_discs(kind, &said, &here, around);
    let reserved = said(RESERVATIONS).map(reserved_addresses).unwrap_or_default();
    if !has_spec && said("definition").is_some() && !reserved.is_empty() {
        report.add(beside_definition(), None, || Path([&*here, &[step(RESERVATIONS)]].concat()));
    }
    let job = |folder: &str, path: Vec<PathStep>, definition: Option<String>| Job {
        kind,
        folder: folder.to_owned(),
        path,
        levels: levels.clone(),
        active,
        counts: present && (definition.is_none() || !has_spec),
        named: named.clone(),
        reserved: reserved.clone(),
        of_discs: of_discs.iter().filter(|_| definition.is_none() || !has_spec).cloned().collect(),
        definition,
    };
    let mut kept = Vec::new();
    for (key, value) in fields {
        let mut below = here.clone();
        below.push(step(&key));
        let value = match &*key {
            "spec" if value == Json::Null => continue,
            // The apply step has no use for settings of the compiler, and finds the reservations in the definition.
            ALLOW | WARN | RESERVATIONS => continue,
            "spec" => {
                jobs.push((job(folder, below, None), Some(value)));
                Json::Null
            }
            "definition" => {
                if let Json::Str(path) = &value {
                    jobs.push((job("", below, Some(path.clone().into_owned())), None));
                }
                format::kept(kind, &key, value.into_owned(), &|path| around.absolute(path))
            }
            "volumes" if kind.name == "pool" => match nixvirt_schema::kind("volume") {
                Some(volume) => take(volume, &own, value, below, jobs, around, report),
                None => value.into_owned(),
            },
            "template" => {
                let expected = "a `spec`: templates are expanded before compiling".to_owned();
                let problem = Problem::WrongType { found: "a template", expected, hint: None };
                report.add(problem, None, || Path(below));
                continue;
            }
            _ => format::kept(kind, &key, value.into_owned(), &|path| around.absolute(path)),
        };
        kept.push((Cow::Owned(key.into_owned()), value));
    }
    Json::Set(kept)
}

/// The problems of the discs of an entry, at their places in the bundle.
fn problems_of_discs<'e>(
    kind: &Kind,
    said: &dyn Fn(&str) -> Option<&'e Json<'e>>,
    here: &[PathStep],
    around: &Around<'_>,
) -> Vec<(Path, Problem)> {
    let found = disc_problems(kind, said, &|path| (around.read)(path)).into_iter();
    found.map(|(path, problem)| (Path([here, &path.0].concat()), problem)).collect()
}

/// The folder of the volumes of a pool: those of several pools may share a name.
fn folder_of_volumes(fields: &[(Cow<'_, str>, Json<'_>)], here: &[PathStep]) -> String {
    let name = fields.iter().find(|(key, _)| key == "spec").and_then(|(_, spec)| spec.get("name")?.as_str());
    let place = here.first().and_then(|step| step.index).unwrap_or(0);
    format!("volumes/{}", name.map_or_else(|| place.to_string(), file_name))
}

/// The problem of reservations that there is no spec for.
fn beside_definition() -> Problem {
    let expected = "a `spec` or a template, into which they are put".to_owned();
    Problem::WrongType { found: "reservations beside a definition", expected, hint: None }
}

fn step(key: &str) -> PathStep {
    PathStep { key: key.to_owned(), index: None }
}

/// A name as a file name: what a file name cannot hold, or what would hide it, is escaped as in a URL.
pub(super) fn file_name(name: &str) -> String {
    let mut escaped = String::new();
    for (position, character) in name.chars().enumerate() {
        match character {
            '/' | '%' | '\\' => escaped.push_str(&format!("%{:02X}", u32::from(character))),
            '.' if position == 0 => escaped.push_str("%2E"),
            other if other.is_control() => escaped.push_str(&format!("%{:02X}", u32::from(other))),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Replaces the `spec` at a path by the `definition` that it became.
pub(super) fn define(index: &mut Json<'static>, path: &[PathStep], definition: String) {
    let Some((spec, holders)) = path.split_last() else { return };
    let mut here = index;
    for step in holders {
        let Json::Set(entries) = here else { return };
        let Some((_, value)) = entries.iter_mut().find(|(key, _)| *key == step.key) else { return };
        here = match (value, step.index) {
            (Json::List(items), Some(position)) => match items.get_mut(position) {
                Some(item) => item,
                None => return,
            },
            (value, _) => value,
        };
    }
    if let Json::Set(entries) = here {
        entries.retain(|(key, _)| key != "definition");
        if let Some(entry) = entries.iter_mut().find(|(key, _)| *key == spec.key) {
            *entry = (Cow::Borrowed("definition"), Json::Str(Cow::Owned(definition)));
        }
    }
}

/// Reads `allow` and `warn` of the bundle's root or of an entry.
pub(super) fn levels(fields: &[(Cow<'_, str>, Json<'_>)], here: &[PathStep], report: &mut Report) -> Levels {
    let mut levels = Levels::default();
    for (key, value) in fields.iter().filter(|(key, _)| key == ALLOW || key == WARN) {
        take_levels(&mut levels, key, value, report, |index| {
            let step = PathStep { key: key.clone().into_owned(), index };
            Path(here.iter().cloned().chain([step]).collect())
        });
    }
    levels
}
