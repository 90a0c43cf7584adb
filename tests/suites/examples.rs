//! The examples: each compiles without a word, libvirt's schema accepts the result, and the JSON is what Nix makes of the
//! file beside it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use nixvirt_tests::command::Dir;
use nixvirt_tests::{libvirt, place, skip};
use serde_json::Value;

fn examples(extension: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(place::root().join("examples")).expect("the examples").flatten();
    let mut files: Vec<PathBuf> = files.map(|file| file.path()).collect();
    files.retain(|file| file.extension().is_some_and(|other| other == extension));
    files.sort();
    assert!(!files.is_empty(), "there should be examples in {extension}");
    files
}

fn json(file: &PathBuf) -> Value {
    serde_json::from_slice(&fs::read(file).expect("an example")).expect("JSON")
}

#[test]
fn they_compile() {
    for file in examples("json") {
        let dir = Dir::new();
        let name = file.to_string_lossy();
        let value = json(&file);
        if value.get("domains").is_some() {
            dir.run(["-o", "host", &name]).succeeds().prints("").silent();
            assert!(dir.files().contains(&"host/bundle.json".to_owned()));
            continue;
        }
        let xml = dir.run([&*name]).succeeds().silent().stdout;
        let kind = value.get("kind").and_then(Value::as_str).unwrap_or("domain");
        if let Some(refused) = libvirt::refused_by_schema(kind, &[(name.to_string(), xml)]) {
            assert!(refused.is_empty(), "{refused:?}");
        }
    }
}

#[test]
fn they_are_what_nix_makes_of_them() {
    if !skip::have("nix-instantiate", "--version") {
        return;
    }
    let state = Dir::new();
    for file in examples("json") {
        let mut nix = Command::new("nix-instantiate");
        nix.args(["--eval", "--strict", "--json"]).arg(file.with_extension("nix"));
        // Nothing of the machine's own Nix is to be read or touched.
        for (variable, folder) in [
            ("NIX_STORE_DIR", "store"),
            ("NIX_STATE_DIR", "state"),
            ("NIX_CONF_DIR", "conf"),
            ("HOME", "home"),
        ] {
            nix.env(variable, state.path().join(folder));
        }
        let output = nix.env_remove("NIX_REMOTE").env_remove("NIX_PATH").output().expect("Nix should run");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", file.display());
        let evaluated: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(json(&file), evaluated, "{} is not what Nix makes of the file beside it", file.display());
    }
}
