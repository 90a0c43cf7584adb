//! The files of this machine, as evaluations see them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use nixvirt_evaluator::Files;
use nixvirt_ide::files::Machine;

use crate::{embedded, source};

/// A longer file is no part of a configuration: a disk image, say, at whose name somebody only looks.
const LONGEST: u64 = 64 << 20;

/// The files of the machine.
pub struct DiskFiles;

impl Files for DiskFiles {
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

impl Machine for DiskFiles {
    fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        self.is_file(path).then(|| source::read_some(path).ok()).flatten()
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn opened(&self, embedded: &Path) -> Option<PathBuf> {
        embedded::file(embedded)
    }
}
