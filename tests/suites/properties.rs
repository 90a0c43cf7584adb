//! Properties of any spec: the order of keys means nothing, the same spec gives the same bytes, what comes out is
//! canonical, and no input whatsoever makes the compiler panic. All of it with seeded random numbers, so that a failure
//! comes again.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use nixvirt_compiler::{
    Around, CompileOptions, CompileOutcome, Diagnostic, Policy, Target, compile_bundle, compile_spec,
    format_xml, is_bundle, locate, nix, parse_json,
};
use nixvirt_tests::random::Random;
use nixvirt_tests::{amount, place};
use serde_json::{Map, Value};

/// Specs to work on: every snapshot that compiles and, where they are here, NixVirt's template results.
fn specs() -> Vec<(String, Vec<u8>)> {
    let folder = place::root().join("snapshots/ok");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("snapshots").flatten().map(|file| file.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let read =
        |file: PathBuf| fs::read(&file).map(|spec| (format!("{}", file.display()), spec)).expect("a spec");
    let mut specs: Vec<_> = files.into_iter().map(read).collect();
    let rows = fs::read(place::checks().join("templates.json")).expect("NixVirt's rows");
    let rows: Value = serde_json::from_slice(&rows).expect("JSON");
    for (index, row) in rows.as_array().into_iter().flatten().enumerate() {
        let mut spec = row["spec"].clone();
        if row["template"] == "bridge" {
            spec["kind"] = "network".into();
        }
        specs.push((format!("row {index}"), spec.to_string().into_bytes()));
    }
    specs
}

fn options() -> CompileOptions {
    // Lenient, so that there is more to print.
    CompileOptions {
        policy: Policy::Lenient,
        allow: nixvirt_compiler::codes::of_rules(),
        ..CompileOptions::DEFAULT
    }
}

/// Compiles any bytes, as the binary would.
fn compile(source: &[u8]) -> Option<CompileOutcome> {
    let value = parse_json(source).ok()?.value;
    if is_bundle(&value) {
        let _ = compile_bundle(value, options(), &Around::NOTHING);
        return None;
    }
    Some(compile_spec(value, options()))
}

fn xml(name: &str, source: &[u8]) -> String {
    let outcome = compile(source).unwrap_or_else(|| panic!("{name} should be a spec"));
    outcome.xml.unwrap_or_else(|| panic!("{name} should compile: {:#?}", outcome.diagnostics))
}

/// JSON with the keys of every set in a random order, and random white space.
fn shuffled(value: &Value, random: &mut Random, out: &mut String) {
    let space = |random: &mut Random, out: &mut String| {
        let spaces: [&str; 5] = ["", " ", "\n", "\t", "\r\n  "];
        out.push_str(spaces[random.below(spaces.len())]);
    };
    match value {
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            random.shuffle(&mut entries);
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                space(random, out);
                out.push_str(&Value::from(&**key).to_string());
                space(random, out);
                out.push(':');
                shuffled(value, random, out);
            }
            space(random, out);
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                shuffled(item, random, out);
                space(random, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[test]
fn the_order_of_keys_means_nothing() {
    let mut random = Random::new(amount::seed());
    for (name, spec) in specs() {
        let expected = xml(&name, &spec);
        let text = spec.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&spec);
        let value: Value = serde_json::from_slice(text).expect("JSON");
        for _ in 0..20 {
            let mut other = String::new();
            shuffled(&value, &mut random, &mut other);
            assert_eq!(xml(&name, other.as_bytes()), expected, "{name}, as {other}");
        }
    }
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
    for (name, spec) in specs() {
        let first = compile(&spec).expect("a spec");
        for _ in 0..3 {
            let again = compile(&spec).expect("a spec");
            assert_eq!((&again.xml, &again.diagnostics), (&first.xml, &first.diagnostics), "{name}");
        }
    }
}

/// Objects of a bundle are compiled in parallel, which may not show.
#[test]
fn a_bundle_is_the_same_every_time() {
    let specs =
        specs().into_iter().filter_map(|(_, spec)| serde_json::from_slice::<Map<String, Value>>(&spec).ok());
    let mut domains: Vec<Value> = Vec::new();
    for mut spec in specs.filter(|spec| !spec.contains_key("kind")) {
        spec.insert("name".into(), format!("vm{}", domains.len()).into());
        // Many of them have the same one, which no two of a bundle can.
        spec.remove("uuid");
        domains.push(serde_json::json!({ "spec": spec }));
    }
    let source = serde_json::json!({ "domains": domains }).to_string();
    let compiled = || {
        let value = parse_json(source.as_bytes()).expect("JSON").value;
        let (bundle, warnings) = compile_bundle(value, options(), &Around::NOTHING).expect("a good bundle");
        let files: Vec<_> = bundle.files.into_iter().map(|file| (file.path, file.xml)).collect();
        (files, bundle.index, warnings)
    };
    let first = compiled();
    assert_eq!(first.0.len(), domains.len());
    for _ in 0..5 {
        assert_eq!(compiled(), first);
    }
}

#[test]
fn what_is_printed_is_canonical() {
    for (name, spec) in specs() {
        let compiled = xml(&name, &spec);
        let outcome = format_xml(compiled.as_bytes(), None, Target::NEWEST);
        // A stand-in or a piece may be outside of the schema, to which XML is held.
        if let Some(formatted) = outcome.xml {
            assert_eq!(formatted, compiled, "{name}");
        }
    }
}

/// Does with any bytes all that the binary does, down to the places that it would show.
#[track_caller]
fn bears(source: &[u8], from: &str) {
    let run = || {
        let text = String::from_utf8_lossy(source);
        let said = |diagnostic: &Diagnostic| {
            // Messages are made only when printed.
            let _ = (diagnostic.problem.to_string(), diagnostic.problem.help(), diagnostic.path.to_string());
        };
        if let Some(outcome) = compile(source) {
            let places = locate::in_json(&text);
            let printed = parse_json(source).ok().map(|parsed| nix::print(&parsed.value)).unwrap_or_default();
            for diagnostic in &outcome.diagnostics {
                said(diagnostic);
                let place = places.find(&diagnostic.path).unwrap_or_default();
                assert!(text.get(place.clone()).is_some(), "{} is shown at {place:?}", diagnostic.path);
                let place = printed.places.find(&diagnostic.path).unwrap_or_default();
                assert!(printed.text.get(place).is_some(), "{} is shown in Nix", diagnostic.path);
            }
        }
        for diagnostic in &format_xml(source, None, Target::NEWEST).diagnostics {
            said(diagnostic);
            let place = locate::in_xml(&text, diagnostic);
            assert!(text.get(place.clone()).is_some(), "{} is shown at {place:?}", diagnostic.path);
        }
    };
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        panic!("it panics on, out of {from}:\n{}", String::from_utf8_lossy(source));
    }
}

#[test]
fn no_beginning_of_a_spec_makes_it_panic() {
    for (name, spec) in specs() {
        for end in (0..spec.len()).step_by(if spec.len() > 1500 { 7 } else { 1 }) {
            bears(&spec[..end], &name);
        }
    }
}

/// Bytes that mean something to a parser.
const MEANINGFUL: &[u8] =
    b"\"\\{}[]:,0123456789.eE+-tfn <>/&;'=!?\x00\x07\n\r\t\x7f\x80\xbf\xc0\xe2\xed\xef\xf0\xff";

fn mutated(source: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = source.to_vec();
    for _ in 0..=random.below(4) {
        if bytes.is_empty() {
            break;
        }
        let at = random.below(bytes.len());
        let length = random.below(12).min(bytes.len() - at);
        match random.below(6) {
            0 => bytes[at] = *random.pick(MEANINGFUL),
            1 => bytes.insert(at, *random.pick(MEANINGFUL)),
            2 => _ = bytes.remove(at),
            3 => _ = bytes.drain(at..at + length),
            4 => {
                let copied = bytes[at..at + length].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, copied);
            }
            _ => bytes[at] ^= 1 << random.below(8),
        }
    }
    bytes
}

#[test]
fn no_damage_to_a_spec_makes_it_panic() {
    let mut random = Random::new(amount::seed());
    let specs = specs();
    for _ in 0..amount::how_many(20_000, 1_000_000) {
        let (name, spec) = random.pick(&specs);
        let damaged = mutated(spec, &mut random);
        bears(&damaged, name);
    }
}

#[test]
fn no_damage_to_xml_makes_it_panic() {
    let mut random = Random::new(amount::seed());
    let documents: Vec<(String, String)> =
        specs().into_iter().map(|(name, spec)| (xml(&name, &spec), name)).collect();
    for _ in 0..amount::how_many(20_000, 1_000_000) {
        let (document, name) = random.pick(&documents);
        let damaged = mutated(document.as_bytes(), &mut random);
        bears(&damaged, name);
    }
}

/// Values of every shape, in every place.
#[test]
fn no_value_in_any_place_makes_it_panic() {
    let mut random = Random::new(amount::seed());
    let odd = [
        Value::Null,
        true.into(),
        false.into(),
        0.into(),
        (-1).into(),
        i64::MAX.into(),
        u64::MAX.into(),
        1.5.into(),
        "".into(),
        "\0".into(),
        "x".into(),
        "0x".into(),
        "-".into(),
        "\u{ffff}".into(),
        "<a/>".into(),
        serde_json::json!([]),
        serde_json::json!({}),
        serde_json::json!([[]]),
        serde_json::json!([null]),
        serde_json::json!([{}, {}]),
        serde_json::json!({ "": {} }),
        serde_json::json!({ "type": [] }),
        serde_json::json!(["a", {}, 1]),
    ];
    for (name, spec) in specs() {
        let Ok(value) = serde_json::from_slice::<Value>(&spec) else { continue };
        for place in places(&value, String::new()) {
            let mut changed = value.clone();
            if let Some(target) = changed.pointer_mut(&place) {
                *target = random.pick(&odd).clone();
            }
            bears(changed.to_string().as_bytes(), &format!("{name} at {place}"));
        }
    }
}

/// JSON pointers to everything in a value.
fn places(value: &Value, here: String) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        _ => Vec::new(),
    };
    let deeper = below.into_iter().flat_map(|(step, value)| places(value, format!("{here}/{step}")));
    std::iter::once(here.clone()).chain(deeper).collect()
}
