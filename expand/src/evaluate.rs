//! An evaluator that knows nixvirt's own Nix files, and its results as the compiler takes them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use nixvirt_compiler::{Json, Path as Place, PathStep, PlacedValue, Problem, codes};
use nixvirt_evaluator::{
    Content, EMBEDDED, Error, ErrorKind, Evaluator, Files, Limits, Span, Thunk, Tree, TreeEntry, Value,
};

pub use crate::files::TEMPLATES;
use crate::files::WithOwn;
use crate::host::HostPackages;

/// The way to the attributes that `lib` keeps together by field, and also gives directly.
const LIB_PARTS: &[&str] =
    &["asserts", "attrsets", "customisation", "fixedPoints", "lists", "modules", "strings", "trivial"];

/// Whether a `lib` of something that is called so is nixpkgs': other flakes have a `lib` of their own.
fn is_nixpkgs(name: &str) -> bool {
    let versions = ["nixpkgs", "nixos", "pkgs", "unstable", "stable"];
    matches!(name, "final" | "prev" | "super" | "legacyPackages")
        || versions.iter().any(|it| name.starts_with(it))
}

/// The kinds of object that templates make.
pub const TEMPLATE_KINDS: &[&str] = &["domain", "network"];

/// An evaluator that sees other files than those of this program as `machine` shows them. `host` says what the templates are
/// to take for the host's parts; without, these are packages somewhere.
pub fn evaluator(machine: impl Files + 'static, host: Option<&HostPackages>, lenient: bool) -> Evaluator {
    let mut evaluator = Evaluator::new(Box::new(WithOwn(machine)), Limits::default(), lenient);
    prepare(&mut evaluator, host);
    evaluator
}

/// Tells an evaluator of nixvirt's lib and of nixpkgs'.
pub fn prepare(evaluator: &mut Evaluator, host: Option<&HostPackages>) {
    let text = |name: &str, value: &str| format!("{name} = {};", nixvirt_compiler::nix::string(value));
    let parts = match host {
        Some(host) => {
            [text("qemu", &host.qemu), text("ovmf", &host.ovmf), text("virtio-win", &host.virtio_win)]
                .concat()
        }
        // Wherever they are, they are there: no template is looked at twice, with and without them.
        None => {
            ["qemu", "ovmf", "virtio-win"]
                .map(|part| format!("{part}.outPath = <nixvirt-host>.{part};"))
                .concat()
                + "closure-image = _: { outPath = <nixvirt-host>.closure-image; };"
        }
    };
    let mut embed = |name: &str, text: &str| evaluator.add(&Path::new(EMBEDDED).join(name), text, true).1;
    let lib = embed("use-lib.nix", "import ./lib.nix");
    let devices = embed("use-host-devices.nix", &format!("import ./{TEMPLATES}/host-devices.nix"));
    let xml = embed("use-xml.nix", &format!("import ./{TEMPLATES}/xml.nix"));
    let templates: Vec<(&str, Thunk)> = TEMPLATE_KINDS
        .iter()
        .map(|&kind| {
            let text = format!("(import ./{TEMPLATES} {{ {parts} }}).{kind}");
            (kind, embed(&format!("use-{kind}.nix"), &text))
        })
        .collect();
    for (kind, set) in templates {
        evaluator.know(&[kind, "templates"], set);
    }
    evaluator.know(&["lib", "xml"], xml);
    for part in LIB_PARTS {
        evaluator.know_of(is_nixpkgs, &["lib", part], lib);
    }
    evaluator.know_of(is_nixpkgs, &["lib"], lib);
    // Of all that is called `lib` and is not nixpkgs'.
    evaluator.know(&["lib"], devices);
}

/// The template of a name, among those of a kind.
pub fn template(evaluator: &mut Evaluator, kind: &str, name: &str) -> Option<Thunk> {
    if !has_template(evaluator, kind, name) {
        return None;
    }
    let text = format!("(import ./use-{kind}.nix).{name}");
    Some(evaluator.add(&Path::new(EMBEDDED).join(format!("use-{kind}-{name}.nix")), &text, true).1)
}

/// Whether there is a template of a name.
pub fn has_template(evaluator: &mut Evaluator, kind: &str, name: &str) -> bool {
    let plain = name.chars().all(|part| part.is_ascii_alphanumeric() || part == '-');
    plain
        && TEMPLATE_KINDS.contains(&kind)
        && template_names(evaluator, kind).iter().any(|known| known == name)
}

/// The kind of object that a template makes, by a place in its file.
pub fn kind_of_template(evaluator: &Evaluator, span: Span) -> Option<&'static nixvirt_schema::Kind> {
    let path = &evaluator.source(span.file)?.path;
    let below = path.strip_prefix(EMBEDDED).ok()?.strip_prefix(TEMPLATES).ok()?;
    nixvirt_schema::kind(below.iter().next()?.to_str()?)
}

/// The templates' files, by their paths from [`TEMPLATES`].
pub fn template_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    nixvirt_templates::FILES.iter().copied()
}

/// The names of the templates of a kind.
pub fn template_names(evaluator: &mut Evaluator, kind: &str) -> Vec<String> {
    let text = format!("builtins.attrNames (import ./use-{kind}.nix)");
    let path = Path::new(EMBEDDED).join(format!("names-{kind}.nix"));
    let (_, names) = evaluator.add(&path, &text, true);
    let names = evaluator.tree(names, false);
    match names.as_deref() {
        Ok(Tree { content: Content::List(names, _), .. }) => names
            .iter()
            .filter_map(|name| match &name.content {
                Content::Str(name) => Some(name.to_string()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Makes the thunk of a call of a function with one argument.
pub fn call(evaluator: &mut Evaluator, function: Thunk, argument: Value) -> Thunk {
    let argument = evaluator.done(argument);
    evaluator.apply(function, argument)
}

/// An evaluated value as the compiler takes it; paths are text, as the lib makes them.
pub fn to_json(tree: &Tree) -> Json<'static> {
    let text = |text: &str| Json::Str(Cow::Owned(text.to_owned()));
    match &tree.content {
        Content::Null => Json::Null,
        Content::Bool(value) => Json::Bool(*value),
        Content::Int(value) => Json::Int((*value).into()),
        Content::Float(value) => Json::Float(*value),
        Content::Str(value) | Content::Path(value) => text(value),
        Content::List(items, open) => {
            let unknown = open.then_some(Json::Opaque);
            Json::List(items.iter().map(|item| to_json(item)).chain(unknown).collect())
        }
        Content::Set(entries, open) => {
            let entries = entries
                .iter()
                .map(|entry| (Cow::Owned((*entry.name).to_owned()), to_json(&entry.value)))
                .collect();
            if *open { Json::Open(entries) } else { Json::Set(entries) }
        }
        // Failures and functions are reported by other code.
        Content::Function | Content::Failed(_) | Content::Opaque => Json::Opaque,
    }
}

/// A value of an evaluation, through which paths lead ([`nixvirt_compiler::way`]).
#[derive(Clone, Copy)]
pub struct Evaluated<'t>(pub &'t Tree);

impl<'t> PlacedValue for Evaluated<'t> {
    type Entry = &'t TreeEntry;

    fn entry(self, key: &str) -> Option<(&'t TreeEntry, Evaluated<'t>)> {
        let Content::Set(entries, _) = &self.0.content else { return None };
        let entry = entries.iter().find(|entry| *entry.name == *key)?;
        Some((entry, Evaluated(&entry.value)))
    }

    fn item(self, index: usize) -> Option<Evaluated<'t>> {
        let Content::List(items, _) = &self.0.content else { return None };
        items.get(index).map(|item| Evaluated(item))
    }
}

/// An error of an evaluation as a problem.
pub fn problem(error: &Error) -> Problem {
    // A test holds the evaluator's codes against the registry.
    let code = codes::code(error.kind.code()).unwrap_or(&codes::EVALUATION);
    Problem::Evaluation { code, message: error.message.to_string() }
}

/// The errors in a value, with their paths.
pub fn failures(tree: &Tree) -> Vec<(Place, Error)> {
    let mut found = Vec::new();
    gather(tree, &mut Vec::new(), &mut |path, tree| match &tree.content {
        Content::Failed(error) => found.push((Place(path.to_vec()), Error::clone(error))),
        Content::Function => {
            let message = "a function cannot stand here, for a spec is data; does it lack its arguments?";
            let error = Error::new(ErrorKind::Evaluation, message, vec![tree.span]);
            found.push((Place(path.to_vec()), error));
        }
        _ => {}
    });
    // One error is met by all that needs the value.
    let mut seen: BTreeSet<(Option<Span>, String)> = BTreeSet::new();
    found.retain(|(_, error)| seen.insert((error.spans.first().copied(), error.message.to_string())));
    found
}

/// The places in a value that cannot be known.
pub fn unknowns(tree: &Tree) -> Vec<(Place, Span)> {
    let mut found = Vec::new();
    gather(tree, &mut Vec::new(), &mut |path, tree| {
        if let Content::Opaque | Content::List(_, true) | Content::Set(_, true) = tree.content {
            found.push((Place(path.to_vec()), tree.span));
        }
    });
    found
}

/// Goes through a value.
fn gather(tree: &Tree, path: &mut Vec<PathStep>, visit: &mut impl FnMut(&[PathStep], &Tree)) {
    visit(path, tree);
    match &tree.content {
        Content::List(items, _) => {
            for (at, item) in items.iter().enumerate() {
                let outer = path.last_mut().map(|step| step.index.replace(at));
                gather(item, path, visit);
                if let (Some(step), Some(outer)) = (path.last_mut(), outer) {
                    step.index = outer;
                }
            }
        }
        Content::Set(entries, _) => {
            for entry in entries {
                path.push(PathStep { key: entry.name.to_string(), index: None });
                gather(&entry.value, path, visit);
                path.pop();
            }
        }
        _ => {}
    }
}

/// A spec to which other modules may add; elements of a list are there as a whole.
pub fn opened(tree: &Rc<Tree>) -> Rc<Tree> {
    let Content::Set(entries, _) = &tree.content else { return Rc::clone(tree) };
    let entries = entries.iter().map(|entry| TreeEntry { value: opened(&entry.value), ..entry.clone() });
    let content = Content::Set(entries.collect(), true);
    Rc::new(Tree { content, span: tree.span, met_conditions: tree.met_conditions })
}
