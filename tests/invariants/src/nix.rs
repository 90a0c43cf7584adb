//! A file in Nix.

use std::cell::RefCell;
use std::path::Path;

use nixvirt_evaluator::{Evaluator, Limits};
use nixvirt_ide::analysis::{Analyser, Checking};
use nixvirt_ide::files::Nowhere;
use nixvirt_ide::located_problem::{FileProblems, LocatedProblem};
use serde_json::Value;

use crate::printed;

/// Inputs whose length is a multiple of this are checked as `check` does. The others are checked as an editor does, which
/// spends less on finding out what else is wrong with a file that cannot be parsed: that takes longer than all the rest.
const THOROUGH: usize = 8;
/// Of inputs whose length is a multiple of this, a new analyser is asked as well.
const FRESH: usize = 16;

thread_local! {
    /// They have seen whatever came before: what they know of the lib makes the next input a hundred times faster.
    static THOROUGH_ONE: RefCell<Analyser> = RefCell::new(new(true));
    static HURRIED_ONE: RefCell<Analyser> = RefCell::new(new(false));
}

fn new(thorough: bool) -> Analyser {
    let analyser = Analyser::new(Nowhere, Checking::DEFAULT);
    if thorough { analyser } else { analyser.for_typing() }
}

/// Checks and evaluates it. What an analyser has seen before makes no difference.
pub(crate) fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let path = Path::new("/input.nix");
    let half = (0..=text.len() / 2).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let thorough = text.len().is_multiple_of(THOROUGH);
    let analyser = if thorough { &THOROUGH_ONE } else { &HURRIED_ONE };
    let [found, of_half, again] = analyser
        .with_borrow_mut(|analyser| [&text, &text[..half], &text].map(|text| analyser.check(path, text)));
    assert_eq!(all_of(&found), all_of(&again), "what it saw before should make no difference");
    if text.len().is_multiple_of(FRESH) {
        let fresh = new(thorough).check(path, &text);
        assert_eq!(all_of(&found), all_of(&fresh), "one that saw nothing before should say the same");
    }
    for located in found.iter().chain(&of_half) {
        let range = located.shown.range.clone();
        assert!(located.shown.text.get(range.clone()).is_some(), "{} is shown at {range:?}", located.message);
    }
    printed::hold_findings(
        text.len(),
        &FileProblems { name: "/input.nix".to_owned(), located_problems: found },
    );
    let evaluated = || Evaluator::new(Box::new(Nowhere), Limits::default(), false).json_of(path, &text);
    if let Ok(json) = evaluated() {
        let value: Result<Value, _> = serde_json::from_str(&json);
        assert!(value.is_ok() || json.contains("e308") || json.len() > 1 << 20, "no JSON: {json}");
        assert_eq!(evaluated().ok(), Some(json), "two runs should give the same");
    }
}

/// All that is said, so that it can be compared.
fn all_of(found: &[LocatedProblem]) -> Vec<String> {
    let of = |located: &LocatedProblem| {
        let LocatedProblem { file, start, end, severity, path, message, help, notes, .. } = located;
        let code = located.code.name;
        let range = &located.shown.range;
        let related: Vec<_> = located.related.iter().map(|it| (&it.file, &it.range, &it.message)).collect();
        let fix = located.fix.as_ref().map(|it| (&it.file, &it.range, &it.text));
        format!(
            "{file} {start:?} {end:?} {severity:?} {code} {path} {message} {help:?} {notes:?} {range:?} {related:?} {fix:?}"
        )
    };
    found.iter().map(of).collect()
}
