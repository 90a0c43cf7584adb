//! Which element each message is about. The examples of the codes tell: each wrong one is checked, and the place of what is found
//! leads to an element.

use std::collections::BTreeMap;
use std::path::Path;

use nixvirt_compiler::seed::{SeedMachine, disc, seed_diagnostics};
use nixvirt_compiler::{
    Code, CompileOptions, Example, Json, Levels, Node, Path as Place, Policy, Report, check_xml, child_key,
    codes, compile_spec, parse_json, read_spec, read_xml,
};
use nixvirt_ide::analysis::{Analyser, Checking};
use nixvirt_ide::files::Nowhere;
use nixvirt_schema::Element;

use crate::evaluated::evaluated;

/// The messages, by the elements that they are about.
pub(crate) struct Messages {
    by_element: BTreeMap<*const Element, Vec<&'static Code>>,
    by_code: BTreeMap<&'static str, &'static Element>,
}

impl Messages {
    /// Checks the wrong examples of all codes.
    pub(crate) fn new() -> Messages {
        let mut messages = Messages { by_element: BTreeMap::new(), by_code: BTreeMap::new() };
        // What the grammar says may be said of any element; a rule speaks of its own.
        let is_rule = |code: &&Code| codes::of_rules().contains(&code.name);
        for code in codes::all().filter(is_rule) {
            if let Some(element) = element_of(code) {
                messages.by_element.entry(element).or_default().push(code);
                messages.by_code.insert(code.name, element);
            }
        }
        messages
    }

    /// The messages about an element.
    pub(crate) fn about(&self, element: &'static Element) -> &[&'static Code] {
        self.by_element.get(&std::ptr::from_ref(element)).map_or(&[], Vec::as_slice)
    }

    /// The element that a message is about in its example.
    pub(crate) fn place(&self, code: &Code) -> Option<&'static Element> {
        self.by_code.get(code.name).copied()
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
    let spec = match code.wrong {
        Example::Nix(text) => evaluated("wrong.nix", text)?,
        Example::Json(text) => parse_json(text.as_bytes()).ok()?.value,
        _ => return None,
    };
    let spec: Json<'_> = spec;
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
