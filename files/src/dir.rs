//! A folder that is worked on through its descriptor. What is in it goes by name and never through a symbolic link, so that
//! nobody can lead a write elsewhere by moving a folder or putting a link in its place.

mod create;

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;

/// An open folder: files in it are reached through it, whatever happens to its path meanwhile.
#[derive(Debug)]
pub struct Dir(OwnedFd);

/// The kind of file at a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryContent {
    /// There is no file of that name.
    Nothing,
    /// A file, with what is in it.
    File(Vec<u8>, Stamp),
    /// A folder, of any content.
    Folder,
    /// A symbolic link, which is not followed.
    Link,
    /// A file that is longer than was asked for, a device, a pipe, a socket.
    Other,
}

impl EntryContent {
    /// The name of the kind of file with its article, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            EntryContent::Nothing => "nothing",
            EntryContent::File(..) => "a file",
            EntryContent::Folder => "a folder",
            EntryContent::Link => "a symbolic link",
            EntryContent::Other => "no ordinary file",
        }
    }
}

/// The identity and state of a file, to notice a change without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The device and the inode, which are the same under every name of the file.
    pub file: (u64, u64),
    size: i64,
    changed: (i64, i64),
}

#[allow(clippy::unnecessary_cast, reason = "the types differ from system to system")]
impl Stamp {
    pub(crate) fn of(stat: &Stat) -> Stamp {
        Stamp {
            file: (stat.st_dev as u64, stat.st_ino as u64),
            size: stat.st_size as i64,
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        }
    }
}

impl Dir {
    /// Opens a folder; a link to one is followed.
    ///
    /// # Errors
    /// Where there is none, or it may not be looked into.
    pub fn open(path: &Path) -> io::Result<Dir> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        Ok(Dir(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// Opens a folder in this one. A link is none.
    ///
    /// # Errors
    /// Where there is none, or it may not be looked into.
    pub fn below(&self, name: &Path) -> io::Result<Dir> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        Ok(Dir(rustix::fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    /// Makes a folder in this one, as the user's umask has it. Whether it was made: it may be there already.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn make(&self, name: &Path) -> io::Result<bool> {
        match rustix::fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o777)) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until no other process has this folder locked, and locks it until this is dropped. Where the file system has
    /// no locks it goes without: what is there is looked at again before anything is replaced.
    ///
    /// # Errors
    /// Where another process keeps it locked for longer than `patience`.
    pub fn lock(&self, patience: Duration) -> io::Result<()> {
        let started = Instant::now();
        loop {
            match rustix::fs::flock(&self.0, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) if started.elapsed() < patience => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(Errno::WOULDBLOCK) => return Err(io::Error::other("another process has it locked")),
                Err(Errno::INTR) => {}
                Ok(()) | Err(_) => return Ok(()),
            }
        }
    }

    /// Looks at a name. A file is read, unless it has more bytes than `most`.
    ///
    /// # Errors
    /// Where that cannot be said or the file not be read.
    pub fn look(&self, name: &Path, most: u64) -> io::Result<EntryContent> {
        // A pipe is opened without waiting for who writes to it.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = match self.kind(name)? {
            None => return Ok(EntryContent::Nothing),
            Some(FileType::RegularFile) => match rustix::fs::openat(&self.0, name, flags, Mode::empty()) {
                Ok(file) => File::from(file),
                Err(Errno::NOENT) => return Ok(EntryContent::Nothing),
                Err(Errno::LOOP) => return Ok(EntryContent::Link),
                Err(error) => return Err(error.into()),
            },
            Some(FileType::Directory) => return Ok(EntryContent::Folder),
            Some(FileType::Symlink) => return Ok(EntryContent::Link),
            Some(_) => return Ok(EntryContent::Other),
        };
        let stat = rustix::fs::fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(EntryContent::Other);
        }
        let mut bytes = Vec::new();
        (&file).take(most + 1).read_to_end(&mut bytes)?;
        Ok(if bytes.len() as u64 > most {
            EntryContent::Other
        } else {
            EntryContent::File(bytes, Stamp::of(&stat))
        })
    }

    fn kind(&self, name: &Path) -> io::Result<Option<FileType>> {
        match rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The state of the file at a name; nothing where there is none.
    ///
    /// # Errors
    /// Where that cannot be said.
    pub fn stamp(&self, name: &Path) -> io::Result<Option<Stamp>> {
        match rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Stamp::of(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts a file in the place of another in one step, or where there is none. Both are names in this folder.
    ///
    /// # Errors
    /// Where that cannot be done.
    pub fn replace(&self, name: &Path, by: &Path) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, by, &self.0, name)?)
    }

    /// Gives a file another name, at which there must be nothing.
    ///
    /// # Errors
    /// Where there is something (`AlreadyExists`), or it cannot be done.
    pub fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_vendor = "apple"))]
        {
            let only_new = rustix::fs::RenameFlags::NOREPLACE;
            match rustix::fs::renameat_with(&self.0, from, &self.0, to, only_new) {
                // Not every file system knows how.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
                done => return Ok(done?),
            }
        }
        // A link, too, is made only where there is nothing; both names are then one file's.
        rustix::fs::linkat(&self.0, from, &self.0, to, AtFlags::empty())?;
        Ok(rustix::fs::unlinkat(&self.0, from, AtFlags::empty())?)
    }

    /// Removes a file.
    ///
    /// # Errors
    /// Where there is none or it cannot be removed.
    pub fn remove(&self, name: &Path) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Removes a folder if there is nothing in it. Whether it was.
    pub fn remove_empty(&self, name: &Path) -> bool {
        rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR).is_ok()
    }

    /// The names in it that begin with this.
    ///
    /// # Errors
    /// Where it cannot be listed.
    pub fn names(&self, prefix: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.0)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with(prefix) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Makes what is in a file outlast a power failure.
    ///
    /// # Errors
    /// Where it cannot be written to the disk.
    pub fn sync_file(&self, name: &Path) -> io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = rustix::fs::openat(&self.0, name, flags, Mode::empty())?;
        Ok(rustix::fs::fsync(file)?)
    }

    /// Makes all files of the file system outlast a power failure, which of many files takes less time than one by one.
    /// Whether the system can do that.
    ///
    /// # Errors
    /// Where they cannot be written to the disk.
    pub fn sync_file_system(&self) -> io::Result<bool> {
        #[cfg(target_os = "linux")]
        rustix::fs::syncfs(&self.0)?;
        Ok(cfg!(target_os = "linux"))
    }

    /// Makes names that were given or taken outlast a power failure.
    pub fn sync(&self) {
        // Some file systems refuse it for folders; then there is nothing more to be had.
        let _ = rustix::fs::fsync(&self.0);
    }
}
