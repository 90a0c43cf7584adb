//! A bundle: every object of a host, compiled in parallel; either all of them are good, or nothing comes out.

pub(crate) mod around;
mod compiling;
mod discs;
mod entries;
pub mod format;
mod reserve;
mod together;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::around::Around;
use crate::bundle::compiling::{Compiling, specs_with_reservations};
pub use crate::bundle::discs::{DISC_KEYS, disc_problems};
use crate::bundle::entries::{GivenObject, define, file_name, levels, take};
use crate::bundle::format::{EXTERNAL, WARNINGS};
pub use crate::bundle::reserve::reserved_addresses;
use crate::bundle::together::warning;
pub use crate::bundle::together::{External, external, name_others};
use crate::compile::CompileOptions;
use crate::diagnostics::report::Report;
use crate::diagnostics::{Diagnostic, Problem, Related, Severity};
use crate::document::path::{Path, PathStep};
use crate::index::MARK;
use crate::read::kind::{SALT, salt};
use crate::read::settings::{self, ALLOW, WARN};
use crate::seed::seed_diagnostics;
use crate::source::json::Json;
use crate::target::{LIBVIRT, Target};

/// A compiled object of a bundle.
#[derive(Clone, Debug)]
pub struct File {
    /// Where it goes below the output folder, e.g. `domains/vm.xml`.
    pub path: String,
    /// The canonical XML, with its final newline.
    pub xml: String,
}

/// A bundle whose objects have all been compiled.
#[derive(Clone, Debug)]
pub struct CompiledBundle {
    /// The folder that its files are for, as its `definition`s have it.
    pub folder: String,
    /// The XML of every object that was given as a spec.
    pub files: Vec<File>,
    /// The bundle itself, every `spec` replaced by its `definition`.
    pub index: Json<'static>,
}

/// Compiles a bundle. The `definition`s that come of its specs point to files in `around`'s folder; those that it has are checked.
///
/// # Errors
/// All problems of all objects, with paths from the root of the bundle; beside them the warnings.
pub fn compile_bundle(
    bundle: Json<'_>,
    options: CompileOptions,
    around: &Around<'_>,
) -> Result<(CompiledBundle, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut report = Report::new(options.policy);
    let (Json::Set(entries) | Json::Open(entries)) = bundle else {
        return Err(report.finish());
    };
    format::check_bundle(&entries, &mut report);
    let salt = salt_of(&entries);
    let levels = levels(&entries, &[], &mut report);
    let options = CompileOptions { target: target_of(&entries, options.target, &mut report), ..options };
    let Parts { jobs, index, mut warnings, outside, open } = parts(entries, around, &mut report);
    let compiling = Compiling { options, levels: &levels, salt: salt.as_deref(), around };
    let reserving = specs_with_reservations(&jobs);
    let compiled = compiling.all(jobs);
    let objects = warnings.iter().filter_map(|warning: &Json<'_>| warning.get("object")?.as_str());
    let told: BTreeSet<String> = objects.map(str::to_owned).collect();
    let mut index = Json::Set(index);
    let mut files = BTreeMap::new();
    let mut diagnostics = report.finish();
    let (mut jobs, mut facts_of) = (Vec::with_capacity(compiled.len()), Vec::with_capacity(compiled.len()));
    let mut twice = Vec::new();
    for (job, (outcome, facts)) in compiled {
        diagnostics.extend(seed_diagnostics(job.of_discs.clone(), &compiling.levels(&job), &[]));
        let Some(outcome) = outcome else {
            jobs.push(job);
            facts_of.push(None);
            continue;
        };
        // An object without a name is named by its place in the list.
        let place = || job.path.iter().rev().find_map(|step| step.index).unwrap_or(0).to_string();
        let name = outcome.name.unwrap_or_else(place);
        // Where the XML is not wanted, the file has a name all the same, which another object may have.
        let unwritten = || (!options.writes && job.definition.is_none()).then(String::new);
        if let Some(xml) = outcome.xml.or_else(unwritten) {
            let file = format!("{}/{}.xml", job.folder, file_name(&name));
            if options.writes {
                define(&mut index, &job.path, format!("{}/{file}", around.folder));
            }
            if files.insert(file, xml).is_some() {
                let problem = Problem::DuplicateKey { key: name.clone() };
                twice.push(Diagnostic::new(problem, Path(job.path.clone()), Severity::Error));
            }
        }
        // Where the bundle was compiled before, the spec had the same warnings as its definition has now.
        if let [_, ..] = outcome.diagnostics[..]
            && let object = format!("{} `{name}`", outcome.kind.map_or("object", |kind| kind.name))
            && !told.contains(&object)
        {
            warnings.extend(outcome.diagnostics.iter().map(|diagnostic| warning(&object, diagnostic)));
        }
        diagnostics.extend(outcome.diagnostics.into_iter().map(|diagnostic| within(&job.path, diagnostic)));
        jobs.push(job);
        facts_of.push(facts);
    }
    let (host, jobs) = together::host(jobs.iter().zip(facts_of), outside, open);
    let (between, more) = together::problems(&host, &jobs, around);
    diagnostics.extend(between);
    if !has_errors(&diagnostics) {
        diagnostics.extend(compiling.reserve(&host, &jobs, &reserving, &mut files));
    }
    // It has been said better where two objects have one name; otherwise their files have.
    if !has_errors(&diagnostics) {
        diagnostics.extend(twice);
    }
    add_unsaid(&mut warnings, more);
    diagnostics.sort_by(|one, other| one.path.cmp(&other.path));
    if has_errors(&diagnostics) {
        return Err(diagnostics);
    }
    if let (Json::Set(entries), false) = (&mut index, warnings.is_empty()) {
        entries.push((Cow::Borrowed(WARNINGS), Json::List(warnings)));
    }
    let files = files.into_iter().map(|(path, xml)| File { path, xml }).collect();
    Ok((CompiledBundle { folder: around.folder.to_owned(), files, index }, diagnostics))
}

/// Whether one of the problems is an error.
fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// Adds warnings that are not there yet: a compiled bundle has them already.
fn add_unsaid(warnings: &mut Vec<Json<'static>>, more: Vec<Json<'static>>) {
    for more in more {
        if !warnings.contains(&more) {
            warnings.push(more);
        }
    }
}

/// The parts of a bundle, once read.
#[derive(Default)]
struct Parts<'b> {
    /// The objects, each with its spec, unless a file defines it.
    jobs: Vec<GivenObject<'b>>,
    /// The rest of the bundle, once its specs are compiled.
    index: Vec<(Cow<'static, str>, Json<'static>)>,
    /// The warnings of an earlier compilation.
    warnings: Vec<Json<'static>>,
    /// The names that objects of other people have.
    outside: External,
    /// The kinds of which there may be more objects.
    open: BTreeSet<&'static str>,
}

/// Takes a bundle apart.
fn parts<'b>(entries: Vec<(Cow<'b, str>, Json<'b>)>, around: &Around<'_>, report: &mut Report) -> Parts<'b> {
    let mut parts = Parts::default();
    for (plural, value) in entries {
        let path = vec![PathStep { key: plural.clone().into_owned(), index: None }];
        let kept = match format::listed().find(|kind| kind.plural == plural) {
            Some(kind) => {
                if value == Json::Opaque
                    || matches!(&value, Json::List(items) if items.contains(&Json::Opaque))
                {
                    parts.open.insert(kind.name);
                }
                take(kind, kind.plural, value, path, &mut parts.jobs, around, report)
            }
            None if plural == EXTERNAL => {
                parts.outside = external(&value, &Path(path), report);
                continue;
            }
            // The apply step has no use for settings of the compiler.
            None if [ALLOW, WARN].contains(&&*plural) => continue,
            None if plural == WARNINGS => {
                // It has been compiled before: the warnings of then still hold of its definitions.
                if let Json::List(said) = value.into_owned() {
                    parts.warnings.extend(said);
                }
                continue;
            }
            // The mark of an earlier compilation: this one makes other files.
            None if plural == MARK => continue,
            None if format::HOST.iter().any(|key| key.name == plural) => value.into_owned(),
            // The unknown key has been reported.
            None => continue,
        };
        parts.index.push((Cow::Owned(plural.into_owned()), kept));
    }
    parts
}

/// The salt of a host.
fn salt_of(entries: &[(Cow<'_, str>, Json<'_>)]) -> Option<String> {
    let (_, value) = entries.iter().find(|(key, _)| key == SALT)?;
    salt(value.clone()).ok()?.map(Cow::into_owned)
}

/// The target that a bundle names; else the one that it is given.
fn target_of(entries: &[(Cow<'_, str>, Json<'_>)], given: Target, report: &mut Report) -> Target {
    let Some((_, value)) = entries.iter().find(|(key, _)| key == LIBVIRT) else { return given };
    let step = || Path(vec![PathStep { key: LIBVIRT.to_owned(), index: None }]);
    settings::target_of(value)
        .unwrap_or_else(|problem| {
            report.add(problem, None, step);
            None
        })
        .unwrap_or(given)
}

/// A problem of an object at a place in the bundle, with all its places.
fn within(place: &[PathStep], diagnostic: Diagnostic) -> Diagnostic {
    let whole = |path: Path| Path(place.iter().cloned().chain(path.0).collect());
    let related = diagnostic.related.into_iter();
    let related = related.map(|related| Related { path: whole(related.path), ..related }).collect();
    Diagnostic { path: whole(diagnostic.path), related, ..diagnostic }
}
