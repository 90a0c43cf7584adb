//! A spec in JSON.

use std::path::Path;

use nixvirt_compiler::{CompileOptions, Policy, compile_spec, is_bundle, parse_json};
use nixvirt_expand::template::HostPackages;
use nixvirt_ide::check::check_source;
use nixvirt_ide::files::Nowhere;
use nixvirt_ide::source::{Language, SourceText};

use crate::{printed, returns};

/// Checks and compiles it, strictly and leniently.
pub(crate) fn hold(bytes: &[u8]) {
    let source = SourceText { name: "spec.json".to_owned(), bytes: bytes.to_vec(), language: Language::Json };
    let check = || {
        check_source(
            Path::new("/spec.json"),
            &source,
            CompileOptions::DEFAULT,
            &HostPackages::default(),
            &Nowhere,
        )
        .diagnostics
    };
    let found = check();
    assert_eq!(found, check(), "two runs should say the same");
    printed::hold(Language::Json, bytes, &found);
    let Ok(parsed) = parse_json(bytes) else { return };
    if !parsed.duplicates.is_empty() || is_bundle(&parsed.value) {
        return;
    }
    for policy in [Policy::Libvirt, Policy::Lenient] {
        let options =
            CompileOptions { policy, exact: bytes.len().is_multiple_of(2), ..CompileOptions::DEFAULT };
        let outcome = compile_spec(parsed.value.clone(), options);
        let again = compile_spec(parsed.value.clone(), options);
        assert_eq!(outcome.xml, again.xml, "two runs should give the same");
        assert_eq!(outcome.diagnostics, again.diagnostics, "two runs should say the same");
        assert_eq!(outcome.xml.is_none(), outcome.has_errors(), "{:#?}", outcome.diagnostics);
        match (&outcome.xml, policy) {
            // What is missing is only warned of, so that this need not be a whole object.
            (Some(xml), Policy::Lenient) => returns::is_xml(xml),
            (Some(xml), _) => {
                returns::hold(xml, outcome.kind);
                return;
            }
            (None, _) => {}
        }
    }
}
