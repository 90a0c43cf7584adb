//! Discs of any files: an answer file and drivers for Windows, a script for Combustion, a configuration for Ignition.

use nixvirt_discs::DiscError;

use super::content::{ReadHostFile, host_file};
use super::nocloud::{SeedMachine, cloud_init};
use super::problems::{SeedFiles, SeedProblems, below, step};
use crate::diagnostics::{Problem, codes};
use crate::document::path::Path;
use crate::source::json::Json;

/// The content of a disc.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedDisc {
    /// The label by which the guest finds the disc.
    pub label: String,
    /// The files on it.
    pub files: SeedFiles,
    /// The instance-id of a seed for cloud-init; nothing on another disc.
    pub instance: Option<String>,
}

impl SeedDisc {
    /// The disc as an image of ISO 9660.
    ///
    /// # Errors
    /// What no disc can have.
    pub fn image(&self) -> Result<Vec<u8>, SeedProblems> {
        nixvirt_discs::image(&self.label, &self.files).map_err(of_disc)
    }
}

/// Errors of a disc as problems of the seed.
fn of_disc(errors: Vec<DiscError>) -> SeedProblems {
    let problem = |error: DiscError| {
        let place = match &error {
            DiscError::Label { .. } => vec![step("label")],
            DiscError::Path { path, .. } | DiscError::Twice { path } => vec![step(FILES), step(path)],
            DiscError::TooLarge { .. } | DiscError::TooMany { .. } => vec![step(FILES)],
        };
        let problem =
            Problem::Rule { code: &codes::BAD_VALUE, message: error.to_string(), help: None, fix: None };
        (Path(place), problem)
    };
    errors.into_iter().map(problem).collect()
}

/// The key of the files of a disc.
const FILES: &str = "files";

/// The label of the disc that cloud-init looks for.
pub const CIDATA: &str = "cidata";

/// The content of a disc: of files, where it has `files`, else a seed for cloud-init. Beside it, what is probably wrong with it.
/// `name` is the label of a disc that does not say its own.
///
/// # Errors
/// All that keeps it from being made, and what is probably wrong beside it.
pub fn disc(
    value: &Json<'_>,
    name: &str,
    machine: SeedMachine<'_>,
    read: &ReadHostFile<'_>,
) -> Result<(SeedDisc, SeedProblems), SeedProblems> {
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
        true => Ok((SeedDisc { label, files: found, instance: None }, Vec::new())),
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
