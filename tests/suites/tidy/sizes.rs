//! How long files and functions may be. What is longer is in a list, each with the reason.

use super::{none, sources};

/// The longest that a file of a program or library may be, without its tests.
const FILE: usize = 330;
/// The longest that a function of these may be.
const FUNCTION: usize = 80;
/// The longest that a function of the tests may be.
const TEST: usize = 150;

/// Tables of libvirt's formats, which are as long as the formats are.
const TABLES: &[&str] = &[
    "schema/src/domain",
    "schema/src/interface.rs",
    "schema/src/network",
    "schema/src/nodedev.rs",
    "schema/src/nwfilter",
    "schema/src/pool",
    "schema/src/shared",
    "schema/src/volume.rs",
];

/// Longer files: how long each may be, and why.
const LONG_FILES: &[(&str, usize, &str)] = &[
    ("compiler/src/diagnostics/codes.rs", 600, "the table of codes, with their examples"),
    ("compiler/src/diagnostics/foreign_words.rs", 600, "the table of the words of other tools"),
    ("compiler/src/link/codes.rs", 450, "a table of codes, with their examples"),
    ("cli/src/args.rs", 440, "a table: the command line, which clap reads"),
    ("cli/src/output/folder.rs", 340, "not split yet"),
    ("cli/src/report.rs", 360, "not split yet"),
];

/// Longer functions: the file, the function, how long it may be, and why.
const LONG_FUNCTIONS: &[(&str, &str, usize, &str)] = &[
    ("apply/src/bin/nixvirt-apply/main.rs", "go", 110, "a table: one arm for each command"),
    ("apply/src/declared.rs", "read", 85, "not split yet"),
    ("apply/src/execute/declare.rs", "declare", 100, "not split yet"),
    ("apply/src/plan/compare.rs", "settle", 115, "not split yet"),
    ("apply/src/plan/removals.rs", "removals", 85, "not split yet"),
    ("apply/src/run.rs", "run", 100, "not split yet"),
    ("cli/src/output/folder.rs", "changes", 85, "not split yet"),
];

/// Whether a file is part of a program or library, and no test of it.
fn is_product(file: &str) -> bool {
    let of_tests = ["tests/", "fuzz/"].iter().any(|folder| file.starts_with(folder));
    file.ends_with(".rs") && file.contains("/src/") && !of_tests && !file.ends_with("/tests.rs")
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    let mut needed = Vec::new();
    let is_table = |file: &str| TABLES.iter().any(|table| file.starts_with(table));
    for (file, source) in sources().iter().filter(|(file, _)| is_product(file) && !is_table(file)) {
        let lines = source.last_line;
        match LONG_FILES.iter().find(|(name, ..)| name == file) {
            _ if lines <= FILE => {}
            Some((name, most, _)) if lines <= *most => needed.push(*name),
            _ => long.push(format!("{file}: {lines} lines")),
        }
    }
    none("these are longer than a file should be; split them by concern", long);
    let idle = LONG_FILES.iter().filter(|(name, ..)| !needed.contains(name));
    none(
        "these are short by now; take them out of the list",
        idle.map(|(name, ..)| (*name).to_owned()).collect(),
    );
}

#[test]
fn functions_are_short() {
    let mut long = Vec::new();
    let mut needed = Vec::new();
    for (file, source) in sources() {
        let most = if is_product(file) { FUNCTION } else { TEST };
        for function in &source.functions {
            let lines = function.lines.clone().count();
            let exception = LONG_FUNCTIONS.iter().find(|(of, name, ..)| of == file && *name == function.name);
            match exception {
                _ if lines <= most => {}
                Some((of, name, most, _)) if lines <= *most => needed.push((*of, *name)),
                _ => {
                    long.push(format!("{file}:{}: {}, {lines} lines", function.lines.start(), function.name))
                }
            }
        }
    }
    none("these are longer than a function should be; name their parts", long);
    let idle = LONG_FUNCTIONS.iter().filter(|(of, name, ..)| !needed.contains(&(*of, *name)));
    none(
        "these are short by now; take them out of the list",
        idle.map(|(of, name, ..)| format!("{of}: {name}")).collect(),
    );
}
