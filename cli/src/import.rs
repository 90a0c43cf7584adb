//! Turning XML into a spec.

use std::io;
use std::path::Path;

use nixvirt_compiler::{Target, import_xml, nix};
use nixvirt_ide::source::Language;

use crate::Status;
use crate::args::To;
use crate::output::{self, Inputs};
use crate::report::Reporter;
use crate::source;

/// Prints the spec of an XML.
pub(crate) fn import(
    file: &Path,
    to: To,
    live: bool,
    destination: Option<&Path>,
    target: Target,
    reporter: &Reporter,
) -> io::Result<Status> {
    let source = source::read(file, Language::Xml)?;
    source.expect_xml("it is a spec already, which `nixvirt-compile` takes")?;
    let import = import_xml(&source.bytes, None, live, target);
    let Some(spec) = import.spec else {
        reporter.print(&[(&source, &import.diagnostics)])?;
        return Ok(Status::Wrong);
    };
    reporter.print_some(&source, &import.diagnostics)?;
    let text = match to {
        To::Nix => nix::text_with_comments(&spec, &import.comments),
        To::Json => {
            let left_out = match import.comments.count() {
                0 => None,
                1 => Some("1 comment of the XML is left out: JSON has none; `--to nix` keeps it".to_owned()),
                count => Some(format!(
                    "{count} comments of the XML are left out: JSON has none; `--to nix` keeps them"
                )),
            };
            left_out.map_or(Ok(()), |note| reporter.note(&note))?;
            serde_json::to_string_pretty(&spec)? + "\n"
        }
    };
    output::to(destination, text.as_bytes(), &Inputs::of(file))
}
