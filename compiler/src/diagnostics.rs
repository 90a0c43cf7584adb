//! Problems of an object: kinds of problem with their facts as fields. Text is made only when it is printed.

pub(crate) mod codes;
pub(crate) mod foreign_words;
pub(crate) mod levels;
pub mod printable;
pub(crate) mod problem;
pub(crate) mod report;
mod severity;
pub(crate) mod suggest;
mod words;

pub use crate::diagnostics::problem::{Fix, Hint, Instead, Problem};
pub use crate::diagnostics::severity::Severity;
use crate::document::path::Path;

/// A problem at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The place, as a spec spells it.
    pub path: Path,
    /// The place in XML, in bytes, where the object was read from XML; in JSON that could not be parsed, too.
    pub offset: Option<usize>,
    /// The place in the file that defines the object, where that is another file than the source.
    pub file: Option<FilePlace>,
    /// How bad it is.
    pub severity: Severity,
    /// The kind of problem, with its facts.
    pub problem: Problem,
    /// Other places that it speaks of.
    pub related: Vec<Related>,
    /// Further sentences on the problem.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// A problem of which only this is known.
    pub fn new(problem: Problem, path: Path, severity: Severity) -> Diagnostic {
        Diagnostic {
            path,
            offset: None,
            file: None,
            severity,
            problem,
            related: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// A place in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlace {
    /// The file, as the source names it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
}

/// Another place that a problem speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The place, as a spec spells it.
    pub path: Path,
    /// The place in XML, in bytes, where the object was read from XML.
    pub offset: Option<usize>,
    /// The place in the file that defines the object, where that is another file than the source.
    pub file: Option<FilePlace>,
    /// The relation of the place to the problem, e.g. "first used here".
    pub message: String,
}
