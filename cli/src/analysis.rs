//! Checking a Nix file: every spec in it and in what it imports, evaluated and compiled, the problems at the user's lines.
//!
//! Invariant: nothing is claimed about what depends on a value that cannot be known. Where such a value is a condition,
//! each branch is looked at by itself, with everything else that cannot be known still unknown.

use std::io;
use std::path::Path;

use nixvirt_compiler::{Options, Policy, compile_spec, page_of};
use nixvirt_evaluator::{Content, ErrorKind, Evaluator, FileId, FormalPlace, Span, Tree};
use nixvirt_schema::{KINDS, Kind};

use crate::evaluate::{self, evaluator, to_json};
use crate::finding::Finding;
use crate::located::{self, Place};

/// The functions of the lib that take a spec.
const FUNCTIONS: &[&str] = &["writeXML", "getXML"];
/// The option that holds the objects of hosts.
const CONNECTIONS: &[&str] = &["libvirt", "connections"];
/// More conditions than this that cannot be known are not looked into.
const MOST_CONDITIONS: usize = 16;

/// How to check.
#[derive(Clone, Copy)]
pub struct Checking {
    /// The kind that specs are taken for where nothing says.
    pub kind: Option<&'static Kind>,
    /// How strict to be.
    pub policy: Policy,
}

/// Checks a file.
pub fn analyse(
    path: &Path,
    text: &str,
    read: impl Fn(&Path) -> io::Result<String> + Clone + 'static,
    checking: Checking,
) -> Vec<Finding> {
    let (mut found, conditions) = pass(path, text, read.clone(), checking, None);
    for condition in conditions.into_iter().take(MOST_CONDITIONS) {
        for value in [true, false] {
            let (more, _) = pass(path, text, read.clone(), checking, Some((condition, value)));
            found.extend(more);
        }
    }
    sorted(found)
}

/// The findings in the order of their places, each once.
fn sorted(mut found: Vec<Finding>) -> Vec<Finding> {
    let key = |finding: &Finding| {
        (finding.file.clone(), finding.shown.range.start, finding.shown.range.end, finding.message.clone())
    };
    found.sort_by_key(key);
    found.dedup_by(|one, other| key(one) == key(other) && one.code == other.code);
    found
}

/// A spec, or the arguments of a template, as a file has it.
pub struct Seen {
    /// The kind of object.
    pub kind: Option<&'static Kind>,
    /// What the template takes.
    pub template: Option<Vec<FormalPlace>>,
    /// The spec or arguments.
    pub tree: Tree,
}

/// The specs of a file and of what it imports, for editors: nothing is said about them, and a file may be broken.
pub struct Survey {
    /// What evaluated them.
    pub evaluator: Evaluator,
    /// The specs.
    pub seen: Vec<Seen>,
    /// The conditions that cannot be known.
    pub conditions: Vec<Span>,
}

/// Finds the specs of a file.
pub fn survey(
    path: &Path,
    text: &str,
    read: impl Fn(&Path) -> io::Result<String> + 'static,
    assumed: Option<(Span, bool)>,
) -> Survey {
    let checking = Checking { kind: None, policy: Policy::Libvirt };
    let mut pass = run(path, text, read, checking, assumed, Some(Vec::new()));
    for call in pass.evaluator.embedded_calls().to_vec() {
        let Some(formal) = call.formals.first() else { continue };
        let kind = evaluate::kind_of_template(&pass.evaluator, formal.span);
        if let (Some(kind), Ok(tree)) = (kind, pass.evaluator.tree(call.argument, false)) {
            pass.note(Some(kind), Some(call.formals), &tree);
        }
    }
    let conditions = pass.evaluator.unknown_conditions().to_vec();
    Survey { evaluator: pass.evaluator, seen: pass.seen.unwrap_or_default(), conditions }
}

fn pass(
    path: &Path,
    text: &str,
    read: impl Fn(&Path) -> io::Result<String> + 'static,
    checking: Checking,
    assumed: Option<(Span, bool)>,
) -> (Vec<Finding>, Vec<Span>) {
    let pass = run(path, text, read, checking, assumed, None);
    let conditions = pass.evaluator.unknown_conditions().to_vec();
    (pass.findings, conditions)
}

fn run(
    path: &Path,
    text: &str,
    read: impl Fn(&Path) -> io::Result<String> + 'static,
    checking: Checking,
    assumed: Option<(Span, bool)>,
    seen: Option<Vec<Seen>>,
) -> Pass {
    let mut evaluator = evaluator(read, None, true);
    for kind in KINDS {
        for function in FUNCTIONS {
            evaluator.watch(&[kind.name, function]);
        }
    }
    let certain = assumed.is_none();
    if let Some((condition, value)) = assumed {
        evaluator.assume(condition, value);
    }
    if seen.is_some() {
        evaluator.watch_embedded();
    }
    evaluator.add(path, text, false);
    let mut pass = Pass { evaluator, checking, certain, findings: Vec::new(), seen };
    let mut next = 0;
    // What is imported on the way is walked as well.
    while next < pass.evaluator.sources.len() {
        let file = FileId(u32::try_from(next).unwrap_or(u32::MAX));
        next += 1;
        if !pass.evaluator.sources[file.0 as usize].embedded {
            pass.file(file);
        }
    }
    pass.calls();
    pass
}

struct Pass {
    evaluator: Evaluator,
    checking: Checking,
    /// Whether nothing is assumed, so that an evaluation that fails would fail for the user, too.
    certain: bool,
    findings: Vec<Finding>,
    /// The specs, where nothing else is wanted.
    seen: Option<Vec<Seen>>,
}

impl Pass {
    /// Notes a spec where that is all that is wanted.
    fn note(&mut self, kind: Option<&'static Kind>, template: Option<Vec<FormalPlace>>, tree: &Tree) -> bool {
        if let Some(seen) = &mut self.seen {
            seen.push(Seen { kind, template, tree: tree.clone() });
        }
        self.seen.is_some()
    }

    fn file(&mut self, file: FileId) {
        let problems = self.evaluator.problems(file).to_vec();
        if self.certain {
            let here = Span { file, start: 0, end: 0 };
            let said =
                problems.iter().map(|problem| located::error(&self.evaluator, problem, here, String::new()));
            let said: Vec<Finding> = said.collect();
            self.findings.extend(said);
        }
        // Of a file that is broken, there is no telling what it would be.
        if self.seen.is_none() && problems.iter().any(|problem| problem.kind != ErrorKind::Undefined) {
            return;
        }
        let options = self.evaluator.walk(file, &[CONNECTIONS]);
        for option in options {
            let span = Span { file, start: 0, end: 0 };
            if let Ok(connections) = self.evaluator.tree(option.value, true) {
                self.connections(&connections, span);
            }
        }
    }

    /// Checks the specs that were given to functions of the lib.
    fn calls(&mut self) {
        for call in self.evaluator.calls().to_vec() {
            let kind = call.function.first().and_then(|name| nixvirt_schema::kind(name));
            match self.evaluator.tree(call.argument, false) {
                Ok(tree) => self.spec(&tree, kind, call.span),
                Err(error) if self.certain => {
                    let finding = located::error(&self.evaluator, &error, call.span, String::new());
                    self.findings.push(finding);
                }
                Err(_) => {}
            }
        }
    }

    /// Checks the specs of the module's option.
    fn connections(&mut self, connections: &Tree, span: Span) {
        let Content::Set(connections, _) = &connections.content else { return };
        for kind in KINDS {
            for objects in connections.iter().filter_map(|connection| connection.value.get(kind.plural)) {
                self.objects(objects, kind, span);
            }
        }
    }

    fn objects(&mut self, objects: &Tree, kind: &'static Kind, span: Span) {
        let entries: Vec<(Option<&str>, &Tree)> = match &objects.content {
            Content::List(items, _) => items.iter().map(|item| (None, item)).collect(),
            Content::Set(entries, _) => {
                entries.iter().map(|entry| (Some(&*entry.name), &entry.value)).collect()
            }
            _ => Vec::new(),
        };
        for (name, entry) in entries {
            let spec = match (entry.get("spec"), entry.get("template"), entry.get("args")) {
                (Some(spec), None, _) => Some(spec.clone()),
                (None, Some(Tree { content: Content::Str(template), .. }), args) => {
                    let nothing = Tree { content: Content::Set(Vec::new(), false), span: entry.span };
                    self.expanded(kind, template, args.unwrap_or(&nothing), name)
                }
                _ => None,
            };
            if let Some(mut spec) = spec {
                named(&mut spec, name);
                let span = if self.evaluator.is_embedded(entry.span) { span } else { entry.span };
                self.spec(&spec, Some(kind), span);
            }
            if let Some((volume, volumes)) = nixvirt_schema::kind("volume").zip(entry.get("volumes")) {
                self.objects(volumes, volume, span);
            }
        }
    }

    /// What a template makes of its arguments; where there is no such template, nothing is said here.
    fn expanded(&mut self, kind: &Kind, template: &str, args: &Tree, name: Option<&str>) -> Option<Tree> {
        let function = evaluate::template(&mut self.evaluator, kind.name, template)?;
        let formals = self.seen.is_some().then(|| self.evaluator.formals(function));
        if formals.is_some() {
            self.note(nixvirt_schema::kind(kind.name), formals, args);
        }
        let mut args = args.clone();
        named(&mut args, name);
        if let Content::Set(entries, _) = &mut args.content {
            entries.retain(|entry| &*entry.name != "template");
        }
        let argument = self.evaluator.plant(&args);
        let spec = self.evaluator.apply(function, argument);
        self.evaluator.tree(spec, true).ok()
    }

    /// Compiles a spec and notes what is wrong with it.
    fn spec(&mut self, tree: &Tree, kind: Option<&'static Kind>, span: Span) {
        let kind = kind.or(self.checking.kind);
        if let (Some(Tree { content: Content::Str(template), .. }), Some(of)) = (tree.get("template"), kind) {
            if let Some(made) = self.expanded(of, template, tree, None) {
                self.compiled(&made, kind, span);
            } else if self.certain {
                let names = evaluate::template_names(&mut self.evaluator, of.name);
                let problem = crate::template::no_template(of.name, template, &names);
                let diagnostic = crate::template::at_template(problem);
                let place = Place { evaluator: &self.evaluator, tree, span };
                self.findings.push(place.find(&diagnostic));
            }
            return;
        }
        self.compiled(tree, kind, span);
    }

    fn compiled(&mut self, tree: &Tree, kind: Option<&'static Kind>, span: Span) {
        if self.note(kind, None, tree) {
            return;
        }
        if self.certain {
            self.findings.extend(located::failures(&self.evaluator, tree, span));
        }
        let options = Options { kind, policy: self.checking.policy, exact: false };
        let outcome = compile_spec(to_json(tree), options);
        let place = Place { evaluator: &self.evaluator, tree, span };
        let root = outcome.kind.map(|kind| kind.root);
        self.findings.extend(outcome.diagnostics.iter().map(|diagnostic| {
            let page = root.map_or("", |root| page_of(root, &diagnostic.path));
            Finding { page, ..place.find(diagnostic) }
        }));
    }
}

/// Gives an object that stands under its name in a set that name, as the module does.
fn named(spec: &mut Tree, name: Option<&str>) {
    let (Some(name), Content::Set(entries, false)) = (name, &mut spec.content) else { return };
    if !entries.iter().any(|entry| &*entry.name == "name") {
        let value = Tree { content: Content::Str(name.into()), span: spec.span };
        let entry = nixvirt_evaluator::Entry { name: "name".into(), span: spec.span, replaced: None, value };
        entries.push(entry);
    }
}
