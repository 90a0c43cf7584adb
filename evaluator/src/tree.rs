//! A value evaluated to the end, every part of it with the place that it came from; what fails, fails in its own place.
//!
//! A thunk becomes a tree once, whoever asks; in a branch, only what the branch taints becomes one again.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::arena::{Slot, Worker, mix};
use crate::error::{Error, ErrorKind, Stop};
use crate::eval::Evaluator;
use crate::span::Span;
use crate::taint::Taint;
use crate::value::{Attribute, List, Set, Thunk, Value};

/// Values nested more deeply than this are refused: no format that anybody compiles to is.
const MAX_DEPTH: usize = 200;

/// A value and where it came from.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The value.
    pub content: Content,
    /// Where it came from.
    pub span: Span,
    /// The unknown conditions that were met on the way to it and to what it holds.
    pub taint: Taint,
}

/// A value evaluated to the end.
#[derive(Clone, Debug)]
pub enum Content {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Str(Rc<str>),
    /// An absolute path.
    Path(Rc<str>),
    /// A list; whether there may be more elements, anywhere.
    List(Vec<Rc<Tree>>, bool),
    /// A set, ordered by name; whether there may be more attributes.
    Set(Vec<Entry>, bool),
    /// A function.
    Function,
    /// What cannot be known.
    Opaque,
    /// What fails.
    Failed(Box<Error>),
}

/// An attribute of a set.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: Rc<str>,
    /// Where the name stands.
    pub span: Span,
    /// The attribute that it replaced by `//`: the operator's place, and that attribute's.
    pub replaced: Option<(Span, Span)>,
    /// Its value.
    pub value: Rc<Tree>,
}

/// The trees that thunks have become, each with how many parts it has, with and without properties resolved; which of them
/// are of a branch.
#[derive(Debug, Default)]
pub(crate) struct Forest {
    trees: BTreeMap<(u32, bool), (Rc<Tree>, u64)>,
    branch: BTreeMap<(u32, bool), (Rc<Tree>, u64)>,
    /// How many parts there are in all trees.
    grown: u64,
}

impl Forest {
    /// Forgets what is of a branch.
    pub fn cut(&mut self) {
        self.branch.clear();
    }
}

impl Tree {
    /// A tree of something that nobody evaluated.
    pub fn new(content: Content, span: Span) -> Tree {
        Tree { content, span, taint: Taint::NONE }
    }

    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&Rc<Tree>> {
        match &self.content {
            Content::Set(entries, _) => {
                entries.iter().find(|entry| &*entry.name == name).map(|entry| &entry.value)
            }
            _ => None,
        }
    }
}

impl Evaluator {
    /// Evaluates a value to the end. With `properties`, what `mkIf`, `mkMerge` and `mkForce` of the module system make is
    /// resolved.
    ///
    /// # Errors
    /// Where the evaluation goes beyond its limits.
    pub fn tree(&mut self, thunk: Thunk, properties: bool) -> Result<Rc<Tree>, Error> {
        self.subtree(thunk, properties, MAX_DEPTH).map_err(|stop| match stop {
            Stop::Error(error) => *error,
            Stop::Opaque => Error { kind: ErrorKind::Limit, message: "unknown".into(), spans: Vec::new() },
        })
    }

    /// A thunk that is a value which was evaluated already.
    pub fn plant(&mut self, tree: &Tree) -> Thunk {
        let value = match &tree.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Int(value) => Value::Int(*value),
            Content::Float(value) => Value::Float(*value),
            Content::Str(text) => Value::Str(Rc::clone(text)),
            Content::Path(path) => Value::Path(Rc::clone(path)),
            Content::Function | Content::Opaque => Value::opaque(),
            Content::Failed(error) => return self.slot(Slot::Failed(error.clone(), tree.taint)),
            Content::List(items, open) => {
                let items = items.iter().map(|item| self.plant(item)).collect();
                Value::List(Rc::new(List { items, open: *open }))
            }
            Content::Set(entries, open) => {
                let mut planted = Vec::with_capacity(entries.len());
                for Entry { name, span, replaced, value } in entries {
                    let value = self.plant(value);
                    let name = self.symbols.intern(name);
                    planted.push((name, Attribute { value, span: *span, replaced: *replaced, maybe: false }));
                }
                let mut set = Set::new(planted);
                set.open = open.then(Default::default);
                Value::Set(Rc::new(set))
            }
        };
        self.slot(Slot::Done(value, tree.span, tree.taint))
    }

    fn subtree(&mut self, thunk: Thunk, properties: bool, depth: usize) -> Result<Rc<Tree>, Stop> {
        const TREE: u64 = 4;
        let key = (thunk.0, properties);
        let known = self.forest.branch.get(&key).or_else(|| {
            let tree = self.forest.trees.get(&key);
            tree.filter(|(tree, _)| !self.is_doubtful(tree.taint))
        });
        if let Some((tree, size)) = known.map(|(tree, size)| (Rc::clone(tree), *size)) {
            // Whoever goes through all of it goes through this once more.
            self.grow(size)?;
            self.stain(tree.taint);
            return Ok(tree);
        }
        let before = self.forest.grown;
        let worker = Worker::new(mix(TREE + u64::from(properties), self.names[thunk.0 as usize]));
        let (tree, taint) = self.working(worker, |it| it.new_subtree(thunk, properties, depth));
        let tree = Rc::new(Tree { taint, ..tree? });
        let size = self.forest.grown - before;
        let forest = if self.in_branch() { &mut self.forest.branch } else { &mut self.forest.trees };
        forest.insert(key, (Rc::clone(&tree), size));
        Ok(tree)
    }

    /// Spends what parts of a tree take.
    fn grow(&mut self, parts: u64) -> Result<(), Stop> {
        // One is some fifty times the size of an element of a list.
        self.charge(parts.saturating_mul(50))?;
        self.forest.grown = self.forest.grown.saturating_add(parts);
        Ok(())
    }

    fn new_subtree(&mut self, thunk: Thunk, properties: bool, depth: usize) -> Result<Tree, Stop> {
        self.grow(1)?;
        let value = match self.force(thunk) {
            Ok(value) => value,
            Err(Stop::Error(error)) if error.kind != ErrorKind::Limit => {
                let span = error.spans.first().copied().unwrap_or_default();
                return Ok(Tree::new(Content::Failed(error), span));
            }
            Err(stop) => return Err(stop),
        };
        let span = self.origin;
        if depth == 0 {
            let message = format!("the value is nested more than {MAX_DEPTH} deep");
            let error = Error { kind: ErrorKind::Recursion, message, spans: vec![span] };
            return Ok(Tree::new(Content::Failed(Box::new(error)), span));
        }
        let content = match value {
            Value::Null => Content::Null,
            Value::Bool(value) => Content::Bool(value),
            Value::Int(value) => Content::Int(value),
            Value::Float(value) => Content::Float(value),
            Value::Str(text) => Content::Str(text),
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
            let name = Rc::clone(self.symbols.name(name));
            entries.push(Entry { name, span: attribute.span, replaced: attribute.replaced, value });
        }
        Ok(Tree::new(Content::Set(entries, open), span))
    }

    /// What a property of the module system comes to.
    fn property(&mut self, kind: &str, set: &Rc<Set>, depth: usize) -> Result<Option<Tree>, Stop> {
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
                let span = self.origin.hull(self.written(content.value));
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
                    let parts = parts.into_iter().map(|part| Tree::clone(&part));
                    let merged = parts.reduce(|one, other| self.merge(one, other));
                    let merged = merged.unwrap_or_else(|| absent(span));
                    Ok(Some(if open { opened(merged) } else { merged }))
                }
                other => Ok(Some(other)),
            },
            _ => Ok(None),
        }
    }

    /// Where what a thunk is of stands, as far as it is not evaluated yet.
    fn written(&self, thunk: Thunk) -> Span {
        match &self.slots[thunk.0 as usize] {
            Slot::Pending(expr, ..) => expr.span,
            Slot::Done(_, origin, _) => *origin,
            _ => Span::default(),
        }
    }

    /// Two definitions of one option: sets together, lists one after the other; which of two other values wins is not
    /// known.
    fn merge(&mut self, one: Tree, other: Tree) -> Tree {
        let span = other.span;
        let taint = self.taints.union(one.taint, other.taint);
        let content = match (one.content, other.content) {
            (Content::Null, content) | (content, Content::Null) => content,
            (Content::List(mut items, open), Content::List(more, also)) => {
                items.extend(more);
                Content::List(items, open || also)
            }
            (Content::Set(mut entries, open), Content::Set(more, also)) => {
                for entry in more {
                    match entries.iter_mut().find(|known| known.name == entry.name) {
                        Some(known) => {
                            let value = self.merge(Tree::clone(&known.value), Tree::clone(&entry.value));
                            *known = Entry { value: Rc::new(value), ..entry };
                        }
                        None => entries.push(entry),
                    }
                }
                Content::Set(entries, open || also)
            }
            _ => Content::Opaque,
        };
        Tree { content, span, taint }
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
