//! The folders and files of a disc, in the orders in which a disc has them.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::DiscError;
use crate::limits::DiscFiles;
use crate::names::{self, ShortName, TakenNames};

/// A folder, its place in [`Tree::folders`], or a file, its place in [`Tree::files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Folder(usize),
    File(usize),
}

/// A name in a folder.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub name: String,
    pub short: ShortName,
    pub holds: Holds,
}

impl Member {
    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.holds, Holds::Folder(_))
    }
}

/// A folder of a disc.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// The place of the folder that it is in; the root's is its own.
    pub parent: usize,
    /// The place of it among the members of its parent.
    pub name: usize,
    /// The files and folders in it, in the order of the short names.
    pub members: Vec<Member>,
}

/// All that is on a disc.
#[derive(Debug)]
pub(crate) struct Tree<'f> {
    /// The folders, the root first, each level after the one above it.
    pub folders: Vec<Folder>,
    /// The content of the files.
    pub files: Vec<&'f [u8]>,
}

#[derive(Debug)]
enum Draft<'f> {
    Folder(BTreeMap<&'f str, Draft<'f>>),
    File(&'f [u8]),
}

/// The tree of some files.
///
/// # Errors
/// All paths that a disc cannot have.
pub(crate) fn tree(files: &DiscFiles) -> Result<Tree<'_>, Vec<DiscError>> {
    let mut root = BTreeMap::new();
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, content) in files {
        let twice = || DiscError::Twice { path: path.clone() };
        match names::parts(path) {
            Ok(parts) if put(&mut root, &parts, content) && seen.insert(path.to_lowercase()) => {}
            Ok(_) => errors.push(twice()),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(levels(root))
}

/// Puts a file at its place; false where the place or one above it is taken.
fn put<'f>(folder: &mut BTreeMap<&'f str, Draft<'f>>, parts: &[&'f str], content: &'f [u8]) -> bool {
    let Some((first, rest)) = parts.split_first() else { return false };
    if rest.is_empty() {
        return folder.insert(first, Draft::File(content)).is_none();
    }
    match folder.entry(first).or_insert_with(|| Draft::Folder(BTreeMap::new())) {
        Draft::Folder(inner) => put(inner, rest, content),
        Draft::File(_) => false,
    }
}

/// Numbers the folders level by level, as the path tables want them.
fn levels<'f>(root: BTreeMap<&'f str, Draft<'f>>) -> Tree<'f> {
    let mut tree = Tree { folders: vec![Folder::default()], files: Vec::new() };
    let mut open = vec![root];
    let mut at = 0;
    while at < open.len() {
        let mut taken = TakenNames::default();
        let mut drafts: Vec<_> = std::mem::take(&mut open[at])
            .into_iter()
            .map(|(name, draft)| {
                let short = ShortName::of(name, matches!(draft, Draft::Folder(_)), &mut taken);
                (short, name, draft)
            })
            .collect();
        drafts.sort_by(|one, other| one.0.cmp(&other.0));
        for (place, (short, name, draft)) in drafts.into_iter().enumerate() {
            let holds = match draft {
                Draft::File(content) => {
                    tree.files.push(content);
                    Holds::File(tree.files.len() - 1)
                }
                Draft::Folder(inner) => {
                    open.push(inner);
                    tree.folders.push(Folder { parent: at, name: place, members: Vec::new() });
                    Holds::Folder(tree.folders.len() - 1)
                }
            };
            tree.folders[at].members.push(Member { name: name.to_owned(), short, holds });
        }
        at += 1;
    }
    tree
}
