//! Turning XML into a spec.

use std::io;
use std::path::Path;

use nixvirt_compiler::{import_xml, nix};

use crate::Status;
use crate::args::To;
use crate::output;
use crate::report::Reporter;
use crate::source::{Language, Source};

/// Prints the spec of an XML.
pub fn import(
    file: &Path,
    to: To,
    live: bool,
    target: Option<&Path>,
    reporter: &Reporter,
) -> io::Result<Status> {
    let source = Source::read(file, Language::Xml)?;
    let import = import_xml(&source.bytes, None, live);
    let Some(spec) = import.spec else {
        reporter.print(&[(&source, &import.diagnostics)])?;
        return Ok(Status::Wrong);
    };
    reporter.print_some(&source, &import.diagnostics)?;
    let text = match to {
        To::Nix => nix::print(&spec).text,
        To::Json => serde_json::to_string_pretty(&spec)? + "\n",
    };
    match target {
        None => output::to_stdout(text.as_bytes()),
        Some(file) => output::to_file(file, text.as_bytes()).map(|()| Status::Fine),
    }
}
