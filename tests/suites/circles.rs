//! Files of a crate do not use each other in circles: whoever reads one can read what it uses before it.
//!
//! What counts are `use` and paths that begin with `crate`, `self`, `super` or a module of the file, followed through re-exports to
//! the file that has the item. `mod` does not count, nor do methods: they are found by their type.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use nixvirt_tests::place;
use regex::Regex;

/// How many files of a crate still stand in circles. The figures may only fall.
const LEFT: &[(&str, usize)] = &[];

/// A module, by the names of the way to it.
type Module = Vec<String>;

/// The items that a file defines, exports and uses.
#[derive(Default)]
struct Source {
    /// The names that are defined here.
    defines: BTreeSet<String>,
    /// The names that are exported from elsewhere, and what they stand for.
    exports: BTreeMap<String, Module>,
    /// The paths that are used.
    uses: Vec<Module>,
}

/// The parts of a `use`: `a::{b, c::d}` has `a::b` and `a::c::d`.
fn paths(tree: &str) -> Vec<String> {
    let Some((before, inner)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let inner = inner.trim_end();
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let (mut depth, mut begin, mut found) = (0, 0, Vec::new());
    for (at, sign) in inner.char_indices().chain([(inner.len(), ',')]) {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = inner[begin..at].trim();
                if !part.is_empty() {
                    found.extend(paths(part).iter().map(|path| format!("{}{path}", before.trim())));
                }
                begin = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// A path from the root of the crate; nothing where it leads out of the crate.
fn from_root(path: &str, here: &[String], modules: &BTreeSet<Module>) -> Option<Module> {
    let names: Vec<String> = path.split("::").map(|name| name.trim().to_owned()).collect();
    let below = |module: &[String], rest: &[String]| [module, rest].concat();
    match names[0].as_str() {
        "crate" => Some(names[1..].to_vec()),
        "self" => Some(below(here, &names[1..])),
        "super" => {
            let up = names.iter().take_while(|name| *name == "super").count();
            Some(below(here.get(..here.len().checked_sub(up)?)?, &names[up..]))
        }
        first => {
            let child = below(here, &[first.to_owned()]);
            (names.len() > 1 && modules.contains(&child)).then(|| below(here, &names))
        }
    }
}

/// The text of a file without comments and without its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The files of a crate, by their modules.
fn sources(folder: &Path) -> BTreeMap<Module, String> {
    fn gather(folder: &Path, module: &Module, found: &mut BTreeMap<Module, String>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let below = |name: &str| [module.as_slice(), &[name.to_owned()]].concat();
            if path.is_dir() {
                // Programs are crates of their own.
                if name != "bin" {
                    gather(&path, &below(&name), found);
                }
            } else if let Some(name) = name.strip_suffix(".rs").filter(|name| *name != "tests") {
                let module = if matches!(name, "lib" | "main") { module.clone() } else { below(name) };
                found.insert(module, code(&fs::read_to_string(&path).unwrap_or_default()));
            }
        }
    }
    let mut found = BTreeMap::new();
    gather(folder, &Vec::new(), &mut found);
    found
}

fn read(texts: &BTreeMap<Module, String>) -> BTreeMap<Module, Source> {
    let pattern = |pattern: &str| Regex::new(pattern).expect("a pattern");
    let (using, visible_in, inline, defining) = (
        pattern(r"(?m)^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);"),
        pattern(r"pub\(in [^)]*\)"),
        pattern(r"\b[a-z_][a-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)+"),
        pattern(
            r"\b(?:struct|enum|fn|const|static|trait|type|union|macro_rules!)\s+([A-Za-z_][A-Za-z0-9_]*)",
        ),
    );
    let modules: BTreeSet<Module> = texts.keys().cloned().collect();
    let mut sources = BTreeMap::new();
    for (module, text) in texts {
        let mut source = Source::default();
        for found in using.captures_iter(text) {
            for path in paths(&found[2]) {
                let (path, alias) = path.split_once(" as ").unwrap_or((&path, ""));
                let Some(target) = from_root(path, module, &modules) else { continue };
                let name =
                    if alias.is_empty() { target.last().cloned() } else { Some(alias.trim().to_owned()) };
                match (found.get(1), name) {
                    (Some(_), Some(name)) => drop(source.exports.insert(name, target)),
                    _ => source.uses.push(target),
                }
            }
        }
        let rest = using.replace_all(text, "");
        let rest = visible_in.replace_all(&rest, "");
        source.uses.extend(inline.find_iter(&rest).filter_map(|it| from_root(it.as_str(), module, &modules)));
        source.defines = defining.captures_iter(&rest).map(|found| found[1].to_owned()).collect();
        sources.insert(module.clone(), source);
    }
    sources
}

/// The module whose file has what a path leads to.
fn home(path: &[String], sources: &BTreeMap<Module, Source>, hops: usize) -> Module {
    let length = (0..=path.len()).rev().find(|length| sources.contains_key(&path[..*length])).unwrap_or(0);
    let (module, rest) = (path[..length].to_vec(), &path[length..]);
    let Some((name, below)) = rest.split_first() else { return module };
    let Some(source) = sources.get(&module).filter(|source| !source.defines.contains(name)) else {
        return module;
    };
    match source.exports.get(name) {
        Some(target) if hops > 0 => home(&[target, below].concat(), sources, hops - 1),
        _ => module,
    }
}

/// The modules that can be reached from each module.
fn reached(edges: &BTreeMap<Module, BTreeSet<Module>>, from: &Module) -> BTreeSet<Module> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        for next in edges.get(module).into_iter().flatten() {
            if found.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    found
}

/// The files of a crate that stand in circles, each with what it uses of these.
fn circles(folder: &Path) -> BTreeMap<Module, BTreeSet<Module>> {
    let sources = read(&sources(folder));
    let edges: BTreeMap<Module, BTreeSet<Module>> = sources
        .iter()
        .map(|(module, source)| {
            let targets = source.uses.iter().map(|path| home(path, &sources, 5));
            (module.clone(), targets.filter(|target| target != module).collect())
        })
        .collect();
    let all: BTreeMap<&Module, BTreeSet<Module>> =
        edges.keys().map(|module| (module, reached(&edges, module))).collect();
    let circular = |one: &Module, other: &Module| all[one].contains(other) && all[other].contains(one);
    all.iter()
        .filter(|(module, reached)| reached.contains(**module))
        .map(|(module, _)| {
            let within = edges[*module].iter().filter(|other| circular(module, other));
            ((*module).clone(), within.cloned().collect())
        })
        .collect()
}

#[test]
fn files_do_not_use_each_other_in_circles() {
    let mut wrong = Vec::new();
    for entry in fs::read_dir(place::root()).into_iter().flatten().flatten() {
        let folder = entry.path().join("src");
        let name = entry.file_name().to_string_lossy().into_owned();
        if !folder.is_dir() || name.starts_with('.') || name == "target" {
            continue;
        }
        let found = circles(&folder);
        let left = LEFT.iter().find(|(crate_, _)| *crate_ == name).map_or(0, |(_, left)| *left);
        if found.len() != left {
            wrong.push(format!("{name}: {} files, and {left} are noted", found.len()));
            for (module, uses) in &found {
                let uses: Vec<String> = uses.iter().map(|path| path.join("::")).collect();
                wrong.push(format!("    {} uses {}", module.join("::"), uses.join(", ")));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "these stand in circles; fewer than noted: lower the figure here\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_circle_is_found_through_a_re_export() {
    let text = |text: &str| text.to_owned();
    let module = |name: &str| vec![name.to_owned()];
    let texts = BTreeMap::from([
        (Vec::new(), text("pub use b::Thing;\nmod a;\nmod b;")),
        (module("a"), text("use crate::{Thing, c};\npub struct Other;")),
        (module("b"), text("use super::a::{self, Other};\npub struct Thing;")),
        (module("c"), text("fn free() {}")),
    ]);
    let sources = read(&texts);
    let home =
        |path: &[&str]| home(&path.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), &sources, 5);
    assert_eq!(home(&["Thing"]), module("b"));
    assert_eq!(home(&["a", "Other"]), module("a"));
    assert_eq!(sources[&module("a")].uses, [module("Thing"), module("c")]);
    assert_eq!(paths("crate::{a, b::{c, d}}"), ["crate::a", "crate::b::c", "crate::b::d"]);
}
