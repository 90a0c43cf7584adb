//! A value evaluated to the end, every part of it with the place that it came from; what fails, fails in its own place.
//!
//! A thunk becomes a tree once, whoever asks; in a branch, only what the branch taints becomes one again.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::arena::{Slot, Worker, mix};
use crate::error::{Error, ErrorKind, Stop};
use crate::eval::Evaluator;
use crate::met_conditions::MetConditions;
use crate::span::Span;
use crate::value::{List, NixAttribute, NixString, Set, Thunk, Value};

/// The parts of a tree that take as long as a step.
const PARTS_PER_STEP: u64 = 2;
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
    pub met_conditions: MetConditions,
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
    Str(NixString),
    /// An absolute path.
    Path(NixString),
    /// A list; whether there may be more elements, anywhere.
    List(Vec<Rc<Tree>>, bool),
    /// A set, ordered by name; whether there may be more attributes.
    Set(Vec<Entry>, bool),
    /// A function.
    Function,
    /// A value that cannot be known.
    Opaque,
    /// An evaluation that fails, with its error.
    Failed(Box<Error>),
}

/// An attribute of a set.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: NixString,
    /// Where the name stands.
    pub span: Span,
    /// The attribute that it replaced by `//`: the operator's place, and that attribute's.
    pub replaced: Option<(Span, Span)>,
    /// Its value.
    pub value: Rc<Tree>,
}

/// The trees that thunks have become, each with how large it is, with and without properties resolved; which of them are of
/// a branch.
#[derive(Debug, Default)]
pub(crate) struct Forest {
    trees: BTreeMap<(u32, bool), (Rc<Tree>, Size)>,
    branch: BTreeMap<(u32, bool), (Rc<Tree>, Size)>,
    /// How much there is in the tree that is growing, every part of it counted as often as it stands there.
    grown: Size,
}

/// How large a tree is where nothing of it is shared.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    parts: u64,
    bytes: u64,
}

/// The bytes that a part of a tree takes beside its text, its entry in the forest included.
const PART: usize = 200;

impl Forest {
    /// Forgets what is of a branch.
    pub fn cut(&mut self) {
        self.branch.clear();
    }

    /// The bytes that the trees take; texts are counted by themselves.
    pub fn bytes(&self) -> u64 {
        ((self.trees.len() + self.branch.len()) * PART) as u64
    }
}

impl Tree {
    /// A tree of something that nobody evaluated.
    pub fn new(content: Content, span: Span) -> Tree {
        Tree { content, span, met_conditions: MetConditions::NONE }
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
        self.forest.grown = Size::default();
        self.subtree(thunk, properties, MAX_DEPTH).map_err(|stop| match stop {
            Stop::Error(mut error) => {
                // What grew too large is there, or near.
                if error.spans.is_empty() {
                    error.spans.push(self.origin);
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
                for Entry { name, span, replaced, value } in entries {
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

    fn subtree(&mut self, thunk: Thunk, properties: bool, depth: usize) -> Result<Rc<Tree>, Stop> {
        const TREE: u64 = 4;
        let key = (thunk.0, properties);
        let known = self.forest.branch.get(&key).or_else(|| {
            let tree = self.forest.trees.get(&key);
            tree.filter(|(tree, _)| !self.is_doubtful(tree.met_conditions))
        });
        if let Some((tree, size)) = known.map(|(tree, size)| (Rc::clone(tree), *size)) {
            // Whoever goes through all of it goes through this once more.
            self.grow(size)?;
            self.note_met(tree.met_conditions);
            return Ok(tree);
        }
        let before = self.forest.grown;
        self.fits(PART as u64)?;
        let worker = Worker::new(mix(TREE + u64::from(properties), self.names[thunk.0 as usize]));
        let (tree, met_conditions) = self.working(worker, |it| it.new_subtree(thunk, properties, depth));
        let tree = Rc::new(Tree { met_conditions, ..tree? });
        let Size { parts, bytes } = self.forest.grown;
        let size = Size { parts: parts - before.parts, bytes: bytes - before.bytes };
        let forest = if self.in_branch() { &mut self.forest.branch } else { &mut self.forest.trees };
        forest.insert(key, (Rc::clone(&tree), size));
        Ok(tree)
    }

    /// Counts what has come to the tree that is growing: whoever goes through it takes time for it, and makes as much.
    fn grow(&mut self, size: Size) -> Result<(), Stop> {
        let Size { parts, bytes } = &mut self.forest.grown;
        *parts = parts.saturating_add(size.parts);
        *bytes = bytes.saturating_add(size.bytes);
        let bytes = *bytes;
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
        let span = self.origin;
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
            entries.push(Entry { name, span: attribute.span, replaced: attribute.replaced, value });
        }
        Ok(Tree::new(Content::Set(entries, open), span))
    }

    /// The value of a property of the module system, such as `mkIf`.
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
        match &self.slots[thunk.0 as usize] {
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
        let mut entries: Vec<Entry> = Vec::new();
        let (mut lists, mut opened, mut others) = (0, false, 0);
        for tree in [first, second].into_iter().chain(given) {
            span = tree.span;
            met_conditions = self.met_condition_sets.union(met_conditions, tree.met_conditions);
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
    fn merged(&mut self, same: &[Entry]) -> Option<Entry> {
        let last = same.last()?.clone();
        if same.len() == 1 {
            return Some(last);
        }
        let nothing = Tree::new(Content::Null, last.span);
        let values = same.iter().map(|entry| Rc::clone(&entry.value)).collect();
        let value = Rc::new(self.merge(values, nothing));
        Some(Entry { value, ..last })
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
