//! Output can be read again, and comes to the same.

use std::path::Path;

use nixvirt_compiler::{
    CompileOptions, Json, Problem, Severity, Target, compile_spec, format_xml, import_xml, nix, parse_json,
};
use nixvirt_evaluator::{Evaluator, Limits};
use nixvirt_ide::files::Nowhere;
use nixvirt_schema::Kind;
use serde_json::Value;

/// Holds XML that was written of an object: it is XML, printing it again changes nothing, and it comes back through a
/// spec in JSON and in Nix.
pub(crate) fn hold(xml: &str, kind: Option<&'static Kind>) {
    is_xml(xml);
    // The schema refuses a little that libvirt takes.
    if let Some(again) = format_xml(xml.as_bytes(), kind, Target::NEWEST).xml {
        assert_eq!(again, xml, "printing it again should change nothing");
    }
    let import = import_xml(xml.as_bytes(), kind, true, Target::NEWEST);
    let Some(spec) = import.spec else {
        panic!("it should be read again: {:#?}\n{xml}", import.diagnostics);
    };
    let json = serde_json::to_string(&spec).expect("JSON");
    let parsed = parse_json(json.as_bytes()).unwrap_or_else(|problem| panic!("{problem:?}: {json}"));
    assert!(parsed.duplicates.is_empty(), "a key should stand once: {json}");
    let options = CompileOptions { kind, exact: true, ..CompileOptions::DEFAULT };
    let again = compile_spec(parsed.value, options);
    match &again.xml {
        // A spec has no comments, which printing XML keeps.
        Some(again) if again == xml => {}
        Some(again) => assert_eq!(content(again), content(xml), "it should come back through {json}"),
        // Rules are asked of specs only.
        None => {
            let mut errors = again.diagnostics.iter().filter(|found| found.severity == Severity::Error);
            let grammar = errors.find(|found| !matches!(found.problem, Problem::Rule { .. }));
            assert_eq!(grammar, None, "it should come back through {json}\n{xml}");
        }
    }
    through_nix(&spec, &json);
}

/// The content of an object without its comments and instructions: its elements with their attributes, and their texts.
fn content(xml: &str) -> String {
    fn write(node: roxmltree::Node<'_, '_>, out: &mut String, text: &mut String) {
        if let Some(piece) = node.text().filter(|_| node.is_text()) {
            text.push_str(piece);
        }
        if !node.is_element() {
            return;
        }
        out.push_str(std::mem::take(text).trim());
        let attributes: Vec<_> =
            node.attributes().map(|it| (it.namespace(), it.name(), it.value())).collect();
        out.push_str(&format!("\n{:?} {attributes:?} ", node.tag_name()));
        node.children().for_each(|child| write(child, out, text));
        out.push_str(std::mem::take(text).trim());
        out.push_str("\nend");
    }
    let document = roxmltree::Document::parse(xml).expect("XML");
    let (mut out, mut text) = (String::new(), String::new());
    write(document.root_element(), &mut out, &mut text);
    out
}

/// Nix that is printed comes to the same value.
fn through_nix(spec: &Json<'_>, json: &str) {
    let text = nix::print(spec).text;
    let mut evaluator = Evaluator::new(Box::new(Nowhere), Limits::default(), false);
    let evaluated = evaluator.json_of(Path::new("/spec.nix"), &text);
    let evaluated = evaluated.unwrap_or_else(|error| panic!("{error}\n{text}"));
    let value = |json: &str| -> Value { serde_json::from_str(json).expect("JSON") };
    assert_eq!(value(&evaluated), value(json), "Nix should come to the same: {text}");
}

/// Somebody else's parser takes it.
pub(crate) fn is_xml(xml: &str) {
    if let Err(error) = roxmltree::Document::parse(xml) {
        panic!("no XML: {error}\n{xml}");
    }
}
