//! A libvirt that is newer than the tables: what its grammar has and they do not is listed, as work to do. `NIXVIRT_NEWEST=1`, which the
//! weekly job sets, makes it a failure.

use std::collections::BTreeMap;
use std::env;

use nixvirt_compiler::{Problem, Severity, Target, format_xml};
use nixvirt_schema::{KINDS, Version};
use nixvirt_tests::amount::{how_many, seed};
use nixvirt_tests::grammar::Grammar;
use nixvirt_tests::libvirt::{self, Schemas, Verdict};
use nixvirt_tests::markup::Namespaces;
use nixvirt_tests::random::Random;
use nixvirt_tests::skip;

/// The parts of documents of a grammar that the tables do not have for a target, of the kinds that are declared: a line each, with how many documents have it.
fn unknown(schemas: &Schemas, target: Target) -> BTreeMap<String, usize> {
    let mut random = Random::new(seed());
    let mut found = BTreeMap::new();
    for kind in KINDS {
        let Some(schema) = schemas.of(kind.name) else { continue };
        let grammar = Grammar::read(&schema, &Namespaces::new());
        let wanted = how_many(1, 20) * if kind.name == "domain" { 1500 } else { 100 };
        let documents = (0..wanted).filter_map(|_| grammar.document(&mut random));
        let documents: Vec<String> = documents.map(|root| root.write(&grammar.namespaces)).collect();
        for some in documents.chunks(100) {
            for (xml, verdict) in some.iter().zip(libvirt::verdicts(&schema, some, 10)) {
                if verdict == Verdict::Accepts {
                    lacking(xml, kind.name, target, &mut found);
                }
            }
        }
    }
    found
}

/// Adds what the tables lack for one document that its grammar accepts.
fn lacking(xml: &str, kind: &str, target: Target, found: &mut BTreeMap<String, usize>) {
    let diagnostics = format_xml(xml.as_bytes(), nixvirt_schema::kind(kind), target).diagnostics;
    for error in diagnostics.iter().filter(|found| found.severity == Severity::Error) {
        // Where, whichever of several it is.
        let place: String = error.path.to_string();
        let place: String =
            place.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect();
        let line = match &error.problem {
            Problem::Unknown { name, element, .. } => {
                let what = if *element { "element" } else { "attribute" };
                format!("{kind}: {place}: {what} `{name}`")
            }
            // A word of a choice; what else a format refuses is compared with libxml2's verdict elsewhere.
            Problem::BadValue { value, expected, .. } if expected.starts_with("one of ") => {
                format!("{kind}: {place}: word {value}")
            }
            Problem::OtherVersion { what, .. } => format!("{kind}: {place}: {what}"),
            _ => continue,
        };
        *found.entry(line).or_default() += 1;
    }
}

#[test]
fn what_a_newer_grammar_has_is_listed() {
    let Some(newest) = libvirt::versions().pop() else { return };
    let older = Target::of(Version::parse("9.0.0").expect("a version")).0;
    let lines = unknown(&newest, older);
    assert!(lines.len() > 20, "libvirt {} has more than 9.0.0: {lines:#?}", newest.version);
    if newest.version == Version::NEWEST {
        let lines = unknown(&newest, newest.target());
        assert!(lines.is_empty(), "the tables lack, of libvirt {}: {lines:#?}", newest.version);
    }
}

#[test]
fn the_newest_libvirt_has_nothing_unknown() {
    let mut table = String::new();
    for schemas in libvirt::newer_than_the_tables() {
        let lines = unknown(&schemas, Target::NEWEST);
        table.push_str(&format!("libvirt {} has, and the tables have not:\n", schemas.version));
        lines.iter().for_each(|(line, times)| table.push_str(&format!("{times:>6} {line}\n")));
    }
    if table.is_empty() {
        skip::print(&format!("no libvirt is newer here than {}, the newest of the tables", Version::NEWEST));
        return;
    }
    skip::print(&table);
    let strict = env::var_os("NIXVIRT_NEWEST").is_some_and(|value| value == "1");
    assert!(!strict, "there is a newer libvirt than the tables know:\n{table}");
}
