//! The content of a disc, and its bytes.

use nixvirt_discs::DiscError;

use super::problems::{SeedFiles, SeedProblems, step};
use crate::diagnostics::{Problem, codes};
use crate::document::path::Path;

/// The content of a disc.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedDisc {
    /// The label by which the guest finds the disc.
    pub label: String,
    /// The files on it.
    pub files: SeedFiles,
    /// The instance-id of a seed for cloud-init; nothing on another disc.
    pub instance: Option<String>,
    /// The form in which the guest gets it.
    pub form: SeedForm,
}

/// The form of a disc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeedForm {
    /// A file system of ISO 9660.
    Iso,
    /// The bytes of its only file.
    Plain,
}

impl SeedDisc {
    /// The disc as bytes.
    ///
    /// # Errors
    /// What no disc can have.
    pub fn image(&self) -> Result<Vec<u8>, SeedProblems> {
        if self.form == SeedForm::Plain {
            return Ok(self.files.values().next().cloned().unwrap_or_default());
        }
        nixvirt_discs::image(&self.label, &self.files).map_err(of_disc)
    }
}

/// Errors of a disc as problems of the seed.
pub(super) fn of_disc(errors: Vec<DiscError>) -> SeedProblems {
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
pub(super) const FILES: &str = "files";

/// The label of the disc that cloud-init looks for.
pub const CIDATA: &str = "cidata";
