//! Saying what may stand at a place, all of it out of the schema.

use std::io;

use nixvirt_compiler::{Code, apply_codes, child_key, codes};
use nixvirt_ide::describe::{address, dated, meanings, needed, when};
use nixvirt_schema::{Element, Guard, Need, Occurs, Versions};
use nixvirt_templates::arguments::{TEMPLATES, Template};
use serde_json::json;

use crate::Status;
use crate::output;
use crate::report::Reporter;

/// Prints what the schema says of a place such as `devices.disk.driver`, or what a diagnostic code such as `bad-value` means.
pub(crate) fn explain(place: &str, kind: &str, reporter: &Reporter) -> io::Result<Status> {
    let root = nixvirt_schema::kind(kind).map_or(nixvirt_schema::KINDS[0].root, |kind| kind.root);
    // Places win: no code is the name of anything that may stand at a root, which a test holds.
    if reporter.is_for_tools() {
        return output::to_stdout((serde_json::to_string_pretty(&as_json(place, root)?)? + "\n").as_bytes());
    }
    if let Some(code) = code_of(place) {
        let bold = if reporter.color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        return output::to_stdout(code.page(bold).as_bytes());
    }
    if !is_place(place, root) {
        if place == "templates" {
            return output::to_stdout(list_templates(reporter.color).as_bytes());
        }
        if let Some(template) = template_at(place) {
            return output::to_stdout(describe_template(template, reporter.color).as_bytes());
        }
    }
    let mut reached = vec![Reached { element: root, page: root.page, versions: Versions::ALL }];
    let mut steps = place.split('.').filter(|step| !step.is_empty()).peekable();
    let mut here = String::new();
    while let Some(step) = steps.next() {
        let step = step.split('[').next().unwrap_or(step);
        let below: Vec<_> =
            reached.iter().flat_map(|holder| children(holder.element, step, holder.page)).collect();
        if below.is_empty() {
            let described: Vec<String> =
                reached.iter().flat_map(|holder| describe_value(holder.element, step, holder.page)).collect();
            if described.is_empty() || steps.peek().is_some() {
                let holder = if here.is_empty() { root.name } else { &here };
                return Err(nothing_at(step, holder, root, &reached));
            }
            return output::to_stdout(described.concat().as_bytes());
        }
        here = if here.is_empty() { step.to_owned() } else { format!("{here}.{step}") };
        reached = below;
    }
    let title = if here.is_empty() { root.name } else { &here };
    let pages: Vec<String> = reached.iter().map(|reached| describe(reached, title, reporter.color)).collect();
    output::to_stdout(pages.join("\n").as_bytes())
}

/// The code of that name: one of ours, or one of `nixvirt-apply`.
fn code_of(name: &str) -> Option<&'static Code> {
    codes::code(name).or_else(|| apply_codes::code(name))
}

/// The same for tools: an object for a code or template, a list of templates, or a list of what stands at a place.
fn as_json(place: &str, root: &'static Element) -> io::Result<serde_json::Value> {
    if let Some(code) = code_of(place) {
        let example = |example: nixvirt_compiler::Example| {
            example.text().map(|(text, language)| json!({ "language": language, "text": text }))
        };
        return Ok(json!({
            "code": code.name, "severity": code.severity.name(), "summary": code.summary,
            "explanation": code.explanation, "wrong": example(code.wrong), "right": example(code.right),
        }));
    }
    if !is_place(place, root) {
        if place == "templates" {
            return Ok(TEMPLATES.iter().map(template_as_json).collect());
        }
        if let Some(template) = template_at(place) {
            return Ok(template_as_json(template));
        }
    }
    let mut reached = vec![Reached { element: root, page: root.page, versions: Versions::ALL }];
    let mut steps = place.split('.').filter(|step| !step.is_empty()).peekable();
    while let Some(step) = steps.next() {
        let step = step.split('[').next().unwrap_or(step);
        let below: Vec<_> =
            reached.iter().flat_map(|holder| children(holder.element, step, holder.page)).collect();
        if below.is_empty() {
            let values: Vec<serde_json::Value> =
                reached.iter().flat_map(|holder| values_as_json(holder.element, Some(step))).collect();
            return match values.is_empty() || steps.peek().is_some() {
                true => Err(nothing_at(step, place, root, &reached)),
                false => Ok(values.into()),
            };
        }
        reached = below;
    }
    let pages = reached.iter().map(|reached| {
        let sets = reached.element.children.iter().filter(|child| !child.hoisted).map(|child| {
            json!({
                "name": child_key(reached.element, child.element), "doc": child.element.doc,
                "many": child.occurs != Occurs::Once, "required": !needed(child.need).is_empty(),
                "where": condition(&child.guard), "versions": dated(child.versions).trim(),
            })
        });
        json!({
            "name": reached.element.name, "doc": reached.element.doc, "page": address(reached.page),
            "versions": dated(reached.versions).trim(),
            "values": values_as_json(reached.element, None), "sets": sets.collect::<Vec<_>>(),
        })
    });
    Ok(pages.collect())
}

/// The values of an element's set, or the one of a key.
fn values_as_json(element: &'static Element, key: Option<&str>) -> Vec<serde_json::Value> {
    let is_meant = |name: &str| key.is_none_or(|key| key == name);
    let attributes =
        element.attributes.iter().filter(|attribute| !attribute.ignored && is_meant(attribute.name));
    let mut values: Vec<serde_json::Value> = attributes
        .map(|attribute| {
            json!({
                "name": attribute.name, "doc": attribute.doc, "expected": attribute.format.describe(),
                "required": !needed(attribute.need).is_empty(), "where": condition(&attribute.guard),
                "versions": dated(attribute.versions).trim(),
            })
        })
        .collect();
    if let Some(text) = element.text.filter(|text| is_meant(text.key)) {
        values.push(json!({
            "name": text.key, "doc": element.doc, "expected": text.format.describe(),
            "required": !needed(text.need).is_empty(), "where": condition(&text.guard),
            "versions": dated(text.versions).trim(),
        }));
    }
    for child in element.children.iter().filter(|child| child.hoisted) {
        values.extend(values_as_json(child.element, key));
    }
    values
}

/// Where an entry may stand, without the words that lead to it.
fn condition(guard: &Guard) -> String {
    when(guard).trim_start_matches("; where ").to_owned()
}

fn template_as_json(template: &Template) -> serde_json::Value {
    let arguments = template.arguments.iter().map(|argument| {
        json!({
            "name": argument.name, "doc": argument.doc, "expected": argument.value.expected(),
            "default": argument.default, "required": argument.default.is_none(),
        })
    });
    json!({
        "template": template.name, "kind": template.kind, "doc": template.doc,
        "arguments": arguments.collect::<Vec<_>>(), "example": template.example,
    })
}

/// The template that a place names, as `linux` or `templates.linux`.
fn template_at(place: &str) -> Option<&'static Template> {
    let name = place.strip_prefix("templates.").unwrap_or(place);
    TEMPLATES.iter().find(|template| template.name == name)
}

/// Whether a place begins with something of the kind.
fn is_place(place: &str, root: &'static Element) -> bool {
    let first = first_step(place);
    place.is_empty()
        || !children(root, first, root.page).is_empty()
        || !describe_value(root, first, "").is_empty()
}

/// The error for a path that has nothing at a step.
fn nothing_at(step: &str, holder: &str, root: &'static Element, reached: &[Reached]) -> io::Error {
    let message = format!("there is no `{step}` in `{holder}`");
    let hint = nixvirt_compiler::suggest_key(root, reached[0].element, step);
    let hint = hint.map(|hint| format!("; did you mean `{hint}`?")).unwrap_or_default();
    io::Error::other(message + &hint)
}

/// The first step of a place.
fn first_step(place: &str) -> &str {
    place.split(['.', '[']).next().unwrap_or(place)
}

/// A line on each template.
fn list_templates(color: bool) -> String {
    let (bold, plain) = if color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let line = |template: &Template| {
        format!("{bold}{}{plain} (of a {}): {}\n", template.name, template.kind, template.doc)
    };
    let lines: String = TEMPLATES.iter().map(line).collect();
    format!("{lines}\n`nixvirt-compile explain NAME` lists the arguments of a template.\n")
}

/// A page on a template.
fn describe_template(template: &Template, color: bool) -> String {
    let (bold, plain) = if color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let mut out = format!(
        "{bold}{}{plain}, a template of a {}: {}\n\n{bold}Arguments{plain}\n",
        template.name, template.kind, template.doc
    );
    for argument in template.arguments {
        let default = match argument.default {
            Some(default) => format!("; by default {default}"),
            None => " (required)".to_owned(),
        };
        out.push_str(&format!(
            "  {bold}{}{plain}: {}\n      {}{default}\n",
            argument.name,
            argument.doc,
            argument.value.expected()
        ));
    }
    out.push_str(&format!(
        "\nAny other argument is a key of the {}, which is merged into what the template makes.\n\n{bold}Example{plain} (.nix)\n  lib.{}.templates.{} ",
        template.kind, template.kind, template.name
    ));
    out.push_str(&template.example.replace('\n', "\n  "));
    out.push('\n');
    out
}

/// An element that a place leads to.
struct Reached {
    element: &'static Element,
    /// The place in libvirt's format pages.
    page: &'static str,
    /// The versions of libvirt that have it there.
    versions: Versions,
}

/// The elements that a key stands for.
fn children(element: &'static Element, key: &str, page: &'static str) -> Vec<Reached> {
    let mut found: Vec<Reached> = Vec::new();
    for child in element.children.iter().filter(|child| !child.hoisted) {
        let named = child_key(element, child.element) == key || child.also == Some(key);
        if named && !found.iter().any(|known| std::ptr::eq(known.element, child.element)) {
            let page = child.element.page_within(page);
            found.push(Reached { element: child.element, page, versions: child.versions });
        }
    }
    found
}

/// Describes a key that stands for an attribute or a text.
fn describe_value(element: &'static Element, key: &str, page: &str) -> Vec<String> {
    let attributes =
        element.attributes.iter().filter(|attribute| attribute.name == key && !attribute.ignored);
    let mut lines: Vec<String> = attributes
        .map(|attribute| {
            let name = format!("{key}{}", dated(attribute.versions));
            value_lines(&name, attribute.doc, &attribute.format, attribute.need, &attribute.guard)
                + &meanings(attribute.words, attribute.each, attribute.default, "      ")
        })
        .collect();
    if let Some(text) = element.text.filter(|text| text.key == key) {
        let value = value_lines(key, element.doc, &text.format, text.need, &text.guard);
        lines.push(value + &meanings(text.words, "", text.default, "      "));
    }
    for child in element.children.iter().filter(|child| child.hoisted) {
        lines.extend(describe_value(child.element, key, ""));
    }
    if !page.is_empty() && !lines.is_empty() {
        lines.push(address(page) + "\n");
    }
    lines
}

fn value_lines(key: &str, doc: &str, format: &nixvirt_schema::Format, need: Need, guard: &Guard) -> String {
    format!("{key}{}: {doc}\n    {}{}\n", needed(need), format.describe(), when(guard))
}

/// A page on an element.
fn describe(reached: &Reached, title: &str, color: bool) -> String {
    let Reached { element, page, versions } = *reached;
    let (bold, plain) = if color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let mut out = format!("{bold}{title}{plain}{}: {}\n{}\n", dated(versions), element.doc, address(page));
    if element.is_flag() {
        out.push_str("`true` stands for the bare element.\n");
    }
    if let Some(text) = element.text {
        let key = if element.is_leaf() { "the value" } else { text.key };
        out.push_str(&format!(
            "\n  {bold}{key}{plain}{}: {}{}\n",
            needed(text.need),
            text.format.describe(),
            when(&text.guard)
        ));
        out.push_str(&meanings(text.words, "", text.default, "      "));
    }
    let mut heading = format!("\n{bold}Values{plain}\n");
    let mut value = |attribute: &nixvirt_schema::Attribute| {
        out.push_str(&std::mem::take(&mut heading));
        out.push_str(&format!(
            "  {bold}{}{plain}{}: {}\n      {}{}\n",
            attribute.name,
            needed(attribute.need).to_owned() + &dated(attribute.versions),
            attribute.doc,
            attribute.format.describe(),
            when(&attribute.guard)
        ));
        out.push_str(&meanings(attribute.words, attribute.each, attribute.default, "        "));
    };
    element.attributes.iter().filter(|attribute| !attribute.ignored).for_each(&mut value);
    for child in element.children.iter().filter(|child| child.hoisted) {
        child.element.attributes.iter().for_each(&mut value);
    }
    let mut heading = format!("\n{bold}Sets{plain}\n");
    for child in element.children {
        let name = match (child.hoisted, child.element.text) {
            (true, Some(text)) => text.key.into(),
            _ => child_key(element, child.element),
        };
        let many = if child.occurs != Occurs::Once { " (one or a list)" } else { "" };
        out.push_str(&std::mem::take(&mut heading));
        out.push_str(&format!(
            "  {bold}{name}{plain}{many}{}: {}{}\n",
            needed(child.need).to_owned() + &dated(child.versions),
            child.element.doc,
            when(&child.guard)
        ));
    }
    out
}
