//! Making the disc of a seed.

use std::io;
use std::path::Path;

use nixvirt_compiler::seed::{CONFIG, SeedMachine, disc, has_errors, seed_diagnostics};
use nixvirt_compiler::{Json, Levels, Parsed, Policy, Report, bundle_format, parse_json};
use nixvirt_ide::source::Language;

use crate::Status;
use crate::args::RuleLevels;
use crate::output::{self, Inputs};
use crate::report::Reporter;
use crate::source;

/// The label of a disc that does not say its own.
const LABEL: &str = "files";

/// Writes the disc of a seed.
pub(crate) fn seed(
    file: &Path,
    destination: &Path,
    deny_warnings: bool,
    rules: &RuleLevels,
    reporter: &Reporter,
) -> io::Result<Status> {
    let source = source::read(file, Language::Json)?;
    if source.language != Language::Json {
        let message = format!("{} is no seed: expected JSON", source.name);
        return Err(io::Error::other(message));
    }
    let Parsed { value, duplicates } = match parse_json(&source.bytes) {
        Ok(parsed) => parsed,
        Err(problem) => {
            reporter.print(&[(&source, &[*problem])])?;
            return Ok(Status::Wrong);
        }
    };
    let mut report = Report::new(Policy::Libvirt);
    let keys = match (value.get("files"), value.get(CONFIG)) {
        (None, Some(_)) => bundle_format::IGNITION,
        (Some(_), _) => bundle_format::DISC,
        (None, None) => bundle_format::CLOUD_INIT,
    };
    bundle_format::check_keys(&value, keys, &mut report);
    let mut found = duplicates;
    found.extend(report.finish());
    let mut inputs = Inputs::of(file);
    named_files(&value, &mut inputs);
    let read = |path: &str| std::fs::read(path).map_err(|error| error.to_string());
    let levels = Levels::of(&rules.allow, &rules.warn);
    let mut image = None;
    if !has_errors(&found) {
        let made = disc(&value, LABEL, SeedMachine::default(), &read)
            .and_then(|(disc, problems)| Ok((disc.image()?, problems)));
        let problems = match made {
            Ok((bytes, problems)) => {
                image = Some(bytes);
                problems
            }
            Err(problems) => problems,
        };
        found.extend(seed_diagnostics(problems, &levels, &[]));
    }
    let stops = has_errors(&found) || (deny_warnings && !found.is_empty());
    match image {
        Some(image) if !stops => {
            reporter.print_some(&source, &found)?;
            output::to(Some(destination), &image, &inputs)
        }
        _ => {
            reporter.print(&[(&source, &found)])?;
            Ok(Status::Wrong)
        }
    }
}

/// Notes the files that a seed names, so that none of them is written over.
fn named_files(value: &Json<'_>, inputs: &mut Inputs) {
    if let Some(path) = nixvirt_compiler::seed::host_file(value) {
        inputs.read(Path::new(path));
    }
    match value {
        Json::List(items) => items.iter().for_each(|item| named_files(item, inputs)),
        Json::Set(entries) => entries.iter().for_each(|(_, value)| named_files(value, inputs)),
        _ => {}
    }
}
