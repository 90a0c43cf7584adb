//! The problems of a whole file that holds a spec, a bundle or XML.

use std::path::Path;

use nixvirt_compiler::{
    Around, Diagnostic, Json, Options, Parsed, check_xml, compile_bundle, compile_spec, is_bundle, parse_json,
};

use crate::files::Machine;
use crate::source::{Language, Source};
use crate::template::{Host, expand};

/// The problems of a source in JSON or XML, which is the file `path` of `machine`.
pub fn check_source(
    path: &Path,
    source: &Source,
    options: Options,
    host: &Host,
    machine: &dyn Machine,
) -> Vec<Diagnostic> {
    if source.language == Language::Xml {
        return check_xml(&source.bytes, options).diagnostics;
    }
    let Parsed { value, duplicates } = match parse_json(&source.bytes) {
        Ok(parsed) => parsed,
        Err(problem) => return vec![*problem],
    };
    let bundle = options.kind.is_none() && is_bundle(&value);
    let mut expanded = expand(value, bundle, options.kind.map(|kind| kind.name), host);
    let json = expanded.take();
    let found = problems(json, bundle, options, path, machine);
    let found = found.into_iter().map(|diagnostic| expanded.in_source(diagnostic));
    duplicates.into_iter().chain(expanded.problems.iter().cloned()).chain(found).collect()
}

/// The problems of a spec or a bundle without templates; `source` is its file.
pub fn problems(
    value: Json<'_>,
    bundle: bool,
    options: Options,
    source: &Path,
    machine: &dyn Machine,
) -> Vec<Diagnostic> {
    let around = Around { read: &|path| definition(source, path, machine), ..Around::NOTHING };
    match bundle {
        true => compile_bundle(value, options, &around).map_or_else(|found| found, |(_, warnings)| warnings),
        false => compile_spec(value, options).diagnostics,
    }
}

/// The file of a `definition` in the bundle in a file. What is no file, or not to be read here, is the host's.
pub fn definition(bundle: &Path, path: &str, machine: &dyn Machine) -> Option<Vec<u8>> {
    machine.bytes(&bundle.parent().unwrap_or(Path::new("")).join(path))
}
