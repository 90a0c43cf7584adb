//! The files that an evaluator sees: all that it does of I/O goes through this trait.

use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// The files that an evaluator sees.
pub trait Files {
    /// The text of a file.
    ///
    /// # Errors
    /// Where there is none. What is too long to be read fails with `FileTooLarge`, what is no text with `InvalidData`.
    fn read(&self, path: &Path) -> io::Result<String>;

    /// Whether there is anything at a path. Its content does not matter and need not be read.
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
