//! Writing a bundle's folder: only what was written by a run like this one is replaced or removed.
//!
//! Its index says what every file holds (`nixvirt_compiler::index`), so that files of ours are known from those of others.
//! Before the first file is replaced, the index gets both hashes of each, old and new: a run after a kill knows all of
//! them. The entries of an index, old or new, name only files that are there. What is refused is refused before anything
//! is written, all of it in one message.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nixvirt_compiler::index::{Hash, INDEX, Mark, Marked};
use nixvirt_compiler::{CompiledBundle, Json, parse_json_as_written};
use nixvirt_files::{Dir, EntryContent, Stamp};
use rayon::prelude::*;

use super::{Inputs, cannot_write};

/// How long another run into the same folder is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest file that can be ours.
const LONGEST: u64 = 64 << 20;
/// The longest name that file systems have.
const LONGEST_NAME: usize = 255;
/// The advice where another file is in the way.
const MOVE: &str = "move it away, or give another folder";

/// Writes a bundle's folder. What comes back is to be said: files that are no longer needed and stay all the same.
pub(crate) fn to_folder(folder: &Path, bundle: &CompiledBundle, inputs: &Inputs) -> io::Result<Vec<String>> {
    let made = make(folder).map_err(|error| cannot_write(folder, error))?;
    let open = Dir::open(folder).and_then(|dir| {
        dir.lock(PATIENCE)?;
        Ok(dir)
    });
    let dir = open.map_err(|error| cannot_write(folder, error))?;
    let done = FolderRun { folder, dir: &dir, bundle }.run(inputs);
    if done.is_err() && made {
        // Only an empty one goes.
        let _ = fs::remove_dir(folder);
    }
    done
}

/// Makes the folder, unless it is there.
fn make(folder: &Path) -> io::Result<bool> {
    match fs::metadata(folder) {
        Ok(there) if there.is_dir() => return Ok(false),
        Ok(there) => {
            let type_name = if there.is_file() { "a file" } else { "a device or a pipe" };
            return Err(io::Error::other(format!("it is {type_name}, and a bundle makes a folder of files")));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) => {}
    }
    if let Ok(target) = fs::read_link(folder) {
        let target = target.display();
        return Err(io::Error::other(format!(
            "it is a symbolic link to {target}, and there is nothing there: make that folder, or remove the link"
        )));
    }
    let parent = folder.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    if !parent.is_dir() {
        return Err(io::Error::other(format!("there is no folder {}", parent.display())));
    }
    match fs::create_dir(folder) {
        Ok(()) => Ok(true),
        // Another run was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// The index that is there already.
pub(super) struct Old {
    pub stamp: Stamp,
    /// The bundle without its mark.
    pub entries: Json<'static>,
    pub mark: Mark,
    pub text: Vec<u8>,
}

/// A file that is to be replaced, made or removed.
pub(super) struct FileChange {
    pub path: String,
    /// The file's state before the run; nothing where there is none.
    pub now: Option<(Stamp, Hash)>,
}

/// The files that a run writes and removes.
#[derive(Default)]
pub(super) struct Changes {
    pub write: Vec<FileChange>,
    pub remove: Vec<FileChange>,
}

/// A folder below the bundle's.
pub(super) enum Home {
    Open(Dir),
    Missing,
    /// Something else is there, as the message says.
    Other(String),
}

/// The result of looking at the path of a file.
enum PathState {
    Found(EntryContent),
    Refused(String),
}

/// One run over one folder.
pub(super) struct FolderRun<'r> {
    pub folder: &'r Path,
    pub dir: &'r Dir,
    pub bundle: &'r CompiledBundle,
}

impl FolderRun<'_> {
    fn run(&self, inputs: &Inputs) -> io::Result<Vec<String>> {
        let mut refused = Vec::new();
        let old = self.old_index(&mut refused)?;
        let mut stay = Vec::new();
        let changes = self.changes(old.as_ref(), &mut refused, &mut stay)?;
        self.mark_inputs(old.as_ref(), &changes, inputs, &mut refused);
        if !refused.is_empty() {
            refused.sort();
            refused.dedup();
            let rest = "nothing was written";
            return Err(io::Error::other(format!("{}\n{rest}", refused.join("\n"))));
        }
        let files = self.bundle.files.iter();
        let files = files.map(|file| (file.path.clone(), Hash::of(file.xml.as_bytes()))).collect();
        let mark = Mark { folder: self.bundle.folder.clone(), files, writing: None };
        let text = mark.index(self.bundle.index.clone());
        let nothing = changes.write.is_empty() && changes.remove.is_empty();
        if nothing && old.as_ref().is_some_and(|old| old.text == text.as_bytes()) {
            return Ok(stay);
        }
        self.clean(old.as_ref())?;
        if !nothing {
            self.replace(old, &changes, &mark)?;
        }
        self.write_index(&text)?;
        Ok(stay)
    }

    /// A path below the folder, as the user knows it.
    fn shown(&self, path: &str) -> String {
        self.folder.join(path).display().to_string()
    }

    pub(super) fn failed(&self, path: &str) -> impl Fn(io::Error) -> io::Error {
        let path = self.folder.join(path);
        move |error| cannot_write(&path, error)
    }

    /// Reads the index that is there, and says why it cannot be replaced.
    fn old_index(&self, refused: &mut Vec<String>) -> io::Result<Option<Old>> {
        let shown = self.shown(INDEX);
        let name = Path::new(INDEX);
        let (text, stamp) = match self.dir.look(name, LONGEST).map_err(self.failed(INDEX))? {
            EntryContent::Nothing => return Ok(None),
            EntryContent::File(text, stamp) => (text, stamp),
            other => {
                refused.push(format!("{shown} is {}: {MOVE}", other.type_name()));
                return Ok(None);
            }
        };
        let marked = match parse_json_as_written(&text) {
            Ok(json) => (Mark::of(&json), json.into_owned()),
            Err(_) => (Marked::No, Json::Null),
        };
        match marked {
            (Marked::Whole(mark), entries) => Ok(Some(Old { stamp, entries, mark, text })),
            (Marked::No, _) => {
                refused.push(format!(
                    "{shown} was not written by `nixvirt-compile -o`: it would be lost; give another folder"
                ));
                Ok(None)
            }
            (Marked::Edited(_), _) => {
                refused.push(format!(
                    "{shown} was edited since `nixvirt-compile -o` wrote it: keep what you need of it, and remove it"
                ));
                Ok(None)
            }
        }
    }

    /// Finds out what is to be done, and says what keeps it from being done.
    fn changes(
        &self,
        old: Option<&Old>,
        refused: &mut Vec<String>,
        stay: &mut Vec<String>,
    ) -> io::Result<Changes> {
        let wanted: BTreeMap<&str, Hash> = self
            .bundle
            .files
            .par_iter()
            .map(|file| (file.path.as_str(), Hash::of(file.xml.as_bytes())))
            .collect();
        let known = |path: &str| -> Vec<Hash> {
            let Some(Old { mark, .. }) = old else { return Vec::new() };
            let before = mark.writing.as_ref().and_then(|writing| writing.before.get(path));
            mark.files.get(path).into_iter().chain(before).copied().collect()
        };
        let mut paths: BTreeSet<&str> = wanted.keys().copied().collect();
        if let Some(Old { mark, .. }) = old {
            paths.extend(mark.files.keys().map(String::as_str));
            paths.extend(mark.writing.iter().flat_map(|writing| writing.before.keys()).map(String::as_str));
        }
        let look = |path: &str| match self.home(home(path))? {
            Home::Open(dir) => {
                Ok(PathState::Found(dir.look(name(path), LONGEST).map_err(self.failed(path))?))
            }
            Home::Missing => Ok(PathState::Found(EntryContent::Nothing)),
            Home::Other(refusal) => Ok(PathState::Refused(refusal)),
        };
        let looked: Vec<(&str, io::Result<PathState>)> =
            paths.into_par_iter().map(|path| (path, check_length(path).and_then(|()| look(path)))).collect();
        let mut changes = Changes::default();
        for (path, looked) in looked {
            let (shown, known, wanted) = (self.shown(path), known(path), wanted.get(path).copied());
            let found = match looked? {
                PathState::Found(found) => found,
                PathState::Refused(refusal) => {
                    refused.extend(wanted.map(|_| refusal));
                    continue;
                }
            };
            let now = match found {
                EntryContent::Nothing => None,
                EntryContent::File(bytes, stamp) => {
                    let hash = Hash::of(&bytes);
                    // A power failure can leave a file empty, and there is nothing in it to lose.
                    let ours = known.contains(&hash) || (!known.is_empty() && bytes.is_empty());
                    let same = wanted == Some(hash) && !known.is_empty();
                    match (ours || same, wanted) {
                        (true, _) => Some((stamp, hash)),
                        (false, Some(_)) if known.is_empty() => {
                            refused.push(format!("{shown} was not written by `nixvirt-compile -o`: {MOVE}"));
                            continue;
                        }
                        (false, Some(_)) => {
                            refused.push(format!(
                                "{shown} was edited since `nixvirt-compile -o` wrote it: keep what you need of it, and remove it"
                            ));
                            continue;
                        }
                        (false, None) => {
                            stay.push(format!("{shown} is no longer declared, but was edited: it stays"));
                            continue;
                        }
                    }
                }
                other if wanted.is_some() => {
                    refused.push(format!("{shown} is {}: {MOVE}", other.type_name()));
                    continue;
                }
                _ => continue,
            };
            let path = path.to_owned();
            match (wanted, now) {
                (Some(wanted), Some((_, hash))) if hash == wanted => {}
                (Some(_), now) => changes.write.push(FileChange { path, now }),
                (None, Some(now)) => changes.remove.push(FileChange { path, now: Some(now) }),
                (None, None) => {}
            }
        }
        Ok(changes)
    }

    /// Opens a folder in which files are. Where a link leads, they may be others'.
    pub(super) fn home(&self, home: &str) -> io::Result<Home> {
        let mut here: Option<Dir> = None;
        let mut path = PathBuf::new();
        for part in home.split('/') {
            path.push(part);
            let failed = |error| cannot_write(&self.folder.join(&path), error);
            let at = here.as_ref().unwrap_or(self.dir);
            let type_name = match at.look(Path::new(part), 0).map_err(failed)? {
                EntryContent::Nothing => return Ok(Home::Missing),
                EntryContent::Folder => {
                    here = Some(at.below(Path::new(part)).map_err(failed)?);
                    continue;
                }
                EntryContent::Link => "a symbolic link",
                _ => "no folder",
            };
            let shown = self.folder.join(&path);
            return Ok(Home::Other(format!("{} is {type_name}: {MOVE}", shown.display())));
        }
        Ok(here.map_or(Home::Missing, Home::Open))
    }

    /// Says which inputs would be lost.
    fn mark_inputs(&self, old: Option<&Old>, changes: &Changes, inputs: &Inputs, refused: &mut Vec<String>) {
        let index = old.map(|old| (INDEX, &old.stamp));
        let changed = changes.write.iter().chain(&changes.remove);
        let changed = changed.filter_map(|change| Some((&*change.path, &change.now.as_ref()?.0)));
        for (path, stamp) in index.into_iter().chain(changed) {
            if let Some(input) = inputs.are(stamp.file, &self.folder.join(path)) {
                refused
                    .push(format!("{} is {input}: it would be lost; give another folder", self.shown(path)));
            }
        }
    }
}

/// The folder of a file, below the bundle's.
pub(super) fn home(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(home, _)| home)
}

/// The name of a file in its folder.
pub(super) fn name(path: &str) -> &Path {
    Path::new(path.rsplit_once('/').map_or(path, |(_, name)| name))
}

/// Says before anything is written what no file system could hold.
fn check_length(path: &str) -> io::Result<()> {
    match path.split('/').any(|part| part.len() > LONGEST_NAME) {
        true => {
            let what =
                format!("a name in it has more than {LONGEST_NAME} bytes, the most that a file can have");
            Err(cannot_write(Path::new(path), io::Error::other(what)))
        }
        false => Ok(()),
    }
}
