//! The printed text of problems: it does nothing to a terminal, and no problem takes more room than anybody reads.

use nixvirt_cli::args::{Color, OutputFormat, Reporting};
use nixvirt_cli::report::Reporter;
use nixvirt_compiler::Diagnostic;
use nixvirt_compiler::printable::acts;
use nixvirt_ide::located_problem::FileProblems;
use nixvirt_ide::source::{Language, SourceText};
use serde_json::Value;

/// The most bytes that are printed of one problem: a few texts of 2,000 characters, each of which may be spelt out.
const MOST_OF_ONE: usize = 100_000;
/// The most problems of one source.
const MOST: usize = 2000;

/// Holds the problems of a source.
pub(crate) fn hold(language: Language, bytes: &[u8], diagnostics: &[Diagnostic]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let mut offsets = diagnostics.iter().filter_map(|problem| problem.offset);
        let within = offsets.find(|offset| !text.is_char_boundary(*offset));
        assert_eq!(within, None, "a problem is within a character, or behind the end: {diagnostics:#?}");
    }
    let source = SourceText { name: "input".to_owned(), bytes: bytes.to_vec(), language };
    hold_findings(
        bytes.len(),
        &FileProblems::of(&source, diagnostics, bytes.len().is_multiple_of(2), bytes.len().is_multiple_of(4)),
    );
}

/// Holds problems at their places. The length of the source decides about the format, so that all of them get their turn.
pub(crate) fn hold_findings(length: usize, found: &FileProblems) {
    let format =
        [OutputFormat::Human, OutputFormat::Short, OutputFormat::Json, OutputFormat::Sarif][length % 4];
    let color = Color::Never;
    let reporter = Reporter::new(&Reporting { format, color, summary: length % 8 < 4 });
    let printed = reporter.shown(std::slice::from_ref(found)).expect("it can be printed");
    let acting = printed.chars().find(|&character| acts(character) && !"\n\t".contains(character));
    assert_eq!(acting, None, "what is printed acts on a terminal: {printed:?}");
    let count = found.located_problems.len();
    assert!(count <= MOST, "{count} problems are more than anybody reads");
    assert!(printed.len() <= (count + 1) * MOST_OF_ONE, "{} bytes of {count} problems", printed.len());
    if let OutputFormat::Json | OutputFormat::Sarif = format {
        let read: Result<Value, _> = serde_json::from_str(&printed);
        assert!(read.is_ok(), "no JSON: {printed}");
    }
}
