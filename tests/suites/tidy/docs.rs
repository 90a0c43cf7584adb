//! Documentation that says something: in sentences that begin with their subject, and not in a word or two.

use nixvirt_tests::rust_source::RustSource;

use super::{none, sources};

/// The fewest words of a description.
const LEAST: usize = 4;

/// Where a description may be shorter, and why.
const SHORT: &[(&str, &str)] = &[
    ("cli/src/args.rs", "the help of the command line, whose values are words"),
    ("cli/src/args/words.rs", "the help of the command line, whose values are words"),
    ("apply/src/bin/", "the help of the command line, whose values are words"),
];

/// Every description: its file, its line and its text.
fn descriptions() -> Vec<(&'static str, usize, &'static str)> {
    let of = |(file, source): &'static (String, RustSource)| {
        source.docs.iter().map(move |doc| (file.as_str(), doc.line, doc.text.as_str()))
    };
    let found: Vec<_> = sources().iter().flat_map(of).collect();
    assert!(found.len() > 3000, "only {} descriptions", found.len());
    found
}

#[test]
fn no_description_begins_with_what() {
    let begins = |(file, line, text): (&str, usize, &str)| {
        (text.split_whitespace().next() == Some("What")).then(|| format!("{file}:{line}: {text}"))
    };
    let found = descriptions().into_iter().filter_map(begins).collect();
    none("these begin with \"What\"; begin with the subject: \"the limit\", \"problems of a file\"", found);
}

#[test]
fn descriptions_say_something() {
    let short = |(file, line, text): (&str, usize, &str)| {
        let excepted = SHORT.iter().any(|(place, _)| file.starts_with(place));
        let words = text.split_whitespace().count();
        (words < LEAST && !excepted).then(|| format!("{file}:{line}: {text}"))
    };
    let found = descriptions().into_iter().filter_map(short).collect();
    none("these say no more than their names; give units, meaning or source, or leave them out", found);
}
