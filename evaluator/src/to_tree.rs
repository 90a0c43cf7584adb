//! Evaluates values to the end.

use std::rc::Rc;

use crate::error::{Error, ErrorKind, Stop};
use crate::evaluator::Evaluator;
use crate::span::Span;
use crate::state::arena::Slot;
use crate::state::computation::{Worker, mix};
use crate::state::forest::{PART, Size};
use crate::tree::{Content, Tree, TreeEntry};
use crate::value::{List, NixAttribute, Set, Thunk, Value};

/// The parts of a tree that take as long as a step.
const PARTS_PER_STEP: u64 = 2;
/// Values nested more deeply than this are refused: no format that anybody compiles to is.
const MAX_DEPTH: usize = 200;

impl Evaluator {
    /// Evaluates a value to the end. With `properties`, what `mkIf`, `mkMerge` and `mkForce` of the module system make is
    /// resolved.
    ///
    /// # Errors
    /// Where the evaluation goes beyond its limits.
    pub fn tree(&mut self, thunk: Thunk, properties: bool) -> Result<Rc<Tree>, Error> {
        self.forest.begin();
        self.subtree(thunk, properties, MAX_DEPTH).map_err(|stop| match stop {
            Stop::Error(mut error) => {
                // The value that grew too large is at this place, or near it.
                if error.spans.is_empty() {
                    error.spans.push(self.current.origin);
                }
                self.exceeds(&error);
                *error
            }
            Stop::Opaque => Error { kind: ErrorKind::Limit, message: "unknown".into(), spans: Vec::new() },
        })
    }

    /// A thunk that is a value which was evaluated already.
    pub fn thunk_of(&mut self, tree: &Tree) -> Thunk {
        let value = match &tree.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Int(value) => Value::Int(*value),
            Content::Float(value) => Value::Float(*value),
            Content::Str(text) => Value::Str(text.clone()),
            Content::Path(path) => Value::Path(path.clone()),
            Content::Function | Content::Opaque => Value::opaque(),
            Content::Failed(error) => return self.slot(Slot::Failed(error.clone(), tree.met_conditions)),
            Content::List(items, open) => {
                let items = items.iter().map(|item| self.thunk_of(item)).collect();
                Value::List(Rc::new(List { items, open: *open, ..List::default() }))
            }
            Content::Set(entries, open) => {
                let mut planted = Vec::with_capacity(entries.len());
                for TreeEntry { name, span, replaced, value } in entries {
                    let value = self.thunk_of(value);
                    let name = self.symbols.intern(name);
                    planted
                        .push((name, NixAttribute { value, span: *span, replaced: *replaced, maybe: false }));
                }
                planted.sort_unstable_by_key(|(name, _)| *name);
                let open = open.then(Default::default);
                Value::Set(Rc::new(Set { entries: planted, open, ..Set::default() }))
            }
        };
        self.slot(Slot::Done(value, tree.span, tree.met_conditions))
    }

    pub(crate) fn subtree(&mut self, thunk: Thunk, properties: bool, depth: usize) -> Result<Rc<Tree>, Stop> {
        const TREE: u64 = 4;
        let known = self.forest.get(thunk, properties, |tree| !self.is_doubtful(tree.met_conditions));
        if let Some((tree, size)) = known {
            // Walking the whole tree walks this part once more.
            self.grow(size)?;
            self.current.note_met(tree.met_conditions);
            return Ok(tree);
        }
        let before = self.forest.grown();
        self.fits(PART as u64)?;
        let worker = Worker::new(mix(TREE + u64::from(properties), self.arena.name_of(thunk)));
        let (tree, met_conditions) = self.working(worker, |it| it.new_subtree(thunk, properties, depth));
        let tree = Rc::new(Tree { met_conditions, ..tree? });
        let in_branch = self.branches.in_branch();
        self.forest.insert(thunk, properties, Rc::clone(&tree), before, in_branch);
        Ok(tree)
    }

    /// Counts what has come to the tree that is growing: whoever goes through it takes time for it, and makes as much.
    fn grow(&mut self, size: Size) -> Result<(), Stop> {
        let bytes = self.forest.grow(size);
        self.spend(size.parts / PARTS_PER_STEP);
        self.fits(bytes)
    }

    fn new_subtree(&mut self, thunk: Thunk, properties: bool, depth: usize) -> Result<Tree, Stop> {
        self.grow(Size { parts: 1, bytes: PART as u64 })?;
        let value = match self.force(thunk) {
            Ok(value) => value,
            Err(Stop::Error(error)) if error.kind != ErrorKind::Limit => {
                let span = error.spans.first().copied().unwrap_or_default();
                return Ok(Tree::new(Content::Failed(error), span));
            }
            Err(stop) => return Err(stop),
        };
        let span = self.current.origin;
        if depth == 0 {
            let message = format!("the value is nested more than {MAX_DEPTH} deep");
            let error = Error::new(ErrorKind::Recursion, message, vec![span]);
            return Ok(Tree::new(Content::Failed(Box::new(error)), span));
        }
        let content = match value {
            Value::Null => Content::Null,
            Value::Bool(value) => Content::Bool(value),
            Value::Int(value) => Content::Int(value),
            Value::Float(value) => Content::Float(value),
            Value::Str(text) => {
                self.grow(Size { parts: 0, bytes: text.len() as u64 })?;
                Content::Str(text)
            }
            Value::Path(path) => Content::Path(path),
            Value::Lambda(..) | Value::Builtin(..) => Content::Function,
            Value::Opaque(_) => Content::Opaque,
            Value::List(list) => {
                let mut items = Vec::with_capacity(list.items.len());
                let mut open = list.open;
                for item in &list.items {
                    let item = self.subtree(*item, properties, depth - 1)?;
                    match item.content {
                        // It may be an element or, once `mkIf` is resolved, none.
                        Content::Opaque if properties => open = true,
                        _ => items.push(item),
                    }
                }
                Content::List(items, open)
            }
            Value::Set(set) => return self.set_tree(&set, span, properties, depth),
        };
        Ok(Tree::new(content, span))
    }

    fn set_tree(&mut self, set: &Rc<Set>, span: Span, properties: bool, depth: usize) -> Result<Tree, Stop> {
        let special = ["__toString", "outPath", "_type"].map(|name| self.symbols.intern(name));
        if set.get(special[0]).is_some() || set.get(special[1]).is_some() {
            let text = self.coerce(&Value::Set(Rc::clone(set)), false);
            let content = match text {
                Ok(text) => Content::Str(text),
                Err(Stop::Opaque) => Content::Opaque,
                Err(Stop::Error(error)) if error.kind != ErrorKind::Limit => Content::Failed(error),
                Err(stop) => return Err(stop),
            };
            return Ok(Tree::new(content, span));
        }
        if properties
            && let Some(kind) = set.get(special[2])
            && let Ok(Value::Str(kind)) = self.force(kind.value)
            && let Some(tree) = self.property(&kind, set, depth)?
        {
            return Ok(tree);
        }
        let mut entries = Vec::with_capacity(set.entries.len());
        let open = set.open.is_some();
        for (name, attribute) in self.sorted(set) {
            let value = self.subtree(attribute.value, properties, depth - 1)?;
            let name = self.symbols.name(name).clone();
            entries.push(TreeEntry { name, span: attribute.span, replaced: attribute.replaced, value });
        }
        Ok(Tree::new(Content::Set(entries, open), span))
    }
}
