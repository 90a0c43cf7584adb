//! The arguments of templates in Nix: each wrong one is said where it is written.

use std::collections::BTreeSet;

use nixvirt_compiler::{Diagnostic, Json, Path as Place, PathStep, Severity, codes};
use nixvirt_evaluator::{EmbeddedCall, Span, Tree};
use nixvirt_expand::arguments::{absent, problems, templates_of};
use nixvirt_expand::evaluate::to_json;
use nixvirt_templates::arguments::{Template, template};

use crate::analysis::pass::{Checkable, Pass, WrongCall};
use crate::located;
use crate::recognise::shallow;

/// How deep an argument is looked at: whether a list holds sets.
const DEPTH: usize = 2;

impl Pass<'_> {
    /// Says what is wrong with the arguments of the calls of templates, from one call on.
    pub(super) fn check_arguments(&mut self, from: usize) {
        let calls: Vec<EmbeddedCall> = self.evaluator.embedded_calls()[from..].to_vec();
        let mut seen = BTreeSet::new();
        for call in calls {
            let templates = templates_of(self.evaluator, &call.formals);
            let Some(template) = self.called(&templates, call.span) else { continue };
            let given = shallow(self.evaluator, call.argument, DEPTH);
            if let Json::Set(entries) = &given {
                let names: Vec<&str> = entries.iter().map(|(name, _)| &**name).collect();
                let absent = absent(template, &names);
                if !absent.is_empty() && seen.insert((call.span, "")) {
                    for problem in absent {
                        self.located_problems.push(located::at(self.evaluator, call.span, &problem));
                    }
                    self.note_wrong_call(call.span);
                }
            }
            for (argument, problem) in problems(template, &given) {
                if !seen.insert((call.span, argument)) {
                    continue;
                }
                let step = PathStep { key: argument.to_owned(), index: None };
                let diagnostic = Diagnostic::new(problem, Place(vec![step]), Severity::Error);
                let Ok(tree) = self.evaluator.tree(call.argument, false) else { continue };
                let place =
                    located::EvaluatedSpec { evaluator: self.evaluator, tree: &tree, span: call.span };
                self.located_problems.push(place.find(&diagnostic));
                self.note_wrong_call(call.span);
            }
        }
    }

    /// Says what is wrong with the arguments that an object of a configuration gives to its template; whether something is.
    pub(super) fn has_wrong_arguments(
        &mut self,
        kind: &str,
        name: &str,
        arguments: &Tree,
        span: Span,
    ) -> bool {
        let Some(template) = template(kind, name) else { return false };
        let wrong = problems(template, &to_json(arguments));
        for (argument, problem) in &wrong {
            let step = PathStep { key: (*argument).to_owned(), index: None };
            let diagnostic = Diagnostic::new(problem.clone(), Place(vec![step]), Severity::Error);
            let place = located::EvaluatedSpec { evaluator: self.evaluator, tree: arguments, span };
            self.located_problems.push(place.find(&diagnostic));
        }
        !wrong.is_empty()
    }

    /// Which of the templates that are made by one function is called: the one that the call names.
    fn called(&self, templates: &[&'static Template], span: Span) -> Option<&'static Template> {
        let text = self.evaluator.source(span.file)?.text.get(span.range())?;
        let function = text.split(['{', '(']).next().unwrap_or("");
        let names =
            |template: &&&Template| function.split(['.', ' ', '\n']).any(|word| word == template.name);
        templates.iter().find(names).or(templates.first()).copied()
    }

    fn note_wrong_call(&mut self, span: Span) {
        let source = self.evaluator.source(span.file);
        let file = source.map(|source| source.path.display().to_string()).unwrap_or_default();
        let around = self.units.iter().filter_map(|unit| match &unit.what {
            Checkable::Call(call) if call.span.contains(span) => Some(call.span.start as usize),
            _ => None,
        });
        let starts = around.chain([span.start as usize]).collect();
        self.wrong_calls.push(WrongCall { file, range: span.range(), starts });
    }

    /// Leaves out what comes of a wrong argument, which has been said at the argument: that the template fails, and what is
    /// wrong with what it makes, which is said where it is called or where that is compiled.
    pub(super) fn drop_follow_ups(&mut self) {
        let calls = std::mem::take(&mut self.wrong_calls);
        self.located_problems.retain(|located| {
            let start = located.shown.range.start;
            let fails = [codes::EVALUATION.name, codes::THROW.name].contains(&located.code.name);
            let follows = |call: &WrongCall| {
                call.file == located.file
                    && (call.starts.contains(&start) || (fails && call.range.contains(&start)))
            };
            located.code.name == codes::TEMPLATE.name || !calls.iter().any(follows)
        });
    }
}
