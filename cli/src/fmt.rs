//! Formatting XML: onto standard output, or files where they are.

use std::io;
use std::path::{Path, PathBuf};

use nixvirt_compiler::{Target, codes, format_xml};
use nixvirt_ide::located_problem::FileProblems;
use nixvirt_ide::recognise::is_foreign;
use nixvirt_ide::source::Language;

use crate::Status;
use crate::output;
use crate::report::Reporter;
use crate::source;

/// The advice for a source that is not XML.
const SPEC: &str = "`nixvirt-compile` compiles it, `nixvirt-compile check` checks it";

/// Prints a file canonically.
pub(crate) fn print(file: &Path, target: Target, reporter: &Reporter) -> io::Result<Status> {
    let source = source::read(file, Language::Xml)?;
    source.expect_xml(SPEC)?;
    let outcome = format_xml(&source.bytes, None, target);
    match outcome.xml {
        Some(xml) => {
            reporter.print_some(&source, &outcome.diagnostics)?;
            output::to_stdout(xml.as_bytes())
        }
        None => {
            reporter.print(&[(&source, &outcome.diagnostics)])?;
            Ok(Status::Wrong)
        }
    }
}

/// Makes files canonical, or with `write` off only says which are not. What is wrong in one keeps no other back.
pub(crate) fn in_place(
    files: &[PathBuf],
    skip_foreign: bool,
    write: bool,
    target: Target,
    reporter: &Reporter,
) -> io::Result<Status> {
    let mut status = Status::Fine;
    let mut found = Vec::new();
    for file in files {
        let source = source::read(file, Language::Xml).and_then(|source| {
            source.expect_xml(SPEC)?;
            Ok(source)
        });
        let source = match source {
            Ok(source) => source,
            Err(error) => {
                found.push(source::failure(file, &codes::UNREADABLE, &error));
                status = Status::Failed;
                continue;
            }
        };
        if skip_foreign && is_foreign(&source) {
            continue;
        }
        let outcome = format_xml(&source.bytes, None, target);
        // Warnings are said, and stand in the way of nothing.
        found.push(reporter.located(&source, &outcome.diagnostics));
        let Some(xml) = outcome.xml else {
            status = status.max(Status::Wrong);
            continue;
        };
        let located_problems = match xml {
            xml if is_formatted(&source.bytes, xml.as_bytes()) => continue,
            xml if write => match output::over_file(file, xml.as_bytes()) {
                Ok(()) => continue,
                Err(error) => {
                    found.push(source::failure(file, &codes::UNWRITABLE, &error));
                    status = Status::Failed;
                    continue;
                }
            },
            _ => {
                let message = format!("{} is not formatted", source.name);
                let help = "`nixvirt-compile fmt --write` formats it";
                FileProblems::of_whole(&source.name, &codes::UNFORMATTED, message, Some(help.to_owned()))
            }
        };
        found.push(located_problems);
        status = status.max(Status::Wrong);
    }
    match write {
        true => reporter.print_located(&found)?,
        false => reporter.print_as_result(&found)?,
    }
    Ok(status)
}

/// Whether a file is formatted: `virsh dumpxml` prints an empty line behind the object.
fn is_formatted(file: &[u8], xml: &[u8]) -> bool {
    file.strip_prefix(xml).is_some_and(|rest| matches!(rest, b"" | b"\n"))
}
