//! The formats that tools read: SARIF against its own types, the one-line format against GitHub's problem matcher, and the
//! places that Nix hands to a build, in all of them.

use std::fs;

use nixvirt_tests::command::{Dir, Done};
use nixvirt_tests::place;
use regex::Regex;
use serde_json::{Value, json};
use serde_sarif::sarif::Sarif;

/// Wrong input of each language, with lines that have more bytes than characters, and characters of two UTF-16 units.
const WRONG: &[(&str, &str)] = &[
    (
        "größe 1.nix",
        "{ nixvirt }:\nlet base = nixvirt.lib.domain.templates.linux { name = \"ä\"; /* ö🦀 */ titel = 1; };\n\
         in nixvirt.lib.domain.writeXML (base // { /* 🦀 */ devices = base.devices // { vido = { }; }; })\n",
    ),
    ("a.json", "{ \"name\": \"größe\", \"type\": \"kmv\",\n \"ö\": { }, \"titel\": 1, \"odd\\nname\": 1 }"),
    ("a.xml", "<domain type='kvm'>\n<!-- ö🦀 --> <name>ö</name> <titel x='1'/>\n</domain>"),
    ("half.json", "{ \"name\": \"a\", \"type\": "),
    ("half.xml", "<domain type='kvm'"),
    ("half.nix", "{ a = "),
];

fn wrong() -> Dir {
    let dir = Dir::new();
    for (name, text) in WRONG {
        dir.write(name, text);
    }
    dir
}

/// Checks what is wrong.
fn run(dir: &Dir, arguments: &[&str], format: &str) -> Done {
    dir.run(["check", "--format", format].into_iter().chain(arguments.iter().copied())).fails(1)
}

fn problems(dir: &Dir, arguments: &[&str]) -> Vec<Value> {
    let done = run(dir, arguments, "json");
    serde_json::from_str(done.for_tools()).expect("JSON")
}

fn sarif(dir: &Dir, arguments: &[&str]) -> Value {
    let done = run(dir, arguments, "sarif");
    let log: Value = serde_json::from_str(done.for_tools()).expect("JSON");
    // What the types do not know, they drop.
    let typed: Sarif = serde_json::from_value(log.clone()).expect("SARIF");
    assert_eq!(serde_json::to_value(typed).expect("SARIF"), log, "all of it should be SARIF's");
    log
}

#[test]
fn sarif_is_sarif() {
    let dir = wrong();
    let all: Vec<&str> = WRONG.iter().map(|(name, _)| *name).collect();
    let log = sarif(&dir, &all);
    let results = log["runs"][0]["results"].as_array().expect("results");
    let problems = problems(&dir, &all);
    assert_eq!(results.len(), problems.len());
    let rules: Vec<&Value> = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .map(|rule| &rule["id"])
        .collect();
    for (result, problem) in results.iter().zip(&problems) {
        assert!(rules.contains(&&result["ruleId"]), "{result} should go by a rule");
        let place = &result["locations"][0]["physicalLocation"];
        let (uri, region) = (place["artifactLocation"]["uri"].as_str().expect("a uri"), &place["region"]);
        assert_eq!(uri.replace("gr%C3%B6%C3%9Fe%201", "größe 1"), problem["file"].as_str().expect("a file"));
        assert_eq!([&region["startLine"], &region["startColumn"]], [&problem["line"], &problem["column"]]);
        assert_eq!(region["endColumn"], problem["end_column"]);
        let related = problem["related"].as_array().expect("related places").len();
        assert_eq!(result["relatedLocations"].as_array().map_or(0, Vec::len), related);
    }
    let related = problems.iter().map(|problem| problem["related"].as_array().map_or(0, Vec::len));
    assert!(related.sum::<usize>() > 0, "there should be related places among these");
}

#[test]
fn columns_count_characters() {
    let dir = wrong();
    let mut words = Vec::new();
    for (name, text) in WRONG {
        for problem in problems(&dir, &[name]) {
            let number = |key: &str| problem[key].as_u64().and_then(|number| usize::try_from(number).ok());
            let (Some(line), Some(column)) = (number("line"), number("column")) else {
                panic!("{problem} should have a place");
            };
            let (Some(end), true) = (number("end_column"), number("end_line") == Some(line)) else {
                continue;
            };
            let line = text.lines().nth(line - 1).unwrap_or("");
            words.push(line.chars().skip(column - 1).take(end - column).collect::<String>());
        }
    }
    for word in ["titel", "vido", "\"ö\"", "\"titel\"", "<titel"] {
        assert!(words.iter().any(|found| found == word), "`{word}` should be at fault: {words:?}");
    }
}

#[test]
fn the_problem_matcher_reads_every_line() {
    let matcher = fs::read_to_string(place::root().join(".ci/problem-matcher.json")).expect("the matcher");
    let matcher: Value = serde_json::from_str(&matcher).expect("JSON");
    let pattern = &matcher["problemMatcher"][0]["pattern"][0];
    let regexp = Regex::new(pattern["regexp"].as_str().expect("a regexp")).expect("a regular expression");
    let group = |name: &str| usize::try_from(pattern[name].as_u64().expect("a group")).expect("a group");
    let dir = wrong();
    let all: Vec<&str> = WRONG.iter().map(|(name, _)| *name).collect();
    let short = run(&dir, &all, "short");
    let problems = problems(&dir, &all);
    assert_eq!(short.stderr.lines().count(), problems.len(), "one line each\n{}", short.stderr);
    for (line, problem) in short.stderr.lines().zip(&problems) {
        let found = regexp.captures(line).unwrap_or_else(|| panic!("the matcher should read {line}"));
        let found = |name: &str| found[group(name)].to_owned();
        assert_eq!(found("file"), problem["file"].as_str().expect("a file"));
        assert_eq!(found("line"), problem["line"].to_string());
        assert_eq!(found("column"), problem["column"].to_string());
        assert_eq!(found("code"), problem["code"].as_str().expect("a code"));
        let message = problem["message"].as_str().expect("a message").replace('\n', " ");
        assert!(found("message").contains(&message), "{line} should say {message}");
    }
}

// --- Places that Nix knows.

/// A spec with problems, and places as `lib-nix/places.nix` gives them.
fn with_places(files: [&str; 2]) -> Dir {
    let at = |file: &str, line: u32, column: u32| json!({ "file": file, "line": line, "column": column });
    let [one, other] = files;
    let spec = json!({
        "name": "vm", "type": "kvm", "memory": "much", "os": { "type": "hvm", "arhc": 1 },
        "devices": { "disk": [{ "source": { "file": "/a" }, "target": { "dev": "vda" } }, { "type": "file", "target": { "dev": "vdb" }, "soruce": 1 }] },
    });
    let places = json!({
        "store": "/nix/store",
        "others": [{ "file": "/nix/store/b-nixpkgs" }],
        "tree": {
            "name": at(one, 2, 3),
            "type": at("/nix/store/b-nixpkgs/lib/attrsets.nix", 9, 9),
            // Old Nix gives a text that is in no file.
            "memory": at("{ memory = \"much\";\n }", 1, 3),
            "os": [at(other, 7, 3), { "type": null, "arhc": null }],
            "devices": [null, {
                "disk": [at(one, 4, 5), [null, { "type": at(one, 6, 9), "target": [at(one, 7, 9), {}], "soruce": at(one, 8, 9) }]],
            }],
        },
    });
    let dir = Dir::new();
    dir.write("vm.json", spec.to_string());
    dir.write("places.json", places.to_string());
    dir
}

const CHECK: [&str; 4] = ["check", "--places", "places.json", "vm.json"];

#[test]
fn a_spec_s_problems_are_at_their_places_in_nix() {
    let dir = with_places(["/nix/store/a-source/vms/vm.nix", "/home/ada/os.nix"]);
    let done = run(&dir, &CHECK[1..], "short");
    let places: Vec<&str> = done.stderr.lines().filter_map(|line| line.split(": ").next()).collect();
    let expected = ["vms/vm.nix:8:9", "vms/vm.nix:2:3", "/home/ada/os.nix:7:3"];
    assert_eq!(places, expected, "{}", done.stderr);
    dir.run(CHECK)
        .fails(1)
        .says("at vms/vm.nix:8:9\n")
        .says("near vms/vm.nix:2:3, where `name` is\n")
        .says("near /home/ada/os.nix:7:3, where `os` is\n")
        .says("3 errors in vm.json\n");
    let done = dir.run(CHECK.into_iter().chain(["--summary"])).fails(1);
    let list = done.stderr.split("3 errors in vm.json\n").nth(1).expect("a list");
    assert_eq!(
        list,
        "vms/vm.nix:8:9: devices.disk[1].soruce: unknown attribute `soruce` on `disk`; did you mean `source`?\n\
         vms/vm.nix:2:3: memory: \"much\" is not allowed here; expected an integer of at least 0\n\
         /home/ada/os.nix:7:3: os.arhc: unknown attribute `arhc` on `os`; did you mean `arch`?\n"
    );
    let found = problems(&dir, &CHECK[1..]);
    let of_json = found.iter().map(|problem| (&problem["file"], &problem["line"], &problem["column"]));
    let log = sarif(&dir, &CHECK[1..]);
    let of_sarif = log["runs"][0]["results"].as_array().expect("results").iter().map(|result| {
        let place = &result["locations"][0]["physicalLocation"];
        (&place["artifactLocation"]["uri"], &place["region"]["startLine"], &place["region"]["startColumn"])
    });
    for (json, sarif) in of_json.zip(of_sarif) {
        assert_eq!(sarif.0.as_str().map(|uri| uri.trim_start_matches("file://")), json.0.as_str());
        assert_eq!((sarif.1, sarif.2), (json.1, json.2));
    }
}

/// A build's log is shown from its end: what is said of many problems there must be short, and the errors come first.
#[test]
fn a_summary_is_ten_lines_at_most() {
    let dir = Dir::new();
    let mut spec =
        json!({ "name": "a\nb", "type": "kvm", "memory": 1, "os": { "type": "hvm", "kernel": "k" } });
    for number in 0..9 {
        spec[format!("odd{number}\n{}", "x".repeat(1000))] = json!(1);
    }
    dir.write("vm.json", spec.to_string());
    let done = dir.run(["check", "--summary", "vm.json"]).fails(1);
    let last: Vec<&str> = done.stderr.lines().rev().take(10).collect();
    let begin =
        format!("{} errors and 1 warning in vm.json", 9 + usize::from(done.stderr.contains("× name")));
    assert!(last[9].ends_with(&begin), "{}", last[9]);
    assert!(last[0].starts_with("and "), "{}", last[0]);
    for line in &last[1..9] {
        assert!(line.starts_with("vm.json:1:") && !line.contains("kernel"), "{line}");
        assert!(line.chars().count() <= 403, "{line}");
    }
}

#[test]
fn what_tells_two_flakes_apart_is_not_cut_off() {
    let dir = with_places(["/nix/store/a-source/vm.nix", "/nix/store/c-source/vm.nix"]);
    dir.run(CHECK)
        .fails(1)
        .says("at /nix/store/a-source/vm.nix:8:9")
        .says("near /nix/store/c-source/vm.nix:7:3");
}

#[test]
fn places_are_one_spec_s() {
    let dir = with_places(["/a.nix", "/b.nix"]);
    dir.run(["check", "--places", "places.json", "vm.json", "vm.json"])
        .fails(2)
        .says("a single file in JSON");
    dir.write("vm.nix", "{ }");
    dir.run(["check", "--places", "places.json", "vm.nix"]).fails(2).says("a single file in JSON");
    dir.run(["check", "--places", "no.json", "vm.json"]).fails(2).says("cannot read the places in no.json");
    for wrong in [
        "",
        "[]",
        "{}",
        r#"{"others":[],"store":"","tree":{"name":1}}"#,
        r#"{"others":[],"store":"","tree":1}"#,
    ] {
        dir.write("wrong.json", wrong);
        dir.run(["check", "--places", "wrong.json", "vm.json"])
            .fails(2)
            .says("cannot read the places in wrong.json");
    }
    // A spec that is right asks for none, and neither does what is no spec at all.
    dir.write("good.json", r#"{"name":"vm","type":"kvm","memory":1,"os":{"type":"hvm"}}"#);
    dir.run(["check", "--places", "wrong.json", "good.json"]).succeeds().finds_nothing();
    dir.write("half.json", "{");
    dir.run(["check", "--places", "wrong.json", "half.json"]).fails(1);
}

#[test]
fn places_as_deep_as_a_spec_may_be() {
    let dir = Dir::new();
    let (mut spec, mut tree) = (json!(1), json!(null));
    for _ in 0..120 {
        spec = json!({ "a": spec });
        tree = json!({ "a": [{ "file": "/deep.nix", "line": 1, "column": 1 }, tree] });
    }
    dir.write("deep.json", spec.to_string());
    dir.write("places.json", json!({ "others": [], "store": "/nix/store", "tree": tree }).to_string());
    dir.run(["check", "--places", "places.json", "deep.json", "--format", "short"])
        .fails(1)
        .says("/deep.nix:1:1: unknown-attribute: a");
}

// --- pre-commit.

/// Files that are right, or not libvirt's at all.
const OTHERS: &[(&str, &str)] = &[
    ("good.json", r#"{"name":"vm","type":"kvm","memory":1,"os":{"type":"hvm"}}"#),
    (
        "package.json",
        r#"{ "name": "a", "version": "1", "type": "module", "os": ["linux"], "scripts": {}, "dependencies": {} }"#,
    ),
    ("comments.json", "{ // a comment\n}"),
    ("pod.json", r#"{ "apiVersion": "v1", "kind": "Pod" }"#),
    ("sites.json", r#"{ "domains": ["example.org"] }"#),
    ("list.json", "[1]"),
    ("page.xml", "\u{feff}<?xml version='1.0'?>\n<!-- <domain> -->\n<!DOCTYPE html>\n<html><p></html>"),
    ("empty.xml", ""),
    ("other.nix", "{ pkgs, ... }: { environment.systemPackages = [ pkgs.hello ]; }"),
];

/// The hooks as pre-commit reads them: their names, and what they run.
fn hooks() -> Vec<(String, Vec<String>)> {
    let file = fs::read_to_string(place::root().join(".pre-commit-hooks.yaml")).expect("the hooks");
    let values = |key: &str| -> Vec<String> {
        let key = format!("{key}: ");
        let value = |line: &str| line.trim_start_matches(['-', ' ']).strip_prefix(&key).map(str::to_owned);
        file.lines().filter_map(value).collect()
    };
    let entries = values("entry");
    let arguments = entries.iter().map(|entry| {
        let rest = entry.strip_prefix("nixvirt-compile ").expect("a hook should run nixvirt-compile");
        rest.split(' ').map(str::to_owned).collect()
    });
    values("id").into_iter().zip(arguments).collect()
}

#[test]
fn the_hooks_take_all_files_of_a_repository() {
    let hooks = hooks();
    assert_eq!(hooks.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["nixvirt-check", "nixvirt-fmt"]);
    for (id, arguments) in hooks {
        let run = |dir: &Dir, files: &[&str]| {
            let files = files.iter().copied().filter(|file| id == "nixvirt-check" || file.ends_with(".xml"));
            dir.run(arguments.iter().map(String::as_str).chain(files)).done()
        };
        let dir = wrong();
        let mut others = Vec::new();
        for (name, text) in OTHERS {
            dir.write(name, text);
            others.push(*name);
        }
        let done = run(&dir, &others);
        assert_eq!(done.status, 0, "{id} should pass over what is not libvirt's\n{done}");
        done.finds_nothing();
        let all: Vec<&str> = WRONG.iter().map(|(name, _)| *name).chain(others).collect();
        let done = run(&dir, &all);
        assert_eq!(done.status, 1, "{id} should refuse what is wrong\n{done}");
        done.says("titel");
    }
}
