//! Finding the files of folders that may have something of libvirt's.

use std::io;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

/// The endings of files that may have an object.
const ENDINGS: [&str; 3] = ["nix", "json", "xml"];

/// The Nix, JSON and XML files below a folder, ordered by name, without hidden files and those that git ignores. A
/// folder that cannot be read is an error in the list; the rest is searched all the same.
pub(crate) fn files(folder: &Path) -> Vec<io::Result<PathBuf>> {
    let walk = WalkBuilder::new(folder).sort_by_file_name(Ord::cmp).require_git(false).build();
    let found = walk.filter_map(|entry| match entry {
        Ok(entry) => {
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            let ending = entry.path().extension().and_then(|ending| ending.to_str());
            let wanted = is_file && ending.is_some_and(|ending| ENDINGS.contains(&ending));
            wanted.then(|| Ok(entry.into_path()))
        }
        Err(error) => Some(Err(io::Error::other(error))),
    });
    found.map(|found| found.map(plain)).collect()
}

/// A path below the current folder as people write it.
fn plain(path: PathBuf) -> PathBuf {
    path.strip_prefix("./").map(Path::to_owned).unwrap_or(path)
}
