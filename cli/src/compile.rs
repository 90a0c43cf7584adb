//! Compiling a spec or a bundle.

use std::io;
use std::path::Path;

use nixvirt_compiler::{Options, Outcome, Policy, compile_bundle, compile_spec, is_bundle, parse_source};

use crate::Status;
use crate::args::{Compile, Reading, Unknown};
use crate::output;
use crate::report::Reporter;
use crate::source::{Language, Source};

/// Compiles what the arguments say.
pub fn compile(spec: &Path, arguments: &Compile, reporter: &Reporter) -> io::Result<Status> {
    let source = Source::read(spec, Language::Json)?;
    if source.language == Language::Xml {
        let advice = "`nixvirt-compile fmt` prints it canonically, `nixvirt-compile check` checks it";
        return Err(io::Error::other(format!("{} is XML, not a spec: {advice}", source.name)));
    }
    let options = options(&arguments.reading, arguments.exact);
    let value = match parse_source(&source.bytes) {
        Ok(value) => value,
        Err(outcome) => return wrong(&source, &outcome, reporter),
    };
    if options.kind.is_none() && is_bundle(&value) {
        let Some(folder) = &arguments.output else {
            return Err(io::Error::other("a bundle makes several files: say where with `-o FOLDER`"));
        };
        let place = output::absolute(folder)?;
        return match compile_bundle(value, options, &place.to_string_lossy()) {
            Ok((bundle, warnings)) => {
                reporter.print_some(&source, &warnings)?;
                if arguments.reading.deny_warnings && !warnings.is_empty() {
                    return Ok(Status::Wrong);
                }
                output::to_folder(folder, &bundle)?;
                Ok(Status::Fine)
            }
            Err(diagnostics) => {
                reporter.print(&[(&source, &diagnostics)])?;
                Ok(Status::Wrong)
            }
        };
    }
    let outcome = compile_spec(value, options);
    let Some(xml) = &outcome.xml else {
        return wrong(&source, &outcome, reporter);
    };
    reporter.print_some(&source, &outcome.diagnostics)?;
    if arguments.reading.deny_warnings && !outcome.diagnostics.is_empty() {
        return Ok(Status::Wrong);
    }
    match &arguments.output {
        None => output::to_stdout(xml.as_bytes()),
        Some(file) => output::to_file(file, xml.as_bytes()).map(|()| Status::Fine),
    }
}

/// The options that the arguments come to.
pub fn options(reading: &Reading, exact: bool) -> Options {
    let policy = match reading.unknown {
        Unknown::Deny => Policy::Libvirt,
        Unknown::Warn => Policy::Lenient,
    };
    Options { kind: reading.kind.as_deref().and_then(nixvirt_schema::kind), policy, exact }
}

fn wrong(source: &Source, outcome: &Outcome, reporter: &Reporter) -> io::Result<Status> {
    reporter.print(&[(source, &outcome.diagnostics)])?;
    Ok(Status::Wrong)
}
