//! The objects of a bundle as those of one host: what is wrong between them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::around::Around;
use crate::bundle::entries::Job;
use crate::bundle::format::{EXTERNAL, NamedObject, listed};
use crate::diagnostics::report::Report;
use crate::diagnostics::{Diagnostic, FilePlace, Hint, Problem, Related, suggest};
use crate::document::path::{Path, PathStep};
use crate::link::{Facts, HostObjects, LinkProblem, Object, Spot, link};
use crate::source::json::Json;
use crate::source::places::Lines;

/// The objects of the host that the bundle does not declare: names by the name of the kind.
pub type External = BTreeMap<&'static str, BTreeSet<String>>;

/// Reads what is on the host: for each kind of which all is known, a list of names, or of UUIDs of secrets.
pub fn external(value: &Json<'_>, place: &Path, report: &mut Report) -> External {
    let mut found = External::new();
    let entries = match value {
        Json::Set(entries) | Json::Open(entries) => entries,
        Json::Null | Json::Opaque => return found,
        other => {
            let problem = other.instead_of("a set such as { networks = [ \"default\" ]; }");
            report.add(problem, None, || place.clone());
            return found;
        }
    };
    for (plural, names) in entries {
        let here = |index| below(place, plural, index);
        // A volume is known by its pool.
        let Some(kind) = listed().find(|kind| kind.plural == plural) else {
            let known: Vec<_> = listed().map(|kind| kind.plural).collect();
            let hint = suggest::word(&known, plural).map(|name| Hint::Name(name.to_owned()));
            let name = plural.clone().into_owned();
            report
                .add(Problem::Unknown { element: false, name, parent: EXTERNAL, hint }, None, || here(None));
            continue;
        };
        match names {
            Json::List(names) => {
                let known = found.entry(kind.name).or_default();
                let mut open = false;
                for (index, name) in names.iter().enumerate() {
                    match name {
                        Json::Str(name) => drop(known.insert(name.clone().into_owned())),
                        Json::Opaque => open = true,
                        other => {
                            open = true;
                            report.add(other.instead_of("a name"), None, || here(Some(index)));
                        }
                    }
                }
                if open {
                    found.remove(kind.name);
                }
            }
            Json::Null | Json::Opaque => {}
            other => report.add(other.instead_of("a list of names"), None, || here(None)),
        }
    }
    found
}

fn below(place: &Path, key: &str, index: Option<usize>) -> Path {
    let step = PathStep { key: key.to_owned(), index };
    Path(place.0.iter().cloned().chain([step]).collect())
}

/// The host that the objects of a bundle make up, and the job of each of its objects.
pub(super) fn host<'j>(
    jobs: impl Iterator<Item = (&'j Job, Option<Facts>)>,
    external: External,
    mut open: BTreeSet<&'static str>,
) -> (HostObjects, Vec<&'j Job>) {
    let most = jobs.size_hint().0;
    let (mut objects, mut of_objects) = (Vec::with_capacity(most), Vec::with_capacity(most));
    // Where each pool stands in the bundle.
    let mut pools = BTreeMap::new();
    for (job, facts) in jobs.filter(|(job, _)| job.counts) {
        let Some(facts) = facts else {
            open.insert(job.kind.name);
            continue;
        };
        if facts.kind.name == "pool" {
            pools.insert(job.path.first().and_then(|step| step.index), objects.len());
        }
        objects.push(Object { facts, active: job.active, holder: None, reserved: job.reserved.clone() });
        of_objects.push(job);
    }
    for (object, job) in objects.iter_mut().zip(&of_objects) {
        if object.facts.kind.parent.is_some() && job.path.len() > 2 {
            object.holder = pools.get(&job.path.first().and_then(|step| step.index)).copied();
        }
    }
    let holders: Vec<Option<String>> = objects
        .iter()
        .map(|object| object.holder.and_then(|holder: usize| objects[holder].facts.name.clone()))
        .collect();
    for ((object, job), holder) in objects.iter_mut().zip(&of_objects).zip(holders) {
        name_others(&mut object.facts, &job.named, holder.as_deref());
    }
    (HostObjects { objects, external, open }, of_objects)
}

/// Notes in the facts of an object which others its entry names. `holder` is the object that holds it.
pub fn name_others(facts: &mut Facts, named: &[NamedObject], holder: Option<&str>) {
    for NamedObject { kind, name, within, path } in named {
        let is_held = nixvirt_schema::kind(kind).is_some_and(|kind| kind.parent.is_some());
        let within = within.as_deref().or(holder.filter(|_| is_held)).map(str::to_owned);
        facts.names(kind, name.clone(), within, path);
    }
}

/// The problems between the objects of a host, at their places in the bundle; and the warnings among them as a
/// compiled bundle has them.
pub(super) fn problems(
    host: &HostObjects,
    jobs: &[&Job],
    around: &Around<'_>,
) -> (Vec<Diagnostic>, Vec<Json<'static>>) {
    let (mut diagnostics, mut warnings) = (Vec::new(), Vec::new());
    for LinkProblem { problem, severity, at, others } in link(host) {
        let title = host.objects[at.object].facts.title();
        warnings.push(warning(&title, &Diagnostic::new(problem.clone(), at.place.path(), severity)));
        let (path, file) = place(&at, jobs, around);
        let related = others.into_iter().map(|(spot, message)| {
            let (path, file) = place(&spot, jobs, around);
            Related { path, offset: None, file, message }
        });
        let related = related.collect();
        diagnostics.push(Diagnostic { file, related, ..Diagnostic::new(problem, path, severity) });
    }
    (diagnostics, warnings)
}

/// The place of a spot in the bundle, and in the file of its definition.
fn place(spot: &Spot, jobs: &[&Job], around: &Around<'_>) -> (Path, Option<FilePlace>) {
    let job = jobs[spot.object];
    if let Some(way) = spot.place.beside() {
        let entry = job.path.split_last().map(|(_, entry)| entry).unwrap_or_default();
        return (Path([entry, way].concat()), None);
    }
    let path = Path(job.path.iter().cloned().chain(spot.place.path().0).collect());
    let file = job.definition.as_ref().map(|file| {
        // It was read once, and most objects have no problem: it is read again.
        let source = (around.read)(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&source);
        let (line, column) = Lines::of(&text).position(&text, spot.place.offset.unwrap_or(0).min(text.len()));
        FilePlace { file: file.clone(), line, column }
    });
    (path, file)
}

/// A warning, as the compiled bundle has it.
pub(super) fn warning(object: &str, diagnostic: &Diagnostic) -> Json<'static> {
    let fields = [
        ("object", object.to_owned()),
        ("path", diagnostic.path.to_string()),
        ("code", diagnostic.problem.code().name.to_owned()),
        ("text", diagnostic.problem.with_help()),
    ];
    Json::Set(fields.map(|(key, text)| (Cow::Borrowed(key), Json::Str(Cow::Owned(text)))).to_vec())
}
