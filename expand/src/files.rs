//! The files that evaluations see: those of the caller, and those that are part of this program.

use std::io;
use std::path::Path;

use nixvirt_evaluator::{EMBEDDED, Files, LIB};
use nixvirt_templates::FILES;

/// The folder of the templates' files, among the Nix files that are part of this program.
pub const TEMPLATES: &str = "templates";

/// Replacements of files that Nix needs and this evaluator does not; each says why.
const INSTEAD: [(&str, &str); 2] = [("places.nix", "_: { }"), ("check-arguments.nix", "_: _: _: true")];

/// A machine without files.
pub struct Nowhere;

impl Files for Nowhere {
    fn read(&self, _: &Path) -> io::Result<String> {
        Err(io::Error::from(io::ErrorKind::NotFound))
    }

    fn exists(&self, _: &Path) -> bool {
        false
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
