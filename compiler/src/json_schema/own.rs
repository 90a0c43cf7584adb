//! The parts of a spec that are nixvirt's own: the kind, the salt, the settings, and templates with their arguments.

use nixvirt_schema::Kind;
use nixvirt_templates::arguments::{Template, Type};
use serde_json::{Map, Value, json};

use super::described::described;
use super::values;
use crate::read::kind::SALT;
use crate::read::settings::{ALLOW, SETTINGS, WARN};
use crate::registry;
use crate::target::LIBVIRT;

/// The number of a version of libvirt, as `nixvirt_schema::Version::parse` reads it.
const VERSION: &str = r"^[0-9]{1,3}(\.[0-9]{1,3}){1,2}$";

/// The keys of a spec that are not libvirt's.
pub(super) fn add_to_root(set: &mut Value, kind: &Kind) {
    for (key, value) in own_keys(kind) {
        set["properties"][key] = value;
    }
}

fn own_keys(kind: &Kind) -> [(&'static str, Value); 3] {
    let codes = json!({ "anyOf": [{ "type": "null" }, { "type": "array", "items": { "enum": registry::of_rules() } }] });
    let settings = json!({
        "description": "Settings of the compiler; they do not reach the XML.",
        "anyOf": [{ "type": "null" }, {
            "type": "object",
            "properties": {
                ALLOW: codes, WARN: codes,
                LIBVIRT: { "description": "The version of libvirt that the object is for.",
                    "anyOf": [{ "type": "null" }, { "type": "string", "pattern": VERSION }] },
            },
            "additionalProperties": false,
        }],
    });
    let salt = json!({
        "description": "A text that only this host has; it goes into what is derived: the uuid and MAC addresses.",
        "anyOf": [{ "type": "null" }, { "type": "string", "minLength": 1 }],
    });
    [
        ("kind", json!({ "description": "The kind of object.", "enum": [kind.name, null] })),
        (SALT, salt),
        (SETTINGS, settings),
    ]
}

/// The name of a template's definition.
pub(super) fn template_name(template: &Template) -> String {
    format!("template.{}", template.name)
}

/// A spec that names a template, with its arguments.
pub(super) fn of_template(template: &Template, kind: &Kind) -> Value {
    let mut properties = Map::new();
    for argument in template.arguments {
        let default = argument.default.map(|default| format!(" By default `{default}`."));
        let doc = argument.doc.to_owned() + &default.unwrap_or_default();
        properties.insert(argument.name.to_owned(), described(&doc, of_argument(argument.value)));
    }
    let required: Vec<&str> = template
        .arguments
        .iter()
        .filter(|argument| argument.default.is_none())
        .map(|argument| argument.name)
        .collect();
    properties.insert("template".to_owned(), json!({ "const": template.name, "description": template.doc }));
    properties.insert("kind".to_owned(), json!({ "const": kind.name }));
    json!({
        "type": "object", "description": template.doc, "properties": properties, "additionalProperties": false,
        "required": required.into_iter().chain(["template"]).collect::<Vec<_>>(),
    })
}

/// The values of an argument, as [`Type::takes`] has them.
fn of_argument(value: Type) -> Vec<Value> {
    let of_type = |name: &str| json!({ "type": name });
    let sets = json!({ "type": "array", "items": { "type": "object" } });
    match value {
        Type::Bool => vec![of_type("boolean")],
        Type::Switch => vec![of_type("boolean"), of_type("null")],
        // Of a configuration of NixOS, JSON has the path.
        Type::Text | Type::File | Type::System => vec![of_type("string")],
        Type::OptionalText => vec![of_type("string"), of_type("null")],
        Type::Word(words) => vec![json!({ "enum": words })],
        Type::OptionalWord(words) => vec![json!({ "enum": words }), of_type("null")],
        Type::Whole(least, most) => values::between(least.into(), most.into()),
        Type::Amount => ["integer", "string", "object", "null"].map(of_type).into(),
        Type::Volume => ["string", "object", "null"].map(of_type).into(),
        Type::Sets => vec![of_type("object"), sets, of_type("null")],
    }
}
