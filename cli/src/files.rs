//! The files that evaluations see: those of the machine, and those that are part of this program.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nixvirt_evaluator::{EMBEDDED, Files, LIB};
use nixvirt_templates::FILES;

use crate::evaluate::TEMPLATES;

/// What stands in place of the file by which templates keep places: Nix needs it, and this evaluator does not; see there.
const NO_PLACES: (&str, &str) = ("places.nix", "_: { }");

/// A longer file is no part of a configuration: a disk image, say, at whose name somebody only looks.
const LONGEST: u64 = 64 << 20;

/// The files of the machine.
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<String> {
        let found = fs::metadata(path)?;
        // Neither a pipe nor a device is part of a configuration, and neither need ever end.
        if !found.is_file() {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        let too_long = || {
            let message = format!("it is longer than {} MB, and that much is not read", LONGEST >> 20);
            io::Error::new(io::ErrorKind::FileTooLarge, message)
        };
        if found.len() > LONGEST {
            return Err(too_long());
        }
        let mut text = String::new();
        // It may grow meanwhile, or not say how long it is.
        match File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)? as u64 > LONGEST {
            true => Err(too_long()),
            false => Ok(text),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok()
    }
}

/// Files of which it is noted which ones were read.
pub(crate) struct Noted<F> {
    pub files: F,
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

/// Other files, and beside them those that are part of this program.
pub(crate) struct WithOwn<F>(pub F);

impl<F: Files> Files for WithOwn<F> {
    fn read(&self, path: &Path) -> io::Result<String> {
        let Ok(below) = path.strip_prefix(EMBEDDED) else { return self.0.read(path) };
        let found = match below.strip_prefix(TEMPLATES) {
            Ok(below) => [NO_PLACES].iter().chain(FILES).find(|(name, _)| Path::new(name) == below),
            Err(_) => LIB.iter().find(|(name, _)| Path::new(name) == below),
        };
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn exists(&self, path: &Path) -> bool {
        if path.starts_with(EMBEDDED) { self.read(path).is_ok() } else { self.0.exists(path) }
    }
}
