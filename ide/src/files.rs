//! The files of the machine that an editor or a check works on.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nixvirt_evaluator::Files;
pub use nixvirt_expand::files::Nowhere;

/// The folder of the pages on diagnostic codes, among the files that are part of this program and that an editor can open.
pub const PAGES: &str = "explain";

/// The name of the page on a diagnostic code, in [`PAGES`].
pub fn page_name(code: &str) -> String {
    format!("{code}.md")
}

/// The files of the machine that an editor or a check works on. All input of this crate comes through it.
pub trait Machine: Files + Send + Sync {
    /// The content of a regular file; nothing where there is none that can be read.
    fn bytes(&self, path: &Path) -> Option<Vec<u8>>;

    /// Whether there is a regular file at a path.
    fn is_file(&self, path: &Path) -> bool;

    /// A file that is part of this program, by its path below [`EMBEDDED`](nixvirt_evaluator::EMBEDDED), as one that an editor can open.
    fn opened(&self, embedded: &Path) -> Option<PathBuf>;
}

/// Files of which it is noted which ones were read.
pub struct Noted<F> {
    /// The machine whose files are read.
    pub files: F,
    /// The paths of those that were read.
    pub read: Rc<RefCell<Vec<PathBuf>>>,
}

impl<F: Files> Files for Noted<F> {
    fn read(&self, path: &Path) -> io::Result<String> {
        self.read.borrow_mut().push(path.to_owned());
        self.files.read(path)
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.exists(path)
    }
}

impl Machine for Nowhere {
    fn bytes(&self, _: &Path) -> Option<Vec<u8>> {
        None
    }

    fn is_file(&self, _: &Path) -> bool {
        false
    }

    fn opened(&self, _: &Path) -> Option<PathBuf> {
        None
    }
}
