//! Compiling the objects of a bundle: in parallel, and the networks that keep addresses for domains once more.

use std::borrow::Cow;
use std::collections::BTreeMap;

use nixvirt_schema::Kind;
use rayon::prelude::*;

use crate::bundle::around::Around;
use crate::bundle::entries::{GivenObject, Job, file_name};
use crate::bundle::format::RESERVATIONS;
use crate::bundle::reserve;
use crate::compile::{CompileOptions, CompileOutcome, check_definition_for_link, compile_for_link};
use crate::diagnostics::levels::Levels;
use crate::diagnostics::{Diagnostic, FilePlace, Severity};
use crate::document::path::{Path, PathStep};
use crate::link::{Facts, HostObjects, dhcp_hosts};
use crate::read::kind::SALT;
use crate::source::json::Json;
use crate::source::places::Lines;
use crate::target::Target;

/// The result for one object, and its facts; both are missing for a definition that cannot be read here.
pub(super) type Compiled = (Option<CompileOutcome>, Option<Facts>);

/// The specs by their places in the bundle.
pub(super) type Specs<'b> = BTreeMap<Vec<PathStep>, Json<'b>>;

/// The specs of the networks that keep addresses for domains.
pub(super) fn specs_with_reservations<'b>(jobs: &[GivenObject<'b>]) -> Specs<'b> {
    let reserving = jobs.iter().filter(|(job, _)| !job.reserved.is_empty());
    reserving.filter_map(|(job, spec)| Some((job.path.clone(), spec.clone()?))).collect()
}

/// How the objects of a bundle are compiled.
pub(super) struct Compiling<'c> {
    pub options: CompileOptions,
    pub levels: &'c Levels,
    pub salt: Option<&'c str>,
    pub around: &'c Around<'c>,
}

impl Compiling<'_> {
    /// Compiles all objects in parallel, and checks those that are defined by files.
    pub(super) fn all(&self, jobs: Vec<GivenObject<'_>>) -> Vec<(Job, Compiled)> {
        jobs.into_par_iter()
            .map(|(job, spec)| {
                let compiled = match (spec, &job.definition) {
                    (Some(spec), _) => self.spec(&job, spec),
                    (None, Some(path)) => {
                        let levels = self.levels(&job);
                        defined(job.kind, path, self.options.target, &levels, self.salt, self.around)
                    }
                    (None, None) => Compiled::default(),
                };
                (job, compiled)
            })
            .collect()
    }

    /// Compiles the spec of an object, and gathers its facts.
    fn spec(&self, job: &Job, spec: Json<'_>) -> Compiled {
        let spec = with_salt(spec, self.salt);
        let options = CompileOptions { kind: Some(job.kind), ..self.options };
        let (outcome, facts) = compile_for_link(spec, options, &self.levels(job));
        (Some(outcome), facts)
    }

    /// The levels of the rules for an object: those of the run, of the bundle and of its entry.
    pub(super) fn levels(&self, job: &Job) -> Levels {
        let mut levels = self.levels.clone();
        levels.extend(&Levels::of(self.options.allow, self.options.warn));
        levels.extend(&job.levels);
        levels
    }

    /// Compiles the networks that keep addresses for domains once more, with these in their specs.
    pub(super) fn reserve(
        &self,
        host: &HostObjects,
        jobs: &[&Job],
        specs: &Specs<'_>,
        files: &mut BTreeMap<String, String>,
    ) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for (object, hosts) in dhcp_hosts(host) {
            let job = jobs[object];
            let Some(spec) = specs.get(&job.path) else { continue };
            let mut spec = spec.clone();
            reserve::put(&mut spec, &hosts);
            let (Some(outcome), _) = self.spec(job, spec) else { continue };
            if let (Some(name), Some(xml)) = (&outcome.name, outcome.xml) {
                files.insert(format!("{}/{}.xml", job.folder, file_name(name)), xml);
            }
            // Its warnings have been said.
            let errors = outcome.diagnostics.into_iter().filter(|found| found.severity == Severity::Error);
            let entry = job.path.split_last().map(|(_, entry)| entry).unwrap_or_default();
            let path = Path([entry, &[PathStep { key: RESERVATIONS.to_owned(), index: None }]].concat());
            diagnostics.extend(errors.map(|found| Diagnostic { path: path.clone(), ..found }));
        }
        diagnostics
    }
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

/// Checks the file of a definition, if it can be read, and gathers its facts. The places are lines of that file.
fn defined(
    kind: &'static Kind,
    path: &str,
    target: Target,
    levels: &Levels,
    salt: Option<&str>,
    around: &Around<'_>,
) -> Compiled {
    let Some(source) = (around.read)(path) else { return Compiled::default() };
    let (mut outcome, facts) = check_definition_for_link(&source, kind, target, levels, salt);
    let text = String::from_utf8_lossy(&source);
    let lines = Lines::of(&text);
    let place = |offset: &mut Option<usize>| {
        let (line, column) = lines.position(&text, offset.take().unwrap_or(0));
        Some(FilePlace { file: path.to_owned(), line, column })
    };
    for diagnostic in &mut outcome.diagnostics {
        diagnostic.file = place(&mut diagnostic.offset);
        for related in &mut diagnostic.related {
            related.file = place(&mut related.offset);
        }
    }
    (Some(outcome), facts)
}
