//! `check` of Nix files: every fixture says under its lines what is wrong with them, and neither more nor less may be found.
//!
//! `NIXVIRT_BLESS=1` writes the comments anew; read the difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nixvirt_tests::command::Dir;
use nixvirt_tests::place;
use serde_json::Value;

/// The Nix files of a fixture: a file alone, or a folder with a `main.nix`.
fn files(fixture: &Path) -> Vec<PathBuf> {
    if fixture.is_file() {
        return vec![fixture.to_owned()];
    }
    let mut files: Vec<PathBuf> =
        fs::read_dir(fixture).expect("a fixture").flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// Whether a line says what is wrong with the one above it.
fn is_note(line: &str) -> bool {
    line.trim_start().strip_prefix('#').is_some_and(|rest| rest.trim_start().starts_with('^'))
}

fn without_notes(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !is_note(line)).collect()
}

/// The text with a note under each line that has a problem.
fn with_notes(text: &str, found: &[&Value]) -> String {
    let number = |located: &Value, key: &str| located[key].as_u64().unwrap_or(0) as usize;
    let mut out = String::new();
    for (at, line) in text.split_inclusive('\n').enumerate() {
        out.push_str(line);
        for located in found.iter().filter(|located| number(located, "line") == at + 1) {
            let column = number(located, "column");
            let width = if number(located, "end_line") == at + 1 {
                number(located, "end_column") - column
            } else {
                1
            };
            let text = |key: &str| located[key].as_str().unwrap_or("");
            let place = if text("path").is_empty() { String::new() } else { format!("{}: ", text("path")) };
            let help = if text("help").is_empty() { String::new() } else { format!(" ({})", text("help")) };
            out.push_str(&format!(
                "#{}{} {}: {place}{}{help}\n",
                " ".repeat(column.saturating_sub(2)),
                "^".repeat(width.max(1)),
                text("code"),
                text("message").replace('\n', " ")
            ));
        }
    }
    out
}

/// Checks a fixture; gives its files as they would have to be.
fn check(fixture: &Path) -> BTreeMap<PathBuf, String> {
    let dir = Dir::new();
    let files = files(fixture);
    let name = |file: &Path| file.file_name().expect("a name").to_string_lossy().into_owned();
    let plain: BTreeMap<String, String> = files
        .iter()
        .map(|file| (name(file), without_notes(&fs::read_to_string(file).expect("a fixture"))))
        .collect();
    for (name, text) in &plain {
        dir.write(name, text);
    }
    let main = if fixture.is_dir() { "main.nix".to_owned() } else { name(fixture) };
    let done = dir.run(["check", &main, "--format", "json"]).done();
    assert!(matches!(done.status, 0 | 1), "check should run\n{done}");
    let found: Vec<Value> =
        serde_json::from_str(done.for_tools()).unwrap_or_else(|error| panic!("{error}\n{done}"));
    for located in &found {
        let file = located["file"].as_str().unwrap_or("");
        assert!(plain.contains_key(file), "a problem should be in one of the user's files\n{located:#}");
    }
    files
        .into_iter()
        .map(|file| {
            let here = name(&file);
            let found: Vec<&Value> =
                found.iter().filter(|located| located["file"] == here.as_str()).collect();
            let text = with_notes(&plain[&here], &found);
            (file, text)
        })
        .collect()
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = place::root().join("tests/fixtures").join(folder);
    let mut found: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the fixtures").flatten().map(|entry| entry.path()).collect();
    found.sort();
    assert!(found.len() > 2, "there should be fixtures in {}", folder.display());
    found
}

#[test]
fn mistakes_are_found_where_they_are() {
    let bless = std::env::var_os("NIXVIRT_BLESS").is_some();
    let mut wrong = String::new();
    for fixture in fixtures("wrong") {
        let mut problems = 0;
        for (file, expected) in check(&fixture) {
            let actual = fs::read_to_string(&file).expect("a fixture");
            problems += expected.lines().filter(|line| is_note(line)).count();
            if bless {
                fs::write(&file, &expected).expect("a fixture can be written");
            } else if actual != expected {
                wrong.push_str(&format!("--- {} should be\n{expected}\n", file.display()));
            }
        }
        assert!(problems > 0, "{} should be wrong somewhere", fixture.display());
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn correct_files_raise_no_alarm() {
    for fixture in fixtures("ok") {
        for (file, text) in check(&fixture) {
            assert!(!text.lines().any(is_note), "{} is correct, but\n{text}", file.display());
        }
    }
}

#[test]
fn all_formats_name_the_same_places() {
    let dir = Dir::new();
    let file = place::root().join("tests/fixtures/wrong/template.nix");
    dir.write("template.nix", without_notes(&fs::read_to_string(file).expect("a fixture")));
    let json = dir.run(["check", "template.nix", "--format", "json"]).fails(1);
    let json: Vec<Value> = serde_json::from_str(json.for_tools()).expect("JSON");
    let sarif = dir.run(["check", "template.nix", "--format", "sarif"]).fails(1);
    let sarif: Value = serde_json::from_str(sarif.for_tools()).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let of_sarif: Vec<(Value, Value, Value)> = results
        .iter()
        .map(|result| {
            let region = &result["locations"][0]["physicalLocation"]["region"];
            (result["ruleId"].clone(), region["startLine"].clone(), region["startColumn"].clone())
        })
        .collect();
    let of_json: Vec<(Value, Value, Value)> = json
        .iter()
        .map(|located| (located["code"].clone(), located["line"].clone(), located["column"].clone()))
        .collect();
    assert_eq!(of_sarif, of_json);
    let short = dir.run(["check", "template.nix", "--format", "short"]).fails(1);
    for ((line, code), (_, at, _)) in
        short.stderr.lines().zip(of_json.iter().map(|found| &found.0)).zip(&of_json)
    {
        assert!(line.starts_with(&format!("template.nix:{at}:")), "{line}");
        assert!(line.contains(code.as_str().unwrap_or("?")), "{line}");
    }
}

#[test]
fn a_mistake_in_a_file_that_others_import_is_said_once() {
    let dir = Dir::new();
    dir.write("pool.nix", "{ nixvirt, ... }: nixvirt.lib.pool.writeXML { name = \"p\"; tpye = \"dir\"; }");
    dir.write("main.nix", "{ nixvirt, ... }@inputs: { pool = import ./pool.nix inputs; }");
    for files in [["main.nix", "pool.nix"], ["pool.nix", "main.nix"], ["main.nix", "main.nix"]] {
        let done = dir.run(["check", "--format", "short"].into_iter().chain(files)).fails(1);
        assert_eq!(done.stderr.lines().filter(|line| line.contains("tpye")).count(), 1, "{done}");
    }
}

#[test]
fn a_nix_file_compiles_as_its_json_does() {
    let dir = Dir::new();
    dir.write("part.nix", "{ type = \"kvm\"; os.type = \"hvm\"; }");
    dir.write("vm.nix", "{ lib, ... }: import ./part.nix // { name = \"vm\"; memory.count = lib.max 1 2; }");
    dir.write("vm.json", r#"{"type":"kvm","os":{"type":"hvm"},"name":"vm","memory":{"count":2}}"#);
    let json = dir.run(["vm.json"]).succeeds();
    dir.run(["vm.nix"]).succeeds().prints(&json.stdout).silent();
    // What cannot be known is said, and nothing is written.
    dir.write(
        "unknown.nix",
        "{ pkgs, ... }: import ./part.nix // { name = \"vm\"; memory.count = pkgs.count; }",
    );
    let unknown = dir.run(["unknown.nix", "--format", "short"]).fails(1).prints("");
    unknown.says("unknown.nix:1:").says("unknown-value: memory.count");
}

/// How long any of these may take, in a debug build on a busy machine: this is for what does not end. What grows faster
/// than its input is for the suite `growth`.
const BOUND: Duration = Duration::from_secs(180);

#[test]
fn hostile_files_end_soon_with_a_word_on_why() {
    const MANY: usize = 50_000;
    let repeated: &[(&str, &str)] = &[
        ("a", ".a"),
        ("{ ", "a."),
        ("", "("),
        ("", "["),
        ("", "{"),
        ("", "${"),
        ("\"", "${\""),
        ("", "a: "),
        ("1", " + 1"),
        ("1", "+1"),
        ("", "!"),
        ("", "-"),
        ("f", " x"),
        ("", "if true then 1 else "),
        ("", "let a = 1; in "),
        ("true", " -> true"),
        ("{ }", " // { }"),
        ("a", " or b"),
        ("a", " ? b"),
        ("1", " |> f"),
        ("", "<"),
        ("", "\""),
        ("", ";"),
        ("", "}"),
        ("{ ", "a = 1; "),
        ("{ ", "a = ;\n"),
        ("{ ", "a = [\n"),
        ("{ inherit ", "a "),
        ("", "__curPos "),
        ("", "/*"),
    ];
    let dir = Dir::new();
    for (begin, again) in repeated {
        dir.write("hostile.nix", [*begin, &again.repeat(MANY)].concat());
        let started = Instant::now();
        let done = dir.run(["check", "hostile.nix", "--format", "short"]).done();
        assert_eq!(done.status, 1, "{begin}{again}{again}...\n{done}");
        assert!(started.elapsed() < BOUND, "{begin}{again}{again}... takes {:?}", started.elapsed());
        assert!(!done.stderr.trim().is_empty(), "{begin}{again}{again}... should be explained");
        assert!(done.stderr.lines().count() <= 201, "{begin}{again}{again}... should be explained shortly");
    }
}

#[test]
fn what_is_shared_counts_as_often_as_it_is_met() {
    let doubled: String =
        (1..60).map(|n| format!("x{n} = {{ a = x{}; b = x{}; }};\n", n - 1, n - 1)).collect();
    let dir = Dir::new();
    dir.write("hostile.nix", format!("let x0 = {{ }};\n{doubled}in {{ name = x59; }}"));
    let started = Instant::now();
    let done = dir.run(["hostile.nix", "--format", "short"]).done();
    assert_eq!(done.status, 1, "{done}");
    assert!(done.stderr.contains("the evaluation needs more than 512 MB of memory"), "{done}");
    assert!(started.elapsed() < BOUND, "it takes {:?}", started.elapsed());
}

/// A value that nobody asked for and that takes too long is no mistake: it is said, and the rest of the file is checked.
#[test]
fn a_limit_that_is_met_on_the_way_is_a_warning() {
    let dir = Dir::new();
    let heavy = "builtins.foldl' (all: _: all ++ all) [ 1 ] (builtins.genList (i: i) 100)";
    let file = |with: &str| {
        format!(
            "{{ nixvirt }}:\n{{\n  heavy = builtins.length ({heavy});\n  vm = nixvirt.lib.domain.writeXML {{ type = \"kvm\"; \
             name = \"vm\"; memory = 1024; os.type = \"hvm\"; {with} }};\n}}\n"
        )
    };
    let found = |status: i32| -> Vec<(String, u64)> {
        let done = dir.run(["check", "--format", "json", "vm.nix"]).done();
        assert_eq!(done.status, status, "{done}");
        let found: Vec<Value> = serde_json::from_str(done.for_tools()).expect("JSON");
        let told = |it: &Value| {
            (it["severity"].as_str().unwrap_or_default().to_owned(), it["line"].as_u64().unwrap_or(0))
        };
        found.iter().map(told).collect()
    };
    dir.write("vm.nix", file(""));
    assert_eq!(found(0), [("warning".to_owned(), 3)]);
    dir.run(["check", "vm.nix"]).succeeds().says("what depends on it is not checked");
    dir.run(["check", "--deny-warnings", "vm.nix"]).fails(1);
    dir.write("vm.nix", file("titel = \"a\";"));
    assert_eq!(found(1), [("warning".to_owned(), 3), ("error".to_owned(), 4)]);
    // Where a machine needs it, it is an error.
    dir.write("vm.nix", file(&format!("title = toString ({heavy});")));
    assert!(found(1).iter().any(|(severity, line)| severity == "error" && (*line == 4 || *line == 3)));
}
