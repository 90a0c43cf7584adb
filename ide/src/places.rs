//! Where the attributes of a spec stand in the Nix that it was made of, as far as Nix knows: it says so when it hands the spec
//! to a build (`lib-nix/places.nix`, which has the format), for only the evaluation knows and only the build finds mistakes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use nixvirt_compiler::{Diagnostic, MAX_JSON_DEPTH, Path, PathStep, PlacedValue, parse_json_within, way};
use serde_json::Value;

use crate::located_problem::FileProblems;

/// The known places of a spec.
pub struct KnownPlaces {
    tree: Node,
}

/// Where an attribute stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct At {
    file: String,
    line: usize,
    column: usize,
}

/// An attribute, an element of a list, or the whole spec.
#[derive(Debug, Default)]
struct Node {
    at: Option<At>,
    keys: BTreeMap<String, Node>,
    items: Vec<Node>,
}

/// A known place, and the path of what stands there.
struct Found<'p> {
    at: &'p At,
    path: Path,
}

impl KnownPlaces {
    /// Reads them, in the format of `lib-nix/places.nix`.
    ///
    /// # Errors
    /// Where they are in another format.
    pub fn parse(bytes: &[u8]) -> io::Result<KnownPlaces> {
        // A spec within its limit of depth can exceed that limit here, where a step takes more brackets.
        let parsed = parse_json_within(bytes, 2 * MAX_JSON_DEPTH)
            .map_err(|wrong| io::Error::other(wrong.problem.to_string()))?;
        if let Some(twice) = parsed.duplicates.first() {
            return Err(io::Error::other(format!("{}: {}", twice.path, twice.problem)));
        }
        let mut read = serde_json::to_value(&parsed.value)?;
        let mut part = |key: &str| read.get_mut(key).map(Value::take).unwrap_or_default();
        let others = match part("others") {
            Value::Array(others) => others.iter().filter_map(file_name).collect::<Vec<String>>(),
            other => return Err(unexpected("a list of folders", &other)),
        };
        let store: String = serde_json::from_value(part("store"))?;
        let mut tree = Node::tree(part("tree"))?;
        tree.forget(&others);
        // The store path of a flake says nothing to its author; it is shown only where two flakes must be told apart.
        let mut folders = BTreeSet::new();
        let prefix = store + "/";
        tree.store_folders(&prefix, &mut folders);
        if let (Some(folder), 1) = (folders.pop_first(), folders.len() + 1) {
            tree.cut(&format!("{prefix}{folder}/"));
        }
        Ok(KnownPlaces { tree })
    }

    /// Puts each problem at its place, or at the nearest one that is known. The problems are in the order of the findings.
    pub fn put(&self, located_problems: &mut FileProblems, diagnostics: &[Diagnostic]) {
        for (located, diagnostic) in located_problems.located_problems.iter_mut().zip(diagnostics) {
            for (related, place) in located.related.iter_mut().zip(&diagnostic.related) {
                if let (Some(Found { at, .. }), None) = (self.find(&place.path), &place.file) {
                    related.file.clone_from(&at.file);
                    related.start = (at.line, at.column);
                }
            }
            if diagnostic.file.is_some() {
                continue;
            }
            let Some(Found { at, path }) = self.find(&diagnostic.path) else { continue };
            let At { file, line, column } = at;
            let mut origin = format!("at {file}:{line}:{column}");
            if !same_place(&path, &diagnostic.path) {
                origin = format!("near {file}:{line}:{column}, where `{path}` is");
            }
            located.origin = Some(origin);
            located.file.clone_from(file);
            located.start = (*line, *column);
            located.end = None;
        }
    }

    /// The place of a path; else of what is in it, or of what holds it.
    fn find(&self, path: &Path) -> Option<Found<'_>> {
        let way = way(&self.tree, path);
        // Behind each step an attribute and, if the step has an index, an element of the list there.
        let mut reached = vec![(&self.tree, Path::default())];
        let mut steps: Vec<PathStep> = Vec::new();
        for (step, (entry, value)) in path.0.iter().zip(way.entries.iter().zip(&way.values[1..])) {
            steps.push(PathStep { key: step.key.clone(), index: None });
            reached.push((entry, Path(steps.clone())));
            if !std::ptr::eq(*entry, *value) {
                steps.pop();
                steps.push(step.clone());
                reached.push((value, Path(steps.clone())));
            }
        }
        let last = reached.len() - 1;
        reached.into_iter().enumerate().rev().find_map(|(position, (node, path))| match &node.at {
            Some(at) => Some(Found { at, path }),
            // What only holds it may hold all kinds of things, far from each other; but not what is one thing.
            None if position == last || is_object(&path) => node.part(path),
            None => None,
        })
    }
}

impl PlacedValue for &Node {
    type Entry = Self;

    fn entry(self, key: &str) -> Option<(Self, Self)> {
        self.keys.get(key).map(|below| (below, below))
    }

    fn item(self, index: usize) -> Option<Self> {
        self.items.get(index)
    }
}

impl Node {
    /// A tree of `lib-nix/places.nix`.
    fn tree(value: Value) -> io::Result<Node> {
        let mut node = Node::default();
        match value {
            Value::Null => {}
            Value::Object(keys) => {
                for (key, entry) in keys {
                    node.keys.insert(key, Node::entry(entry)?);
                }
            }
            Value::Array(items) => {
                node.items = items.into_iter().map(Node::tree).collect::<io::Result<_>>()?;
            }
            other => return Err(unexpected("a tree", &other)),
        }
        Ok(node)
    }

    fn entry(value: Value) -> io::Result<Node> {
        match value {
            Value::Array(mut pair) if pair.len() == 2 => {
                let mut node = Node::tree(pair[1].take())?;
                node.at = place(&pair[0])?;
                Ok(node)
            }
            other => Ok(Node { at: place(&other)?, ..Node::default() }),
        }
    }

    /// Forgets what stands in folders that are none of the user's.
    fn forget(&mut self, folders: &[String]) {
        let others = |at: &At| {
            let below = |folder: &String| at.file.strip_prefix(folder.as_str());
            folders.iter().filter_map(below).any(|rest| rest.starts_with('/'))
        };
        self.each(&mut |at| {
            if at.as_ref().is_some_and(others) {
                *at = None;
            }
        });
    }

    /// The folders in the store that files are in.
    fn store_folders(&mut self, prefix: &str, found: &mut BTreeSet<String>) {
        self.each(&mut |at| {
            let rest = at.as_ref().and_then(|at| at.file.strip_prefix(prefix));
            found.extend(rest.and_then(|rest| rest.split_once('/')).map(|(folder, _)| folder.to_owned()));
        });
    }

    fn cut(&mut self, prefix: &str) {
        self.each(&mut |at| {
            if let Some(at) = at {
                at.file = at.file.strip_prefix(prefix).unwrap_or(&at.file).to_owned();
            }
        });
    }

    fn each(&mut self, change: &mut impl FnMut(&mut Option<At>)) {
        change(&mut self.at);
        self.keys.values_mut().chain(&mut self.items).for_each(|below| below.each(change));
    }

    /// The first of the attributes in it that has a place; the name before all others, for it says which object it is.
    fn part(&self, path: Path) -> Option<Found<'_>> {
        let known = self.keys.iter().filter_map(|(key, node)| Some((key, node.at.as_ref()?)));
        let (key, at) = known.min_by_key(|(key, at)| (*key != "name", *at))?;
        let mut steps = path.0;
        steps.push(PathStep { key: key.clone(), index: None });
        Some(Found { at, path: Path(steps) })
    }
}

/// Whether a path leads to a whole object, or to one of several things.
fn is_object(path: &Path) -> bool {
    path.0.last().is_none_or(|step| step.index.is_some() || step.key == "spec")
}

fn place(value: &Value) -> io::Result<Option<At>> {
    if value.is_null() {
        return Ok(None);
    }
    let number = |key: &str| value[key].as_u64().and_then(|number| usize::try_from(number).ok());
    let (Some(file), Some(line), Some(column)) = (file_name(value), number("line"), number("column")) else {
        return Err(unexpected("a place", value));
    };
    // Old Nix gives the text of an expression that is in no file.
    if !file.starts_with(['/', '«']) || file.contains('\n') {
        return Ok(None);
    }
    Ok(Some(At { file: file.to_owned(), line, column }))
}

/// The name of a file, which with `bytes` has one character for each byte (`lib-nix/file-name.nix` says why).
fn file_name(value: &Value) -> Option<String> {
    let file = value["file"].as_str()?;
    let bytes = || file.chars().map(|byte| u8::try_from(byte).unwrap_or(b'?')).collect::<Vec<u8>>();
    Some(match value["bytes"].as_bool() {
        Some(true) => String::from_utf8_lossy(&bytes()).into_owned(),
        _ => file.to_owned(),
    })
}

fn unexpected(expected: &str, value: &Value) -> io::Error {
    let text: String = value.to_string().chars().take(60).collect();
    io::Error::other(format!("expected {expected}, not `{text}`"))
}

/// Whether two paths lead to the same, for one may say that something is the first of a list and the other not.
fn same_place(one: &Path, other: &Path) -> bool {
    let same = |(one, other): (&PathStep, &PathStep)| {
        one.key == other.key && one.index.unwrap_or_default() == other.index.unwrap_or_default()
    };
    one.0.len() == other.0.len() && one.0.iter().zip(&other.0).all(same)
}
