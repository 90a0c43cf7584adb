//! Problems at their places in a source, whatever language it is in.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use nixvirt_compiler::printable::{MESSAGE, cut, printable, printable_line, printable_source};
use nixvirt_compiler::{
    Code, Diagnostic, FilePlace, Lines, Related, Severity, locate, nix, parse_json_as_written,
};

use crate::json_advice::in_json as in_json_words;
use crate::source::{Language, SourceText};
use crate::text_places::TextPlaces;
pub use crate::text_places::whole_source;

/// The problems of one source.
pub struct FileProblems {
    /// The name of the source, as messages print it.
    pub name: String,
    /// The problems, each with its place in the source.
    pub located_problems: Vec<LocatedProblem>,
}

/// A problem at its place.
#[derive(Clone)]
pub struct LocatedProblem {
    /// The file that it is in.
    pub file: String,
    /// Line and column where it begins, both counted from 1.
    pub start: (usize, usize),
    /// Line and column after its end, where that is known.
    pub end: Option<(usize, usize)>,
    /// How bad it is.
    pub severity: Severity,
    /// The code by which tools know the kind of problem.
    pub code: &'static Code,
    /// The place in the object.
    pub path: String,
    /// The message, which says what is wrong.
    pub message: String,
    /// The advice that follows the message.
    pub help: Option<String>,
    /// Further sentences on the problem.
    pub notes: Vec<String>,
    /// The excerpt of the source that is shown.
    pub shown: Shown,
    /// Other places that have to do with it.
    pub related: Vec<RelatedRange>,
    /// For people who are shown something else than their own source: where it comes from.
    pub origin: Option<String>,
    /// The fix, where there is one.
    pub fix: Option<Correction>,
    /// The place in libvirt's format pages; empty where there is none.
    pub page: &'static str,
}

/// A message behind the place in the object that it is about; one that begins with a bracket goes on where the place ends.
pub fn placed(path: &str, message: &str) -> String {
    match path {
        "" => message.to_owned(),
        path if message.starts_with('(') => format!("{path} {message}"),
        path => format!("{path}: {message}"),
    }
}

impl LocatedProblem {
    /// The message behind the place in the object, e.g. `devices.disk: ...`.
    pub fn text(&self) -> String {
        placed(&self.path, &self.message)
    }

    /// The same with each text of it made what may be printed.
    fn with(&self, made: impl Fn(&str) -> Cow<'_, str>) -> LocatedProblem {
        let made = |text: &str| made(text).into_owned();
        LocatedProblem {
            file: made(&self.file),
            path: made(&self.path),
            message: made(&self.message),
            help: self.help.as_deref().map(made),
            notes: self.notes.iter().map(|note| made(note)).collect(),
            shown: Shown { title: made(&self.shown.title), ..self.shown.clone() },
            related: self
                .related
                .iter()
                .map(|related| RelatedRange {
                    file: made(&related.file),
                    message: made(&related.message),
                    ..related.clone()
                })
                .collect(),
            origin: self.origin.as_deref().map(made),
            ..self.clone()
        }
    }

    /// The same with each file called as `name` says.
    pub fn renamed(self, name: impl Fn(&str) -> String) -> LocatedProblem {
        let file = name(&self.file);
        let title = match self.shown.title == self.file {
            true => file.clone(),
            false => self.shown.title,
        };
        let related =
            self.related.into_iter().map(|related| RelatedRange { file: name(&related.file), ..related });
        LocatedProblem {
            related: related.collect(),
            fix: self.fix.map(|fix| Correction { file: name(&fix.file), ..fix }),
            shown: Shown { title, ..self.shown },
            file,
            ..self
        }
    }

    /// For a terminal, in as many lines as it takes.
    pub fn printable(&self) -> LocatedProblem {
        self.with(printable)
    }

    /// For a terminal, each text in one line.
    pub fn printable_line(&self) -> LocatedProblem {
        self.with(printable_line)
    }

    /// For a format that escapes what it must: only cut where it is long.
    pub fn cut(&self) -> LocatedProblem {
        self.with(|text| cut(text, MESSAGE))
    }
}

/// A change of a text that mends a problem.
#[derive(Clone)]
pub struct Correction {
    /// The file to change.
    pub file: String,
    /// The part of it that is replaced, in bytes.
    pub range: Range<usize>,
    /// The text that replaces it.
    pub text: String,
}

/// A text and the part of it that a problem is about.
#[derive(Clone)]
pub struct Shown {
    /// The name of the text.
    pub title: String,
    /// The whole text, of which an excerpt is shown.
    pub text: Arc<str>,
    /// The part, in bytes.
    pub range: Range<usize>,
    /// The lines of the text.
    pub lines: Arc<Lines>,
    /// Whether other places that have to do with the problem may be shown in it as well.
    pub whole: bool,
}

/// Another place that has to do with a problem.
#[derive(Clone)]
pub struct RelatedRange {
    /// The file that the place is in.
    pub file: String,
    /// The part of it, in bytes.
    pub range: Range<usize>,
    /// Line and column where that begins, both counted from 1.
    pub start: (usize, usize),
    /// How it is related to the problem, in words.
    pub message: String,
}

impl FileProblems {
    /// The problems of XML, or of a spec in JSON. Where its author wrote Nix, as `of_nix` says, advice is in Nix, and with
    /// `as_nix` the spec is shown as Nix, too.
    pub fn of(source: &SourceText, diagnostics: &[Diagnostic], of_nix: bool, as_nix: bool) -> FileProblems {
        if diagnostics.is_empty() {
            return FileProblems { name: source.name.clone(), located_problems: Vec::new() };
        }
        let text = String::from_utf8_lossy(&source.bytes);
        let printed = match source.language {
            Language::Json if as_nix => {
                parse_json_as_written(&source.bytes).ok().map(|value| nix::print(&value))
            }
            _ => None,
        };
        let places = TextPlaces::new(source, &text);
        let own_lines = Lines::of(&text);
        let (title, shown): (String, Arc<str>) = match &printed {
            Some(printed) => (format!("{} (as Nix)", source.name), printable_source(&printed.text).into()),
            None => (source.name.clone(), printable_source(&text).into()),
        };
        let lines = Arc::new(Lines::of(&shown));
        let in_json = source.language == Language::Json && !of_nix;
        let help = |diagnostic: &Diagnostic| match diagnostic.problem.help() {
            Some(help) if in_json => Some(in_json_words(&help)),
            help => help,
        };
        let located_problems = diagnostics.iter().map(|diagnostic| {
            let place = places.range(diagnostic);
            let range = match &printed {
                Some(printed) => printed.places.find(&diagnostic.path).unwrap_or(0..1),
                None if source.language == Language::Json && *shown == *text => place.clone(),
                None if whole_source(&diagnostic.problem) || source.language == Language::Json => {
                    let at = diagnostic.offset.unwrap_or(0).min(shown.len());
                    at..at
                }
                None => locate::in_xml(&shown, diagnostic),
            };
            let located = LocatedProblem {
                file: source.name.clone(),
                start: own_lines.position(&text, place.start),
                end: (!place.is_empty()).then(|| own_lines.position(&text, place.end)),
                severity: diagnostic.severity,
                code: diagnostic.problem.code(),
                path: diagnostic.path.to_string(),
                message: diagnostic.problem.to_string(),
                help: help(diagnostic),
                notes: diagnostic.notes.clone(),
                shown: Shown {
                    title: title.clone(),
                    text: Arc::clone(&shown),
                    range,
                    lines: Arc::clone(&lines),
                    whole: false,
                },
                related: diagnostic
                    .related
                    .iter()
                    .map(|place| related(place, &source.name, &text, &places, &own_lines))
                    .collect(),
                origin: None,
                fix: None,
                page: "",
            };
            located.in_its_file(diagnostic)
        });
        let mut located_problems: Vec<LocatedProblem> = located_problems.collect();
        // As the text is read; what stands in other files follows.
        located_problems.sort_by_key(|located| (located.file != source.name, located.start));
        FileProblems { name: source.name.clone(), located_problems }
    }

    /// A source that nothing else can be said about than this: it could not be read, say.
    pub fn of_whole(name: &str, code: &'static Code, message: String, help: Option<String>) -> FileProblems {
        let shown = Shown {
            title: name.to_owned(),
            text: "".into(),
            range: 0..0,
            lines: Arc::new(Lines::of("")),
            whole: true,
        };
        let located = LocatedProblem {
            file: name.to_owned(),
            start: (1, 1),
            end: None,
            severity: code.severity,
            code,
            path: String::new(),
            message,
            help,
            notes: Vec::new(),
            shown,
            related: Vec::new(),
            origin: None,
            fix: None,
            page: "",
        };
        FileProblems { name: name.to_owned(), located_problems: vec![located] }
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.located_problems.iter().any(|located| located.severity == Severity::Error)
    }
}

impl LocatedProblem {
    /// The finding at its place in another file, if the object is defined there.
    pub fn in_its_file(self, diagnostic: &Diagnostic) -> LocatedProblem {
        match &diagnostic.file {
            None => self,
            Some(FilePlace { file, line, column }) => LocatedProblem {
                file: file.to_owned(),
                start: (*line, *column),
                end: None,
                origin: Some(format!("at {file}:{line}:{column}")),
                fix: None,
                ..self
            },
        }
    }
}

/// Another place that a problem of a source speaks of: there, or in the file that defines the object.
fn related(
    related: &Related,
    name: &str,
    text: &str,
    places: &TextPlaces<'_>,
    lines: &Lines,
) -> RelatedRange {
    let message = related.message.clone();
    if let Some(FilePlace { file, line, column }) = &related.file {
        return RelatedRange { file: file.clone(), range: 0..0, start: (*line, *column), message };
    }
    let range = places.related(related);
    let start = lines.position(text, range.start);
    RelatedRange { file: name.to_owned(), range, start, message }
}
