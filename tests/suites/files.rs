//! Files that are not there, are in another language, or are what they cannot be: each message says what to do instead, and
//! none keeps the other files of a run from being seen to.

use nixvirt_tests::command::Dir;
use serde_json::{Value, json};

const GOOD: &str = r#"{ "name": "vm", "type": "kvm", "memory": 1048576, "os": { "type": "hvm" } }"#;
const BAD: &str =
    r#"{ "name": "vm", "type": "kvm", "memory": 1048576, "os": { "type": "hvm" }, "titel": "x" }"#;
const BAD_XML: &str = "<domain type='kvm'><nmae/></domain>";

/// A directory with right and wrong files, and some that nothing can be done with.
fn dir() -> Dir {
    let dir = Dir::new();
    dir.write("good.json", GOOD);
    dir.write("bad.json", BAD);
    dir.write("bad.xml", BAD_XML);
    dir.write("latin1.nix", b"{ a = \"\xe4\"; }");
    dir.write("folder/file", "");
    let xml = dir.run(["good.json"]).succeeds().stdout;
    dir.write("good.xml", &xml);
    dir.write("ugly.xml", xml.replace("  ", " "));
    dir
}

/// The problems as a tool reads them: the file and code of each.
fn problems(stderr: &str) -> Vec<(String, String)> {
    let found: Vec<Value> = serde_json::from_str(stderr).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    found.iter().map(|problem| (text(&problem["file"]), text(&problem["code"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(file, code)| ((*file).to_owned(), (*code).to_owned())).collect()
}

#[test]
fn what_cannot_be_read_keeps_nothing_from_being_checked() {
    let dir = dir();
    let files = ["missing.json", "bad.json", "latin1.nix", "bad.xml"];
    let check = |format| dir.run(["check", "--format", format].into_iter().chain(files)).fails(2);
    check("human").says("cannot read missing.json: No such file").says("`titel`").says("`nmae`");
    check("short").says("missing.json:1:1: unreadable: cannot read missing.json");
    let expected =
        [("missing.json", "unreadable"), ("bad.json", "unknown-attribute"), ("latin1.nix", "unreadable")];
    let found = problems(check("json").for_tools());
    assert_eq!(found[..3], pairs(&expected), "{found:?}");
    assert!(found[3..].iter().all(|(file, _)| file == "bad.xml") && found.len() > 3, "{found:?}");
}

#[test]
fn what_cannot_be_read_keeps_nothing_from_being_formatted() {
    let dir = dir();
    dir.run(["fmt", "--write", "missing.xml", "bad.xml", "ugly.xml"])
        .fails(2)
        .says("cannot read missing.xml")
        .says("`nmae`");
    assert_eq!(dir.read("ugly.xml"), dir.read("good.xml"));
}

#[test]
fn what_is_not_formatted_is_a_problem_like_others() {
    let dir = dir();
    let check = |format| dir.run(["fmt", "--check", "--format", format, "good.xml", "ugly.xml"]).fails(1);
    check("short").says(
        "ugly.xml:1:1: unformatted: ugly.xml is not formatted (`nixvirt-compile fmt --write` formats it)\n",
    );
    assert_eq!(problems(check("json").for_tools()), pairs(&[("ugly.xml", "unformatted")]));
}

#[test]
fn a_spec_is_no_xml() {
    let dir = dir();
    dir.write("vm.nix", "{ }");
    dir.run(["import", "good.json"])
        .fails(2)
        .prints("")
        .says("good.json is JSON, not XML")
        .says("a spec already");
    dir.run(["fmt", "vm.nix"])
        .fails(2)
        .prints("")
        .says("vm.nix is Nix, not XML")
        .says("nixvirt-compile check");
    dir.run(["fmt", "--check", "good.json"]).fails(2).says("good.json is JSON, not XML");
}

#[test]
fn a_hyphen_is_standard_output() {
    let dir = dir();
    let xml = dir.read("good.xml");
    let files = dir.files();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    dir.run(["-o", "-", "good.json"]).succeeds().prints(&xml).leaves(&files);
    dir.run(["import", "-o", "-", "good.xml"]).succeeds().mentions("name = \"vm\";").leaves(&files);
    dir.write("host.json", json!({ "domains": [] }).to_string());
    dir.run(["-o", "-", "host.json"]).fails(2).says("say where with `-o FOLDER`");
}

#[test]
fn standard_input_is_not_written_to() {
    let dir = dir();
    let ugly = dir.read("ugly.xml");
    let files = dir.files();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let done = dir.run(["fmt", "--write", "-"]).stdin(ugly).fails(2).leaves(&files);
    done.says("standard input cannot be written to: leave out `--write`");
}

#[test]
fn a_target_of_the_wrong_sort_is_said() {
    let dir = dir();
    dir.write("host.json", json!({ "domains": [] }).to_string());
    dir.run(["-o", "folder", "good.json"]).fails(2).says("cannot write folder: it is a folder");
    dir.run(["-o", "good.xml", "host.json"])
        .fails(2)
        .says("cannot write good.xml: it is a file, and a bundle");
    for spec in ["good.json", "host.json"] {
        dir.run(["-o", "no/such", spec]).fails(2).says("there is no folder no\n").does_not_say(".nixvirt-");
    }
    dir.run(["-o", "/proc/vm.xml", "good.json"])
        .fails(2)
        .says("cannot write /proc/vm.xml")
        .does_not_say(".nixvirt-");
}

#[test]
fn printing_passes_over_nothing() {
    let dir = dir();
    let done = dir.run(["fmt", "--skip-foreign", "good.xml"]).fails(2).prints("");
    done.says("`--skip-foreign` goes with `--write` or `--check`");
}

#[test]
fn a_long_line_of_nix_is_cut() {
    let dir = dir();
    let long = "x".repeat(100_000);
    dir.write("long.nix", format!("{{ a = \"{long}\"; b = ; }}"));
    let done = dir.run(["check", "long.nix"]).fails(1).says("long.nix:1:100015");
    assert!(done.stderr.len() < 2000, "{} bytes are a lot for one line", done.stderr.len());
}
