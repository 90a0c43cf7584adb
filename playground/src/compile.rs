//! The XML of a spec or a bundle, and the spec of XML.

use std::path::Path;

use nixvirt_compiler::{
    Around, CompileOptions, Diagnostic, Target, compile_bundle, compile_spec, import_minimal, import_xml, nix,
};
use nixvirt_expand::template::HostPackages;
use nixvirt_ide::files::Nowhere;
use nixvirt_ide::located_problem::FileProblems;
use nixvirt_ide::source::{Language, SourceText};
use nixvirt_ide::spec_reader::{ReadSpec, SpecReader};
use serde_json::{Value, json};

use crate::document::file;
use crate::reported::reported;

fn source(language: Language, text: &str) -> SourceText {
    SourceText { name: file(language)[1..].to_owned(), bytes: text.as_bytes().to_vec(), language }
}

fn in_text(source: &SourceText, found: &[Diagnostic]) -> FileProblems {
    FileProblems::of(source, found, false, false)
}

/// The XML of each object, and the problems. Where there is an error, there is no XML.
pub(crate) fn compile(language: Language, text: &str) -> Value {
    let source = source(language, text);
    let options = CompileOptions::DEFAULT;
    let reader = SpecReader {
        source: &source,
        path: Path::new(file(language)),
        options,
        host: &HostPackages::default(),
        template: None,
        machine: &Nowhere,
        in_json: &|found| in_text(&source, found),
    };
    let compiled = reader.read(Nowhere, |ReadSpec { json, bundle, places }| {
        let (files, found) = match bundle {
            true => match compile_bundle(json, options, &Around::NOTHING) {
                Ok((bundle, warnings)) => {
                    let files =
                        bundle.files.into_iter().map(|file| json!({ "name": file.path, "xml": file.xml }));
                    (files.collect(), warnings)
                }
                Err(found) => (Vec::new(), found),
            },
            false => {
                let outcome = compile_spec(json, options);
                let file = outcome.xml.map(|xml| json!({ "name": Value::Null, "xml": xml }));
                (Vec::from_iter(file), outcome.diagnostics)
            }
        };
        (files, places(found))
    });
    let (files, problems) = compiled.unwrap_or_else(|problems| (Vec::new(), problems));
    json!({ "files": files, "problems": reported(&problems) })
}

/// The spec of XML, in Nix or JSON. `keep` is `"live"` for what only a running object has, and `"least"` for what libvirt does
/// not fill in by itself.
pub(crate) fn import(text: &str, to_json: bool, keep: &Value) -> Value {
    let source = source(Language::Xml, text);
    let import = match keep.as_str() {
        Some("least") => import_minimal(&source.bytes, None, Target::NEWEST),
        keep => import_xml(&source.bytes, None, keep == Some("live"), Target::NEWEST),
    };
    let text = import.spec.as_ref().map(|spec| match to_json {
        true => serde_json::to_string_pretty(spec).map(|text| text + "\n").unwrap_or_default(),
        false => nix::text_with_comments(spec, &import.comments),
    });
    json!({ "text": text, "problems": reported(&in_text(&source, &import.diagnostics)) })
}
