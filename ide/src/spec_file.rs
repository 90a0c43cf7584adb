//! A Nix file that is a spec or a bundle, or a function that returns one, with no call of the lib in it: whoever imports it
//! makes that, and a commit or an editor may have this file alone.
//!
//! Invariant: nothing is claimed to be missing from what only its keys tell to be a spec and has no name, for the importer may add it.

use std::path::Path;

use nixvirt_compiler::{CompileOptions, Diagnostic, Json, Problem, Recognised, compile_spec, recognise};
use nixvirt_evaluator::{Evaluator, Span, Value};
use nixvirt_schema::{KINDS, Kind, Named};

use crate::check::check_value;
use crate::checking::Checking;
use crate::files::Nowhere;
use crate::located::{self, EvaluatedSpec};
use crate::located_problem::LocatedProblem;
use crate::recognise::shallow_value;
use nixvirt_expand::evaluate::{call, opened, to_json};
use nixvirt_expand::template::HostPackages;

/// The most arguments that a file takes one after the other.
const MOST_ARGUMENTS: usize = 3;

/// The result for a file that is, or returns, a spec or a bundle.
pub(crate) struct SpecFile {
    /// The kinds of the objects in it, one for each; empty where it has none.
    pub kinds: Vec<&'static Kind>,
    /// The problems of the file.
    pub problems: Vec<LocatedProblem>,
}

/// Checks a file that is, or returns, a spec or a bundle, with an evaluator that has evaluated nothing yet. A file
/// that is to be a spec of the kind that `checking` asks for is one if it is a set at all.
pub(crate) fn check(evaluator: &mut Evaluator, path: &Path, text: &str, checking: Checking) -> SpecFile {
    let nothing = SpecFile { kinds: Vec::new(), problems: Vec::new() };
    let (file, mut value) = evaluator.add(path, text, false);
    for _ in 0..MOST_ARGUMENTS {
        if !matches!(evaluator.force(value), Ok(Value::Lambda(..))) {
            break;
        }
        let argument = evaluator.unknown_set();
        value = call(evaluator, value, argument);
    }
    let seen = shallow_value(evaluator, value);
    let options = CompileOptions {
        kind: checking.kind,
        policy: checking.policy,
        exact: false,
        allow: checking.allow,
        warn: checking.warn,
        target: checking.target,
        hosts: checking.hosts,
        writes: false,
    };
    let found = match (recognise(&seen), checking.kind) {
        (Recognised::Bundle, None) => Found::Bundle,
        (Recognised::Named(kind), _) => Found::Spec(kind, true),
        (Recognised::Template(_), kind) => Found::Spec(kind.unwrap_or(&KINDS[0]), true),
        (_, Some(kind)) if matches!(evaluator.force(value), Ok(Value::Set(_))) => Found::Spec(kind, true),
        // Whoever gives a name gives a whole object.
        (Recognised::ByKeys(kind), None) => Found::Spec(kind, identifies(kind, &seen)),
        _ => return nothing,
    };
    let told = match recognise(&seen) {
        Recognised::ByKeys(kind) => Some(kind),
        _ => None,
    };
    let Ok(tree) = evaluator.tree(value, false) else { return nothing };
    let whole = Span { file, start: 0, end: 0 };
    let place = EvaluatedSpec { evaluator, tree: &tree, span: whole };
    // Errors of evaluation are reported as when the file is compiled.
    let located = |problems: &[Diagnostic]| {
        let failures = located::failures(evaluator, &tree, whole);
        failures.into_iter().chain(problems.iter().map(|problem| place.find(problem))).collect()
    };
    match found {
        Found::Spec(kind, false) => {
            let options = CompileOptions { kind: Some(kind), ..options };
            let mut problems = compile_spec(to_json(&opened(&tree)), options).diagnostics;
            problems.retain(|problem| !matches!(problem.problem, Problem::Missing { .. }));
            SpecFile { kinds: vec![kind], problems: located(&problems) }
        }
        Found::Spec(..) | Found::Bundle => {
            let options = CompileOptions { kind: options.kind.or(told), ..options };
            let checked = check_value(to_json(&tree), options, path, &HostPackages::default(), &Nowhere);
            SpecFile { kinds: checked.kinds, problems: located(&checked.diagnostics) }
        }
    }
}

/// Whether a set has what tells an object of the kind from others: its name, or the UUID of one that has none.
fn identifies(kind: &Kind, set: &Json<'_>) -> bool {
    match kind.named {
        Named::Child(key) | Named::Attribute(key) => set.get(key).is_some(),
        Named::Uuid(way) => way.iter().try_fold(set, |set, key| set.get(key)).is_some(),
        Named::Nowhere => false,
    }
}

/// The result of recognising the file's value.
#[derive(Clone, Copy)]
enum Found {
    /// A spec of a kind; whether it is taken as whole: somebody says what it is, and not its keys alone, or it has a name.
    Spec(&'static Kind, bool),
    /// A bundle: the objects of a host.
    Bundle,
}
