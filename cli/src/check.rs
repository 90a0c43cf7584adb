//! Checking files, and printing XML canonically.

use std::io;
use std::path::{Path, PathBuf};

use nixvirt_compiler::{
    Diagnostic, Severity, compile_bundle, compile_spec, format_xml, is_bundle, parse_source,
};

use crate::Status;
use crate::args::Reading;
use crate::compile::options;
use crate::output;
use crate::report::Reporter;
use crate::source::{Language, Source};

/// Checks files and says what is wrong with them.
pub fn check(files: &[PathBuf], reading: &Reading, reporter: &Reporter) -> io::Result<Status> {
    let sources: Vec<Source> =
        files.iter().map(|file| Source::read(file, Language::Json)).collect::<io::Result<_>>()?;
    let found: Vec<Vec<Diagnostic>> = sources.iter().map(|source| check_one(source, reading)).collect();
    let both: Vec<(&Source, &[Diagnostic])> = sources.iter().zip(found.iter().map(Vec::as_slice)).collect();
    reporter.print(&both)?;
    let counts = |diagnostic: &Diagnostic| reading.deny_warnings || diagnostic.severity == Severity::Error;
    let wrong = found.iter().flatten().any(counts);
    Ok(if wrong { Status::Wrong } else { Status::Fine })
}

fn check_one(source: &Source, reading: &Reading) -> Vec<Diagnostic> {
    let options = options(reading, false);
    if source.language == Language::Xml {
        return format_xml(&source.bytes, options.kind).diagnostics;
    }
    match parse_source(&source.bytes) {
        Err(outcome) => outcome.diagnostics,
        Ok(value) if options.kind.is_none() && is_bundle(&value) => {
            match compile_bundle(value, options, "") {
                Ok((_, warnings)) => warnings,
                Err(diagnostics) => diagnostics,
            }
        }
        Ok(value) => compile_spec(value, options).diagnostics,
    }
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
