//! Advice in the language of its reader: messages say what to write in Nix, and authors of JSON read it in JSON.

use std::path::Path;

use nixvirt_evaluator::EMBEDDED;
use serde_json::Value;

use crate::files::Nowhere;
use nixvirt_expand::evaluate::{TEMPLATES, evaluator, to_json};

/// The same advice with each piece of Nix in backquotes that has a value turned into JSON. A piece that has none stays: a
/// place, or a part of an expression.
pub fn in_json(advice: &str) -> String {
    let mut out = String::with_capacity(advice.len());
    for (number, part) in advice.split('`').enumerate() {
        if number > 0 {
            out.push('`');
        }
        match number % 2 {
            1 => out.push_str(&piece(part).unwrap_or_else(|| part.to_owned())),
            _ => out.push_str(part),
        }
    }
    out
}

/// A set, or bindings, as JSON.
fn piece(nix: &str) -> Option<String> {
    let is_set = nix.starts_with('{');
    if !is_set && !nix.contains('=') {
        return None;
    }
    let bindings = nix.trim_end().trim_end_matches(';');
    let value = if is_set { nix.to_owned() } else { format!("{{ {bindings}; }}") };
    let text = format!("let lib = import ./{TEMPLATES}/host-devices.nix; in {value}");
    let mut evaluator = evaluator(Nowhere, None, false);
    let (file, thunk) = evaluator.add(&Path::new(EMBEDDED).join("use-advice.nix"), &text, true);
    if !evaluator.problems(file).is_empty() {
        return None;
    }
    let tree = evaluator.tree(thunk, false).ok()?;
    let json = to_json(&tree);
    if json.has_unknowns() {
        return None;
    }
    let written = written(&serde_json::to_value(&json).ok()?);
    match is_set {
        true => Some(written),
        false => Some(written.strip_prefix("{ ")?.strip_suffix(" }")?.to_owned()),
    }
}

/// JSON in one line, as people write it.
fn written(value: &Value) -> String {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            let entries =
                entries.iter().map(|(key, value)| format!("{}: {}", Value::from(&**key), written(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) if !items.is_empty() => {
            format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::in_json;

    #[test]
    fn what_has_a_value_is_written_in_json() {
        let cases = [
            ("write `forward.mode = \"nat\";`", "write `\"forward\": { \"mode\": \"nat\" }`"),
            ("write `{ count = 2; unit = \"GiB\"; }`", "write `{ \"count\": 2, \"unit\": \"GiB\" }`"),
            (
                "write `kind = \"network\";` in it, or `--kind network`",
                "write `\"kind\": \"network\"` in it, or `--kind network`",
            ),
            ("did you mean `source.file`?", "did you mean `source.file`?"),
            ("write `driver.type = ...`, e.g. \"qcow2\"", "write `driver.type = ...`, e.g. \"qcow2\""),
            (
                "write `source = { address = lib.pci \"0000:3c:00.0\"; };`",
                "write `\"source\": { \"address\": { \"bus\": \"0x3c\", \"domain\": \"0x0000\", \"function\": \"0x0\", \"slot\": \"0x00\" } }`",
            ),
        ];
        for (nix, json) in cases {
            assert_eq!(in_json(nix), json);
        }
    }
}
