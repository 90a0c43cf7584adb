//! Compiles a spec, JSON of a Nix set, to libvirt's XML: `cargo run --package nixvirt-compiler --example compile`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use nixvirt_compiler::{CompileOptions, compile_spec, parse_json};

/// The XML of a spec, or its problems, one a line.
fn compiled(spec: &str) -> Result<String, String> {
    let parsed = parse_json(spec.as_bytes()).map_err(|wrong| wrong.problem.to_string())?;
    let outcome = compile_spec(parsed.value, CompileOptions::DEFAULT);
    // A key that stands twice is a problem of the source; the rest are problems of the object.
    let problems = parsed.duplicates.iter().chain(&outcome.diagnostics);
    let lines: Vec<String> = problems.map(|wrong| format!("{}: {}", wrong.path, wrong.problem)).collect();
    outcome.xml.filter(|_| parsed.duplicates.is_empty()).ok_or_else(|| lines.join("\n"))
}

fn main() {
    let spec = r#"{ "type": "kvm", "name": "web", "memory": 65536, "vcpu": 1, "os": { "type": "hvm" } }"#;
    match compiled(spec) {
        Ok(text) | Err(text) => println!("{text}"),
    }
}

#[test]
fn a_spec_becomes_xml_or_its_problems() {
    let right = r#"{ "type": "kvm", "name": "web", "memory": 65536, "os": { "type": "hvm" } }"#;
    let xml = compiled(right).expect("XML");
    assert!(xml.starts_with("<domain type='kvm'>\n  <name>web</name>\n"), "{xml}");
    let wrong = compiled(&right.replace("memory", "memroy")).expect_err("a misspelt key");
    assert!(wrong.lines().any(|line| line.starts_with("memroy: ")), "{wrong}");
}
