//! Writing files so that whoever reads them sees the old text or the new one, whole, and reading them without waiting for
//! anybody.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Writes a file in one step, with that mode. The new text is on the disk before it takes the place of the old one.
/// Where the path is a symbolic link, the link stays, and the file that it points to is replaced.
///
/// # Errors
/// The system's error; it names no file, so that the caller can name the user's.
pub fn replace(path: &Path, text: &[u8], mode: u32) -> io::Result<()> {
    replace_with(path, mode, |mut file| file.write_all(text))
}

/// The same for a text that is written bit by bit.
///
/// # Errors
/// The system's error, or that of `write`.
pub fn replace_with<T>(path: &Path, mode: u32, write: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
    let path = target(path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    // The error names the temporary file, of which nobody knows.
    let new = tempfile::Builder::new().prefix(".nixvirt-").tempfile_in(folder);
    let new = new.map_err(|error| io::Error::from(error.kind()))?;
    let written = write(new.as_file())?;
    new.as_file().set_permissions(Permissions::from_mode(mode))?;
    new.as_file().sync_all()?;
    new.persist(&path).map_err(|error| error.error)?;
    Ok(written)
}

/// Reads a file. Anything else, such as a FIFO, is not waited for.
///
/// # Errors
/// The system's error, or that it is no file.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    // A shell passes `<(COMMAND)` as a FIFO that has a writer, so that reading it ends.
    if path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd") {
        return fs::read(path);
    }
    let mut options = OpenOptions::new();
    let mut file = options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a file as text, as [`read`] does.
///
/// # Errors
/// The system's error, that it is no file, or that it is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|_| io::Error::other("it is not valid UTF-8"))
}

/// Whether only root and whoever runs this can say what is at a path: each link on the way and each folder that holds one
/// is owned by one of them, and nobody else can write there.
///
/// # Errors
/// Which place is somebody else's. What does not exist is nobody's.
pub fn only_ours(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    let mut links = 0;
    let mut ahead: Vec<OsString> = path.components().rev().map(|part| part.as_os_str().to_owned()).collect();
    let mut here = PathBuf::new();
    while let Some(part) = ahead.pop() {
        if part == ".." {
            here.pop();
            continue;
        }
        let next = here.join(&part);
        let Ok(found) = fs::symlink_metadata(&next) else { break };
        if found.is_symlink() {
            links += 1;
            if links > 40 {
                return Err(io::Error::other("it is a link that leads round"));
            }
            trusted_folder(&here)?;
            trusted(&next, &found)?;
            let leads = fs::read_link(&next)?;
            if leads.is_absolute() {
                here = PathBuf::new();
            }
            ahead.extend(leads.components().rev().map(|part| part.as_os_str().to_owned()));
            continue;
        }
        here = next;
    }
    // Where a link leads, its folders count, too.
    if links > 0 { trusted_folder(&here) } else { Ok(()) }
}

/// Whether a folder and all above it are root's or ours to write to.
fn trusted_folder(folder: &Path) -> io::Result<()> {
    for folder in folder.ancestors().filter(|folder| !folder.as_os_str().is_empty()) {
        let found = fs::metadata(folder)?;
        trusted(folder, &found)?;
        // In a folder such as /tmp, everybody can write, but nobody can touch what is another one's.
        let is_sticky = found.mode() & 0o1000 != 0;
        if found.is_dir() && found.mode() & 0o022 != 0 && !is_sticky {
            return Err(io::Error::other(format!(
                "a link leads through {}, where others can write",
                folder.display()
            )));
        }
    }
    Ok(())
}

fn trusted(path: &Path, found: &Metadata) -> io::Result<()> {
    let us = rustix::process::geteuid().as_raw();
    match [0, us].contains(&found.uid()) {
        true => Ok(()),
        false => Err(io::Error::other(format!(
            "a link leads through {}, which is somebody else's",
            path.display()
        ))),
    }
}

/// Where a path leads, through all links that can be trusted. What does not exist leads to itself.
///
/// # Errors
/// Where a link leads nowhere, or is somebody else's.
pub fn target(path: &Path) -> io::Result<PathBuf> {
    only_ours(path)?;
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(path.to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(io::Error::new(error.kind(), "it is a link to a file that does not exist"))
        }
        found => found,
    }
}

/// Removes a file that may be gone already.
///
/// # Errors
/// The system's error.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_can_change_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (open, link) = (folder.path().join("open"), folder.path().join("open/link"));
        fs::create_dir(&open).unwrap();
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        only_ours(&link).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
        let why = only_ours(&link.join("file")).unwrap_err().to_string();
        assert!(why.contains("where others can write"), "{why}");
        // Without a link, nobody is led anywhere.
        only_ours(&open.join("file")).unwrap();
        let round = folder.path().join("round");
        std::os::unix::fs::symlink(&round, &round).unwrap();
        assert!(only_ours(&round).unwrap_err().to_string().contains("round"));
    }

    #[test]
    fn a_link_stays_and_nothing_is_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, b"new", 0o640).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(link.is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        fs::remove_file(&file).unwrap();
        assert!(replace(&link, b"new", 0o640).unwrap_err().to_string().contains("a link to a file"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
