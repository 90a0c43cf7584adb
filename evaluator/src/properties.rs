//! Properties of the module system, such as `mkIf`: resolves them, and merges several definitions into one.

use std::rc::Rc;

use crate::error::{ErrorKind, Stop};
use crate::evaluator::Evaluator;
use crate::span::Span;
use crate::state::arena::Slot;
use crate::tree::{Content, Tree, TreeEntry};
use crate::value::{Set, Thunk};

impl Evaluator {
    /// The value of a property of the module system, such as `mkIf`.
    pub(crate) fn property(&mut self, kind: &str, set: &Rc<Set>, depth: usize) -> Result<Option<Tree>, Stop> {
        let [condition, content, contents] =
            ["condition", "content", "contents"].map(|name| self.symbols.intern(name));
        let absent = |span| Tree::new(Content::Null, span);
        match (kind, set.get(condition), set.get(content), set.get(contents)) {
            ("if", Some(condition), Some(content), _) => {
                let value = match self.force(condition.value) {
                    Err(Stop::Error(error)) if error.kind != ErrorKind::Limit => {
                        let span = error.spans.first().copied().unwrap_or_default();
                        return Ok(Some(Tree::new(Content::Failed(error), span)));
                    }
                    other => other?,
                };
                let span = self.current.origin.hull(self.written(content.value));
                match self.decided(&value, span) {
                    Ok(true) => self.inner(content.value, depth).map(Some),
                    Ok(false) => Ok(Some(absent(span))),
                    Err(Stop::Opaque) => Ok(Some(Tree::new(Content::Opaque, span))),
                    Err(stop) => Err(stop),
                }
            }
            ("override" | "order", _, Some(content), _) => self.inner(content.value, depth).map(Some),
            ("merge", _, _, Some(contents)) => match self.inner(contents.value, depth)? {
                Tree { content: Content::List(parts, open), span, .. } => {
                    let merged = self.merge(parts, absent(span));
                    Ok(Some(if open { opened(merged) } else { merged }))
                }
                other => Ok(Some(other)),
            },
            _ => Ok(None),
        }
    }

    /// Where what a thunk is of stands, as far as it is not evaluated yet.
    fn written(&self, thunk: Thunk) -> Span {
        match self.arena.slot(thunk) {
            Slot::Pending(expr, ..) => expr.span,
            Slot::Done(_, origin, _) => *origin,
            _ => Span::default(),
        }
    }

    /// Definitions of one option: sets together, lists one after the other; which of several other values wins is not known.
    /// Without one, there is what `nothing` says.
    fn merge(&mut self, definitions: Vec<Rc<Tree>>, nothing: Tree) -> Tree {
        let mut given = definitions.into_iter().filter(|tree| !matches!(tree.content, Content::Null));
        let Some(first) = given.next() else { return nothing };
        let Some(second) = given.next() else { return Tree::clone(&first) };
        let (mut span, mut met_conditions) = (first.span, first.met_conditions);
        let mut items = Vec::new();
        let mut entries: Vec<TreeEntry> = Vec::new();
        let (mut lists, mut opened, mut others) = (0, false, 0);
        for tree in [first, second].into_iter().chain(given) {
            span = tree.span;
            met_conditions = self.current.union(met_conditions, tree.met_conditions);
            match &tree.content {
                Content::List(more, open) => {
                    lists += 1;
                    items.extend(more.iter().cloned());
                    opened |= open;
                }
                Content::Set(more, open) => {
                    others += 1;
                    opened |= open;
                    entries.extend(more.iter().cloned());
                }
                _ => (lists, others) = (1, 1),
            }
        }
        let content = match (lists, others) {
            (_, 0) => Content::List(items, opened),
            (0, _) => {
                entries.sort_by(|one, other| one.name.cmp(&other.name));
                let same = entries.chunk_by(|one, other| one.name == other.name);
                Content::Set(same.filter_map(|same| self.merged(same)).collect(), opened)
            }
            _ => Content::Opaque,
        };
        Tree { content, span, met_conditions }
    }

    /// One attribute of several definitions.
    fn merged(&mut self, same: &[TreeEntry]) -> Option<TreeEntry> {
        let last = same.last()?.clone();
        if same.len() == 1 {
            return Some(last);
        }
        let nothing = Tree::new(Content::Null, last.span);
        let values = same.iter().map(|entry| Rc::clone(&entry.value)).collect();
        let value = Rc::new(self.merge(values, nothing));
        Some(TreeEntry { value, ..last })
    }

    fn inner(&mut self, thunk: Thunk, depth: usize) -> Result<Tree, Stop> {
        self.subtree(thunk, true, depth - 1).map(|tree| Tree::clone(&tree))
    }
}

fn opened(tree: Tree) -> Tree {
    let content = match tree.content {
        Content::Set(entries, _) => Content::Set(entries, true),
        Content::List(items, _) => Content::List(items, true),
        _ => Content::Opaque,
    };
    Tree { content, ..tree }
}
