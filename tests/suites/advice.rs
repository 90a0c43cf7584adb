//! Mistakes that people make, each with the advice that they get: `tests/fixtures/advice.tsv` has a line for each, the part of a
//! machine in JSON, the place, and the help.

use std::fs;

use nixvirt_tests::command::Dir;
use nixvirt_tests::place;
use serde_json::{Value, json};

#[test]
fn mistakes_get_the_right_advice() {
    let table = fs::read_to_string(place::root().join("tests/fixtures/advice.tsv")).expect("the fixtures");
    let dir = Dir::new();
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [part, path, help] = columns[..] else { panic!("three columns, not: {line}") };
        let part: Value = serde_json::from_str(part).expect("JSON");
        let mut spec = json!({ "name": "a", "type": "kvm", "memory": 65536, "os": { "type": "hvm" } });
        if part.get("kind").is_some() {
            spec = json!({ "name": "a" });
        }
        spec.as_object_mut().expect("a set").extend(part.as_object().expect("a set").clone());
        dir.write("spec.json", spec.to_string());
        let done = dir.run(["--format", "json", "spec.json"]).fails(1);
        let found: Vec<Value> = serde_json::from_str(&done.stderr).expect("JSON");
        let said = found.iter().find(|located| located["path"] == path).map(|located| &located["help"]);
        if said.and_then(Value::as_str) != Some(help) {
            wrong.push(format!("{line}\n    but: {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
