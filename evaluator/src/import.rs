//! Sources become values: those that a caller adds, and those that are imported.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::error::{Error, Stop};
use crate::evaluator::Evaluator;
use crate::met_conditions::MetConditions;
use crate::span::{FileId, SourceFile, Span};
use crate::state::arena::{Slot, TOP};
use crate::state::computation::mix;
use crate::value::Thunk;

/// Parsing takes longer than copying.
const STEPS_PER_BYTE: usize = 16;

impl Evaluator {
    /// Adds a source; what it evaluates to is the thunk.
    pub fn add(&mut self, path: &Path, text: &str, embedded: bool) -> (FileId, Thunk) {
        // Its value is the same for every reader.
        const FILE: u64 = 2;
        if let Some(known) = self.sources.imported(path) {
            return known;
        }
        let nesting = self.budget.given().nesting();
        let file = self.sources.lowered(path, text, embedded, &mut self.symbols, nesting);
        let slot = match (self.sources.refused(file), self.sources.expression(file)) {
            (Some(problem), _) => Slot::Failed(Box::new(problem), MetConditions::NONE),
            (None, Some(expr)) => Slot::Pending(Rc::clone(expr), TOP, Span::default()),
            (None, None) => Slot::Busy,
        };
        let thunk = self.arena.push(slot, mix(FILE, u64::from(file.0)));
        self.sources.reach(path, file, thunk);
        (file, thunk)
    }

    /// A source that was read.
    pub fn source(&self, file: FileId) -> Option<&SourceFile> {
        self.sources.get(file)
    }

    /// The sources that were read since the last restart, in that order.
    pub fn reached(&self) -> &[FileId] {
        self.sources.reached()
    }

    /// The problems that Nix would find while parsing a source.
    pub fn problems(&self, file: FileId) -> &[Error] {
        self.sources.problems(file)
    }

    /// Says no more of a source that is no Nix than can be found out in no time: the first problem, mostly.
    pub fn hurry(&mut self) {
        self.sources.hurry();
    }

    /// Whether a place is in a source that is part of the program.
    pub fn is_embedded(&self, span: Span) -> bool {
        self.sources.is_embedded(span)
    }

    /// Evaluates a file as `import` does.
    pub(crate) fn import(&mut self, path: &Path) -> Result<Thunk, Stop> {
        if let Some((_, thunk)) = self.sources.imported(path) {
            return Ok(thunk);
        }
        let mut path: PathBuf = path.to_owned();
        let mut text = self.sources.read(&path);
        // A folder stands for the file of this name in it.
        let inner = path.join("default.nix");
        if text.is_err() {
            if let Some((_, thunk)) = self.sources.imported(&inner) {
                return Ok(thunk);
            }
            if let Ok(found) = self.sources.read(&inner) {
                (path, text) = (inner, Ok(found));
            }
        }
        let text =
            text.map_err(|error| Stop::evaluation(format!("cannot import {}: {error}", path.display())))?;
        self.work(text.len() * STEPS_PER_BYTE);
        let embedded = path.starts_with(crate::EMBEDDED);
        Ok(self.add(&path, &text, embedded).1)
    }

    /// Whether there is anything at a path.
    pub(crate) fn exists(&self, path: &Path) -> bool {
        self.sources.exists(path)
    }

    /// Reads a file as text, as the machine shows it.
    ///
    /// # Errors
    /// Where it cannot be read, or is no text.
    pub fn read(&self, path: &Path) -> io::Result<String> {
        self.sources.read(path)
    }
}
