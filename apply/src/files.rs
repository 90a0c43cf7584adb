//! Writing files so that whoever reads them sees the old text or the new one, whole.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

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

/// Where a path leads, through all links. What does not exist leads to itself.
///
/// # Errors
/// Where a link leads nowhere.
pub fn target(path: &Path) -> io::Result<PathBuf> {
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
