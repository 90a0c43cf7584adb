//! Templates in JSON: `template = "linux"` in a spec or an entry of a bundle, expanded by the very files that Nix reads.

use std::borrow::Cow;
use std::collections::BTreeSet;

use nixvirt_compiler::{
    Around, CompileOptions, CompiledBundle, Diagnostic, Instead, Json, Path, PathStep, Problem, Severity,
    codes, compile_bundle,
};
use nixvirt_evaluator::{Evaluator, Tree};
use nixvirt_schema::KINDS;

use crate::arguments;
use crate::evaluate::{self, call, evaluator, failures, template_names, to_json};
use crate::files::Nowhere;
pub use crate::host::HostPackages;
use crate::systems::{ReadText, complete};

/// The key that names a template.
const TEMPLATE: &str = "template";

/// A source with its templates expanded.
pub struct Expanded<'a> {
    json: Json<'a>,
    /// The problems of the templates; the objects that they were to make are unknown then.
    pub problems: Vec<Diagnostic>,
    /// Where entries of a bundle with `template` and `args` now have a `spec`.
    moved: BTreeSet<Vec<PathStep>>,
}

impl<'a> Expanded<'a> {
    /// Takes the source without templates.
    pub fn take(&mut self) -> Json<'a> {
        std::mem::replace(&mut self.json, Json::Null)
    }

    /// The place in the source of a problem with what the templates made of it.
    pub fn in_source(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let related = diagnostic.related.iter_mut().map(|related| &mut related.path);
        for path in related.chain([&mut diagnostic.path]) {
            let steps = &mut path.0;
            for at in 1..steps.len() {
                if steps[at].key == "spec" && self.moved.contains(&steps[..at]) {
                    steps[at].key = "args".to_owned();
                }
            }
        }
        diagnostic
    }
}

/// Whether there is a template anywhere in a source.
fn has_templates(source: &Json<'_>) -> bool {
    let entry = |entry: &Json<'_>| {
        entry.get(TEMPLATE).is_some() || entry.get("spec").is_some_and(|spec| spec.get(TEMPLATE).is_some())
    };
    let lists = KINDS.iter().filter_map(|kind| source.get(kind.plural));
    source.get(TEMPLATE).is_some()
        || lists.into_iter().any(|list| match list {
            Json::List(entries) => entries.iter().any(entry),
            _ => false,
        })
}

/// Expands the templates of a spec or, where `bundle` says so, of a bundle. `read` reads what templates need of the machine's
/// files; without, what is in them stays unknown.
pub fn expand<'a>(
    source: Json<'a>,
    bundle: bool,
    kind: Option<&'static str>,
    host: &HostPackages,
    read: Option<ReadText<'_>>,
) -> Expanded<'a> {
    if !has_templates(&source) {
        return Expanded { json: source, problems: Vec::new(), moved: BTreeSet::new() };
    }
    let evaluator = evaluator(Nowhere, Some(host), false);
    let (problems, moved, used) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut expander = Expander { evaluator, problems, moved, used, read };
    let json = match (bundle, source) {
        (true, Json::Set(entries)) => Json::Set(
            entries
                .into_iter()
                .map(|(plural, value)| {
                    let value = expander.entries(&plural, value);
                    (plural, value)
                })
                .collect(),
        ),
        (_, source) => expander.spec(source, kind, &[], None),
    };
    Expanded { json, problems: expander.problems, moved: expander.moved }
}

/// Expands the templates of a bundle and compiles it. The caller gives a stack that is deep enough: see
/// [`nixvirt_evaluator::with_stack`].
///
/// # Errors
/// All problems of all objects, with paths from the root of the bundle as it was given; beside them the warnings.
pub fn expand_and_compile(
    bundle: Json<'_>,
    options: CompileOptions,
    host: &HostPackages,
    around: &Around<'_>,
    read: ReadText<'_>,
) -> Result<(CompiledBundle, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut expanded = expand(bundle, true, None, host, Some(read));
    let compiled = compile_bundle(expanded.take(), options, around);
    let in_source = |found: Vec<Diagnostic>| found.into_iter().map(|found| expanded.in_source(found));
    match compiled {
        Ok((bundle, warnings)) if expanded.problems.is_empty() => {
            let warnings = in_source(warnings).collect();
            Ok((bundle, warnings))
        }
        Ok((_, found)) | Err(found) => {
            Err(expanded.problems.iter().cloned().chain(in_source(found)).collect())
        }
    }
}

struct Expander<'r> {
    evaluator: Evaluator,
    problems: Vec<Diagnostic>,
    moved: BTreeSet<Vec<PathStep>>,
    /// The templates that were expanded before, by kind and name.
    used: BTreeSet<(&'static str, String)>,
    read: Option<ReadText<'r>>,
}

impl Expander<'_> {
    fn entries<'a>(&mut self, plural: &str, value: Json<'a>) -> Json<'a> {
        let kind = KINDS.iter().find(|kind| kind.plural == plural);
        match (kind, value) {
            (Some(kind), Json::List(entries)) => {
                let entries = entries.into_iter().enumerate().map(|(at, entry)| {
                    let here = [PathStep { key: plural.to_owned(), index: Some(at) }];
                    self.entry(entry, kind.name, &here)
                });
                Json::List(entries.collect())
            }
            (_, other) => other,
        }
    }

    fn entry<'a>(&mut self, entry: Json<'a>, kind: &'static str, here: &[PathStep]) -> Json<'a> {
        let Json::Set(fields) = entry else { return entry };
        let (mut own, mut rest): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|(key, _)| *key == TEMPLATE || *key == "args");
        let named = own.iter().any(|(key, _)| key == TEMPLATE);
        if named && rest.iter().any(|(key, _)| key == "spec") {
            let message = "an entry has either a `spec` or a `template`, not both";
            self.say(Problem::Evaluation { code: &codes::TEMPLATE, message: message.into() }, here, None);
            return Json::Set(rest);
        }
        if named {
            let args = own.iter().position(|(key, _)| key == "args").map(|at| own.remove(at).1);
            let (mut arguments, wrong) = match args {
                None | Some(Json::Null) => (Vec::new(), None),
                Some(Json::Set(arguments)) => (arguments, None),
                Some(other) => (Vec::new(), Some(other.type_name())),
            };
            if let Some(found) = wrong {
                let problem = Problem::WrongType { found, expected: "a set of arguments".into(), hint: None };
                self.say(problem, here, Some("args"));
            }
            arguments.retain(|(key, _)| key != TEMPLATE);
            arguments.append(&mut own);
            let spec = self.spec(Json::Set(arguments), Some(kind), here, Some("args"));
            rest.push((Cow::Borrowed("spec"), spec));
            self.moved.insert(here.to_vec());
            return Json::Set(rest);
        }
        rest.append(&mut own);
        for (key, value) in &mut rest {
            if *key == "spec" {
                let below: Vec<PathStep> =
                    here.iter().cloned().chain([PathStep { key: "spec".into(), index: None }]).collect();
                let given = std::mem::replace(value, Json::Null);
                *value = self.spec(given, Some(kind), &below, None);
            }
        }
        Json::Set(rest)
    }

    /// Expands a spec that names its template. Its arguments stand at `here`, below a key of it where `below` says so.
    fn spec<'a>(
        &mut self,
        spec: Json<'a>,
        kind: Option<&'static str>,
        here: &[PathStep],
        below: Option<&str>,
    ) -> Json<'a> {
        let Json::Set(mut fields) = spec else { return spec };
        let Some(at) = fields.iter().position(|(key, _)| key == TEMPLATE) else {
            return Json::Set(fields);
        };
        let name = match fields.remove(at).1 {
            Json::Str(name) => name,
            other => {
                let expected = "the name of a template".to_owned();
                let problem = Problem::WrongType { found: other.type_name(), expected, hint: None };
                self.say(problem, here, Some(TEMPLATE));
                return Json::Opaque;
            }
        };
        let said = fields.iter().position(|(key, _)| key == "kind");
        let said = said.map(|at| fields.remove(at).1);
        let said = said.as_ref().and_then(Json::as_str).and_then(nixvirt_schema::kind).map(|kind| kind.name);
        let wanted = kind.or(said);
        let having = |it: &mut Self, kind: &str| {
            template_names(&mut it.evaluator, kind).iter().any(|known| *known == name)
        };
        // Only where nothing says which kind it is does the template tell.
        let of = wanted.or_else(|| KINDS.iter().map(|kind| kind.name).find(|kind| having(self, kind)));
        let of = of.unwrap_or(KINDS[0].name);
        let Some(function) = evaluate::template(&mut self.evaluator, of, &name) else {
            self.say_no_template(of, &name, here);
            return Json::Opaque;
        };
        let mut arguments = Json::Set(fields);
        if let Some(template) = nixvirt_templates::arguments::template(of, &name) {
            let mut wrong = arguments::problems(template, &arguments);
            if let (true, Json::Set(fields), Some(read)) = (wrong.is_empty(), &mut arguments, self.read) {
                wrong.extend(complete(template, fields, read).err());
            }
            if !wrong.is_empty() {
                for (argument, problem) in wrong {
                    let step = |key: &str| PathStep { key: key.to_owned(), index: None };
                    let at: Vec<PathStep> =
                        here.iter().cloned().chain(below.map(step)).chain([step(argument)]).collect();
                    self.say(problem, &at, None);
                }
                return Json::Opaque;
            }
        }
        let argument = serde_json::to_string(&arguments).unwrap_or_default();
        let expanded = |evaluator: &mut Evaluator| match evaluator.json_value(&argument) {
            Ok(argument) => {
                let result = call(evaluator, function, argument);
                evaluator.tree(result, false)
            }
            Err(stop) => Err(stop.into()),
        };
        // What the first of a template evaluates of the template itself is there for all others, each of which has a budget
        // of its own and leaves nothing behind.
        let result = match self.used.insert((of, name.to_string())) {
            true => expanded(&mut self.evaluator),
            false => self.evaluator.aside(expanded),
        };
        match result {
            Ok(tree) => self.checked(&tree, of, kind, here),
            Err(error) => {
                self.say(evaluate::problem(&error), here, None);
                Json::Opaque
            }
        }
    }

    fn checked(
        &mut self,
        tree: &Tree,
        of: &'static str,
        kind: Option<&str>,
        here: &[PathStep],
    ) -> Json<'static> {
        for (path, error) in failures(tree) {
            let at: Vec<PathStep> = here.iter().cloned().chain(path.0).collect();
            let problem =
                Problem::Evaluation { code: &codes::TEMPLATE, message: format!("template: {error}") };
            self.say(problem, &at, None);
        }
        match to_json(tree) {
            Json::Set(mut fields) if kind.is_none() => {
                fields.push((Cow::Borrowed("kind"), Json::Str(Cow::Borrowed(of))));
                Json::Set(fields)
            }
            other => other,
        }
    }

    fn say_no_template(&mut self, kind: &str, name: &str, here: &[PathStep]) {
        let names = template_names(&mut self.evaluator, kind);
        self.say(no_template(kind, name, &names), here, Some(TEMPLATE));
    }

    fn say(&mut self, problem: Problem, here: &[PathStep], key: Option<&str>) {
        let below = key.map(|key| PathStep { key: key.to_owned(), index: None });
        let path = Path(here.iter().cloned().chain(below).collect());
        self.problems.push(Diagnostic::new(problem, path, Severity::Error));
    }
}

/// A problem with the name of a template.
pub fn at_template(problem: Problem) -> Diagnostic {
    let path = Path(vec![PathStep { key: TEMPLATE.to_owned(), index: None }]);
    Diagnostic::new(problem, path, Severity::Error)
}

/// The problem of a template that does not exist.
pub fn no_template(kind: &str, name: &str, names: &[String]) -> Problem {
    let expected = match names.split_last() {
        None => format!("no template, for a {kind} has none"),
        Some((last, [])) => format!("{last:?}, the template of a {kind}"),
        Some((last, rest)) => {
            let rest: Vec<String> = rest.iter().map(|name| format!("{name:?}")).collect();
            format!("one of the templates of a {kind}: {} or {last:?}", rest.join(", "))
        }
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let hint = nixvirt_compiler::suggest_word(&names, name).map(|name| Instead::Value(format!("{name:?}")));
    Problem::BadValue { value: format!("{name:?}"), expected, hint }
}
