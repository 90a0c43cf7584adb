//! The problems of a document as diagnostics of the protocol.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    Uri,
};
use nixvirt_compiler::printable::printable;
use nixvirt_compiler::{CompileOptions, Diagnostic as Problem, FilePlace, Severity};
use nixvirt_evaluator::Tree;
use serde::{Deserialize, Serialize};

use crate::analysis::Checking;
use crate::check::check_source as problems_of;
use crate::describe;
use crate::files::{Machine, PAGES, page_name};
use crate::json_advice::in_json as in_json_words;
use crate::located_problem::{Correction, LocatedProblem, placed};
use crate::lsp::documents::{Documents, OpenDocument, to_uri};
use crate::lsp::json;
use crate::lsp::position::{Encoding, IndexedText};
use crate::lsp::thread_analyser::ThreadAnalyser;
use crate::recognise::is_libvirts;
use crate::source::{Language, SourceText};
use crate::text_places::TextPlaces;
use nixvirt_expand::evaluate::to_json;
use nixvirt_expand::template::HostPackages;

/// How the client shows diagnostics.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// In what characters are counted.
    pub encoding: Encoding,
    /// Whether it shows related places.
    pub related: bool,
    /// Whether it follows the link of a code.
    pub description: bool,
    /// How objects are checked.
    pub checking: Checking,
}

/// The result of a check.
#[derive(Default)]
pub struct Checked {
    /// The problems, by file.
    pub found: BTreeMap<PathBuf, Vec<Diagnostic>>,
    /// The files that were read on the way.
    pub read: BTreeSet<PathBuf>,
}

/// A change that mends a problem, as it travels with the diagnostic to the client and back.
#[derive(Debug, Deserialize, Serialize)]
pub struct Mend {
    /// The document to change.
    pub uri: Uri,
    /// The range that is replaced.
    pub range: lsp_types::Range,
    /// The text in that range. If it has changed, the fix no longer applies.
    pub was: String,
    /// The text that replaces it.
    pub text: String,
}

/// Checks a document and gives its diagnostics.
pub fn check(
    thread_analyser: &ThreadAnalyser,
    document: &OpenDocument,
    documents: &Documents,
    style: Style,
) -> Checked {
    match document.language {
        Language::Nix => check_nix(thread_analyser, document, documents, style),
        _ => check_source(document, documents, style),
    }
}

fn check_nix(
    thread_analyser: &ThreadAnalyser,
    document: &OpenDocument,
    documents: &Documents,
    style: Style,
) -> Checked {
    let (located_problems, read) = thread_analyser.check(&document.path, &document.text.text, documents);
    let mut writer = Writer { documents, style, texts: BTreeMap::new() };
    writer.texts.insert(document.path.clone(), Some(document.text.clone()));
    let mut found: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
    for located in &located_problems {
        let path = full(&located.file, documents);
        if let Some(diagnostic) = writer.diagnostic(located, &path) {
            found.entry(path).or_default().push(diagnostic);
        }
    }
    Checked { found, read }
}

/// The path of a file by what a finding calls it.
fn full(file: &str, documents: &Documents) -> PathBuf {
    file.strip_prefix("nixvirt/")
        .and_then(|below| documents.machine().opened(&Path::new(nixvirt_evaluator::EMBEDDED).join(below)))
        .unwrap_or_else(|| PathBuf::from(file))
}

struct Writer<'d> {
    documents: &'d Documents,
    style: Style,
    texts: BTreeMap<PathBuf, Option<IndexedText>>,
}

impl Writer<'_> {
    fn text(&mut self, path: &Path) -> Option<&IndexedText> {
        let documents = self.documents;
        self.texts
            .entry(path.to_owned())
            .or_insert_with(|| match documents.of_path(path) {
                Some(document) => Some(document.text.clone()),
                None => documents.read(path).ok().map(IndexedText::new),
            })
            .as_ref()
    }

    fn diagnostic(&mut self, located: &LocatedProblem, path: &Path) -> Option<Diagnostic> {
        let encoding = self.style.encoding;
        let range = self.text(path)?.range(located.shown.range.clone(), encoding);
        let mut related = Vec::new();
        if self.style.related {
            for place in &located.related {
                let path = full(&place.file, self.documents);
                let Some(uri) = self.documents.uri(&path) else { continue };
                let Some(text) = self.text(&path) else { continue };
                let range = match place.range.is_empty() {
                    true => at_position(&text.text, place.start),
                    false => place.range.clone(),
                };
                let location = Location { uri, range: text.range(range, encoding) };
                related.push(DiagnosticRelatedInformation { location, message: place.message.clone() });
            }
        }
        let mend = located.fix.as_ref().and_then(|fix| {
            let Correction { file, range, text } = fix;
            let path = full(file, self.documents);
            let uri = self.documents.uri(&path)?;
            let source = self.text(&path)?;
            let was = source.text.get(range.clone())?.to_owned();
            Some(Mend { uri, range: source.range(range.clone(), encoding), was, text: text.clone() })
        });
        Some(Diagnostic {
            range,
            severity: Some(severity(located.severity)),
            code: Some(NumberOrString::String(located.code.name.to_owned())),
            code_description: description(
                located.code.name,
                located.page,
                self.style,
                self.documents.machine(),
            ),
            source: Some("nixvirt".to_owned()),
            message: message(&located.text(), located.help.as_deref()),
            related_information: (!related.is_empty()).then_some(related),
            tags: None,
            data: mend.and_then(|mend| serde_json::to_value(mend).ok()),
        })
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
    }
}

/// Where more is said of a problem: the page on its code, or where that cannot be opened, libvirt's page on the place.
fn description(code: &str, page: &str, style: Style, machine: &dyn Machine) -> Option<CodeDescription> {
    if !style.description {
        return None;
    }
    let explained = Path::new(nixvirt_evaluator::EMBEDDED).join(PAGES).join(page_name(code));
    let href = match machine.opened(&explained) {
        Some(file) => to_uri(&file),
        None if page.is_empty() => None,
        None => Uri::from_str(&describe::address(page)).ok(),
    };
    href.map(|href| CodeDescription { href })
}

fn message(message: &str, help: Option<&str>) -> String {
    let whole = match help {
        Some(help) => &format!("{message}\n{help}"),
        None => message,
    };
    printable(whole).into_owned()
}

/// Checks a spec in JSON, or XML; of any other JSON and XML nothing is said.
fn check_source(document: &OpenDocument, documents: &Documents, style: Style) -> Checked {
    let text = &*document.text.text;
    let is_known = match document.language {
        Language::Json => is_ours(&json::parse(text)),
        Language::Xml => is_libvirts(text),
        Language::Nix => false,
    };
    if !is_known {
        return Checked::default();
    }
    let name = document.path.display().to_string();
    let source = SourceText { name, bytes: text.as_bytes().to_vec(), language: document.language };
    // As the command line does.
    let Checking { allow, warn, target, .. } = style.checking;
    let options = CompileOptions { allow, warn, target, ..CompileOptions::DEFAULT };
    let problems =
        problems_of(&document.path, &source, options, &HostPackages::default(), documents.machine())
            .diagnostics;
    let help = |problem: &Problem| match problem.problem.help() {
        Some(help) if document.language == Language::Json => Some(in_json_words(&help)),
        help => help,
    };
    let places = TextPlaces::new(&source, text);
    let text_of = |range: &Range<usize>| text.get(range.clone()).unwrap_or("").to_owned();
    let diagnostics = problems.iter().map(|problem| {
        let (range, fix) = places.underlined(problem);
        let encoding = style.encoding;
        let mend = fix.map(|(range, text)| Mend {
            uri: document.uri.clone(),
            was: text_of(&range),
            range: document.text.range(range, encoding),
            text,
        });
        let related = problem.related.iter().filter(|_| style.related).filter_map(|place| {
            let location = match &place.file {
                Some(file) => in_other_file(file, document, documents, encoding)?,
                None => {
                    let range = places.related_underlined(place);
                    Location { uri: document.uri.clone(), range: document.text.range(range, encoding) }
                }
            };
            Some(DiagnosticRelatedInformation { location, message: place.message.clone() })
        });
        let related: Vec<DiagnosticRelatedInformation> = related.collect();
        Diagnostic {
            range: document.text.range(range, encoding),
            severity: Some(severity(problem.severity)),
            code: Some(NumberOrString::String(problem.problem.code().name.to_owned())),
            code_description: description(problem.problem.code().name, "", style, documents.machine()),
            source: Some("nixvirt".to_owned()),
            message: message(
                &placed(&problem.path.to_string(), &problem.problem.to_string()),
                help(problem).as_deref(),
            ),
            related_information: (!related.is_empty()).then_some(related),
            tags: None,
            data: mend.and_then(|mend| serde_json::to_value(mend).ok()),
        }
    });
    let found = BTreeMap::from([(document.path.clone(), diagnostics.collect())]);
    Checked { found, read: BTreeSet::new() }
}

/// The place in the file of a definition, which the document names.
fn in_other_file(
    place: &FilePlace,
    document: &OpenDocument,
    documents: &Documents,
    encoding: Encoding,
) -> Option<Location> {
    let path = document.path.parent()?.join(&place.file);
    let text = match documents.of_path(&path) {
        Some(document) => document.text.clone(),
        None => IndexedText::new(documents.read(&path).ok()?),
    };
    let range = at_position(&text.text, (place.line, place.column));
    Some(Location { uri: documents.uri(&path)?, range: text.range(range, encoding) })
}

/// The rest of a line from a position on, whose line and column are counted from 1, in characters.
fn at_position(text: &str, (line, column): (usize, usize)) -> Range<usize> {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let here = text[before..].lines().next().unwrap_or("");
    let start = here.char_indices().nth(column.saturating_sub(1)).map_or(here.len(), |(start, _)| start);
    before + start..before + here.len()
}

/// Whether JSON is a spec or a bundle, as far as it is written.
pub fn is_ours(tree: &Tree) -> bool {
    crate::recognise::is_ours(&to_json(tree))
}
