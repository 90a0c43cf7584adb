//! Writing what comes of a run: to standard output, to a file, to a bundle's folder.

mod folder;
mod inputs;
mod replace;

use std::io;
use std::path::{Path, PathBuf};

use nixvirt_files::{Links, stdout};

pub(crate) use self::folder::to_folder;
pub(crate) use self::inputs::Inputs;
use crate::Status;

/// Prints to standard output.
pub(crate) fn to_stdout(bytes: &[u8]) -> io::Result<Status> {
    stdout::print(bytes).map(|()| Status::Fine)
}

/// Writes to a file, or to standard output where none is asked for or it is called `-`. No input is written to.
pub(crate) fn to(target: Option<&Path>, bytes: &[u8], inputs: &Inputs) -> io::Result<Status> {
    let Some(file) = target.filter(|target| !is_hyphen(target)) else {
        return to_stdout(bytes);
    };
    if let Some(input) = inputs.are_at(file) {
        return Err(cannot_write(file, io::Error::other(format!("it is {input}, which would be lost"))));
    }
    nixvirt_files::write(file, bytes, Links::Part).map_err(|error| cannot_write(file, error))?;
    Ok(Status::Fine)
}

/// Writes to the file that was read.
pub(crate) fn over_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match is_hyphen(path) {
        true => Err(io::Error::other("standard input cannot be written to: leave out `--write` to print it")),
        false => nixvirt_files::write(path, bytes, Links::Keep).map_err(|error| cannot_write(path, error)),
    }
}

/// Whether a path stands for standard input or output.
pub(crate) fn is_hyphen(path: &Path) -> bool {
    path == Path::new("-")
}

/// A path as seen from anywhere, whether or not there is anything at it.
pub(crate) fn absolute(path: &Path) -> io::Result<PathBuf> {
    std::path::absolute(path)
}

fn cannot_write(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
}
