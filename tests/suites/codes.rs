//! The registry of diagnostic codes: every example does what it says, and whoever reads the registry knows every code.

use std::collections::BTreeSet;

use nixvirt_compiler::{Code, Example, Severity, codes};
use nixvirt_tests::command::Dir;
use serde_json::Value;

/// The codes and severities of what is said of an example: a spec or a bundle is compiled, XML is checked.
#[track_caller]
fn said(example: Example) -> Vec<(String, String)> {
    let Some((text, language)) = example.text() else { return Vec::new() };
    let dir = Dir::new();
    let file = format!("example.{language}");
    dir.write(&file, text);
    let how: &[&str] = match example {
        Example::Xml(_) => &["check"],
        Example::Bundle(_) => &["-o", "host"],
        Example::Seed(_) => &["seed", "-o", "seed.iso"],
        _ => &[],
    };
    let done = dir.run(how.iter().copied().chain(["--format", "json", &file])).done();
    let said = if how == ["check"] { &done.stdout } else { &done.stderr };
    let found = if said.is_empty() { "[]" } else { said };
    let found: Value = serde_json::from_str(found).expect("a list of problems in JSON");
    let field = |problem: &Value, name: &str| problem[name].as_str().expect(name).to_owned();
    let found = found.as_array().expect("a list").iter();
    found.map(|problem| (field(problem, "code"), field(problem, "severity"))).collect()
}

#[test]
fn each_wrong_example_has_its_problem_and_no_other() {
    let mut faults = Vec::new();
    for code in codes::all() {
        if code.wrong == Example::None {
            continue;
        }
        let expected = vec![(code.name.to_owned(), code.severity.name().to_owned())];
        let found = said(code.wrong);
        if found != expected {
            faults.push(format!("{}: {found:?}", code.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_right_example_has_no_problem() {
    let mut faults = Vec::new();
    for code in codes::all() {
        let found = said(code.right);
        if !found.is_empty() {
            faults.push(format!("{}: {found:?}", code.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_codes_are_unique_and_their_texts_are_sentences() {
    let names: Vec<&str> = codes::all().map(|code| code.name).collect();
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), unique.len(), "a code stands twice");
    let sentence = |text: &str| {
        let first = text.chars().find(|first| first.is_alphanumeric());
        let named = ["libvirt", "virtiofs", "`"].iter().any(|name| text.starts_with(name));
        let begins = first.is_some_and(|first| first.is_uppercase()) || named;
        begins && text.ends_with('.') && !text.contains("  ")
    };
    for code in codes::all() {
        assert!(sentence(code.summary), "{}: {}", code.name, code.summary);
        assert!(sentence(code.explanation), "{}: {}", code.name, code.explanation);
        assert_eq!(code.wrong.text().is_some(), code.right.text().is_some(), "{}", code.name);
    }
}

#[test]
fn codes_without_an_example_are_few_and_known() {
    let bare: BTreeSet<&str> =
        codes::all().filter(|code| code.wrong.text().is_none()).map(|code| code.name).collect();
    // What no short text of a spec can show.
    let known = [
        "address-kept",
        "host-lacks",
        "limit",
        "no-object",
        "store-path",
        "template",
        "unformatted",
        "unknown-value",
        "unreadable",
        "unwritable",
    ];
    assert_eq!(bare, BTreeSet::from(known));
}

#[test]
fn explain_says_what_a_code_means() {
    let dir = Dir::new();
    for code in codes::all() {
        let done = dir.run(["explain", code.name]).done();
        assert_eq!(done.status, 0, "{}", done.stderr);
        assert!(done.stdout.starts_with(&format!("{} ({}): ", code.name, code.severity.name())));
        assert!(done.stdout.contains(code.explanation));
    }
}

#[test]
fn no_code_hides_a_place() {
    for kind in nixvirt_schema::all_kinds() {
        let keys = nixvirt_compiler::keys(kind.root);
        let hidden: Vec<&Code> =
            codes::all().filter(|code| keys.iter().any(|key| key == code.name)).collect();
        assert!(hidden.is_empty(), "{}: {hidden:?}", kind.name);
    }
}

#[test]
fn the_evaluator_s_codes_are_registered() {
    use nixvirt_evaluator::ErrorKind::{
        Abort, Assert, Evaluation, Limit, Recursion, Syntax, Throw, Undefined,
    };
    for kind in [Abort, Assert, Evaluation, Limit, Recursion, Syntax, Throw, Undefined] {
        let code = codes::code(kind.code());
        assert_eq!(code.map(|code| (code.name, code.severity)), Some((kind.code(), Severity::Error)));
    }
}
