//! The trees that thunks have become. A thunk becomes a tree once, whoever asks; in a branch, only what depends on what is
//! assumed becomes one again.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::tree::Tree;
use crate::value::Thunk;

/// The bytes that a part of a tree takes beside its text, its entry in the forest included.
pub(crate) const PART: usize = 200;

/// How large a tree is where nothing of it is shared.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub parts: u64,
    pub bytes: u64,
}

/// The trees that thunks have become, each with how large it is, with and without properties resolved.
#[derive(Debug, Default)]
pub(crate) struct Forest {
    trees: BTreeMap<(u32, bool), (Rc<Tree>, Size)>,
    /// The trees of the current branch.
    branch: BTreeMap<(u32, bool), (Rc<Tree>, Size)>,
    /// How much there is in the tree that is growing, every part of it counted as often as it stands there.
    grown: Size,
}

impl Forest {
    /// The tree of a thunk; one of no branch only where it holds.
    pub(crate) fn get(
        &self,
        thunk: Thunk,
        properties: bool,
        holds: impl Fn(&Tree) -> bool,
    ) -> Option<(Rc<Tree>, Size)> {
        let key = (thunk.0, properties);
        let known = self.branch.get(&key).or_else(|| self.trees.get(&key).filter(|(tree, _)| holds(tree)));
        known.map(|(tree, size)| (Rc::clone(tree), *size))
    }

    /// Keeps a tree, whose growth began at this size.
    pub(crate) fn insert(
        &mut self,
        thunk: Thunk,
        properties: bool,
        tree: Rc<Tree>,
        before: Size,
        in_branch: bool,
    ) {
        let Size { parts, bytes } = self.grown;
        let size = Size { parts: parts - before.parts, bytes: bytes - before.bytes };
        let forest = if in_branch { &mut self.branch } else { &mut self.trees };
        forest.insert((thunk.0, properties), (tree, size));
    }

    /// Begins another tree: its size is counted from zero.
    pub(crate) fn begin(&mut self) {
        self.grown = Size::default();
    }

    /// How large the tree is that is growing.
    pub(crate) fn grown(&self) -> Size {
        self.grown
    }

    /// Adds to the size of the tree that is growing; gives the bytes of the whole tree so far.
    pub(crate) fn grow(&mut self, size: Size) -> u64 {
        let Size { parts, bytes } = &mut self.grown;
        *parts = parts.saturating_add(size.parts);
        *bytes = bytes.saturating_add(size.bytes);
        *bytes
    }

    /// Forgets what is of a branch.
    pub(crate) fn cut(&mut self) {
        self.branch.clear();
    }

    /// The bytes that the trees take; texts are counted by themselves.
    pub(crate) fn bytes(&self) -> u64 {
        ((self.trees.len() + self.branch.len()) * PART) as u64
    }
}
