//! A Nix file that is a spec, or a function that returns one, with no call of the lib in it: whoever imports it makes that,
//! and a commit or an editor may have this file alone.
//!
//! Invariant: nothing is claimed to be missing, for the importer may add it.

use std::path::Path;

use nixvirt_compiler::{Options, Problem, compile_spec, keys};
use nixvirt_evaluator::{Evaluator, Set, Span, Value};
use nixvirt_schema::Kind;

use crate::checking::Checking;
use crate::evaluate::{call, opened, to_json};
use crate::located::Place;
use crate::located_problem::LocatedProblem;

/// The keys that tell a machine from all else that a file may be.
const TYPICAL: [&str; 3] = ["devices", "os", "type"];
/// The most arguments that a file takes one after the other.
const MOST_ARGUMENTS: usize = 3;

/// The problems of a file that is, or returns, the spec of a domain, by an evaluator that has evaluated nothing yet.
pub fn check(evaluator: &mut Evaluator, path: &Path, text: &str, checking: Checking) -> Vec<LocatedProblem> {
    let Some(domain) = nixvirt_schema::kind("domain")
        .filter(|domain| checking.kind.is_none_or(|kind| kind.name == domain.name))
    else {
        return Vec::new();
    };
    let (file, mut value) = evaluator.add(path, text, false);
    for _ in 0..MOST_ARGUMENTS {
        if !matches!(evaluator.force(value), Ok(Value::Lambda(..))) {
            break;
        }
        let argument = evaluator.unknown_set();
        value = call(evaluator, value, argument);
    }
    // What a file holds may be all of nixpkgs: only of a spec is more than the names of its keys asked for.
    if !matches!(evaluator.force(value), Ok(Value::Set(set)) if is_domain(evaluator, &set, domain)) {
        return Vec::new();
    }
    let Ok(tree) = evaluator.tree(value, false) else { return Vec::new() };
    let spec = to_json(&opened(&tree));
    let place = Place { evaluator, tree: &tree, span: Span { file, start: 0, end: 0 } };
    let options = Options {
        kind: Some(domain),
        policy: checking.policy,
        exact: false,
        allow: checking.allow,
        warn: checking.warn,
        target: checking.target,
        hosts: checking.hosts,
    };
    let problems = compile_spec(spec, options).diagnostics;
    let said = problems.iter().filter(|problem| !matches!(problem.problem, Problem::Missing { .. }));
    said.map(|problem| place.find(problem)).collect()
}

/// Whether a set is the spec of a domain, by its keys.
fn is_domain(evaluator: &Evaluator, set: &Set, domain: &Kind) -> bool {
    let known = keys(domain.root);
    let names: Vec<&str> = set.entries.iter().map(|(name, _)| &**evaluator.symbols.name(*name)).collect();
    let ours = names.iter().filter(|name| known.iter().any(|key| key == *name)).count();
    TYPICAL.iter().all(|key| names.contains(key)) && ours * 2 > names.len()
}
