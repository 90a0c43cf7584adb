//! Reading what is given: a file or standard input, and what to call it in messages.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use nixvirt_compiler::{Code, parse_json};
use nixvirt_evaluator::is_parsable;
use nixvirt_ide::located_problem::{FileProblems, LocatedProblem};
use nixvirt_ide::source::{Language, SourceText};

use crate::output;

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &Path, by_default: Language) -> io::Result<SourceText> {
    let mut bytes = Vec::new();
    let read = match output::is_hyphen(path) {
        true => io::stdin().lock().take(MOST).read_to_end(&mut bytes).map(|_| bytes),
        false => read_some(path),
    };
    let bytes =
        read.map_err(|error| io::Error::new(error.kind(), format!("cannot read {}: {error}", name(path))))?;
    let language = match path.extension().and_then(|extension| extension.to_str()) {
        Some("xml") => Language::Xml,
        Some("json") => Language::Json,
        Some("nix") => Language::Nix,
        // Without a file name, the first character tells: JSON never begins with `<`.
        _ if bytes.trim_ascii_start().starts_with(b"<") => Language::Xml,
        _ if by_default == Language::Json && is_nix(&bytes) => Language::Nix,
        _ => by_default,
    };
    Ok(SourceText { name: name(path), bytes, language })
}

/// Whether a text without a file name is Nix and not JSON.
fn is_nix(bytes: &[u8]) -> bool {
    let whole = u64::try_from(bytes.len()).is_ok_and(|length| length < LONGEST_NIX);
    let text = || std::str::from_utf8(bytes).ok();
    whole
        && parse_json(bytes).is_err()
        && text().is_some_and(|text| !text.trim().is_empty() && is_parsable(text))
}

/// A longer text without a name is not taken for Nix.
const LONGEST_NIX: u64 = 1 << 20;

/// Endless input (a pipe, a device) must not eat all memory; what is longer than the compiler takes is refused by it.
const MOST: u64 = (64 << 20) + 1;

/// Reads a file, as far as the compiler takes one.
pub(crate) fn read_some(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if fs::metadata(path)?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The name of standard input in messages.
pub(crate) const STDIN: &str = "<stdin>";

/// The name of a spec that Nix hands to a build: no user has that file.
pub(crate) const BY_NIX: &str = "spec";

/// The name of a source in messages.
pub(crate) fn name(path: &Path) -> String {
    // Nix hands a spec to a build under a name of its own making, which says nothing to anybody.
    let by_nix = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".attr-"));
    match (output::is_hyphen(path), by_nix) {
        (true, _) => STDIN.to_owned(),
        (_, true) => BY_NIX.to_owned(),
        _ => path.display().to_string(),
    }
}

/// The problem of a file that could not be read or written, as `error` says.
pub(crate) fn failure(path: &Path, code: &'static Code, error: &io::Error) -> FileProblems {
    FileProblems::of_whole(&name(path), code, error.to_string(), None)
}

/// Problems whose files are called as a user would: relative where they are below the current folder.
pub(crate) fn as_given(located_problems: Vec<LocatedProblem>) -> Vec<LocatedProblem> {
    let here = std::env::current_dir().unwrap_or_default();
    let name =
        |file: &str| Path::new(file).strip_prefix(&here).unwrap_or(Path::new(file)).display().to_string();
    located_problems.into_iter().map(|located| located.renamed(name)).collect()
}
