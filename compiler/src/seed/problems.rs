//! The problems of seeds, and their places.

use std::collections::BTreeMap;

use crate::diagnostics::levels::Levels;
use crate::diagnostics::{Diagnostic, Problem, Severity};
use crate::document::path::{Path, PathStep};

/// The problems of a part of a seed, each at its place below that part.
pub type SeedProblems = Vec<(Path, Problem)>;

/// The files of a seed, by their paths on the disc.
pub type SeedFiles = BTreeMap<String, Vec<u8>>;

pub(crate) fn step(key: &str) -> PathStep {
    PathStep { key: key.to_owned(), index: None }
}

/// Problems of a part as problems of what it is a part of.
pub(crate) fn below(key: &str, problems: SeedProblems) -> SeedProblems {
    let whole = |path: Path| Path([vec![step(key)], path.0].concat());
    problems.into_iter().map(|(path, problem)| (whole(path), problem)).collect()
}

/// The problems of a seed as those of the source that it stands in, as severe as `levels` has them. `place` is where it stands.
pub fn seed_diagnostics(problems: SeedProblems, levels: &Levels, place: &[PathStep]) -> Vec<Diagnostic> {
    let said = problems.into_iter().filter_map(|(path, problem)| {
        let severity = levels.severity(problem.code(), problem.code().severity)?;
        Some(Diagnostic::new(problem, Path([place, &path.0].concat()), severity))
    });
    said.collect()
}

/// Whether one of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
