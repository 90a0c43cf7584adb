//! Types that meet in one program have names of their own, so that whoever searches for a name finds one thing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use nixvirt_tests::place;
use regex::Regex;

/// The crates of this repository that each program is made of.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("nixvirt-compile", &["schema", "compiler", "evaluator", "templates", "expand", "ide", "files", "cli"]),
    (
        "nixvirt-apply",
        &["schema", "compiler", "evaluator", "templates", "expand", "files", "libvirt-calls", "apply"],
    ),
];

/// Names that still stand for several types. The list may only get shorter. `Error` is the error type of two crates, the evaluator and
/// the apply step, and neither sees that of the other.
const LEFT: &[&str] = &["Error"];

/// The files with each type of a crate that other files can name.
fn types(folder: &Path, pattern: &Regex, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            types(&path, pattern, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let code = text.split("#[cfg(test)]").next().unwrap_or("");
            let file = path.strip_prefix(place::root()).unwrap_or(&path).display().to_string();
            for defined in pattern.captures_iter(code) {
                found.entry(defined[1].to_owned()).or_default().insert(file.clone());
            }
        }
    }
}

#[test]
fn types_of_one_program_have_names_of_their_own() {
    let pattern = r"(?m)^pub(?:\([^)]*\))?\s+(?:struct|enum|trait|type|union)\s+([A-Za-z_][A-Za-z0-9_]*)";
    let pattern = Regex::new(pattern).expect("a pattern");
    let mut shared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, crates) in PROGRAMS {
        let mut found = BTreeMap::new();
        for name in *crates {
            let folder = place::root().join(name).join("src");
            assert!(folder.is_dir(), "there is no crate {name}");
            types(&folder, &pattern, &mut found);
        }
        found.retain(|_, files| files.len() > 1);
        for (name, files) in found {
            shared.entry(name).or_default().extend(files);
        }
    }
    let new: Vec<String> = shared
        .iter()
        .filter(|(name, _)| !LEFT.contains(&name.as_str()))
        .map(|(name, files)| {
            format!("{name}: {}", files.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
        })
        .collect();
    assert!(new.is_empty(), "one name for several types; rename one of each:\n{}", new.join("\n"));
    let gone: Vec<&&str> = LEFT.iter().filter(|name| !shared.contains_key(**name)).collect();
    assert!(gone.is_empty(), "these have one type each by now; take them out of the list: {gone:?}");
}
