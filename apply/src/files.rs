//! Writing files so that whoever reads them sees the old text or the new one, whole.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Writes a file in one step, with that mode. The new text is on the disk before it takes the place of the old one.
/// Where the path is a symbolic link, the link stays, and the file that it points to is replaced.
///
/// # Errors
/// The system's error; it names no file, so that the caller can name the user's.
pub fn replace(path: &Path, text: &[u8], mode: u32) -> io::Result<()> {
    let path = target(path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A name for this process alone; what a kill has left of it is overwritten.
    let temporary = folder.join(format!(".{:.200}.{}~", name, std::process::id()));
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600).custom_flags(no_follow());
        let mut file = options.open(&temporary)?;
        file.write_all(text)?;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.sync_all()?;
        fs::rename(&temporary, &path)
    };
    let written = write();
    if written.is_err() {
        // The write has failed already, which is what is to be said.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn no_follow() -> i32 {
    // The bits are the same in both types.
    rustix::fs::OFlags::NOFOLLOW.bits().cast_signed()
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
