//! Checking files, and printing XML canonically.

use std::io;
use std::path::{Path, PathBuf};

use nixvirt_compiler::{Diagnostic, format_xml, is_bundle, parse_source};

use crate::Status;
use crate::analysis::{Checking, analyse};
use crate::args::{Host, Reading};
use crate::compile::{options, problems};
use crate::evaluate::from_disk;
use crate::finding::{Findings, whole_source};
use crate::output;
use crate::places::KnownPlaces;
use crate::report::Reporter;
use crate::source::{Language, Source};
use crate::template::expand;

/// Checks files and says what is wrong with them.
pub fn check(
    files: &[PathBuf],
    places: Option<&Path>,
    reading: &Reading,
    host: &Host,
    reporter: &Reporter,
) -> io::Result<Status> {
    let sources: Vec<Source> =
        files.iter().map(|file| Source::read(file, Language::Json)).collect::<io::Result<_>>()?;
    if places.is_some() && !matches!(&sources[..], [Source { language: Language::Json, .. }]) {
        return Err(io::Error::other("`--places` goes with a single file in JSON"));
    }
    let mut found = Vec::with_capacity(sources.len());
    for (path, source) in files.iter().zip(&sources) {
        found.push(match source.language {
            Language::Nix => check_nix(path, source, reading)?,
            _ => {
                let diagnostics = check_one(source, reading, host);
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
    let wrong =
        |found: &Findings| found.has_errors() || (reading.deny_warnings && !found.findings.is_empty());
    reporter.print_findings(&found)?;
    Ok(if found.iter().any(wrong) { Status::Wrong } else { Status::Fine })
}

fn check_nix(path: &Path, source: &Source, reading: &Reading) -> io::Result<Findings> {
    let options = options(reading, false);
    let checking = Checking { kind: options.kind, policy: options.policy };
    let findings = analyse(&output::absolute(path)?, source.text()?, from_disk, checking);
    Ok(Findings { name: source.name.clone(), findings })
}

/// The problems of a spec, a bundle or XML.
pub fn check_one(source: &Source, reading: &Reading, host: &Host) -> Vec<Diagnostic> {
    let options = options(reading, false);
    if source.language == Language::Xml {
        return format_xml(&source.bytes, options.kind).diagnostics;
    }
    let value = match parse_source(&source.bytes) {
        Ok(value) => value,
        Err(outcome) => return outcome.diagnostics,
    };
    let bundle = options.kind.is_none() && is_bundle(&value);
    let mut expanded = expand(value, bundle, options.kind.map(|kind| kind.name), host);
    let json = expanded.take();
    let found = problems(json, bundle, options);
    let found = found.into_iter().map(|diagnostic| expanded.in_source(diagnostic));
    expanded.problems.iter().cloned().chain(found).collect()
}

/// Prints XML canonically, or checks that it is canonical already.
pub fn fmt(file: &Path, check: bool, write: bool, reporter: &Reporter) -> io::Result<Status> {
    let source = Source::read(file, Language::Xml)?;
    let outcome = format_xml(&source.bytes, None);
    let Some(xml) = outcome.xml else {
        reporter.print(&[(&source, &outcome.diagnostics)])?;
        return Ok(Status::Wrong);
    };
    let same = xml.as_bytes() == source.bytes;
    match (check, write) {
        (true, _) => Ok(if same { Status::Fine } else { Status::Wrong }),
        (_, true) if same => Ok(Status::Fine),
        (_, true) => output::to_file(file, xml.as_bytes()).map(|()| Status::Fine),
        _ => output::to_stdout(xml.as_bytes()),
    }
}
