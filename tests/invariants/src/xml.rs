//! An object in XML.

use nixvirt_compiler::{
    CompileOptions, Diagnostic, Problem, Severity, Target, check_definition, check_xml, format_xml,
    import_xml,
};
use nixvirt_ide::source::Language;

use crate::{printed, returns};

/// Checks, prints and imports it.
pub(crate) fn hold(bytes: &[u8]) {
    let outcome = format_xml(bytes, None, Target::NEWEST);
    let again = format_xml(bytes, None, Target::NEWEST);
    assert_eq!(outcome.xml, again.xml, "two runs should give the same");
    assert_eq!(outcome.diagnostics, again.diagnostics, "two runs should say the same");
    assert_eq!(outcome.xml.is_none(), outcome.has_errors(), "{:#?}", outcome.diagnostics);
    let checked = check_xml(bytes, CompileOptions::DEFAULT);
    printed::hold(Language::Xml, bytes, &checked.diagnostics);
    let stranger = outcome.diagnostics.iter().find(|problem| !checked.diagnostics.contains(problem));
    assert_eq!(stranger, None, "what printing says, a check should say, too");
    if let Some(kind) = outcome.kind {
        let definition = check_definition(bytes, kind, Target::NEWEST);
        printed::hold(Language::Xml, bytes, &definition.diagnostics);
    }
    match &outcome.xml {
        Some(xml) => {
            assert!(std::str::from_utf8(bytes).is_ok(), "what is no UTF-8 should be refused");
            // The schema lets a little be left out that libvirt demands.
            let import = import_xml(bytes, None, true, Target::NEWEST);
            let is_missing = |found: &Diagnostic| matches!(found.problem, Problem::Missing { .. });
            let mut errors = import.diagnostics.iter().filter(|found| found.severity == Severity::Error);
            match import.spec.is_none() && errors.all(is_missing) {
                true => returns::is_xml(xml),
                false => returns::hold(xml, outcome.kind),
            }
        }
        None => _ = import_xml(bytes, None, bytes.len().is_multiple_of(2), Target::NEWEST),
    }
}
