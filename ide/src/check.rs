//! The problems of a whole file that holds a spec, a bundle or XML.

use std::path::Path;

use nixvirt_compiler::{
    Around, CompileOptions, Diagnostic, Json, Parsed, check_xml, compile_bundle, compile_spec, is_bundle,
    parse_json,
};
use nixvirt_schema::{KINDS, Kind};

use crate::files::Machine;
use crate::source::{Language, SourceText};
use nixvirt_expand::template::{HostPackages, expand};

/// The result of checking a source.
pub struct CheckedSource {
    /// The kinds of the objects in it, one for each.
    pub kinds: Vec<&'static Kind>,
    /// The problems: duplicate keys first, then those of templates, then those of the objects.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks a source in JSON or XML, which is the file `path` of `machine`.
pub fn check_source(
    path: &Path,
    source: &SourceText,
    options: CompileOptions,
    host: &HostPackages,
    machine: &dyn Machine,
) -> CheckedSource {
    let options = CompileOptions { writes: false, ..options };
    if source.language == Language::Xml {
        let outcome = check_xml(&source.bytes, options);
        return CheckedSource { kinds: Vec::from_iter(outcome.kind), diagnostics: outcome.diagnostics };
    }
    let Parsed { value, duplicates } = match parse_json(&source.bytes) {
        Ok(parsed) => parsed,
        Err(problem) => return CheckedSource { kinds: Vec::new(), diagnostics: vec![*problem] },
    };
    let checked = check_value(value, options, path, host, machine);
    let diagnostics = duplicates.into_iter().chain(checked.diagnostics).collect();
    CheckedSource { diagnostics, ..checked }
}

/// Checks a spec or a bundle, in which templates may be named.
pub fn check_value(
    value: Json<'_>,
    options: CompileOptions,
    path: &Path,
    host: &HostPackages,
    machine: &dyn Machine,
) -> CheckedSource {
    let options = CompileOptions { writes: false, ..options };
    let bundle = options.kind.is_none() && is_bundle(&value);
    let mut expanded = expand(value, bundle, options.kind.map(|kind| kind.name), host, None);
    let json = expanded.take();
    let (kinds, found) = match bundle {
        true => (kinds_of(&json), problems(json, true, options, path, machine)),
        false => {
            let outcome = compile_spec(json, options);
            (Vec::from_iter(outcome.kind.or(options.kind)), outcome.diagnostics)
        }
    };
    let found = found.into_iter().map(|diagnostic| expanded.in_source(diagnostic));
    CheckedSource { kinds, diagnostics: expanded.problems.iter().cloned().chain(found).collect() }
}

/// The kinds of the objects of a bundle, one for each.
fn kinds_of(bundle: &Json<'_>) -> Vec<&'static Kind> {
    fn entries<'j>(holder: &'j Json<'_>, kind: &Kind) -> &'j [Json<'j>] {
        match holder.get(kind.plural) {
            Some(Json::List(entries)) => entries,
            _ => &[],
        }
    }
    let mut kinds = Vec::new();
    for kind in KINDS {
        for entry in entries(bundle, kind) {
            kinds.push(kind);
            let held = KINDS.iter().filter(|held| held.parent == Some(kind.name));
            kinds.extend(held.flat_map(|held| entries(entry, held).iter().map(move |_| held)));
        }
    }
    kinds
}

/// The problems of a spec or a bundle without templates; `source` is its file.
pub fn problems(
    value: Json<'_>,
    bundle: bool,
    options: CompileOptions,
    source: &Path,
    machine: &dyn Machine,
) -> Vec<Diagnostic> {
    let options = CompileOptions { writes: false, ..options };
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
