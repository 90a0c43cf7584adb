//! Which elements each message is about. The examples of the codes tell: each wrong one is checked, and the place of what is found
//! leads to an element. A rule also names the parts that it speaks of, and the example shows which elements of these names are meant.

use std::collections::BTreeMap;
use std::path::Path;

use nixvirt_compiler::check::{Rule, rules};
use nixvirt_compiler::seed::{SeedMachine, disc, seed_diagnostics};
use nixvirt_compiler::{
    Code, CompileOptions, Example, Json, Levels, Node, Path as Place, Policy, Report, check_xml, child_key,
    codes, compile_spec, parse_json, read_spec, read_xml,
};
use nixvirt_ide::analysis::{Analyser, Checking};
use nixvirt_ide::catalogue::Catalogue;
use nixvirt_ide::files::Nowhere;
use nixvirt_schema::Element;

use crate::evaluated::evaluated;

/// The messages, by the elements that they are about.
pub(crate) struct Messages {
    by_element: BTreeMap<*const Element, Vec<&'static Code>>,
    by_code: BTreeMap<&'static str, Vec<&'static Element>>,
}

impl Messages {
    /// Checks the wrong examples of all codes.
    pub(crate) fn new(catalogue: &Catalogue) -> Messages {
        let mut messages = Messages { by_element: BTreeMap::new(), by_code: BTreeMap::new() };
        // What the grammar says may be said of any element; a rule speaks of its own.
        let is_rule = |code: &&Code| codes::of_rules().contains(&code.name);
        for code in codes::all().filter(is_rule) {
            let place = element_of(code);
            let mut about = Vec::from_iter(place);
            let rule = rules::all().find(|rule| std::ptr::eq(&raw const rule.code, code));
            for element in rule.map_or_else(Vec::new, |rule| named_by(rule, catalogue)) {
                if !about.iter().any(|known| std::ptr::eq(*known, element)) {
                    about.push(element);
                }
            }
            for element in &about {
                messages.by_element.entry(*element).or_default().push(code);
            }
            messages.by_code.insert(code.name, about);
        }
        messages
    }

    /// The messages about an element.
    pub(crate) fn about(&self, element: &'static Element) -> &[&'static Code] {
        self.by_element.get(&std::ptr::from_ref(element)).map_or(&[], Vec::as_slice)
    }

    /// The elements that a message is about, that of its example first.
    pub(crate) fn places(&self, code: &Code) -> &[&'static Element] {
        self.by_code.get(code.name).map_or(&[], Vec::as_slice)
    }
}

/// The elements that a rule names. Many elements may have a name, such as `address`: those of the examples are meant. A name that no
/// example shows is one that others stand beside, such as `rng` beside `serial`; then every device of that name is meant.
fn named_by(rule: &'static Rule, catalogue: &Catalogue) -> Vec<&'static Element> {
    let mut found: Vec<&'static Element> = Vec::new();
    for name in rule.with {
        let before = found.len();
        for example in [rule.code.wrong, rule.code.right] {
            add_named(example, name, &mut found);
        }
        if found.len() == before {
            let entries = catalogue.entries.iter().filter(|entry| entry.kind.name == rule.kind);
            let near = entries.filter(|entry| entry.element.name == *name && entry.place.len() <= 2);
            found.extend(near.map(|entry| entry.element));
        }
    }
    found
}

/// Adds the elements of an example that have a name, or an attribute of that name.
fn add_named(example: Example, name: &str, found: &mut Vec<&'static Element>) {
    fn add(node: &Node<'_>, name: &str, found: &mut Vec<&'static Element>) {
        if node.element.name == name || node.attribute(name).is_some() {
            found.push(node.element);
        }
        node.children.iter().for_each(|child| add(child, name, found));
    }
    let mut report = Report::new(Policy::Libvirt);
    if let Example::Xml(text) = example {
        if let Some(document) = read_xml(text.as_bytes(), None, &mut report) {
            add(&document.root, name, found);
        }
    } else if let Some(document) =
        spec_of(example).as_ref().and_then(|spec| read_spec(spec.clone(), None, &mut report))
    {
        add(&document.root, name, found);
    }
}

/// The spec of an example in Nix or JSON.
fn spec_of(example: Example) -> Option<Json<'static>> {
    match example {
        Example::Nix(text) => evaluated("example.nix", text),
        Example::Json(text) => Some(parse_json(text.as_bytes()).ok()?.value),
        _ => None,
    }
}

/// The element at the place where the wrong example of a code has its problem.
fn element_of(code: &'static Code) -> Option<&'static Element> {
    let mut report = Report::new(Policy::Libvirt);
    if let Example::Xml(text) = code.wrong {
        let found = check_xml(text.as_bytes(), CompileOptions::DEFAULT).diagnostics;
        let problem = found.into_iter().find(|problem| problem.problem.code() == code)?;
        return Some(innermost(&read_xml(text.as_bytes(), None, &mut report)?.root, &problem.path));
    }
    let spec = spec_of(code.wrong)?;
    let found = compile_spec(spec.clone(), CompileOptions::DEFAULT).diagnostics;
    let problem = found.into_iter().find(|problem| problem.problem.code() == code)?;
    Some(innermost(&read_spec(spec, None, &mut report)?.root, &problem.path))
}

/// The element of the last node that a path leads to.
fn innermost(root: &Node<'_>, path: &Place) -> &'static Element {
    let mut node = root;
    for step in &path.0 {
        let named = |child: &&Node<'_>| child_key(node.element, child.element) == step.key;
        let mut children = node.children.iter().filter(named);
        let Some(next) = children.nth(step.index.unwrap_or(0)) else { break };
        node = next;
    }
    node.element
}

/// The messages about an example, as an editor shows it.
pub(crate) fn said(path: &Path, example: Example) -> Vec<String> {
    match example {
        Example::Nix(text) | Example::Bundle(text) => {
            let found = Analyser::new(Nowhere, Checking::DEFAULT).check(&path.with_extension("nix"), text);
            let with_help = |problem: nixvirt_ide::located_problem::LocatedProblem| {
                let help = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
                format!("{}:{}: {}{help}", problem.start.0, problem.start.1, problem.text())
            };
            found.into_iter().map(with_help).collect()
        }
        Example::Json(text) => match parse_json(text.as_bytes()) {
            Ok(parsed) => {
                let found = compile_spec(parsed.value, CompileOptions::DEFAULT).diagnostics;
                let found = parsed.duplicates.into_iter().chain(found);
                found.map(|problem| format!("{}: {}", problem.path, problem.problem.with_help())).collect()
            }
            Err(problem) => vec![problem.problem.with_help()],
        },
        Example::Seed(text) => {
            let Ok(parsed) = parse_json(text.as_bytes()) else { return Vec::new() };
            let read = |_: &str| Err("it is not read here".to_owned());
            let problems = match disc(&parsed.value, "files", SeedMachine::default(), &read) {
                Ok((_, problems)) | Err(problems) => problems,
            };
            let found = seed_diagnostics(problems, &Levels::default(), &[]);
            found.iter().map(|problem| format!("{}: {}", problem.path, problem.problem.with_help())).collect()
        }
        Example::Xml(text) => {
            let found = check_xml(text.as_bytes(), CompileOptions::DEFAULT).diagnostics;
            found.iter().map(|problem| format!("{}: {}", problem.path, problem.problem.with_help())).collect()
        }
        Example::Words(_) | Example::None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use nixvirt_compiler::check::rules;
    use nixvirt_ide::catalogue::Catalogue;

    use super::Messages;

    #[test]
    fn a_rule_is_on_the_pages_of_the_elements_that_it_names() {
        nixvirt_evaluator::with_stack(every_rule_is_on_a_page).expect("a thread");
    }

    fn every_rule_is_on_a_page() {
        let catalogue = Catalogue::of_tables();
        let messages = Messages::new(&catalogue);
        for rule in rules::all() {
            let places = messages.places(&rule.code);
            assert!(!places.is_empty(), "{} is on no page", rule.code.name);
            for element in places {
                let listed = messages.about(element).iter().filter(|code| code.name == rule.code.name);
                assert_eq!(listed.count(), 1, "{} on the page of {}", rule.code.name, element.name);
            }
            for name in rule.with {
                let is_element = catalogue.entries.iter().any(|entry| {
                    entry.kind.name == rule.kind && entry.element.name == *name && entry.place.len() <= 2
                });
                let has = |element: &&nixvirt_schema::Element| {
                    element.name == *name || element.attributes.iter().any(|it| it.name == *name)
                };
                assert!(!is_element || places.iter().any(has), "{}: {name}", rule.code.name);
            }
        }
        let of = |address: &str| {
            let entry = catalogue.entries.iter().find(|entry| entry.address == address).expect("a page");
            messages.about(entry.element).len()
        };
        assert!(of("domain/devices.disk.html") > 10, "{}", of("domain/devices.disk.html"));
        // No example has one; the rule names it beside others.
        assert!(of("domain/devices.rng.html") > 0, "nothing is said of random numbers");
    }
}
