//! Problems as the page lists them below the result.

use nixvirt_ide::located_problem::{FileProblems, LocatedProblem};
use serde_json::{Value, json};

/// The problems of the text, each at its line and column, as the command line says them.
pub(crate) fn reported(problems: &FileProblems) -> Vec<Value> {
    let problem = |located: &LocatedProblem| {
        let located = located.cut();
        json!({
            "line": located.start.0,
            "column": located.start.1,
            "severity": located.severity.name(),
            "code": located.code.name,
            "message": located.text(),
            "help": located.help,
        })
    };
    problems.located_problems.iter().map(problem).collect()
}
