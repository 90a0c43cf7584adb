//! Which machine of some files can run on which host.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use nixvirt_compiler::check::host::{HostVerdict, verdict};
use nixvirt_compiler::printable::printable;
use nixvirt_compiler::{CompileOptions, HostDescription, Policy, Report, check_xml, read_xml};
use nixvirt_ide::source::Language;

use crate::Status;
use crate::args::{Compile, HostParts, Reading};
use crate::compile::{Taken, compile_to, options};
use crate::output;
use crate::report::Reporter;
use crate::source;

/// Prints which machine of some files can run on which host.
pub(crate) fn hosts(
    files: &[PathBuf],
    reading: &Reading,
    parts: HostParts,
    reporter: &Reporter,
) -> io::Result<Status> {
    let CompileOptions { hosts, .. } = options(reading, false)?;
    if hosts.is_empty() {
        return Err(io::Error::other("say what the hosts can do: `--host FILE`, for each of them"));
    }
    let taken: Taken = RefCell::new(Vec::new());
    // The hosts are asked one by one, after what is wrong anyway.
    let apart =
        CompileOptions { hosts: &[], ..options(&Reading { hosts: Vec::new(), ..reading.clone() }, false)? };
    let mut arguments = Compile {
        specs: Vec::new(),
        output: None,
        exact: false,
        template: None,
        reading: Reading { hosts: Vec::new(), ..reading.clone() },
        host: parts,
    };
    let mut status = Status::Fine;
    for file in files {
        arguments.specs = vec![file.clone()];
        status = status.max(read(file, &arguments, apart, reporter, &taken)?);
    }
    if status != Status::Fine {
        return Ok(status);
    }
    let (table, all_run) = table(&taken.into_inner(), hosts);
    output::to_stdout(table.as_bytes())?;
    Ok(if all_run { Status::Fine } else { Status::Wrong })
}

/// Takes the machines of a file.
fn read(
    file: &Path,
    arguments: &Compile,
    options: CompileOptions,
    reporter: &Reporter,
    taken: &Taken,
) -> io::Result<Status> {
    let source = source::read(file, Language::Json)?;
    if source.language != Language::Xml {
        return compile_to(file, arguments, options, reporter, Some(taken));
    }
    let outcome = check_xml(&source.bytes, options);
    if outcome.has_errors() {
        reporter.print(&[(&source, &outcome.diagnostics)])?;
        return Ok(Status::Wrong);
    }
    taken.borrow_mut().extend(source.text().ok().map(str::to_owned));
    Ok(Status::Fine)
}

/// A table with a line for each machine and a column for each host, and below it what is missing where. The second answer is whether
/// each machine can run somewhere.
fn table(machines: &[String], hosts: &[HostDescription]) -> (String, bool) {
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(hosts.iter().map(|host| printable(&host.name).into_owned()));
    let mut reasons = String::new();
    let mut all_run = true;
    for xml in machines {
        let mut report = Report::new(Policy::Libvirt);
        let Some(document) = read_xml(xml.as_bytes(), None, &mut report) else { continue };
        if document.kind.name != "domain" {
            continue;
        }
        let name = document.name().unwrap_or_default().to_owned();
        let mut row = vec![printable(&name).into_owned()];
        let mut runs = false;
        for host in hosts {
            row.push(match verdict(&document, host) {
                HostVerdict::Yes => {
                    runs = true;
                    "yes".to_owned()
                }
                HostVerdict::Unknown => {
                    runs = true;
                    "?".to_owned()
                }
                HostVerdict::No(found) => {
                    for lack in found {
                        let help = lack.problem.help().map(|help| format!(" ({help})")).unwrap_or_default();
                        let _ = writeln!(reasons, "{name}: {}: {}{help}", lack.path, lack.problem);
                    }
                    "no".to_owned()
                }
            });
        }
        all_run &= runs;
        rows.push(row);
    }
    let widths: Vec<usize> = (0..=hosts.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    if !reasons.is_empty() {
        text.push('\n');
        text.push_str(&reasons);
    }
    (text, all_run)
}
