//! Hard links to paths of the Nix store, beside the store. Each path is linked under a name of its own and moved to its place
//! once it is whole, so that a run that is killed leaves no half of one.
//!
//! On NixOS, `/nix/store` is mounted onto itself, read-only. The kernel makes no hard links between two mounts, even of one file system.
//! A clone of the mount of the folder above has both, and nobody else sees it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{
    self, AtFlags, CWD, Dir, FileType, Gid, Mode, OFlags, RawMode, Stat, StatxFlags, Timespec, Timestamps,
    Uid,
};
use rustix::io::Errno;
use rustix::mount::{OpenTreeFlags, open_tree};

use super::refused::refused;
use crate::error::Error;

/// How folders are opened: what is a link or a file is none.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A store and a folder, open on one mount, so that links can be made between them.
#[derive(Debug)]
pub(super) struct StoreLinks {
    store: OwnedFd,
    folder: OwnedFd,
    /// The clone that both are on, as long as it is needed.
    _mount: Option<OwnedFd>,
}

impl StoreLinks {
    /// Opens a store and a folder below the one that the store is in. Nothing is changed.
    ///
    /// # Errors
    /// Why no links can be made between them.
    pub(super) fn open(store: &Path, folder: &Path) -> Result<StoreLinks, Error> {
        let open = |path: &Path| {
            fs::open(path, FOLDER, Mode::empty())
                .map_err(|error| unlinked(&format!("open {}", path.display()), error))
        };
        let links = StoreLinks { store: open(store)?, folder: open(folder)?, _mount: None };
        let (of_store, of_folder) = (stat(&links.store)?, stat(&links.folder)?);
        if of_store.st_dev != of_folder.st_dev {
            let message = format!("{} and {} are on two file systems", store.display(), folder.display());
            return Err(refused(message));
        }
        if mount_of(&links.store) == mount_of(&links.folder) {
            return Ok(links);
        }
        links.on_one_mount((store, &of_store), (folder, &of_folder))
    }

    /// The same store and folder, on a clone of the mount of the folder above the store.
    fn on_one_mount(&self, store: (&Path, &Stat), folder: (&Path, &Stat)) -> Result<StoreLinks, Error> {
        let above = store.0.parent().unwrap_or(Path::new("/"));
        let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
        let mount = open_tree(CWD, above, flags).map_err(|error| {
            let tried = format!("reach {} below the mount that {} is", store.0.display(), store.0.display());
            let right =
                "its own mount takes the right CAP_SYS_ADMIN, which root has unless a service takes it away";
            unlinked(&tried, error).note(right)
        })?;
        let open = |(path, found): (&Path, &Stat)| {
            let below = path.strip_prefix(above).unwrap_or(path);
            let opened = fs::openat(&mount, below, FOLDER, Mode::empty()).ok();
            let same = opened.filter(|opened| {
                stat(opened).is_ok_and(|there| (there.st_dev, there.st_ino) == (found.st_dev, found.st_ino))
            });
            same.ok_or_else(|| {
                let message =
                    format!("{} is another folder than the one that is mounted there", path.display());
                refused(message)
            })
        };
        Ok(StoreLinks { store: open(store)?, folder: open(folder)?, _mount: Some(mount) })
    }

    /// Whether the store has a path of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        fs::statat(&self.store, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Links a path of the store into the folder `to`, by way of the folder `by`.
    ///
    /// # Errors
    /// The error of the system.
    pub(super) fn add(&self, name: &str, by: &str, to: &str) -> io::Result<()> {
        let (by, to) = (self.own(by)?, self.own(to)?);
        link(self.store.as_fd(), by.as_fd(), name)?;
        Ok(fs::renameat(&by, name, &to, name)?)
    }

    /// Takes a name out of the folder `from`, by way of the folder `by`. Of the store, nothing goes.
    ///
    /// # Errors
    /// The error of the system.
    pub(super) fn take(&self, name: &str, from: &str, by: &str) -> io::Result<()> {
        let (from, by) = (self.own(from)?, self.own(by)?);
        fs::renameat(&from, name, &by, name)?;
        remove(by.as_fd(), name)
    }

    /// Removes all that is in a folder.
    ///
    /// # Errors
    /// The error of the system.
    pub(super) fn clear(&self, of: &str) -> io::Result<()> {
        let folder = self.own(of)?;
        names(folder.as_fd())?.iter().try_for_each(|name| remove(folder.as_fd(), name))
    }

    /// The names in a folder.
    ///
    /// # Errors
    /// The error of the system.
    pub(super) fn there(&self, of: &str) -> io::Result<BTreeSet<String>> {
        names(self.own(of)?.as_fd())
    }

    /// Gives a folder the owner and the mode of the store.
    ///
    /// # Errors
    /// The error of the system.
    pub(super) fn like_the_store(&self, of: &str) -> io::Result<()> {
        let found = fs::fstat(&self.store)?;
        like(self.own(of)?.as_fd(), &found)
    }

    fn own(&self, name: &str) -> io::Result<OwnedFd> {
        Ok(fs::openat(&self.folder, name, FOLDER, Mode::empty())?)
    }
}

/// Removes folders of a view, with what is in them; what is missing is no error.
///
/// # Errors
/// The error of the system.
pub(super) fn remove_folders(folder: &Path, of: &[&str]) -> io::Result<()> {
    let folder = fs::open(folder, FOLDER, Mode::empty())?;
    of.iter().try_for_each(|name| match remove(folder.as_fd(), name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    })
}

/// The deepest folder on the way to a path that is there.
pub(super) fn existing(path: &Path) -> PathBuf {
    path.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

fn unlinked(tried: &str, error: Errno) -> Error {
    refused(format!("cannot {tried}")).system(io::Error::from(error))
}

fn stat(folder: &OwnedFd) -> Result<Stat, Error> {
    fs::fstat(folder).map_err(|error| unlinked("look at a folder", error))
}

/// The number of the mount that a folder was opened on; nothing where the kernel does not say.
fn mount_of(folder: &OwnedFd) -> Option<u64> {
    let found = fs::statx(folder, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).ok()?;
    StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::MNT_ID).then_some(found.stx_mnt_id)
}

fn names(folder: BorrowedFd<'_>) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name =
            entry.file_name().to_str().map_err(|_| io::Error::other("it has a name that is not UTF-8"))?;
        if name != "." && name != ".." {
            found.insert(name.to_owned());
        }
    }
    Ok(found)
}

/// Links a file, a symbolic link, or all that is in a folder, into another folder.
fn link(from: BorrowedFd<'_>, to: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    let found = fs::statat(from, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(found.st_mode) != FileType::Directory {
        return match fs::linkat(from, name, to, name, AtFlags::empty()) {
            // A file system counts only so many links of a file.
            Err(Errno::MLINK) => copy(from, to, name, &found),
            linked => Ok(linked?),
        };
    }
    fs::mkdirat(to, name, Mode::RWXU)?;
    let (old, new) =
        (fs::openat(from, name, FOLDER, Mode::empty())?, fs::openat(to, name, FOLDER, Mode::empty())?);
    for name in names(old.as_fd())? {
        link(old.as_fd(), new.as_fd(), &name)?;
    }
    like(new.as_fd(), &found)
}

/// Copies a file or a symbolic link.
fn copy(from: BorrowedFd<'_>, to: BorrowedFd<'_>, name: &str, found: &Stat) -> io::Result<()> {
    if FileType::from_raw_mode(found.st_mode) == FileType::Symlink {
        fs::symlinkat(&*fs::readlinkat(from, name, Vec::new())?, to, name)?;
        return Ok(fs::utimensat(to, name, &times(found), AtFlags::SYMLINK_NOFOLLOW)?);
    }
    let reading = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let writing = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let mut old = File::from(fs::openat(from, name, reading, Mode::empty())?);
    let mut new = File::from(fs::openat(to, name, writing, Mode::RUSR | Mode::WUSR)?);
    io::copy(&mut old, &mut new)?;
    like(new.as_fd(), found)
}

/// Gives a file or a folder the owner, the mode and the times of another one.
fn like(new: BorrowedFd<'_>, found: &Stat) -> io::Result<()> {
    fs::fchmod(new, Mode::from_raw_mode(found.st_mode as RawMode & 0o7777))?;
    fs::futimens(new, &times(found))?;
    let there = fs::fstat(new)?;
    if (there.st_uid, there.st_gid) != (found.st_uid, found.st_gid) {
        // Who may not do this is root without the right, to whom the folder belongs then. A guest can read it all the same.
        let _ = fs::fchown(new, Some(Uid::from_raw(found.st_uid)), Some(Gid::from_raw(found.st_gid)));
    }
    Ok(())
}

fn times(found: &Stat) -> Timestamps {
    #[expect(clippy::cast_possible_wrap, reason = "nanoseconds are fewer than a thousand million")]
    let time = |seconds, nanoseconds| Timespec { tv_sec: seconds, tv_nsec: nanoseconds as _ };
    Timestamps {
        last_access: time(found.st_atime, found.st_atime_nsec),
        last_modification: time(found.st_mtime, found.st_mtime_nsec),
    }
}

/// Removes a name with all that is below it. A folder of the store is nobody's to write to, and neither is its like here.
fn remove(from: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    let found = fs::statat(from, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(found.st_mode) != FileType::Directory {
        return Ok(fs::unlinkat(from, name, AtFlags::empty())?);
    }
    let folder = fs::openat(from, name, FOLDER, Mode::empty())?;
    fs::fchmod(&folder, Mode::RWXU)?;
    names(folder.as_fd())?.iter().try_for_each(|name| remove(folder.as_fd(), name))?;
    Ok(fs::unlinkat(from, name, AtFlags::REMOVEDIR)?)
}
