//! Names that neither the lib nor the modules have: templates, functions and options. One that is near to a known name is an
//! error; any other is a warning, for another module or flake may have it.

use nixvirt_compiler::{Fix, Problem, Severity, codes, suggest_word};
use nixvirt_evaluator::{Content, FileId, Span, Tree, is_plain};
use nixvirt_schema::Kind;
use nixvirt_templates::arguments::TEMPLATES;
use rnix::Root;
use rnix::ast::{self, Attr, Expr, HasEntry};
use rowan::ast::AstNode;

use crate::analysis::pass::{FUNCTIONS, Pass};
use crate::located;
use crate::module_options::{CONNECTION, MODULE, ROOT, of_kind};

/// The way to nixpkgs' options of the daemon.
const DAEMON: [&str; 2] = ["virtualisation", "libvirtd"];
/// The option that only ours has.
const OPTIONS_OF_HOSTS: &str = "connections";
/// The names under which a lib has its objects' functions: those of a `lib`, or of this flake.
const LIBS: [&str; 3] = ["lib", "nixvirt", "NixVirt"];
/// The kinds of object that the lib has functions for.
const LIB_KINDS: [&str; 4] = ["domain", "network", "pool", "volume"];

impl Pass<'_> {
    /// Says which templates, functions and options of a file do not exist, as far as its text alone tells.
    pub(super) fn unknown_names(&mut self, file: FileId) {
        let Some(source) = self.evaluator.source(file) else { return };
        let text = std::rc::Rc::clone(&source.text);
        // Most files of a configuration have nothing to do with libvirt.
        if !(text.contains("templates") || text.contains("virt")) || !is_plain(&text) {
            return;
        }
        let root = Root::parse(&text).syntax();
        for node in root.descendants() {
            if let Some(select) = ast::Select::cast(node.clone()) {
                self.selected(&select, file);
            } else if let Some(set) = ast::AttrSet::cast(node)
                && !set.syntax().ancestors().skip(1).any(|outer| ast::AttrSet::can_cast(outer.kind()))
            {
                self.defined(&set, &mut Vec::new(), file);
            }
        }
    }

    /// A way such as `nixvirt.lib.domain.templates.ubuntu`.
    fn selected(&mut self, select: &ast::Select, file: FileId) {
        let mut steps: Vec<(String, Span)> = Vec::new();
        if let Some(Expr::Ident(first)) = select.expr() {
            steps.push((first.to_string(), span(first.syntax(), file)));
        }
        let attributes = select.attrpath().into_iter().flat_map(|path| path.attrs());
        steps.extend(attributes.filter_map(|attribute| named(&attribute, file)));
        let names: Vec<&str> = steps.iter().map(|(name, _)| &**name).collect();
        if let Some(at) =
            names.windows(2).position(|pair| LIB_KINDS.contains(&pair[0]) && pair[1] == "templates")
            && let Some((name, place)) = steps.get(at + 2)
        {
            let kind = names[at];
            let of_kind = TEMPLATES.iter().filter(|template| template.kind == kind);
            let known: Vec<&str> = of_kind.map(|template| template.name).collect();
            let what = match known.is_empty() {
                true => format!("a {kind} has no templates, and so none that is called `{name}`"),
                false => format!("there is no template `{name}` of a {kind}"),
            };
            self.say_unless_known(name, &known, *place, what);
        } else if let [.., holder, kind, _] = names[..]
            && LIBS.contains(&holder)
            && LIB_KINDS.contains(&kind)
            && let Some((name, place)) = steps.last()
            && name != "templates"
            && suggest_word(FUNCTIONS, name).is_some()
        {
            let what = format!("the lib has no function `{name}` of a {kind}");
            self.say_unless_known(name, FUNCTIONS, *place, what);
        }
    }

    /// The definitions of a set, for those of the module's own options.
    fn defined(&mut self, set: &ast::AttrSet, path: &mut Vec<String>, file: FileId) {
        for entry in set.attrpath_values() {
            let steps: Vec<(String, Span)> = entry
                .attrpath()
                .into_iter()
                .flat_map(|path| path.attrs())
                .map_while(|attribute| named(&attribute, file))
                .collect();
            let before = path.len();
            for (name, place) in steps {
                if path.len() >= 2 && path[path.len() - 2..] == ROOT && !MODULE.contains(&&*name) {
                    let what = format!("the module has no option `virtualisation.libvirt.{name}`");
                    match CONNECTION.contains(&&*name) {
                        true => {
                            let help = format!(
                                "it is an option of a connection: write `connections.\"qemu:///system\".{name}`"
                            );
                            let fix = Fix::Rename(format!("connections.\"qemu:///system\".{name}"));
                            let code = &codes::UNKNOWN_ATTRIBUTE;
                            self.say(place, code, Severity::Error, what, Some(help), Some(fix));
                        }
                        false => self.say_unless_known(&name, &MODULE, place, what),
                    }
                }
                if path.len() >= 2 && path[path.len() - 2..] == DAEMON && name == OPTIONS_OF_HOSTS {
                    let what = format!("nixpkgs' module has no option `{}.{name}`", DAEMON.join("."));
                    let help = format!("write `{}.{name}`", ROOT.join("."));
                    self.say(place, &codes::UNKNOWN_ATTRIBUTE, Severity::Error, what, Some(help), None);
                }
                path.push(name);
            }
            // Deeper sets are the options' own.
            if (path.len() <= 2 || path[..2] != ROOT)
                && let Some(Expr::AttrSet(below)) = entry.value()
            {
                self.defined(&below, path, file);
            }
            path.truncate(before);
        }
    }

    /// Says which options of a connection do not exist.
    pub(super) fn unknown_connection_options(&mut self, connection: &Tree) {
        self.unknown_options(connection, &CONNECTION, "a connection");
    }

    /// Says which options of an object do not exist, and that it is given in two ways.
    pub(super) fn unknown_object_options(&mut self, entry: &Tree, kind: &Kind) {
        self.unknown_options(entry, of_kind(kind), &format!("a {}", kind.name));
        let Content::Set(entries, _) = &entry.content else { return };
        let given = |name: &str| {
            let found = entries.iter().find(|entry| &*entry.name == name);
            found.filter(|entry| !matches!(entry.value.content, Content::Null | Content::Opaque))
        };
        let ways: Vec<_> = ["spec", "template", "definition"].into_iter().filter_map(given).collect();
        if let [first, second, ..] = ways[..] {
            let message = format!("`{}` and `{}` stand together", &*first.name, &*second.name);
            let help = format!("a {} is given by one of `spec`, `template` and `definition`", kind.name);
            self.say(second.span, &codes::CONFLICT, Severity::Error, message, Some(help), None);
        }
    }

    fn unknown_options(&mut self, set: &Tree, known: &[&str], of: &str) {
        let Content::Set(entries, _) = &set.content else { return };
        let unknown: Vec<(String, Span)> = entries
            .iter()
            .filter(|entry| !known.contains(&&*entry.name) && !entry.name.starts_with('_'))
            .map(|entry| (entry.name.to_string(), entry.span))
            .collect();
        for (name, place) in unknown {
            self.say_unless_known(&name, known, place, format!("{of} has no option `{name}`"));
        }
    }

    /// Says that a name does not exist.
    fn say_unless_known(&mut self, name: &str, known: &[&str], place: Span, message: String) {
        if known.contains(&name) || self.evaluator.is_embedded(place) {
            return;
        }
        let near = suggest_word(known, name);
        let severity = if near.is_some() { Severity::Error } else { Severity::Warning };
        let help = match near {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if known.is_empty() => None,
            None => Some(format!("there is {}, unless somebody else declares more", known.join(", "))),
        };
        let fix = near.map(|near| Fix::Rename(near.to_owned()));
        self.say(place, &codes::UNKNOWN_ATTRIBUTE, severity, message, help, fix);
    }

    fn say(
        &mut self,
        place: Span,
        code: &'static nixvirt_compiler::Code,
        severity: Severity,
        message: String,
        help: Option<String>,
        fix: Option<Fix>,
    ) {
        let problem = Problem::Rule { code, message, help, fix };
        let located = located::at(self.evaluator, place, &problem);
        self.located_problems.push(crate::located_problem::LocatedProblem { severity, ..located });
    }
}

/// The name of an attribute that is written as one, and its place.
fn named(attribute: &Attr, file: FileId) -> Option<(String, Span)> {
    let name = match attribute {
        Attr::Ident(name) => name.to_string(),
        Attr::Str(text) => {
            let text = text.to_string();
            let plain = text.strip_prefix('"')?.strip_suffix('"')?;
            (!plain.contains(['$', '\\'])).then(|| plain.to_owned())?
        }
        Attr::Dynamic(_) => return None,
    };
    Some((name, span(attribute.syntax(), file)))
}

fn span(node: &rnix::SyntaxNode, file: FileId) -> Span {
    let range = node.text_range();
    Span { file, start: range.start().into(), end: range.end().into() }
}
