//! Writing the reference site into a folder: a new or empty one, or one that holds such a site. Nothing of others is overwritten.

mod playground;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::CommandFactory;
use nixvirt_compiler::index::Hash;
use nixvirt_files::{Dir, EntryContent, Links};
use nixvirt_reference::{SiteFile, site};
use serde::{Deserialize, Serialize};

use self::playground::LONGEST;
use crate::Status;
use crate::args::Cli;

/// The file that marks a folder as a site, and lists the files of it.
const MARK: &str = "nixvirt-reference.json";
/// How long another run into the same folder is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The list of a site's files. While a run is replacing them, a file may have one of two hashes.
#[derive(Default, Serialize, Deserialize)]
struct Mark {
    files: BTreeMap<String, Vec<String>>,
}

/// The work of a run in a folder.
#[derive(Default)]
struct Work<'f> {
    write: Vec<&'f SiteFile>,
    remove: Vec<String>,
    /// Why it cannot be done.
    refused: Vec<String>,
}

/// Makes the site and writes it, with the playground of a folder in it where one is given.
pub(crate) fn run(folder: &Path, playground: Option<&Path>) -> io::Result<Status> {
    let failed = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot write {}: {error}", folder.display()))
    };
    let playground = playground.map(playground::files).transpose()?.unwrap_or_default();
    make(folder).map_err(failed)?;
    let dir = Dir::open(folder).map_err(failed)?;
    dir.lock(PATIENCE).map_err(failed)?;
    let old = old_mark(folder, &dir)?;
    write(folder, &dir, old, &site(nixvirt_shell::describe(&Cli::command()), playground))?;
    Ok(Status::Fine)
}

/// Makes the folder, unless it is there.
fn make(folder: &Path) -> io::Result<()> {
    match fs::metadata(folder) {
        Ok(there) if there.is_dir() => Ok(()),
        Ok(_) => Err(io::Error::other("it is no folder, and the site is a folder of files")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(folder),
        Err(error) => Err(error),
    }
}

fn write(folder: &Path, dir: &Dir, old: Mark, files: &[SiteFile]) -> io::Result<()> {
    let failed = |path: &str| {
        let path = folder.join(path);
        move |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
        }
    };
    let hashes: BTreeMap<&str, String> =
        files.iter().map(|file| (&*file.path, Hash::of(&file.bytes).to_string())).collect();
    let work = work(folder, dir, &old, files, &hashes)?;
    if !work.refused.is_empty() {
        return Err(io::Error::other(format!("{}\nnothing was written", work.refused.join("\n"))));
    }
    let new =
        Mark { files: hashes.iter().map(|(path, hash)| ((*path).to_owned(), vec![hash.clone()])).collect() };
    if !work.write.is_empty() || !work.remove.is_empty() {
        // A run that is interrupted leaves files that the next one knows.
        let mut both = old;
        for (path, hash) in &hashes {
            both.files.entry((*path).to_owned()).or_default().push(hash.clone());
        }
        write_mark(folder, &both)?;
    }
    for file in &work.write {
        if let Some((home, _)) = file.path.rsplit_once('/') {
            dir.make(Path::new(home)).map_err(failed(home))?;
        }
        fs::write(folder.join(&file.path), &file.bytes).map_err(failed(&file.path))?;
    }
    let mut homes = BTreeSet::new();
    for path in &work.remove {
        fs::remove_file(folder.join(path)).map_err(failed(path))?;
        homes.extend(path.rsplit_once('/').map(|(home, _)| home));
    }
    // What is not empty stays.
    homes.iter().for_each(|home| drop(fs::remove_dir(folder.join(home))));
    write_mark(folder, &new)
}

/// The list of the site that is there; an empty one in an empty folder.
fn old_mark(folder: &Path, dir: &Dir) -> io::Result<Mark> {
    let other = |why: &str| {
        let folder = folder.display();
        io::Error::other(format!("{folder} {why}: give a new folder, or an empty one; nothing was written"))
    };
    match dir.look(Path::new(MARK), LONGEST)? {
        EntryContent::File(text, _) => serde_json::from_slice(&text)
            .map_err(|_| other(&format!("has a {MARK} that `nixvirt-compile reference` did not write"))),
        EntryContent::Nothing if dir.names("")?.iter().all(|name| name == "." || name == "..") => {
            Ok(Mark::default())
        }
        _ => Err(other("has files in it, and is no site of `nixvirt-compile reference`")),
    }
}

/// Finds out which files are to be written and removed. A file that is not ours, or that somebody has edited, keeps a run from
/// writing anything.
fn work<'f>(
    folder: &Path,
    dir: &Dir,
    old: &Mark,
    files: &'f [SiteFile],
    hashes: &BTreeMap<&str, String>,
) -> io::Result<Work<'f>> {
    let mut work = Work::default();
    let wanted: BTreeMap<&str, &SiteFile> = files.iter().map(|file| (&*file.path, file)).collect();
    let listed = old.files.keys().map(String::as_str).filter(|path| is_ours(path));
    let paths: BTreeSet<&str> = wanted.keys().copied().chain(listed).collect();
    for path in paths {
        let shown = folder.join(path);
        let known = old.files.get(path);
        let hash = match content(dir, path)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", shown.display())))?
        {
            EntryContent::Nothing => None,
            EntryContent::File(bytes, _) => Some(Hash::of(&bytes).to_string()),
            other => {
                let what = other.type_name();
                work.refused
                    .push(format!("{} is {what}: move it away, or give another folder", shown.display()));
                continue;
            }
        };
        match (hash, wanted.get(path)) {
            (None, Some(file)) => work.write.push(file),
            (None, None) => {}
            (Some(hash), Some(_)) if hashes.get(path) == Some(&hash) => {}
            (Some(hash), file) if known.is_some_and(|known| known.contains(&hash)) => match file {
                Some(file) => work.write.push(file),
                None => work.remove.push(path.to_owned()),
            },
            // What somebody has made of a page that is no longer ours is theirs.
            (Some(_), None) => {}
            (Some(_), Some(_)) => {
                let why = match known {
                    Some(_) => "was edited since `nixvirt-compile reference` wrote it",
                    None => "was not written by `nixvirt-compile reference`",
                };
                work.refused.push(format!("{} {why}: move it away", shown.display()));
            }
        }
    }
    Ok(work)
}

/// Whether a path of a list leads to a file of the folder, or of a folder directly below it.
fn is_ours(path: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains('\0');
    path.split('/').count() <= 2 && path.split('/').all(plain)
}

/// The content at a path below the folder; no link is followed.
fn content(dir: &Dir, path: &str) -> io::Result<EntryContent> {
    let Some((home, name)) = path.split_once('/') else { return dir.look(Path::new(path), LONGEST) };
    match dir.look(Path::new(home), 0)? {
        EntryContent::Folder => dir.below(Path::new(home))?.look(Path::new(name), LONGEST),
        other => Ok(other),
    }
}

fn write_mark(folder: &Path, mark: &Mark) -> io::Result<()> {
    let path: PathBuf = folder.join(MARK);
    let text = serde_json::to_string_pretty(mark)? + "\n";
    nixvirt_files::write(&path, text.as_bytes(), Links::Part)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display())))
}
