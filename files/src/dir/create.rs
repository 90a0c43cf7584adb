//! Making files in a folder, with the owner and permissions of the file that they are to replace.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use crate::dir::Dir;

impl Dir {
    /// Makes a new file with these bytes. It gets owner, permissions and attributes of the file at `like` where there is
    /// one, else what the user's umask says. It outlasts a power failure after [`Dir::sync_file`].
    ///
    /// # Errors
    /// Where there is something at the name, or it cannot be written; then nothing is left of it.
    pub fn create(&self, name: &Path, bytes: &[u8], like: Option<&Path>) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mode = Mode::from_raw_mode(if like.is_some() { 0o600 } else { 0o666 });
        let file = File::from(rustix::fs::openat(&self.0, name, flags, mode)?);
        let done = self.fill(&file, bytes, like);
        if done.is_err() {
            // It is nobody's, and what went wrong is the news.
            let _ = rustix::fs::unlinkat(&self.0, name, AtFlags::empty());
        }
        done
    }

    /// Makes a new file under a temporary name; under none where the system can, so that a kill leaves nothing behind.
    pub(crate) fn create_hidden(&self, name: &Path, bytes: &[u8], like: Option<&Path>) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        {
            let mode = Mode::from_raw_mode(if like.is_some() { 0o600 } else { 0o666 });
            let flags = OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC;
            if let Ok(file) = rustix::fs::openat(&self.0, ".", flags, mode) {
                use std::os::fd::AsRawFd;
                let file = File::from(file);
                let nameless = format!("/proc/self/fd/{}", file.as_raw_fd());
                self.fill(&file, bytes, like)?;
                file.sync_all()?;
                let linked =
                    rustix::fs::linkat(rustix::fs::CWD, &nameless, &self.0, name, AtFlags::SYMLINK_FOLLOW);
                if linked.is_ok() {
                    return Ok(());
                }
            }
        }
        self.create(name, bytes, like)?;
        self.sync_file(name)
    }

    fn fill(&self, mut file: &File, bytes: &[u8], like: Option<&Path>) -> io::Result<()> {
        file.write_all(bytes)?;
        like.map_or(Ok(()), |like| self.dress(file, like))
    }

    /// Gives a new file what the one that it replaces has.
    fn dress(&self, new: &File, like: &Path) -> io::Result<()> {
        let old = rustix::fs::statat(&self.0, like, AtFlags::SYMLINK_NOFOLLOW)?;
        let own = rustix::fs::fstat(new)?;
        let owner = (old.st_uid != own.st_uid).then(|| rustix::fs::Uid::from_raw(old.st_uid));
        let group = (old.st_gid != own.st_gid).then(|| rustix::fs::Gid::from_raw(old.st_gid));
        if owner.is_some() || group.is_some() {
            rustix::fs::fchown(new, owner, group).map_err(|error| {
                let whose = format!("user {} and group {}", old.st_uid, old.st_gid);
                let why = "which a new file cannot be given";
                io::Error::new(
                    io::Error::from(error).kind(),
                    format!("it belongs to {whose}, {why}: write it as that user, or remove it first"),
                )
            })?;
        }
        // After the owner, for a change of that takes some permissions away.
        rustix::fs::fchmod(new, Mode::from_raw_mode(old.st_mode & 0o7777))?;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        match rustix::fs::openat(&self.0, like, flags, Mode::empty()) {
            Ok(old) => copy_attributes(&old, new),
            // Who may not read the file may not read them either.
            Err(_) => Ok(()),
        }
    }
}

/// Copies the extended attributes, among them access control lists.
fn copy_attributes(old: impl AsFd, new: &File) -> io::Result<()> {
    let names = sized(|buffer| rustix::fs::flistxattr(&old, buffer));
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let value = sized(|buffer| rustix::fs::fgetxattr(&old, name, buffer));
        match rustix::fs::fsetxattr(new, name, &value, rustix::fs::XattrFlags::empty()) {
            // Labels of the system's are its own to set.
            Ok(()) | Err(Errno::PERM | Errno::ACCESS | Errno::NOTSUP) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The bytes that a call writes to a buffer, whose size it tells itself; nothing where it fails.
fn sized(call: impl Fn(&mut [u8]) -> rustix::io::Result<usize>) -> Vec<u8> {
    let mut buffer = vec![0; call(&mut []).unwrap_or(0)];
    let used = if buffer.is_empty() { 0 } else { call(&mut buffer).unwrap_or(0) };
    buffer.truncate(used);
    buffer
}
