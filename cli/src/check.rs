//! Checking files.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nixvirt_compiler::codes;
use nixvirt_ide::analysis::{Analyser, Checking};
use nixvirt_ide::check::check_source;
use nixvirt_ide::foreign::is_foreign;
use nixvirt_ide::located_problem::{FileProblems, LocatedProblem, whole_source};
use nixvirt_ide::places::KnownPlaces;
use nixvirt_ide::source::{Language, Source};
use nixvirt_ide::template::Host;

use crate::Status;
use crate::args::Reading;
use crate::compile::options;
use crate::files::Disk;
use crate::output;
use crate::report::Reporter;
use crate::source;

/// What is to be checked.
pub struct Which<'a> {
    /// The files.
    pub files: &'a [PathBuf],
    /// Whether to pass over what is not libvirt's.
    pub skip_foreign: bool,
    /// Where the places of the one spec are.
    pub places: Option<&'a Path>,
}

/// Checks files and says what is wrong with them.
pub fn check(which: &Which<'_>, reading: &Reading, host: &Host, reporter: &Reporter) -> io::Result<Status> {
    let places = which.places;
    let read = |path: &PathBuf| source::read(path, Language::Json);
    let sources: Vec<io::Result<Source>> = which.files.iter().map(read).collect();
    let one_in_json = matches!(&sources[..], [Ok(Source { language: Language::Json, .. }) | Err(_)]);
    if places.is_some() && !one_in_json {
        return Err(io::Error::other("`--places` goes with a single file in JSON"));
    }
    let mut found = Vec::with_capacity(sources.len());
    let options = options(reading, false)?;
    let checking = Checking {
        kind: options.kind,
        policy: options.policy,
        allow: options.allow,
        warn: options.warn,
        target: options.target,
        hosts: options.hosts,
    };
    let mut analyser = None;
    let mut failed = false;
    for (path, source) in which.files.iter().zip(&sources) {
        // What is not there keeps nothing else from being checked.
        let mut unreadable = |error: &io::Error| {
            failed = true;
            source::failure(path, &codes::UNREADABLE, error)
        };
        let source = match source {
            Ok(source) => source,
            Err(error) => {
                found.push(unreadable(error));
                continue;
            }
        };
        if which.skip_foreign && is_foreign(source) {
            continue;
        }
        found.push(match source.language {
            Language::Nix => match source.text() {
                Ok(text) => {
                    let analyser = analyser.get_or_insert_with(|| Analyser::new(Disk, checking));
                    let path = output::absolute(path)?;
                    let located_problems = source::as_given(analyser.check(&path, text));
                    FileProblems { name: source.name.clone(), located_problems }
                }
                Err(error) => unreadable(&error),
            },
            _ => {
                let diagnostics = check_source(path, source, options, host, &Disk);
                let mut found = FileProblems::of(source, &diagnostics, reporter.shows_nix());
                // Most specs are right and need none, and what is no spec has none.
                let spec = diagnostics.iter().any(|diagnostic| !whole_source(&diagnostic.problem));
                if let (Some(places), true) = (places, spec) {
                    known_places(places)?.put(&mut found, &diagnostics);
                }
                found
            }
        });
    }
    // A file may be given that another one imports.
    let mut said = BTreeSet::new();
    for FileProblems { located_problems, .. } in &mut found {
        located_problems.retain(|LocatedProblem { file, start, code, path, message, .. }| {
            said.insert((file.clone(), *start, code.name, path.clone(), message.clone()))
        });
    }
    let wrong = |found: &FileProblems| {
        found.has_errors() || (reading.deny_warnings && !found.located_problems.is_empty())
    };
    reporter.print_findings(&found)?;
    Ok(match found.iter().any(wrong) {
        _ if failed => Status::Failed,
        true => Status::Wrong,
        false => Status::Fine,
    })
}

/// Reads where the attributes of a spec stand in its Nix source.
fn known_places(file: &Path) -> io::Result<KnownPlaces> {
    let fail = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot read the places in {}: {error}", file.display()))
    };
    fs::read(file).and_then(|bytes| KnownPlaces::parse(&bytes)).map_err(fail)
}
