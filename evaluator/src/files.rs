//! Sources: read once, lowered once for each text that they have, and kept from one evaluation to the next.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use crate::arena::{Slot, TOP, mix};
use crate::error::{Error, Stop};
use crate::eval::Evaluator;
use crate::met_conditions::MetConditions;
use crate::parse::lower;
use crate::span::{FileId, Source, Span};
use crate::value::Thunk;

/// Parsing takes longer than copying.
const STEPS_PER_BYTE: usize = 16;
/// The bytes that are parsed to say what is wrong with a source where somebody waits for it at every key.
const HASTE: usize = 40_000;

/// The files that an evaluator sees.
pub trait Files {
    /// The text of a file.
    ///
    /// # Errors
    /// Where there is none. What is too long to be read fails with `FileTooLarge`, what is no text with `InvalidData`.
    fn read(&self, path: &Path) -> io::Result<String>;

    /// Whether there is anything at a path. Its content does not matter, so that nobody need read it.
    fn exists(&self, path: &Path) -> bool;
}

impl<F: Files + ?Sized> Files for Rc<F> {
    fn read(&self, path: &Path) -> io::Result<String> {
        (**self).read(path)
    }

    fn exists(&self, path: &Path) -> bool {
        (**self).exists(path)
    }
}

impl<F: Files + ?Sized> Files for Arc<F> {
    fn read(&self, path: &Path) -> io::Result<String> {
        (**self).read(path)
    }

    fn exists(&self, path: &Path) -> bool {
        (**self).exists(path)
    }
}

impl Evaluator {
    /// Adds a source; what it evaluates to is the thunk.
    pub fn add(&mut self, path: &Path, text: &str, embedded: bool) -> (FileId, Thunk) {
        if let Some(known) = self.imports.get(path) {
            return *known;
        }
        let file = self.lowered(path, text, embedded);
        self.read += text.len();
        self.reached.push(file);
        let tree = &self.trees[file.0 as usize];
        let strict = !self.lenient;
        let slot = match strict.then(|| tree.first_problem(text, file)).flatten() {
            Some(problem) => Slot::Failed(Box::new(problem), MetConditions::NONE),
            None => Slot::Pending(Rc::clone(&tree.expr), TOP, Span::default()),
        };
        // Whoever reads it first, it is the same.
        const FILE: u64 = 2;
        let thunk = Thunk(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
        self.slots.push(slot);
        self.names.push(mix(FILE, u64::from(file.0)));
        self.imports.insert(path.to_owned(), (file, thunk));
        (file, thunk)
    }

    /// A source with its tree, both as they were where the text is the same.
    fn lowered(&mut self, path: &Path, text: &str, embedded: bool) -> FileId {
        if let Some(file) = self.files.get(path).copied() {
            let source = &mut self.sources[file.0 as usize];
            if *source.text != *text {
                *source = Source::new(path.to_owned(), text.into(), embedded);
                self.trees[file.0 as usize] =
                    Rc::new(lower(text, file, &mut self.symbols, self.most.nesting()));
            }
            return file;
        }
        let file = FileId(u32::try_from(self.sources.len()).unwrap_or(u32::MAX));
        self.sources.push(Source::new(path.to_owned(), text.into(), embedded));
        self.trees.push(Rc::new(lower(text, file, &mut self.symbols, self.most.nesting())));
        self.files.insert(path.to_owned(), file);
        file
    }

    /// The sources that were read since the last restart, in that order.
    pub fn reached(&self) -> &[FileId] {
        &self.reached
    }

    /// The problems that Nix would find while parsing a source.
    pub fn problems(&self, file: FileId) -> &[Error] {
        match self.trees.get(file.0 as usize).zip(self.sources.get(file.0 as usize)) {
            Some((tree, source)) => tree.problems(&source.text, file, self.mending),
            None => &[],
        }
    }

    /// Says no more of a source that is no Nix than can be found out in no time: the first problem, mostly.
    pub fn hurry(&mut self) {
        self.mending = HASTE;
    }

    /// Evaluates a file as `import` does.
    pub(crate) fn import(&mut self, path: &Path) -> Result<Thunk, Stop> {
        if let Some((_, thunk)) = self.imports.get(path) {
            return Ok(*thunk);
        }
        let mut path: PathBuf = path.to_owned();
        let mut text = self.machine.read(&path);
        // A folder stands for the file of this name in it.
        let inner = path.join("default.nix");
        if text.is_err() {
            if let Some((_, thunk)) = self.imports.get(&inner) {
                return Ok(*thunk);
            }
            if let Ok(found) = self.machine.read(&inner) {
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
    pub(crate) fn exists(&mut self, path: &Path) -> bool {
        self.machine.exists(path)
    }

    /// Reads a file as text.
    pub(crate) fn read(&mut self, path: &Path) -> io::Result<String> {
        self.machine.read(path)
    }

    /// Whether a place is in a source that is part of the program.
    pub fn is_embedded(&self, span: Span) -> bool {
        self.sources.get(span.file.0 as usize).is_none_or(|source| source.embedded)
    }
}
