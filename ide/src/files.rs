//! The files that evaluations see: those of the caller, and those that are part of this program.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nixvirt_evaluator::{EMBEDDED, Files, LIB};
use nixvirt_templates::FILES;

/// The folder of the templates' files, among the Nix files that are part of this program.
pub const TEMPLATES: &str = "templates";

/// The folder of the pages on diagnostic codes, among the files that are part of this program and that an editor can open.
pub const PAGES: &str = "explain";

/// The name of the page on a diagnostic code, in [`PAGES`].
pub fn page_name(code: &str) -> String {
    format!("{code}.md")
}

/// What stands in place of files that Nix needs and this evaluator does not; each says why.
const INSTEAD: [(&str, &str); 2] = [("places.nix", "_: { }"), ("check-arguments.nix", "_: _: _: true")];

/// The files of the machine that an editor or a check works on. All input of this crate comes through it.
pub trait Machine: Files + Send + Sync {
    /// The content of a regular file; nothing where there is none that can be read.
    fn bytes(&self, path: &Path) -> Option<Vec<u8>>;

    /// Whether there is a regular file at a path.
    fn is_file(&self, path: &Path) -> bool;

    /// A file that is part of this program, by its path below [`EMBEDDED`], as one that an editor can open.
    fn opened(&self, embedded: &Path) -> Option<PathBuf>;
}

/// Files of which it is noted which ones were read.
pub struct Noted<F> {
    /// The files.
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

/// No files.
pub struct Nowhere;

impl Files for Nowhere {
    fn read(&self, _: &Path) -> io::Result<String> {
        Err(io::Error::from(io::ErrorKind::NotFound))
    }

    fn exists(&self, _: &Path) -> bool {
        false
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

/// Other files, and beside them those that are part of this program.
pub(crate) struct WithOwn<F>(pub F);

impl<F: Files> Files for WithOwn<F> {
    fn read(&self, path: &Path) -> io::Result<String> {
        let Ok(below) = path.strip_prefix(EMBEDDED) else { return self.0.read(path) };
        let found = match below.strip_prefix(TEMPLATES) {
            Ok(below) => INSTEAD.iter().chain(FILES).find(|(name, _)| Path::new(name) == below),
            Err(_) => LIB.iter().find(|(name, _)| Path::new(name) == below),
        };
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn exists(&self, path: &Path) -> bool {
        if path.starts_with(EMBEDDED) { self.read(path).is_ok() } else { self.0.exists(path) }
    }
}
