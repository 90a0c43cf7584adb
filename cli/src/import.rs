//! Turning XML into a spec.

use std::io;
use std::path::Path;

use nixvirt_compiler::{Target, import_minimal, import_xml, nix};
use nixvirt_ide::source::Language;

use crate::Status;
use crate::args::To;
use crate::output::{self, Inputs};
use crate::report::Reporter;
use crate::source;

/// The parts of an XML that are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keeps {
    /// The parts that a definition has.
    Defined,
    /// That, and what only a running object has.
    Live,
    /// The parts that libvirt does not fill in by itself.
    Least,
}

impl Keeps {
    /// By the options `--live` and `--minimal`, of which there is one at most.
    pub(crate) fn of(live: bool, minimal: bool) -> Keeps {
        match (live, minimal) {
            (true, _) => Keeps::Live,
            (false, true) => Keeps::Least,
            (false, false) => Keeps::Defined,
        }
    }
}

/// Prints the spec of an XML.
pub(crate) fn import(
    file: &Path,
    to: To,
    keeps: Keeps,
    destination: Option<&Path>,
    target: Target,
    reporter: &Reporter,
) -> io::Result<Status> {
    let source = source::read(file, Language::Xml)?;
    source.expect_xml("it is a spec already, which `nixvirt-compile` takes")?;
    let import = match keeps {
        Keeps::Defined => import_xml(&source.bytes, None, false, target),
        Keeps::Live => import_xml(&source.bytes, None, true, target),
        Keeps::Least => import_minimal(&source.bytes, None, target),
    };
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
