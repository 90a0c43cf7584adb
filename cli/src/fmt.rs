//! Printing XML canonically.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use nixvirt_compiler::format_xml;

use crate::Status;
use crate::finding::Findings;
use crate::foreign::is_foreign;
use crate::output;
use crate::report::Reporter;
use crate::source::{Language, Source};

/// Prints a file canonically.
pub fn print(file: &Path, reporter: &Reporter) -> io::Result<Status> {
    let source = Source::read(file, Language::Xml)?;
    let outcome = format_xml(&source.bytes, None);
    match outcome.xml {
        Some(xml) => output::to_stdout(xml.as_bytes()),
        None => {
            reporter.print(&[(&source, &outcome.diagnostics)])?;
            Ok(Status::Wrong)
        }
    }
}

/// Makes files canonical, or with `write` off only says which are not. What is wrong in one keeps no other back.
pub fn in_place(
    files: &[PathBuf],
    skip_foreign: bool,
    write: bool,
    reporter: &Reporter,
) -> io::Result<Status> {
    let mut status = Status::Fine;
    let mut wrong = Vec::new();
    for file in files {
        let source = Source::read(file, Language::Xml)?;
        if skip_foreign && is_foreign(&source) {
            continue;
        }
        let outcome = format_xml(&source.bytes, None);
        match outcome.xml {
            None => wrong.push(Findings::of(&source, &outcome.diagnostics, reporter.shows_nix())),
            Some(xml) if xml.as_bytes() == source.bytes => {}
            Some(xml) if write => output::to_file(file, xml.as_bytes())?,
            Some(_) => {
                status = Status::Wrong;
                let advice = "`nixvirt-compile fmt --write` formats it";
                writeln!(io::stderr(), "nixvirt-compile: {} is not formatted; {advice}", source.name)?;
            }
        }
    }
    if !wrong.is_empty() {
        reporter.print_findings(&wrong)?;
        status = Status::Wrong;
    }
    Ok(status)
}
