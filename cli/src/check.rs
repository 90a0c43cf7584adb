//! Checking files.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use nixvirt_compiler::{Diagnostic, Parsed, check_xml, codes, is_bundle, parse_json};

use crate::Status;
use crate::analysis::{Analyser, Checking};
use crate::args::{Host, Reading};
use crate::compile::{options, problems};
use crate::files::Disk;
use crate::finding::{Finding, Findings, whole_source};
use crate::foreign::is_foreign;
use crate::output;
use crate::places::KnownPlaces;
use crate::report::Reporter;
use crate::source::{Language, Source};
use crate::template::expand;

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
    let read = |path: &PathBuf| Source::read(path, Language::Json);
    let sources: Vec<io::Result<Source>> = which.files.iter().map(read).collect();
    let one_in_json = matches!(&sources[..], [Ok(Source { language: Language::Json, .. }) | Err(_)]);
    if places.is_some() && !one_in_json {
        return Err(io::Error::other("`--places` goes with a single file in JSON"));
    }
    let mut found = Vec::with_capacity(sources.len());
    let options = options(reading, false);
    let checking =
        Checking { kind: options.kind, policy: options.policy, allow: options.allow, target: options.target };
    let mut analyser = None;
    let mut failed = false;
    for (path, source) in which.files.iter().zip(&sources) {
        // What is not there keeps nothing else from being checked.
        let mut unreadable = |error: &io::Error| {
            failed = true;
            Findings::of_failure(path, &codes::UNREADABLE, error)
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
                    let findings = analyser.check(&path, text);
                    Findings { name: source.name.clone(), findings }
                }
                Err(error) => unreadable(&error),
            },
            _ => {
                let diagnostics = check_one(path, source, reading, host);
                let mut found = Findings::of(source, &diagnostics, reporter.shows_nix());
                // Most specs are right and need none, and what is no spec has none.
                let spec = diagnostics.iter().any(|diagnostic| !whole_source(&diagnostic.problem));
                if let (Some(places), true) = (places, spec) {
                    KnownPlaces::read(places)?.put(&mut found, &diagnostics);
                }
                found
            }
        });
    }
    // A file may be given that another one imports.
    let mut said = BTreeSet::new();
    for Findings { findings, .. } in &mut found {
        findings.retain(|Finding { file, start, code, path, message, .. }| {
            said.insert((file.clone(), *start, code.name, path.clone(), message.clone()))
        });
    }
    let wrong =
        |found: &Findings| found.has_errors() || (reading.deny_warnings && !found.findings.is_empty());
    reporter.print_findings(&found)?;
    Ok(match found.iter().any(wrong) {
        _ if failed => Status::Failed,
        true => Status::Wrong,
        false => Status::Fine,
    })
}

/// The problems of a spec, a bundle or XML in a file.
pub fn check_one(path: &Path, source: &Source, reading: &Reading, host: &Host) -> Vec<Diagnostic> {
    let options = options(reading, false);
    if source.language == Language::Xml {
        return check_xml(&source.bytes, options.kind, options.allow, options.target).diagnostics;
    }
    let Parsed { value, duplicates } = match parse_json(&source.bytes) {
        Ok(parsed) => parsed,
        Err(problem) => return vec![*problem],
    };
    let bundle = options.kind.is_none() && is_bundle(&value);
    let mut expanded = expand(value, bundle, options.kind.map(|kind| kind.name), host);
    let json = expanded.take();
    let found = problems(json, bundle, options, path);
    let found = found.into_iter().map(|diagnostic| expanded.in_source(diagnostic));
    duplicates.into_iter().chain(expanded.problems.iter().cloned()).chain(found).collect()
}
