//! Places: a range of bytes in one of the sources that were read.

use std::any::Any;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A source, by the order in which it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes in a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The source that the place is in.
    pub file: FileId,
    /// The offset in bytes of the first byte.
    pub start: u32,
    /// The offset in bytes after the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes of the source that it covers.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether another place is within this one.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// All from the first to the last of two places; this one alone, where the other is in another source.
    pub(crate) fn hull(self, other: Span) -> Span {
        match self.file == other.file {
            true => Span { start: self.start.min(other.start), end: self.end.max(other.end), ..self },
            false => self,
        }
    }
}

/// A source that was read.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// The content of the file.
    pub text: Rc<str>,
    /// Whether it is part of the program, so that its lines mean nothing to a user.
    pub embedded: bool,
    /// Results of a caller about the text, kept with it.
    layout: OnceCell<Rc<dyn Any>>,
}

impl SourceFile {
    /// A source that was read.
    pub(crate) fn new(path: PathBuf, text: Rc<str>, embedded: bool) -> SourceFile {
        SourceFile { path, text, embedded, layout: OnceCell::new() }
    }

    /// Other data about the text, such as where its lines are. It is computed once and kept as long as the text.
    pub fn layout<T: 'static>(&self, work_out: impl Fn(&Rc<str>) -> T) -> Rc<T> {
        let known = self.layout.get_or_init(|| Rc::new(work_out(&self.text)));
        Rc::clone(known).downcast().unwrap_or_else(|_| Rc::new(work_out(&self.text)))
    }

    /// The folder that relative paths in it start from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }
}
