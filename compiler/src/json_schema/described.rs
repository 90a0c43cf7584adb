//! Descriptions in a JSON Schema.

use serde_json::{Value, json};

pub(super) fn described(doc: &str, ways: impl IntoIterator<Item = Value>) -> Value {
    json!({ "description": doc, "anyOf": ways.into_iter().collect::<Vec<_>>() })
}
