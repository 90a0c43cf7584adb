//! Checks the specs in a Nix file, each problem at its line: `cargo run --package nixvirt-ide --example check`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::path::Path;

use nixvirt_evaluator::with_stack;
use nixvirt_ide::analysis::{Analyser, Checking};
use nixvirt_ide::files::Nowhere;

/// The problems of a Nix file, one a line. It imports nothing: its files are `Nowhere`.
fn problems(path: &'static str, text: &'static str) -> Vec<String> {
    // Nix may be nested deep, so that it is checked on a thread with a large stack.
    let found = with_stack(|| Analyser::new(Nowhere, Checking::DEFAULT).check(Path::new(path), text));
    let line = |(line, column): (usize, usize), text: String| format!("{path}:{line}:{column}: {text}");
    found.unwrap_or_default().iter().map(|problem| line(problem.start, problem.text())).collect()
}

const TEXT: &str = "{ nixvirt }:
nixvirt.lib.domain.writeXML {
  type = \"kvm\"; name = \"web\"; memroy = 65536; os.type = \"hvm\";
}
";

fn main() {
    problems("/web.nix", TEXT).iter().for_each(|problem| println!("{problem}"));
}

#[test]
fn problems_have_their_lines() {
    let found = problems("/web.nix", TEXT);
    assert!(found.iter().any(|problem| problem.starts_with("/web.nix:3:")), "{found:?}");
    assert!(found.iter().all(|problem| problem.contains("memroy")), "{found:?}");
}
