//! A bundle: every object of a host, compiled in parallel; either all of them are good, or nothing comes out.

pub mod format;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use nixvirt_schema::{KINDS, Kind};
use rayon::prelude::*;

use crate::bundle::format::WARNINGS;
use crate::compile::{Options, Outcome, check_definition, compile_spec};
use crate::diagnostics::report::{Policy, Report};
use crate::diagnostics::{Diagnostic, FilePlace, Problem};
use crate::document::path::{Path, Step};
use crate::index::MARK;
use crate::read::kind::{SALT, salt};
use crate::source::json::Json;
use crate::source::places::Lines;
use crate::target::{self, LIBVIRT, Target};

/// A compiled object of a bundle.
#[derive(Clone, Debug)]
pub struct File {
    /// Where it goes below the output folder, e.g. `domains/vm.xml`.
    pub path: String,
    /// Its XML.
    pub xml: String,
}

/// A compiled bundle.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The folder that its files are for, as its `definition`s have it.
    pub folder: String,
    /// The XML of every object that was given as a spec.
    pub files: Vec<File>,
    /// The bundle itself, every `spec` replaced by its `definition`.
    pub index: Json<'static>,
}

/// Whether a value is a bundle and not one object.
pub fn is_bundle(value: &Json<'_>) -> bool {
    // What these hold may be wrong; no object has keys of such names.
    value.get("kind").is_none() && KINDS.iter().any(|kind| value.get(kind.plural).is_some())
}

/// One object of a bundle, on its way.
struct Job<'a> {
    kind: &'static Kind,
    /// The folder of its file, below the output folder.
    folder: String,
    path: Vec<Step>,
    given: Given<'a>,
}

/// What an object is given as.
enum Given<'a> {
    Spec(Json<'a>),
    /// The path of its XML.
    Definition(String),
}

/// What a bundle has around it.
pub struct Around<'r> {
    /// The folder that its files will be in.
    pub folder: &'r str,
    /// The folder that the bundle is in, as an absolute path: what it names relatively is there. Nothing where nothing is
    /// written, so that nothing is named from elsewhere.
    pub from: Option<&'r str>,
    /// Reads the file of a `definition`; nothing where it is not there, or cannot be read: then it is the host's.
    pub read: &'r (dyn Fn(&str) -> Option<Vec<u8>> + Sync),
}

impl Around<'_> {
    /// Nothing: no folder, and no definitions to look at.
    pub const NOTHING: Around<'static> = Around { folder: "", from: None, read: &|_| None };

    /// A path of the bundle's as it is from anywhere.
    fn absolute(&self, path: String) -> String {
        match self.from {
            Some(from) if !path.starts_with('/') => format!("{}/{path}", from.trim_end_matches('/')),
            _ => path,
        }
    }
}

/// Compiles a bundle. The `definition`s that come of its specs point to files in `around`'s folder; those that it has are checked.
///
/// # Errors
/// All problems of all objects, with paths from the root of the bundle; beside them the warnings.
pub fn compile_bundle(
    bundle: Json<'_>,
    options: Options,
    around: &Around<'_>,
) -> Result<(Bundle, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut report = Report::new(options.policy);
    let mut jobs = Vec::new();
    let (Json::Set(entries) | Json::Open(entries)) = bundle else {
        return Err(report.finish());
    };
    let mut index = Vec::new();
    let mut warnings = Vec::new();
    format::check_bundle(&entries, &mut report);
    let salt = salt_of(&entries);
    let options = Options { target: target_of(&entries, options.target, &mut report), ..options };
    for (plural, value) in entries {
        let path = vec![Step { key: plural.clone().into_owned(), index: None }];
        let kept = match format::listed().find(|kind| kind.plural == plural) {
            Some(kind) => take(kind, kind.plural, value, path, &mut jobs, around, &mut report),
            None if plural == WARNINGS => {
                // It has been compiled before: what was said then still holds of its definitions.
                if let Json::List(said) = value.into_owned() {
                    warnings.extend(said);
                }
                continue;
            }
            // Of what was compiled before: the files that come of this are other ones.
            None if plural == MARK => continue,
            None if format::HOST.iter().any(|key| key.name == plural) => value.into_owned(),
            // It has been said that there is no such key.
            None => continue,
        };
        index.push((Cow::Owned(plural.into_owned()), kept));
    }
    let outcomes: Vec<(String, Vec<Step>, Outcome)> = jobs
        .into_par_iter()
        .filter_map(|job| {
            let outcome = match job.given {
                Given::Spec(spec) => {
                    let spec = with_salt(spec, salt.as_deref());
                    compile_spec(spec, Options { kind: Some(job.kind), ..options })
                }
                Given::Definition(path) => defined(job.kind, &path, options.target, around)?,
            };
            Some((job.folder, job.path, outcome))
        })
        .collect();
    let objects = warnings.iter().filter_map(|warning: &Json<'_>| warning.get("object")?.as_str());
    let told: BTreeSet<String> = objects.map(str::to_owned).collect();
    let mut index = Json::Set(index);
    let mut files = BTreeMap::new();
    let mut diagnostics = report.finish();
    for (home, path, outcome) in outcomes {
        // What has no name goes by its place in the list.
        let place = || path.iter().rev().find_map(|step| step.index).unwrap_or(0).to_string();
        let name = outcome.name.unwrap_or_else(place);
        let object = format!("{} `{name}`", outcome.kind.map_or("object", |kind| kind.name));
        if let Some(xml) = outcome.xml {
            let file = format!("{home}/{}.xml", file_name(&name));
            define(&mut index, &path, format!("{}/{file}", around.folder));
            if files.insert(file, xml).is_some() {
                let problem = Problem::DuplicateKey { key: name };
                diagnostics.push(said(problem, path.clone()));
            }
        }
        // What is said of a definition was said of its spec, where the bundle has been compiled before.
        if !told.contains(&object) {
            warnings.extend(outcome.diagnostics.iter().map(|diagnostic| warning(&object, diagnostic)));
        }
        let at = |diagnostic: Diagnostic| {
            let steps = path.iter().cloned().chain(diagnostic.path.0).collect();
            Diagnostic { path: Path(steps), ..diagnostic }
        };
        diagnostics.extend(outcome.diagnostics.into_iter().map(at));
    }
    diagnostics.sort_by(|one, other| one.path.cmp(&other.path));
    let errors = diagnostics.iter().any(|diagnostic| diagnostic.severity == crate::Severity::Error);
    if errors {
        return Err(diagnostics);
    }
    if let (Json::Set(entries), false) = (&mut index, warnings.is_empty()) {
        entries.push((Cow::Borrowed(WARNINGS), Json::List(warnings)));
    }
    let files = files.into_iter().map(|(path, xml)| File { path, xml }).collect();
    Ok((Bundle { folder: around.folder.to_owned(), files, index }, diagnostics))
}

/// The salt of a host.
fn salt_of(entries: &[(Cow<'_, str>, Json<'_>)]) -> Option<String> {
    let (_, value) = entries.iter().find(|(key, _)| key == SALT)?;
    salt(value.clone()).ok()?.map(Cow::into_owned)
}

/// The target that a bundle names; else the one that it is given.
fn target_of(entries: &[(Cow<'_, str>, Json<'_>)], given: Target, report: &mut Report) -> Target {
    let Some((_, value)) = entries.iter().find(|(key, _)| key == LIBVIRT) else { return given };
    let step = || Path(vec![Step { key: LIBVIRT.to_owned(), index: None }]);
    target::of_value(value)
        .unwrap_or_else(|problem| {
            report.add(problem, None, step);
            None
        })
        .unwrap_or(given)
}

/// A spec with the salt of its host, unless it has one.
fn with_salt<'a>(mut spec: Json<'a>, salt: Option<&str>) -> Json<'a> {
    if let (Json::Set(fields) | Json::Open(fields), Some(salt)) = (&mut spec, salt)
        && !fields.iter().any(|(key, _)| key == SALT)
    {
        fields.push((Cow::Borrowed(SALT), Json::Str(Cow::Owned(salt.to_owned()))));
    }
    spec
}

/// What is to be said of a definition, if it can be read. The places are lines of its file.
fn defined(kind: &'static Kind, path: &str, target: Target, around: &Around<'_>) -> Option<Outcome> {
    let source = (around.read)(path)?;
    let mut outcome = check_definition(&source, kind, target);
    let text = String::from_utf8_lossy(&source);
    let lines = Lines::of(&text);
    for diagnostic in &mut outcome.diagnostics {
        let (line, column) = lines.position(&text, diagnostic.offset.take().unwrap_or(0));
        diagnostic.file = Some(FilePlace { file: path.to_owned(), line, column });
        // They are in another file than the bundle.
        diagnostic.related.clear();
    }
    Some(outcome)
}

/// A warning, as the compiled bundle has it.
fn warning(object: &str, diagnostic: &Diagnostic) -> Json<'static> {
    let help = diagnostic.problem.help().map(|help| format!("; {help}")).unwrap_or_default();
    let text = format!("{}{help}", diagnostic.problem);
    let fields = [
        ("object", object.to_owned()),
        ("path", diagnostic.path.to_string()),
        ("code", diagnostic.problem.code().name.to_owned()),
        ("text", text),
    ];
    Json::Set(fields.map(|(key, text)| (Cow::Borrowed(key), Json::Str(Cow::Owned(text)))).to_vec())
}

/// Takes the specs out of a list of entries and leaves the rest for the index.
fn take<'a>(
    kind: &'static Kind,
    folder: &str,
    value: Json<'a>,
    path: Vec<Step>,
    jobs: &mut Vec<Job<'a>>,
    around: &Around<'_>,
    report: &mut Report,
) -> Json<'static> {
    let items = match value {
        Json::List(items) => items,
        // Anything else has been said to be none.
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

/// Takes one entry apart.
fn entry<'a>(
    kind: &'static Kind,
    folder: &str,
    item: Json<'a>,
    here: Vec<Step>,
    jobs: &mut Vec<Job<'a>>,
    around: &Around<'_>,
    report: &mut Report,
) -> Json<'static> {
    if item == Json::Opaque {
        return Json::Null;
    }
    let whole = matches!(item, Json::Set(_));
    let (Json::Set(fields) | Json::Open(fields)) = item else { return Json::Null };
    let defined = |(key, value): &(Cow<'_, str>, Json<'_>)| match &**key {
        "template" => true,
        "spec" | "definition" => *value != Json::Null,
        // A volume that is to be gone needs no more than its name.
        "present" => kind.name == "volume" && *value == Json::Bool(false),
        _ => false,
    };
    if whole && !fields.iter().any(defined) {
        let found = "a set that defines nothing";
        let expected = "a set with the object in `spec`, or with the `definition` path of its XML".to_owned();
        report.add(Problem::WrongShape { found, expected, hint: None }, None, || Path(here));
        return Json::Null;
    }
    // Volumes of several pools may share a name, so that each pool's have a folder of their own.
    let name = fields.iter().find(|(key, _)| key == "spec").and_then(|(_, spec)| spec.get("name")?.as_str());
    let place = here.first().and_then(|step| step.index).unwrap_or(0);
    let own = format!("volumes/{}", name.map_or_else(|| place.to_string(), file_name));
    let mut kept = Vec::new();
    for (key, value) in fields {
        let mut below = here.clone();
        below.push(Step { key: key.clone().into_owned(), index: None });
        let value = match &*key {
            "spec" if value == Json::Null => continue,
            "spec" => {
                jobs.push(Job { kind, folder: folder.to_owned(), path: below, given: Given::Spec(value) });
                Json::Null
            }
            "definition" => {
                if let Json::Str(path) = &value {
                    let given = Given::Definition(path.clone().into_owned());
                    jobs.push(Job { kind, folder: String::new(), path: below, given });
                }
                format::kept(kind, &key, value.into_owned(), &|path| around.absolute(path))
            }
            "volumes" if kind.name == "pool" => match nixvirt_schema::kind("volume") {
                Some(volume) => take(volume, &own, value, below, jobs, around, report),
                None => value.into_owned(),
            },
            "template" => {
                let expected = "a `spec`: templates are expanded before compiling".to_owned();
                let problem = Problem::WrongShape { found: "a template", expected, hint: None };
                report.add(problem, None, || Path(below));
                continue;
            }
            _ => format::kept(kind, &key, value.into_owned(), &|path| around.absolute(path)),
        };
        kept.push((Cow::Owned(key.into_owned()), value));
    }
    Json::Set(kept)
}

/// A name as a file name: what a file name cannot hold, or what would hide it, is escaped as in a URL.
fn file_name(name: &str) -> String {
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
fn define(index: &mut Json<'static>, path: &[Step], definition: String) {
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

fn said(problem: Problem, path: Vec<Step>) -> Diagnostic {
    let mut report = Report::new(Policy::Libvirt);
    report.add(problem, None, || Path(path));
    report.finish().remove(0)
}
