//! Problems as SARIF 2.1.0, which code hosts show beside the lines of a change.

use std::collections::BTreeMap;

use nixvirt_compiler::Code;
use nixvirt_ide::located_problem::LocatedProblem;
use serde_json::{Value, json};

/// The log of a run.
pub(crate) fn log(located_problems: &[LocatedProblem]) -> Value {
    let codes: BTreeMap<&str, &Code> =
        located_problems.iter().map(|located| (located.code.name, located.code)).collect();
    let rules: Vec<Value> = codes.into_values().map(rule).collect();
    let results: Vec<Value> = located_problems.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "nixvirt-compile",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// The rule of SARIF that describes a code to readers of the log.
fn rule(code: &Code) -> Value {
    json!({
        "id": code.name,
        "shortDescription": { "text": code.summary },
        "fullDescription": { "text": code.explanation },
        "help": { "text": format!("`nixvirt-compile explain {}` shows examples.", code.name) },
        "defaultConfiguration": { "level": code.severity.name() },
    })
}

fn result(located: &LocatedProblem) -> Value {
    let place = if located.path.is_empty() { String::new() } else { format!("{}: ", located.path) };
    let help = located.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    let mut result = json!({
        "ruleId": located.code.name,
        "level": located.severity.name(),
        "message": { "text": format!("{place}{}{help}", located.message) },
        "locations": [location(&located.file, located.start, located.end, None)],
    });
    let related: Vec<Value> = located
        .related
        .iter()
        .map(|related| location(&related.file, related.start, None, Some(&related.message)))
        .collect();
    if let (false, Some(object)) = (related.is_empty(), result.as_object_mut()) {
        object.insert("relatedLocations".to_owned(), Value::Array(related));
    }
    result
}

fn location(file: &str, start: (usize, usize), end: Option<(usize, usize)>, message: Option<&str>) -> Value {
    let mut region = json!({ "startLine": start.0, "startColumn": start.1 });
    if let (Some((line, column)), Some(region)) = (end, region.as_object_mut()) {
        region.insert("endLine".to_owned(), json!(line));
        region.insert("endColumn".to_owned(), json!(column));
    }
    let mut location =
        json!({ "physicalLocation": { "artifactLocation": { "uri": uri(file) }, "region": region } });
    if let (Some(message), Some(location)) = (message, location.as_object_mut()) {
        location.insert("message".to_owned(), json!({ "text": message }));
    }
    location
}

/// A path as a URI reference: everything but what may stand in one is escaped.
fn uri(file: &str) -> String {
    let mut uri = String::with_capacity(file.len());
    if file.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in file.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(byte.into())
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}
