//! JSON Schema (draft 2020-12) of the specs of a kind, for editors of JSON and YAML.
//!
//! A schema says which keys a set may have, what each holds, and which must be there whatever else is. What depends on another
//! value (a guard, a relation, a rule) is left to `check`: with a few keywords for each of these, editors would show a page of
//! alternatives in place of the one mistake.

mod described;
mod numbers;
mod own;
mod values;

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use nixvirt_schema::{Attribute, Child, Element, Format, Kind, Occurs, Versions};
use nixvirt_templates::arguments::{TEMPLATES, Template};
use serde_json::{Map, Value, json};

use crate::document::keys::{CHILDREN, Meaning, Plain, keys, meaning};
use crate::json_schema::described::described;

/// The name of the dialect, which editors know it by.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of the specs of a kind. What some version of libvirt takes is taken.
pub fn json_schema(kind: &'static Kind) -> Value {
    let mut definitions = Definitions::default();
    let root = definitions.name(kind.root, "");
    let mut defs = Map::new();
    while let Some((name, element)) = definitions.waiting.pop_front() {
        let mut set = definitions.set(element, &name);
        if name == root {
            own::add_to_root(&mut set, kind);
        }
        defs.insert(name, set);
    }
    let spec = reference(&root);
    let templates: Vec<&Template> = TEMPLATES.iter().filter(|template| template.kind == kind.name).collect();
    let mut schema = json!({
        "$schema": DIALECT,
        "title": format!("A spec of nixvirt's: {}", kind.name),
        "description": kind.root.doc,
        "$defs": defs,
    });
    if templates.is_empty() {
        schema["$ref"] = spec["$ref"].clone();
    } else {
        for template in &templates {
            schema["$defs"][own::template_name(template)] = own::of_template(template, kind);
        }
        let calls: Vec<Value> =
            templates.iter().map(|template| reference(&own::template_name(template))).collect();
        schema["if"] = json!({ "type": "object", "required": ["template"] });
        schema["then"] = json!({ "anyOf": calls });
        schema["else"] = spec;
    }
    schema
}

/// The definitions that a schema needs: one for each element, by the way to where it was met first.
#[derive(Default)]
struct Definitions {
    names: BTreeMap<*const Element, String>,
    taken: BTreeMap<String, usize>,
    waiting: VecDeque<(String, &'static Element)>,
}

impl Definitions {
    /// The name of an element's definition, which is written later.
    fn name(&mut self, element: &'static Element, holder: &str) -> String {
        if let Some(name) = self.names.get(&std::ptr::from_ref(element)) {
            return name.clone();
        }
        let way = match holder {
            "" => element.name.to_owned(),
            holder => format!("{holder}.{}", element.name),
        };
        let times = self.taken.entry(way.clone()).or_default();
        *times += 1;
        let name = if *times == 1 { way } else { format!("{way}-{times}") };
        self.names.insert(element, name.clone());
        self.waiting.push_back((name.clone(), element));
        name
    }

    /// The set that stands for an element.
    fn set(&mut self, element: &'static Element, name: &str) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        let mut hidden: Vec<Cow<'static, str>> =
            element.children.iter().filter_map(|child| child.also.map(Cow::Borrowed)).collect();
        // A leaf may be written as a set as well.
        hidden.extend(element.text.map(|text| Cow::Borrowed(text.key)));
        hidden.extend(element.attributes.iter().map(|attribute| Cow::Borrowed(attribute.name)));
        for key in keys(element).into_iter().chain(hidden) {
            if properties.contains_key(&*key) {
                continue;
            }
            let (value, needed) = self.property(element, &key, name);
            if needed {
                required.push(key.clone());
            }
            properties.insert(key.into_owned(), value);
        }
        if element.children.iter().any(|child| child.interleaved) {
            let child = |key: &String| matches!(meaning(element, key), Meaning::Child(_));
            let ordered: Map<String, Value> = properties
                .iter()
                .filter(|(key, _)| child(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            let one = json!({
                "type": "object", "properties": ordered, "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
            });
            properties.insert(
                CHILDREN.to_owned(),
                json!({
                    "description": "Children in an order of their own: a list of sets with one child each.",
                    "anyOf": [{ "type": "null" }, one, { "type": "array", "items": one }],
                }),
            );
        }
        let mut set = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            set["required"] = json!(required);
        }
        set
    }

    /// The value of a key, and whether it must be there.
    fn property(&mut self, element: &'static Element, key: &str, name: &str) -> (Value, bool) {
        match meaning(element, key) {
            Meaning::Plain(Plain::Attribute(first)) => {
                let named = attribute_entries(element, first);
                let needed = named[0].need.is_required() && named[0].guard.is_always() && named.len() == 1;
                (self.plain(&named, needed), needed)
            }
            Meaning::Plain(Plain::Text) => (self.text(element), false),
            Meaning::Child(first) => {
                let entries = child_entries(element, first);
                let needed = entries[0].need.is_required()
                    && entries[0].guard.is_always()
                    && entries.len() == 1
                    && entries[0].derived.is_none();
                (self.child(&entries, needed, name), needed)
            }
            Meaning::Both(plain, first) => {
                let plain = match plain {
                    Plain::Attribute(first) => self.plain(&attribute_entries(element, first), false),
                    Plain::Text => self.text(element),
                };
                let child = self.child(&child_entries(element, first), false, name);
                // One list may have both.
                let mixed = json!({ "type": "array", "items": { "anyOf": [plain, child] } });
                (json!({ "anyOf": [plain, child, mixed] }), false)
            }
            Meaning::Hoisted(at) => self.property(element.children[at].element, key, name),
            Meaning::Children | Meaning::Unknown => (json!(true), false),
        }
    }

    /// The value of an attribute, which may have several entries.
    fn plain(&self, named: &[&Attribute], needed: bool) -> Value {
        if named.iter().any(|attribute| attribute.secret) {
            let file = json!({
                "type": "object", "properties": { "file": { "type": "string" } }, "required": ["file"], "additionalProperties": false,
                "description": "The file on the host that holds it.",
            });
            return described(
                &said(named[0].doc, named[0].versions, None),
                [values::scalar(&named[0].format, named[0].words), file, nothing()],
            );
        }
        let default = named.iter().find_map(|attribute| attribute.default).map(|default| default.value);
        let mut formats: Vec<(&Format, &[(&str, &str)])> = Vec::new();
        for attribute in named {
            if !formats.iter().any(|(format, _)| **format == attribute.format) {
                formats.push((&attribute.format, attribute.words));
            }
        }
        let accepted = formats.into_iter().map(|(format, words)| values::scalar(format, words));
        let absent = (!needed).then(nothing);
        described(&said(named[0].doc, named[0].versions, default), accepted.chain(absent))
    }

    /// The value of an element's text.
    fn text(&self, element: &'static Element) -> Value {
        let Some(text) = element.text else { return json!(true) };
        described(
            &said(element.doc, text.versions, text.default.map(|default| default.value)),
            [values::scalar(&text.format, text.words), nothing()],
        )
    }

    /// The value of a child's key, which may have several entries: one child or a list.
    fn child(&mut self, entries: &[&'static Child], needed: bool, name: &str) -> Value {
        let first = entries[0];
        let doc = said(first.element.doc, first.versions, None);
        if first.element.foreign {
            return json!({ "description": doc, "anyOf": [foreign(), { "type": "null" }] });
        }
        let mut one: Vec<Value> = Vec::new();
        for child in entries {
            for value in self.one(child.element, name) {
                if !one.contains(&value) {
                    one.push(value);
                }
            }
        }
        let mut items = one.clone();
        items.push(json!({ "type": "null" }));
        let mut list = json!({ "type": "array", "items": { "anyOf": items } });
        // Without a bound for one of the entries, there is none.
        let most = entries.iter().map(|child| most(child)).collect::<Option<Vec<usize>>>();
        let most = most.and_then(|most| most.into_iter().max());
        if needed || most.is_some() {
            list["contains"] = json!({ "not": { "type": "null" } });
            list["minContains"] = json!(usize::from(needed));
        }
        if let Some(most) = most {
            list["maxContains"] = json!(most);
        }
        one.push(list);
        if !needed {
            one.push(json!({ "type": "null" }));
        }
        json!({ "description": doc, "anyOf": one })
    }

    /// The ways to write one child: a set, `true`, or its text alone.
    fn one(&mut self, element: &'static Element, name: &str) -> Vec<Value> {
        let mut ways = vec![reference(&self.name(element, name))];
        if element.is_flag() {
            ways.push(json!({ "type": "boolean" }));
        }
        if let Some(text) = element.text {
            let refused = element.attributes.iter().any(|attribute| attribute.name == "unit");
            let mut value = values::scalar(&text.format, text.words);
            if refused {
                // An amount with its unit in one text is no number.
                value =
                    json!({ "allOf": [value, { "not": { "type": "string", "pattern": "^[0-9]+[^0-9]" } }] });
            }
            ways.push(value);
        }
        ways
    }
}

/// How many of a child may stand in one list; nothing where there is no bound for every libvirt.
fn most(child: &Child) -> Option<usize> {
    match child.occurs {
        Occurs::Once if !child.repeats_by_parser => Some(1),
        Occurs::Exactly(times) => Some(times),
        Occurs::Once | Occurs::Many => None,
    }
}

fn attribute_entries(element: &'static Element, first: usize) -> Vec<&'static Attribute> {
    element.attribute_entries(first).map(|(_, attribute)| attribute).collect()
}

fn child_entries(element: &'static Element, first: usize) -> Vec<&'static Child> {
    element.child_entries(first).map(|(_, child)| child).collect()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// No value: it is as if the key were not there.
fn nothing() -> Value {
    json!({ "anyOf": [{ "type": "null" }, { "type": "array", "maxItems": 0 }] })
}

/// A description, with the versions of libvirt and the default.
fn said(doc: &str, versions: Versions, default: Option<&str>) -> String {
    let mut said = doc.to_owned();
    if versions != Versions::ALL {
        said += &format!(" ({versions})");
    }
    if let Some(default) = default {
        said += &format!(" By default {default}.");
    }
    said
}

/// XML of others: a text, an element as `lib.xml` makes it, or a list of these.
fn foreign() -> Value {
    let attribute = json!({
        "type": "object", "properties": { "name": { "type": "string" }, "value": { "type": ["string", "integer", "boolean"] } },
        "required": ["name", "value"], "additionalProperties": false,
    });
    let element = json!({
        "type": "object",
        "properties": {
            "elem": { "type": "string" },
            "attrs": { "type": "array", "items": attribute },
            "body": { "type": ["null", "string", "array"] },
        },
        "required": ["elem"], "additionalProperties": false,
    });
    json!({ "anyOf": [{ "type": "string" }, element, { "type": "array", "items": { "anyOf": [{ "type": "string" }, element, { "type": "null" }] } }] })
}
