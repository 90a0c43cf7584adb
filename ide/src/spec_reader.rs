//! Reading a spec or a bundle to compile it, in JSON or in Nix, with its templates expanded: the same for the command line and for
//! the playground.

use std::borrow::Cow;
use std::path::Path;

use nixvirt_compiler::{
    CompileOptions, Diagnostic, Json, Parsed, Problem, codes, compile_spec, is_bundle, parse_json,
};
use nixvirt_evaluator::{Content, Files, Span, Tree};
use nixvirt_expand::evaluate::{call, evaluator, to_json, unknowns};
use nixvirt_expand::template::{Expanded, HostPackages, expand};

use crate::check::problems;
use crate::files::Machine;
use crate::located::{self, EvaluatedSpec};
use crate::located_problem::{FileProblems, LocatedProblem};
use crate::source::{Language, SourceText};

/// A source to read, and how to read it.
pub struct SpecReader<'r> {
    /// The text, in JSON or Nix.
    pub source: &'r SourceText,
    /// The path of its file, from which relative paths in it count.
    pub path: &'r Path,
    /// The options that its objects are compiled with.
    pub options: CompileOptions,
    /// The parts of the host that templates name.
    pub host: &'r HostPackages,
    /// The template whose arguments JSON is to be.
    pub template: Option<&'r str>,
    /// The files that a bundle's definitions are in.
    pub machine: &'r dyn Machine,
    /// The places of problems in JSON.
    pub in_json: &'r dyn Fn(&[Diagnostic]) -> FileProblems,
}

/// A spec or a bundle that can be compiled.
pub struct ReadSpec<'s> {
    /// Its value, without templates.
    pub json: Json<'s>,
    /// Whether it is a bundle.
    pub bundle: bool,
    /// The places of problems with it in the text that was read.
    pub places: &'s dyn Fn(Vec<Diagnostic>) -> FileProblems,
}

impl SpecReader<'_> {
    /// Reads the text and hands what it says to `then`. `files` are those that Nix imports.
    ///
    /// # Errors
    /// The problems, where there is nothing to compile: those of the reading, and those of as much as can be known.
    pub fn read<R>(
        &self,
        files: impl Files + 'static,
        then: impl FnOnce(ReadSpec<'_>) -> R,
    ) -> Result<R, FileProblems> {
        match self.source.language {
            Language::Nix => self.nix(files, then),
            Language::Json | Language::Xml => self.json(then),
        }
    }

    fn is_bundle(&self, json: &Json<'_>) -> bool {
        self.template.is_none() && self.options.kind.is_none() && is_bundle(json)
    }

    fn expanded<'a>(&self, json: Json<'a>, bundle: bool) -> Expanded<'a> {
        let kind = self.options.kind.map(|kind| kind.name);
        expand(json, bundle, kind, self.host, Some(&|path| self.machine.read(path)))
    }

    fn json<R>(&self, then: impl FnOnce(ReadSpec<'_>) -> R) -> Result<R, FileProblems> {
        let Parsed { mut value, duplicates } = match parse_json(&self.source.bytes) {
            Ok(parsed) => parsed,
            Err(problem) => return Err((self.in_json)(&[*problem])),
        };
        if let Some(template) = self.template {
            value = match value {
                Json::Set(mut fields) => {
                    fields.retain(|(key, _)| key != "template");
                    fields.push((Cow::Borrowed("template"), Json::Str(Cow::Borrowed(template))));
                    Json::Set(fields)
                }
                other => other,
            };
        }
        let bundle = self.is_bundle(&value);
        let mut expanded = self.expanded(value, bundle);
        let json = expanded.take();
        let in_source = |found: Vec<Diagnostic>| -> Vec<Diagnostic> {
            found.into_iter().map(|diagnostic| expanded.in_source(diagnostic)).collect()
        };
        if !expanded.problems.is_empty() || !duplicates.is_empty() {
            let rest = in_source(problems(json, bundle, self.options, self.path, self.machine));
            return Err((self.in_json)(&[duplicates, expanded.problems.clone(), rest].concat()));
        }
        Ok(then(ReadSpec { json, bundle, places: &|found| (self.in_json)(&in_source(found)) }))
    }

    fn nix<R>(
        &self,
        files: impl Files + 'static,
        then: impl FnOnce(ReadSpec<'_>) -> R,
    ) -> Result<R, FileProblems> {
        let say = |located_problems| FileProblems { name: self.source.name.clone(), located_problems };
        let text = String::from_utf8_lossy(&self.source.bytes);
        let mut evaluator = evaluator(files, Some(self.host), false);
        let (file, mut value) = evaluator.add(self.path, &text, false);
        let whole = Span { file, start: 0, end: 0 };
        let mut tree = evaluator.tree(value, false);
        if let Ok(Tree { content: Content::Function, .. }) = tree.as_deref() {
            let argument = evaluator.unknown_set();
            value = call(&mut evaluator, value, argument);
            tree = evaluator.tree(value, false);
        }
        let tree = match tree {
            Ok(tree) => tree,
            Err(error) => return Err(say(vec![located::error(&evaluator, &error, whole, String::new())])),
        };
        let mut found = located::failures(&evaluator, &tree, whole);
        if found.is_empty() {
            let message = "this cannot be known without Nix, so that nothing can be compiled here";
            let problem = Problem::Evaluation { code: &codes::UNKNOWN_VALUE, message: message.to_owned() };
            found = unknowns(&tree)
                .into_iter()
                .map(|(path, span)| {
                    let span = if evaluator.is_embedded(span) { whole } else { span };
                    LocatedProblem { path: path.to_string(), ..located::at(&evaluator, span, &problem) }
                })
                .collect();
        }
        let json = to_json(&tree);
        let place = EvaluatedSpec { evaluator: &evaluator, tree: &tree, span: whole };
        let at_places = |found: Vec<Diagnostic>| -> Vec<LocatedProblem> {
            found.iter().map(|diagnostic| place.find(diagnostic)).collect()
        };
        if !found.is_empty() {
            // The known parts may have problems, too.
            found.extend(at_places(compile_spec(json, self.options).diagnostics));
            return Err(say(found));
        }
        let bundle = self.is_bundle(&json);
        let mut expanded = self.expanded(json, bundle);
        let json = expanded.take();
        let in_source = |found: Vec<Diagnostic>| {
            at_places(found.into_iter().map(|diagnostic| expanded.in_source(diagnostic)).collect())
        };
        if !expanded.problems.is_empty() {
            let mut found = at_places(expanded.problems.clone());
            found.extend(in_source(problems(json, bundle, self.options, self.path, self.machine)));
            return Err(say(found));
        }
        Ok(then(ReadSpec { json, bundle, places: &|found| say(in_source(found)) }))
    }
}
