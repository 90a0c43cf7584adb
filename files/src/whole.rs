//! Writing one file: a temporary one beside it, which takes its place once it is whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::{Access, AtFlags, CWD, FileType};

use crate::dir::{Dir, Stamp};

/// The treatment of a file that has several names (hard links).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// The name gets a file of its own, and the others keep what they had.
    Part,
    /// It is not written: its names are to stay one file's.
    Keep,
}

/// Writes a file: it has these bytes then, or what it had. It keeps its owner, permissions and attributes; a symbolic link
/// stays one, and what it points to is written. What is no file (a device, a pipe) is written to as it is.
///
/// # Errors
/// Where that cannot be done; then nothing has changed. The message is free of the path.
pub fn write(path: &Path, bytes: &[u8], links: Links) -> io::Result<()> {
    let there = match fs::metadata(path) {
        Ok(there) => Some(there),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let Some(there) = there else {
        if let Ok(target) = fs::read_link(path) {
            let target = target.display();
            return Err(io::Error::other(format!(
                "it is a symbolic link to {target}, and there is nothing there: make that, or remove the link"
            )));
        }
        let folder = folder_of(path);
        if !folder.is_dir() {
            return Err(io::Error::other(format!("there is no folder {}", folder.display())));
        }
        return put(path, bytes, None);
    };
    if there.is_dir() {
        return Err(io::Error::other(
            "it is a folder, and what is to be written makes one file: name a file in it",
        ));
    }
    if !there.is_file() {
        let mut device = File::options().write(true).open(path)?;
        return device.write_all(bytes).map_err(|error| io::Error::other(error.to_string()));
    }
    // A shell's `> out` or `>> out`, given as `/dev/stdout`: what others wrote to it stays, and it goes on from there.
    let file = Some((there.dev(), there.ino()));
    if file == opened(rustix::stdio::stdout()) {
        return crate::stdout::print(bytes);
    }
    if file == opened(rustix::stdio::stderr()) {
        return io::stderr().write_all(bytes);
    }
    if links == Links::Keep && there.nlink() > 1 {
        let names = there.nlink();
        return Err(io::Error::other(format!(
            "it has {names} names (hard links), which would part: print it, and write the result where it belongs"
        )));
    }
    // A read-only file is meant to stay as it is, though a rename would replace it.
    rustix::fs::accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS)?;
    put(&fs::canonicalize(path)?, bytes, Some(&there))
}

/// Puts a file into its folder, in the place of the one that is there.
fn put(path: &Path, bytes: &[u8], there: Option<&fs::Metadata>) -> io::Result<()> {
    let folder = Dir::open(folder_of(path))?;
    let name = Path::new(path.file_name().ok_or_else(|| io::Error::other("it is no name of a file"))?);
    let temporary = temporary_name();
    let temporary = Path::new(&temporary);
    folder.create_hidden(temporary, bytes, there.map(|_| name))?;
    if let Err(error) = folder.replace(name, temporary) {
        let _ = folder.remove(temporary);
        return Err(error);
    }
    folder.sync();
    Ok(())
}

/// The ordinary file that a stream comes from or goes to; nothing where it is none.
pub(crate) fn opened(stream: BorrowedFd<'_>) -> Option<(u64, u64)> {
    let stat = rustix::fs::fstat(stream).ok()?;
    let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    is_file.then(|| Stamp::of(&stat).file)
}

/// A name that no other run of the program has at the same time.
fn temporary_name() -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos() as u64);
    format!(".nixvirt-{}-{now:x}", std::process::id())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
