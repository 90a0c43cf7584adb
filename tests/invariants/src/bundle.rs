//! A bundle in JSON, templates included.

use std::path::Path;

use nixvirt_compiler::{
    Around, CompileOptions, CompiledBundle, Diagnostic, Json, Severity, compile_bundle, is_bundle, parse_json,
};
use nixvirt_expand::template::{HostPackages, expand};
use nixvirt_ide::check::check_source;
use nixvirt_ide::files::Nowhere;
use nixvirt_ide::source::{Language, SourceText};
use serde_json::Value;

use crate::{printed, returns};

/// The folder that a bundle is compiled for.
const FOLDER: &str = "/bundle";

/// Checks and compiles it, and compiles what comes of it once more.
pub(crate) fn hold(bytes: &[u8]) {
    let source =
        SourceText { name: "bundle.json".to_owned(), bytes: bytes.to_vec(), language: Language::Json };
    // Its definitions are nowhere.
    let found = check_source(
        Path::new("/no/bundle.json"),
        &source,
        CompileOptions::DEFAULT,
        &HostPackages::default(),
        &Nowhere,
    )
    .diagnostics;
    printed::hold(Language::Json, bytes, &found);
    let Ok(parsed) = parse_json(bytes) else { return };
    if !parsed.duplicates.is_empty() || !is_bundle(&parsed.value) {
        return;
    }
    let mut expanded = expand(parsed.value, true, None, &HostPackages::default(), None);
    if !expanded.problems.is_empty() {
        return;
    }
    let json = expanded.take();
    let compiled = compile(json.clone(), &|_| None);
    let again = compile(json, &|_| None);
    let (bundle, warnings) = match (compiled, again) {
        (Ok((bundle, warnings)), Ok((again, warnings_again))) => {
            assert_eq!(texts(&bundle), texts(&again), "two runs should give the same");
            assert_eq!(warnings, warnings_again, "two runs should say the same");
            (bundle, warnings)
        }
        (Err(problems), Err(again)) => {
            assert_eq!(problems, again, "two runs should say the same");
            assert!(problems.iter().any(is_error), "there should be an error: {problems:#?}");
            return;
        }
        _ => panic!("two runs should go the same way"),
    };
    assert!(!warnings.iter().any(is_error), "no error should pass: {warnings:#?}");
    let mut paths: Vec<&str> = bundle.files.iter().map(|file| file.path.as_str()).collect();
    let count = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), count, "each file should have a name of its own: {paths:?}");
    for file in &bundle.files {
        let outside =
            file.path.starts_with('/') || file.path.split('/').any(|part| matches!(part, ".." | "." | ""));
        assert!(!outside && !file.path.contains('\0'), "a file should be in the folder, not {:?}", file.path);
    }
    for file in bundle.files.iter().take(3) {
        let kind = nixvirt_schema::KINDS.iter().find(|kind| file.path.starts_with(kind.plural));
        returns::hold(&file.xml, kind);
    }
    // What a bundle comes to is one whose objects are files.
    let index = serde_json::to_string(&bundle.index).expect("JSON");
    let parsed = parse_json(index.as_bytes()).unwrap_or_else(|problem| panic!("{problem:?}: {index}"));
    assert!(parsed.duplicates.is_empty(), "a key should stand once: {index}");
    let read = |path: &str| {
        let below = path.strip_prefix(FOLDER)?.strip_prefix('/')?;
        bundle.files.iter().find(|file| file.path == below).map(|file| file.xml.clone().into_bytes())
    };
    match compile(parsed.value, &read) {
        Ok((again, _)) => {
            assert_eq!(objects(&texts(&again).0), objects(&index), "compiling it again should change nothing")
        }
        Err(problems) => panic!("what it comes to should compile: {problems:#?}\n{index}"),
    }
}

fn compile(
    json: Json<'_>,
    read: &(dyn Fn(&str) -> Option<Vec<u8>> + Sync),
) -> Result<(CompiledBundle, Vec<Diagnostic>), Vec<Diagnostic>> {
    compile_bundle(json, CompileOptions::DEFAULT, &Around { folder: FOLDER, from: Some(FOLDER), read })
}

/// An index without what is warned of: of a definition, a little more is said than of its spec.
fn objects(index: &str) -> Value {
    let mut index: Value = serde_json::from_str(index).expect("JSON");
    if let Some(fields) = index.as_object_mut() {
        fields.remove("warnings");
    }
    index
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

/// The index and the files, so that they can be compared.
fn texts(bundle: &CompiledBundle) -> (String, Vec<(&str, &str)>) {
    let files = bundle.files.iter().map(|file| (file.path.as_str(), file.xml.as_str())).collect();
    (serde_json::to_string(&bundle.index).expect("JSON"), files)
}
