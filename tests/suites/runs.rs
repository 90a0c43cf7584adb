//! Runs of several specs, specs in Nix on standard input, commands that are misspelt, and options that say nothing.

use nixvirt_tests::command::{Dir, domain};
use serde_json::{Value, json};

#[test]
fn several_specs_become_files_of_one_folder() {
    let dir = Dir::new();
    dir.write("a.json", domain("a", json!({})).to_string());
    dir.write("b.nix", r#"{ type = "kvm"; name = "b"; memory = 65536; os.type = "hvm"; }"#);
    dir.run(["a.json", "b.nix"]).fails(2).says("-o FOLDER");
    dir.run(["-o", "out", "a.json", "b.nix"]).succeeds().silent();
    assert!(
        dir.read("out/a.xml").contains("<name>a</name>") && dir.read("out/b.xml").contains("<name>b</name>")
    );
    // Nothing is written unless all are good.
    dir.write("c.json", domain("c", json!({ "disks": [] })).to_string());
    dir.run(["-o", "two", "a.json", "c.json"]).fails(1).says("disks");
    dir.run(["-o", "two", "a.json", "missing.json"]).fails(2).says("missing.json");
    assert!(!dir.path().join("two").exists());
    dir.write("sub/a.json", domain("d", json!({})).to_string());
    dir.run(["-o", "two", "a.json", "sub/a.json"]).fails(2).says("two specs would become this file");
}

#[test]
fn nix_comes_by_standard_input_too() {
    let dir = Dir::new();
    let nix = r#"let name = "b"; in { type = "kvm"; inherit name; memory = 65536; os.type = "hvm"; }"#;
    assert!(dir.run(["-"]).stdin(nix).succeeds().stdout.contains("<name>b</name>"));
    dir.run(["-"]).stdin(nix.replace("memory", "memroy")).fails(1).says("did you mean `memory`?");
    dir.run(["check", "-"]).stdin(nix).succeeds().says("checked 1 domain in 1 file");
    dir.run(["check", "-"]).stdin(domain("a", json!({})).to_string()).succeeds().says("checked 1 domain");
}

#[test]
fn a_command_is_suggested() {
    let dir = Dir::new();
    dir.run(["chek"]).fails(2).says("did you mean `check`?");
    dir.run(["chek", "a.json"]).fails(2).says("did you mean `check`?");
    dir.run(["exlain", "-o", "out", "disk"]).fails(2).says("did you mean `explain`?");
}

#[test]
fn options_of_reporting_go_where_something_is_reported() {
    let dir = Dir::new();
    for arguments in [
        &["completions", "bash", "--format", "json"][..],
        &["man", "--color", "never"],
        &["explain", "--summary"],
    ] {
        dir.run(arguments.iter().copied()).fails(2).says("says how problems are printed");
    }
    let page = dir.run(["explain", "--format", "json", "linux"]).succeeds();
    let page: Value = serde_json::from_str(&page.stdout).expect("JSON");
    assert_eq!(page["arguments"][0]["name"], "name");
    for place in ["", "devices.disk.driver", "devices.disk.driver.type", "bad-value", "templates"] {
        let page = dir.run(["explain", "--format", "json", place]).succeeds();
        serde_json::from_str::<Value>(&page.stdout).unwrap_or_else(|error| panic!("{error}\n{page}"));
    }
}
