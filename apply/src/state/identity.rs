//! One state for one host, however its URI is spelt.
//!
//! A state is found under the name that its URI gives, as earlier releases look for it. Where there is none, another state
//! of the same host is it, and the name becomes a link to that.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{State, path_of};
use crate::error::{Error, codes, file};
use crate::files;
use crate::key::hash;

/// The ending of the files of states.
const ENDING: &str = "state";

/// The lock that all spellings of a host's URI share.
pub fn lock_of(folder: &Path, identity: &str) -> PathBuf {
    folder.join(format!("host-{:032x}.lock", hash(&[identity.as_bytes()])))
}

/// Where the state of a connection is, or is to be.
///
/// # Errors
/// Where one cannot be read.
pub fn find(folder: &Path, uri: &str, identity: Option<&str>) -> Result<PathBuf, Error> {
    let own = path_of(folder, uri, ENDING);
    if own.exists() {
        return Ok(own);
    }
    Ok(others(folder, &own, identity)?.into_iter().next().map_or(own, |(path, _)| path))
}

/// Sees to it that a connection's state is the only one of its host, and says so where there were several. To be called with
/// the lock held.
///
/// # Errors
/// Where one cannot be read or written.
pub fn keep_one(folder: &Path, uri: &str, identity: &str) -> Result<Vec<String>, Error> {
    let own = path_of(folder, uri, ENDING);
    let others = others(folder, &own, Some(identity))?;
    if !own.exists() {
        if let Some((path, _)) = others.first() {
            link(&own, path)?;
        }
        return Ok(Vec::new());
    }
    let mut notes = Vec::new();
    for (path, other) in others {
        let mut state = State::open(own.clone(), true)?;
        state.absorb(&other)?;
        state.sync();
        let own = fs::canonicalize(&own).unwrap_or_else(|_| own.clone());
        link(&path, &own)?;
        notes.push(format!("{} was of the same host, and is now one with {}", path.display(), own.display()));
    }
    Ok(notes)
}

/// Makes a name in the folder a link to a file beside it, in one step.
fn link(from: &Path, to: &Path) -> Result<(), Error> {
    let new = from.with_extension("link");
    let name = to.file_name().unwrap_or_default();
    let done = files::remove(&new).and_then(|()| symlink(name, &new)).and_then(|()| fs::rename(&new, from));
    let tried = format!("link {} to", from.display());
    done.map_err(file(&codes::STATE_UNWRITABLE, &tried, to))
}

/// The other states of a host in a folder, each with its file.
fn others(folder: &Path, own: &Path, identity: Option<&str>) -> Result<Vec<(PathBuf, State)>, Error> {
    let Some(identity) = identity else { return Ok(Vec::new()) };
    let own = fs::canonicalize(own).unwrap_or_else(|_| own.to_owned());
    let all = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut all: Vec<PathBuf> = all
        .filter(|path| path.extension() == Some(OsStr::new(ENDING)))
        .filter(|path| fs::symlink_metadata(path).is_ok_and(|found| found.is_file()))
        .filter(|path| fs::canonicalize(path).is_ok_and(|path| path != own))
        .collect();
    all.sort();
    let mut found = Vec::new();
    for path in all {
        let state = State::open(path.clone(), false)?;
        if state.identity() == Some(identity) {
            found.push((path, state));
        }
    }
    Ok(found)
}
