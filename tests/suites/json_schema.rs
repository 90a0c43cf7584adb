//! The JSON Schemas of specs, held against the reader by a validator that other people wrote: what a schema refuses, the reader
//! refuses, and the keys, shapes and values that the reader refuses, the schema refuses.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use nixvirt_compiler::{CompileOptions, Severity, codes, compile_spec, import_xml, json_schema, parse_json};
use nixvirt_schema::{KINDS, Kind};
use nixvirt_tests::amount::{how_many, seed};
use nixvirt_tests::command::Dir;
use nixvirt_tests::random::Random;
use nixvirt_tests::{corpus, place, skip};
use serde_json::{Value, json};

/// The validators of the kinds that are declared.
static VALIDATORS: LazyLock<BTreeMap<&str, Validator>> = LazyLock::new(|| {
    KINDS
        .iter()
        .map(|kind| {
            let schema = json_schema(kind);
            let validator = jsonschema::draft202012::new(&schema);
            (kind.name, validator.unwrap_or_else(|error| panic!("{}: {error}", kind.name)))
        })
        .collect()
});

/// Specs of each kind: of libvirt's test files, and of what NixVirt was recorded to give.
fn specs() -> Vec<(String, &'static Kind, Value)> {
    let mut found = Vec::new();
    for file in corpus::files() {
        let Some(kind) = KINDS.iter().find(|kind| kind.name == file.kind) else { continue };
        if let Some(spec) = import_xml(&file.xml, Some(kind), true, corpus::target()).spec {
            found.push((file.name, kind, serde_json::to_value(&spec).expect("JSON")));
        }
    }
    for file in std::fs::read_dir(place::checks()).expect("the recorded results") {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let kind = KINDS.iter().find(|kind| name.starts_with(&format!("{}-", kind.name)));
        if let (Some(kind), true) = (kind, name.ends_with(".json")) {
            let spec = std::fs::read_to_string(path).expect("a spec");
            found.push((name, kind, serde_json::from_str(&spec).expect("JSON")));
        }
    }
    found
}

/// The codes of the errors that the reader has of a spec.
fn errors(spec: &Value, kind: &'static Kind) -> Vec<&'static str> {
    let text = spec.to_string();
    let parsed = parse_json(text.as_bytes()).expect("JSON");
    let options = CompileOptions { kind: Some(kind), ..CompileOptions::DEFAULT };
    let found = compile_spec(parsed.value, options).diagnostics;
    let errors = found.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| found.problem.code().name).collect()
}

/// The codes of keys, shapes and values.
fn of_structure() -> Vec<&'static str> {
    [&codes::UNKNOWN_ATTRIBUTE, &codes::WRONG_SHAPE, &codes::BAD_VALUE].map(|code| code.name).into()
}

#[test]
fn what_the_reader_takes_the_schema_takes() {
    let mut faults = Vec::new();
    for (name, kind, spec) in specs() {
        let taken = errors(&spec, kind).is_empty();
        if let (true, Err(error)) = (taken, VALIDATORS[kind.name].validate(&spec)) {
            faults.push(format!("{name}: {error} at {}", error.instance_path()));
        }
    }
    assert!(faults.is_empty(), "{} of them:\n{}", faults.len(), faults[..faults.len().min(30)].join("\n"));
}

/// Changes one place of a spec: a key, a value, or its type.
fn change(here: &mut Value, random: &mut Random) {
    let deeper = random.below(5) > 0;
    match here {
        Value::Object(set) if !set.is_empty() && deeper => {
            let key = set.keys().nth(random.below(set.len())).expect("a key").clone();
            match random.below(12) {
                0 => {
                    let value = set.remove(&key).expect("the key");
                    set.insert(format!("{key}x"), value);
                }
                1 => drop(set.remove(&key)),
                2 => {
                    let value = set[&key].clone();
                    set.insert(key, json!([value]));
                }
                _ => change(set.get_mut(&key).expect("the key"), random),
            }
        }
        Value::Array(list) if !list.is_empty() && deeper => {
            let at = random.below(list.len());
            change(&mut list[at], random);
        }
        place => *place = other(place, random),
    }
}

/// Another value than one.
fn other(value: &Value, random: &mut Random) -> Value {
    const TEXTS: &[&str] =
        &["", "on", "0x1f", "a b", "/a", "10.0.0.1", "none", "07", "fe80::1", "a,b", "\u{1}"];
    let digit = random.below(10);
    match (random.below(12), value) {
        (0, _) => json!(true),
        (1, _) => json!(false),
        (2, _) => json!(digit),
        (3, _) => json!(-(i64::try_from(digit).unwrap_or(0))),
        (4, _) => json!([]),
        (5, _) => json!({}),
        (6, _) => Value::Null,
        (7, _) => json!(random.any() >> random.below(64)),
        (8, Value::String(text)) => json!(format!("{text}{digit}")),
        (9, Value::String(text)) => json!(text.chars().skip(1).collect::<String>()),
        (10, Value::Number(number)) => json!(number.to_string()),
        (11, Value::Bool(truth)) => json!(if *truth { "yes" } else { "off" }),
        _ => json!(random.pick(TEXTS)),
    }
}

#[test]
fn changed_specs_have_one_verdict() {
    let specs = specs();
    if specs.is_empty() {
        return;
    }
    let seed = seed();
    let mut random = Random::new(seed);
    let structure = of_structure();
    let (mut refused, mut caught, mut missed) = (0_usize, 0_usize, Vec::new());
    let mut faults = Vec::new();
    let wanted = how_many(2000, 100_000);
    for _ in 0..wanted {
        let (name, kind, spec) = random.pick(&specs);
        let mut changed = spec.clone();
        change(&mut changed, &mut random);
        let errors = errors(&changed, kind);
        let verdict = VALIDATORS[kind.name].validate(&changed);
        match (&verdict, errors.is_empty()) {
            (Err(error), true) => {
                faults.push(format!("{name}: {error} at {}", error.instance_path()));
            }
            (_, _) if !errors.iter().any(|code| structure.contains(code)) => {}
            (Err(_), false) => {
                refused += 1;
                caught += 1;
            }
            (Ok(()), _) => {
                refused += 1;
                missed.push(format!("{name}: {errors:?}"));
            }
        }
    }
    skip::print(&format!(
        "of {wanted} changed specs (seed {seed}), the reader refuses {refused} for their keys, shapes and values; the schema {caught}"
    ));
    // Where an attribute has several entries, a value may be right for another one than that which is meant. Three are left to
    // chance.
    let most = 3 + refused / 200;
    assert!(missed.len() <= most, "{} of {refused} are missed:\n{}", missed.len(), missed.join("\n"));
    assert!(faults.is_empty(), "{} of them:\n{}", faults.len(), faults[..faults.len().min(30)].join("\n"));
}

#[test]
fn templates_are_known() {
    let takes = |spec: Value| VALIDATORS["domain"].is_valid(&spec);
    assert!(takes(json!({ "template": "linux", "name": "web", "memory": 4_194_304 })));
    assert!(!takes(json!({ "template": "linux", "name": "web", "memroy": 4_194_304 })));
    assert!(!takes(json!({ "template": "lynux", "name": "web" })));
    assert!(VALIDATORS["network"].is_valid(&json!({ "template": "bridge", "name": "n", "subnet_byte": 71 })));
}

#[test]
fn the_command_prints_it() {
    let dir = Dir::new();
    for kind in KINDS {
        let said = dir.run(["schema", "--kind", kind.name]).succeeds().stdout;
        let printed: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(printed, json_schema(kind), "{}", kind.name);
    }
    dir.run(["schema", "--kind", "domian"]).fails(2).says("domain");
}
