//! Sources: each is read once, is lowered once for each text that it has, and is kept from one evaluation to the next.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::error::Error;
use crate::files::Files;
use crate::ir::Expr;
use crate::lower::Globals;
use crate::parse::{Lowered, lower};
use crate::span::{FileId, SourceFile, Span};
use crate::symbol::Symbols;
use crate::value::Thunk;

/// The bytes that a syntax tree takes for each byte of its source, about.
const TREE: usize = 16;
/// The bytes that are parsed to describe the errors of a source, for an editor that asks at every keystroke.
const HASTE: usize = 40_000;

/// The sources, and the files that they come from.
pub(crate) struct Sources {
    known: Vec<SourceFile>,
    trees: Vec<Rc<Lowered>>,
    by_path: BTreeMap<PathBuf, FileId>,
    reached: Vec<FileId>,
    imports: BTreeMap<PathBuf, (FileId, Thunk)>,
    machine: Box<dyn Files>,
    /// Whether sources that Nix would not parse are evaluated as far as possible, for a checker.
    lenient: bool,
    /// The bytes that may be parsed to say what is wrong with a source.
    mending: usize,
    /// The bytes of the sources that were reached.
    bytes: usize,
    /// The builtins that are variables.
    globals: Globals,
}

impl fmt::Debug for Sources {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sources").field("reached", &self.reached).finish_non_exhaustive()
    }
}

impl Sources {
    pub(crate) fn new(machine: Box<dyn Files>, lenient: bool, globals: Globals) -> Sources {
        Sources {
            known: Vec::new(),
            trees: Vec::new(),
            by_path: BTreeMap::new(),
            reached: Vec::new(),
            imports: BTreeMap::new(),
            machine,
            lenient,
            mending: crate::repair::MOST_PARSED,
            bytes: 0,
            globals,
        }
    }

    /// Forgets which sources were evaluated, and their values.
    pub(crate) fn restart(&mut self) {
        self.reached.clear();
        self.imports.clear();
        self.bytes = 0;
    }

    /// The source of this id.
    pub(crate) fn get(&self, file: FileId) -> Option<&SourceFile> {
        self.known.get(file.0 as usize)
    }

    /// Whether a place is in a source that is part of the program.
    pub(crate) fn is_embedded(&self, span: Span) -> bool {
        self.get(span.file).is_none_or(|source| source.embedded)
    }

    /// The expression of a source.
    pub(crate) fn expression(&self, file: FileId) -> Option<&Rc<Expr>> {
        self.trees.get(file.0 as usize).map(|tree| &tree.expr)
    }

    /// The problems that Nix would find while parsing a source.
    pub(crate) fn problems(&self, file: FileId) -> &[Error] {
        match self.trees.get(file.0 as usize).zip(self.get(file)) {
            Some((tree, source)) => tree.problems(&source.text, file, self.mending),
            None => &[],
        }
    }

    /// The problem for which a source is not evaluated.
    pub(crate) fn refused(&self, file: FileId) -> Option<Error> {
        if self.lenient {
            return None;
        }
        self.trees.get(file.0 as usize)?.first_problem(&self.get(file)?.text, file)
    }

    /// Says no more of a source that is no Nix than can be found out in no time: the first problem, mostly.
    pub(crate) fn hurry(&mut self) {
        self.mending = HASTE;
    }

    /// The source at a path and its value, if it was evaluated.
    pub(crate) fn imported(&self, path: &Path) -> Option<(FileId, Thunk)> {
        self.imports.get(path).copied()
    }

    /// Notes that a source was reached.
    pub(crate) fn reach(&mut self, path: &Path, file: FileId, thunk: Thunk) {
        self.bytes += self.get(file).map_or(0, |source| source.text.len());
        self.reached.push(file);
        self.imports.insert(path.to_owned(), (file, thunk));
    }

    /// The sources that were reached, in that order.
    pub(crate) fn reached(&self) -> &[FileId] {
        &self.reached
    }

    /// Forgets that any but the first so many sources were reached.
    pub(crate) fn cut(&mut self, reached: usize) {
        for file in self.reached.drain(reached..) {
            self.imports.remove(&self.known[file.0 as usize].path);
        }
    }

    /// A source with its tree, both as they were where the text is the same.
    pub(crate) fn lowered(
        &mut self,
        path: &Path,
        text: &str,
        embedded: bool,
        symbols: &mut Symbols,
        nesting: usize,
    ) -> FileId {
        if let Some(file) = self.by_path.get(path).copied() {
            let source = &mut self.known[file.0 as usize];
            if *source.text != *text {
                *source = SourceFile::new(path.to_owned(), text.into(), embedded);
                self.trees[file.0 as usize] = Rc::new(lower(text, file, symbols, nesting, self.globals));
            }
            return file;
        }
        let file = FileId(u32::try_from(self.known.len()).unwrap_or(u32::MAX));
        self.known.push(SourceFile::new(path.to_owned(), text.into(), embedded));
        self.trees.push(Rc::new(lower(text, file, symbols, nesting, self.globals)));
        self.by_path.insert(path.to_owned(), file);
        file
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: &Path) -> io::Result<String> {
        self.machine.read(path)
    }

    /// Whether there is anything at a path.
    pub(crate) fn exists(&self, path: &Path) -> bool {
        self.machine.exists(path)
    }

    /// The bytes that the sources that were reached take, with their trees.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes * TREE
    }

    /// The bytes that all sources take, with their trees.
    pub(crate) fn kept(&self) -> usize {
        self.known.iter().map(|source| source.text.len() * (1 + TREE)).sum()
    }
}
