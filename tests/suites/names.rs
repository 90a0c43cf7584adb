//! libvirt's names stand in the tables of `schema/` alone: whoever writes one a second time writes it by a constant that is
//! checked against the tables (`attribute!`, `child_name!`, `below!`), or is in the list of exceptions here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use nixvirt_schema::{Element, KINDS};
use nixvirt_tests::place;

/// Where names of elements may stand as texts, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "compiler/src/check/rules/",
        "rules give examples; their checks go by names that are checked when they are compiled",
    ),
    (
        "compiler/src/check/host.rs",
        "words of the descriptions of hosts; names of domains are checked when they are compiled",
    ),
    (
        "compiler/src/minimal/",
        "values that are spelt as elements are; names of elements are checked when they are compiled",
    ),
    ("compiler/src/host.rs", "words of the descriptions of hosts"),
    ("compiler/src/diagnostics/codes.rs", "examples of codes"),
    ("compiler/src/diagnostics/foreign_words.rs", "the table of the words of other tools"),
    ("compiler/src/link/codes.rs", "examples of codes"),
    ("compiler/src/document/foreign", "the words of other tools"),
    ("compiler/src/read/foreign", "the words of other tools"),
    ("compiler/src/bundle/", "keys of nixvirt's own bundles that are spelt as elements are"),
    ("compiler/src/index.rs", "keys of nixvirt's own index that are spelt as elements are"),
    ("compiler/src/seed/", "keys of cloud-init and of nixvirt's own seeds that are spelt as elements are"),
    ("cli/src/", "keys of reports and words of the command line that are spelt as elements are"),
    ("evaluator/src/", "names of Nix's builtins that are spelt as elements are"),
    ("apply/src/names.rs", "every name is checked against the tables there"),
    ("apply/src/bundle/", "keys of nixvirt's own bundles that are spelt as elements are"),
    ("apply/src/kind.rs", "keys of nixvirt's own bundles that are spelt as elements are"),
    ("apply/src/output.rs", "fields of reports that are spelt as elements are"),
    ("apply/src/plan_words.rs", "fields of reports that are spelt as elements are"),
    ("apply/src/outline.rs", "fields of reports that are spelt as elements are"),
    ("apply/src/status.rs", "fields of reports that are spelt as elements are"),
    ("apply/src/error.rs", "fields of reports that are spelt as elements are"),
    ("apply/src/definition.rs", "facts of errors that are spelt as elements are"),
    ("apply/src/hooks/rooting.rs", "facts of errors that are spelt as elements are"),
    ("apply/src/addresses.rs", "the words by which `virsh domifaddr` says who knows an address"),
    ("apply/src/state/", "files and records of the state that are spelt as elements are"),
    ("apply/src/host.rs", "words of the descriptions of hosts, and parts of URIs"),
    ("apply/src/host/", "parts of URIs"),
    ("apply/src/guest.rs", "words of the guest agent's protocol that are spelt as elements are"),
    ("apply/src/bin/", "words of the command line that are spelt as elements are"),
    ("apply/src/run.rs", "the file of the lock"),
    ("apply/src/hooks.rs", "parts of the host's paths that are spelt as elements are"),
    ("compiler/src/secrets.rs", "keys of what nixvirt itself keeps in `metadata`"),
    ("compiler/src/json_schema", "keywords of JSON Schema that are spelt as elements are"),
    ("ide/src/places.rs", "keys of nixvirt's own format of places"),
];

/// How many names stand elsewhere, as texts that nothing checks. The figures may only fall.
const LEFT: &[(&str, usize)] = &[
    ("apply/src/content.rs", 1),
    ("apply/src/lock.rs", 1),
    ("apply/src/plan.rs", 1),
    ("apply/src/plan/rules.rs", 1),
    ("apply/src/preflight/devices.rs", 2),
    ("apply/src/preflight/files.rs", 5),
    ("apply/src/preflight/networks.rs", 1),
    ("apply/src/saved.rs", 2),
    ("apply/src/volumes/compare.rs", 1),
    ("compiler/src/derive.rs", 4),
    ("compiler/src/document/live.rs", 4),
    ("compiler/src/link/domain.rs", 45),
    ("compiler/src/link/gather.rs", 6),
    ("compiler/src/link/formats.rs", 1),
    ("compiler/src/link/network.rs", 6),
    ("compiler/src/link/pool.rs", 15),
    ("ide/src/analysis/specs.rs", 3),
    ("ide/src/analysis/tests.rs", 2),
    ("ide/src/lsp/syntax.rs", 5),
];

/// The names of all elements.
fn elements() -> BTreeSet<&'static str> {
    fn gather(
        element: &'static Element,
        seen: &mut BTreeSet<*const Element>,
        names: &mut BTreeSet<&'static str>,
    ) {
        if !seen.insert(element) {
            return;
        }
        names.insert(element.name);
        element.children.iter().for_each(|child| gather(child.element, seen, names));
    }
    let (mut seen, mut names) = (BTreeSet::new(), BTreeSet::new());
    // A node device is described in the words of all hardware (`bus`, `slot`, `function`, `version`), which mean something else
    // elsewhere.
    let kinds = KINDS.iter().filter(|kind| kind.name != "nodedev");
    kinds.for_each(|kind| gather(kind.root, &mut seen, &mut names));
    // The kinds' own names are what specs, bundles and messages call objects.
    names.retain(|name| KINDS.iter().all(|kind| kind.name != *name));
    names
}

/// The texts of a source, without comments, unit tests and names that are checked when they are compiled.
fn texts(source: &str) -> Vec<&str> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    for line in source.lines() {
        let line = line.split("//").next().unwrap_or_default();
        if ["attribute!(", "child_name!(", "below!("].iter().any(|checked| line.contains(checked)) {
            continue;
        }
        found.extend(line.split('"').skip(1).step_by(2));
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        match entry.path() {
            path if path.is_dir() => sources(&path, found),
            path if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            _ => {}
        }
    }
}

#[test]
fn names_of_elements_stand_in_the_tables() {
    let names = elements();
    assert!(names.len() > 300, "there should be many names, not {}", names.len());
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for room in ["compiler", "expand", "ide", "cli", "apply", "evaluator", "files"] {
        let mut files = Vec::new();
        sources(&place::root().join(room).join("src"), &mut files);
        for file in files {
            let name = file.strip_prefix(place::root()).expect("below the root").display().to_string();
            if EXCEPTIONS.iter().any(|(known, _)| name.starts_with(known)) {
                continue;
            }
            let source = fs::read_to_string(&file).expect("a source");
            let here: Vec<String> =
                texts(&source).into_iter().filter(|text| names.contains(text)).map(str::to_owned).collect();
            if !here.is_empty() {
                found.insert(name, here);
            }
        }
    }
    let fewer = |(file, count): &&(&str, usize)| found.get(*file).map_or(0, Vec::len) < *count;
    let fallen: Vec<_> = LEFT.iter().filter(fewer).collect();
    assert!(fallen.is_empty(), "there are fewer names than are noted, lower the figures here: {fallen:?}");
    let mut wrong = Vec::new();
    for (file, here) in &found {
        let allowed = LEFT.iter().find(|(known, _)| known == file).map_or(0, |(_, count)| *count);
        if here.len() > allowed {
            wrong.push(format!("{file}: {} instead of {allowed}: {}", here.len(), here.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "names of libvirt's are written a second time:\n{}", wrong.join("\n"));
}
