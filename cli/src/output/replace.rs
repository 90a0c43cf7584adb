//! Replacing the files of a bundle's folder, in steps of which each leaves a folder that the next run understands.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nixvirt_compiler::Json;
use nixvirt_compiler::index::{INDEX, MARK, Mark, Writing};
use nixvirt_files::{Dir, EntryContent};
use rayon::prelude::*;

use super::cannot_write;
use super::folder::{Changes, FileChange, FolderRun, Home, Old, home, name};

/// How the names of temporary files begin.
const TEMPORARY: &str = ".nixvirt-";
/// The temporary file that becomes an index. It is known as ours by how it begins.
const NEW_INDEX: &str = ".nixvirt-index";
/// More files than this are brought to the disk at once, with all else that is on its way there.
const MANY: usize = 16;

impl FolderRun<'_> {
    /// Replaces, makes and removes the files; the index that comes last is left to be written.
    pub(super) fn replace(&self, old: Option<Old>, changes: &Changes, mark: &Mark) -> io::Result<()> {
        let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos());
        let temporary = format!("{TEMPORARY}{}-{now:x}-", std::process::id());
        let all = changes.write.iter().chain(&changes.remove);
        let before = all.filter_map(|change| Some((change.path.clone(), change.now?.1))).collect();
        let writing = Writing { before, temporary: temporary.clone() };
        let writing = Mark { writing: Some(writing), ..mark.clone() };
        let (entries, text) = match old {
            Some(old) => (old.entries, Some(old.text)),
            None => (Json::Set(Vec::new()), None),
        };
        self.write_index(&writing.index(entries))?;
        if let Err(error) = self.stage(changes, &temporary) {
            // Nothing was replaced so far. Where this fails as well, the next run knows what to do.
            drop(match text {
                Some(text) => self.write_index(&String::from_utf8_lossy(&text)),
                None => self.dir.remove(Path::new(INDEX)),
            });
            return Err(error);
        }
        let mut homes = BTreeSet::new();
        for (number, change) in changes.write.iter().enumerate() {
            homes.insert(home(&change.path));
            self.put(change, &format!("{temporary}{number}")).map_err(self.failed(&change.path))?;
        }
        for home in homes {
            if let Home::Open(dir) = self.home(home)? {
                dir.sync();
            }
        }
        if changes.remove.is_empty() {
            return Ok(());
        }
        // From here on no entry names what is to go.
        self.write_index(&writing.index(self.bundle.index.clone()))?;
        let removed = |change: &FileChange| self.remove(change).map_err(self.failed(&change.path));
        changes.remove.iter().try_for_each(removed)
    }

    /// Writes all files under temporary names, which is what can fail for want of room. If it does, none of them is left.
    fn stage(&self, changes: &Changes, temporary: &str) -> io::Result<()> {
        let homes: BTreeSet<&str> = changes.write.iter().map(|change| home(&change.path)).collect();
        let mut made = Vec::new();
        let making = homes.iter().try_for_each(|home| self.make_home(home, &mut made));
        let each = |work: &(dyn Fn(usize, &FileChange, &Dir) -> io::Result<()> + Sync)| {
            changes.write.par_iter().enumerate().try_for_each(|(number, change)| {
                self.open(&change.path)
                    .and_then(|dir| work(number, change, &dir))
                    .map_err(self.failed(&change.path))
            })
        };
        let staged_name = |number: usize| PathBuf::from(format!("{temporary}{number}"));
        let staged = making.and_then(|()| {
            each(&|number, change, dir| {
                let files = &self.bundle.files;
                let at = files.binary_search_by(|file| file.path.as_str().cmp(&change.path));
                let xml = at.map(|at| files[at].xml.as_bytes()).unwrap_or_default();
                dir.create(&staged_name(number), xml, change.now.map(|_| name(&change.path)))
            })?;
            let at_once = changes.write.len() > MANY;
            if at_once && self.dir.sync_file_system().map_err(self.failed(""))? {
                return Ok(());
            }
            each(&|number, _, dir| dir.sync_file(&staged_name(number)))
        });
        if staged.is_err() {
            for (number, change) in changes.write.iter().enumerate() {
                // Most of them are not there; what went wrong first is the news.
                let _ = self.open(&change.path).and_then(|dir| dir.remove(&staged_name(number)));
            }
            made.iter().rev().for_each(|path| drop(self.remove_home(path)));
        }
        staged
    }

    /// Makes a folder, with those that lead there, and adds those that were not there to `made`.
    fn make_home(&self, home: &str, made: &mut Vec<String>) -> io::Result<()> {
        let parts: Vec<&str> = home.split('/').collect();
        let mut here: Option<Dir> = None;
        for (depth, part) in parts.iter().enumerate() {
            let path = parts[..=depth].join("/");
            let at = here.as_ref().unwrap_or(self.dir);
            let below = at.make(Path::new(part)).and_then(|new| {
                made.extend(new.then(|| path.clone()));
                at.below(Path::new(part))
            });
            here = Some(below.map_err(self.failed(&path))?);
        }
        Ok(())
    }

    /// The folder of a file, which is there.
    fn open(&self, path: &str) -> io::Result<Dir> {
        match self.home(home(path))? {
            Home::Open(dir) => Ok(dir),
            Home::Missing => Err(io::Error::other("its folder is gone")),
            Home::Other(why) => Err(io::Error::other(why)),
        }
    }

    /// Puts a file in its place, unless somebody else has been there since it was looked at.
    fn put(&self, change: &FileChange, temporary: &str) -> io::Result<()> {
        let (dir, name, temporary) = (self.open(&change.path)?, name(&change.path), Path::new(temporary));
        match change.now {
            None => dir.rename_new(temporary, name),
            Some((stamp, _)) if dir.stamp(name)? == Some(stamp) => dir.replace(name, temporary),
            Some(_) => Err(changed()),
        }
    }

    fn remove(&self, change: &FileChange) -> io::Result<()> {
        let (dir, name) = (self.open(&change.path)?, name(&change.path));
        if dir.stamp(name)? != change.now.map(|(stamp, _)| stamp) {
            return Err(changed());
        }
        dir.remove(name)?;
        let mut path = home(&change.path);
        while !path.is_empty() && self.remove_home(path)? {
            path = home(path);
        }
        Ok(())
    }

    /// Removes a folder of ours if nothing is left in it.
    fn remove_home(&self, path: &str) -> io::Result<bool> {
        match home(path) {
            "" => Ok(self.dir.remove_empty(Path::new(path))),
            parent => match self.home(parent)? {
                Home::Open(dir) => Ok(dir.remove_empty(name(path))),
                _ => Ok(false),
            },
        }
    }

    /// Puts an index in the place of the one that is there.
    pub(super) fn write_index(&self, text: &str) -> io::Result<()> {
        let (name, new) = (Path::new(INDEX), Path::new(NEW_INDEX));
        let write = || {
            let like = self.dir.stamp(name)?.map(|_| name);
            self.dir.create(new, text.as_bytes(), like)?;
            let replaced = self.dir.sync_file(new).and_then(|()| self.dir.replace(name, new));
            if replaced.is_err() {
                let _ = self.dir.remove(new);
            }
            self.dir.sync();
            replaced
        };
        write().map_err(self.failed(INDEX))
    }

    /// Removes the temporary files of a run that was killed.
    pub(super) fn clean(&self, old: Option<&Old>) -> io::Result<()> {
        let beginning = format!("{{\n  \"{MARK}\": {{");
        let (dir, new) = (self.dir, Path::new(NEW_INDEX));
        match dir.look(new, u64::from(u32::MAX)).map_err(self.failed(NEW_INDEX))? {
            EntryContent::Nothing => {}
            EntryContent::File(bytes, _) if is_begun(&bytes, beginning.as_bytes()) => {
                dir.remove(new).map_err(self.failed(NEW_INDEX))?;
            }
            other => {
                let why = format!("it is {} that others put there: move it away", other.type_name());
                return Err(cannot_write(&self.folder.join(NEW_INDEX), io::Error::other(why)));
            }
        }
        let Some(Old { mark: Mark { files, writing: Some(writing), .. }, .. }) = old else { return Ok(()) };
        if !writing.temporary.starts_with(TEMPORARY) {
            return Ok(());
        }
        let homes: BTreeSet<&str> =
            files.keys().chain(writing.before.keys()).map(|path| home(path)).collect();
        for home in homes {
            let Home::Open(dir) = self.home(home)? else { continue };
            let names = dir.names(&writing.temporary).map_err(self.failed(home))?;
            names.iter().try_for_each(|name| dir.remove(Path::new(name))).map_err(self.failed(home))?;
        }
        Ok(())
    }
}

/// Whether a text begins like another one, as far as it goes.
fn is_begun(text: &[u8], beginning: &[u8]) -> bool {
    let both = text.len().min(beginning.len());
    text[..both] == beginning[..both]
}

fn changed() -> io::Error {
    io::Error::other("it was changed by somebody else while this run was at work: run it once more")
}
