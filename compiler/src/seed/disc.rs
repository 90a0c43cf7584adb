//! Discs of any files: an answer file and drivers for Windows, a script for Combustion, a configuration for Ignition.

use super::content::{ReadHostFile, host_file};
use super::ignition::{CONFIG, ignition};
use super::image::{FILES, SeedDisc, SeedForm, of_disc};
use super::nocloud::{SeedMachine, cloud_init};
use super::problems::{SeedFiles, SeedProblems, below, step};
use crate::diagnostics::{Problem, codes};
use crate::document::path::Path;
use crate::source::json::Json;

/// The content of a disc: for Ignition, where it has `config`, of files, where it has `files`, else a seed for cloud-init. Beside it,
/// what is probably wrong with it. `name` is the label of a disc that does not say its own.
///
/// # Errors
/// All that keeps it from being made, and what is probably wrong beside it.
pub fn disc(
    value: &Json<'_>,
    name: &str,
    machine: SeedMachine<'_>,
    read: &ReadHostFile<'_>,
) -> Result<(SeedDisc, SeedProblems), SeedProblems> {
    if value.get(CONFIG).is_some() {
        return ignition(value, read);
    }
    let Some(files) = value.get(FILES).filter(|files| **files != Json::Null) else {
        return cloud_init(value, machine, read);
    };
    let label = value.get("label").and_then(Json::as_str).unwrap_or(name).to_owned();
    let mut problems = Vec::new();
    let mut found = SeedFiles::new();
    match files {
        Json::Set(entries) | Json::Open(entries) => {
            for (path, content) in entries {
                match bytes(content, read) {
                    Ok(Some(bytes)) => drop(found.insert(path.clone().into_owned(), bytes)),
                    Ok(None) => {}
                    Err(problem) => problems.push((Path(vec![step(path)]), problem)),
                }
            }
        }
        Json::Null | Json::Opaque => {}
        other => problems
            .push((Path::default(), other.instead_of("a set with the content of each file, by its path"))),
    }
    let mut problems = below(FILES, problems);
    problems.extend(of_disc(nixvirt_discs::check(&label, &found)));
    match problems.is_empty() {
        true => Ok((SeedDisc { label, files: found, instance: None, form: SeedForm::Iso }, Vec::new())),
        false => Err(problems),
    }
}

/// The content of a file; nothing where there is none.
fn bytes(content: &Json<'_>, read: &ReadHostFile<'_>) -> Result<Option<Vec<u8>>, Problem> {
    if let Some(path) = host_file(content) {
        return read(path).map(Some).map_err(|why| Problem::Rule {
            code: &codes::UNREADABLE,
            message: format!("cannot read {path}: {why}"),
            help: Some("expected a file that is there when the disc is made".to_owned()),
            fix: None,
        });
    }
    match content {
        Json::Str(text) => Ok(Some(text.as_bytes().to_vec())),
        Json::Null | Json::Opaque => Ok(None),
        other => Err(other.instead_of("a text, or `{ file = \"/path\"; }`")),
    }
}
