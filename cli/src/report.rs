//! Printing problems: for people, in one line each, or as JSON.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::ops::Range;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use nixvirt_compiler::{Diagnostic, Lines, Places, Problem, Severity, locate, nix, parse_json};
use serde_json::json;

use crate::args::{Color, Format, Reporting};
use crate::source::{Language, Source};

/// Prints problems the way the user asked for.
pub struct Reporter {
    format: Format,
    /// Whether to print in colour.
    pub color: bool,
}

impl Reporter {
    /// Settles how to print.
    pub fn new(reporting: &Reporting) -> Reporter {
        let color = match reporting.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
                wanted && io::stderr().is_terminal()
            }
        };
        Reporter { format: reporting.format, color }
    }

    /// Prints the problems of some sources; nothing where there are none (an empty list in JSON).
    pub fn print(&self, found: &[(&Source, &[Diagnostic])]) -> io::Result<()> {
        let mut out = String::new();
        match self.format {
            Format::Human => {
                for (source, diagnostics) in found {
                    self.human(&mut out, source, diagnostics);
                }
            }
            Format::Short => {
                for (source, diagnostics) in found {
                    short(&mut out, source, diagnostics);
                }
            }
            Format::Json => {
                let all: Vec<_> =
                    found.iter().flat_map(|(source, diagnostics)| as_json(source, diagnostics)).collect();
                out = serde_json::to_string_pretty(&all)? + "\n";
            }
        }
        io::stderr().lock().write_all(out.as_bytes())
    }

    /// Prints the problems of a source that was compiled all the same; nothing, in any format, where there are none.
    pub fn print_some(&self, source: &Source, diagnostics: &[Diagnostic]) -> io::Result<()> {
        match diagnostics.is_empty() {
            true => Ok(()),
            false => self.print(&[(source, diagnostics)]),
        }
    }

    fn human(&self, out: &mut String, source: &Source, diagnostics: &[Diagnostic]) {
        if diagnostics.is_empty() {
            return;
        }
        let theme = if self.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(110).with_links(false);
        let shown = Shown::new(source);
        for diagnostic in diagnostics {
            let (snippet, label) = shown.snippet(diagnostic);
            let report = Report { diagnostic, snippet, label };
            if handler.render_report(out, &report).is_err() {
                out.push_str(&diagnostic.problem.to_string());
            }
            out.push('\n');
        }
        let count =
            |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let plural =
            |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let counted = match (errors, warnings) {
            (0, warnings) => plural(warnings, "warning"),
            (errors, 0) => plural(errors, "error"),
            (errors, warnings) => format!("{} and {}", plural(errors, "error"), plural(warnings, "warning")),
        };
        out.push_str(&format!("nixvirt-compile: {counted} in {}\n", source.name));
    }
}

fn short(out: &mut String, source: &Source, diagnostics: &[Diagnostic]) {
    let located = Located::new(source);
    for diagnostic in diagnostics {
        let (line, column) = located.position(diagnostic);
        let help = diagnostic.problem.help().map(|help| format!(" ({help})")).unwrap_or_default();
        let place = match diagnostic.path.0.is_empty() {
            true => String::new(),
            false => format!("{}: ", diagnostic.path),
        };
        let (code, problem) = (diagnostic.problem.code(), &diagnostic.problem);
        out.push_str(&format!("{}:{line}:{column}: {code}: {place}{problem}{help}\n", source.name));
    }
}

fn as_json(source: &Source, diagnostics: &[Diagnostic]) -> Vec<serde_json::Value> {
    let located = Located::new(source);
    diagnostics
        .iter()
        .map(|diagnostic| {
            let (line, column) = located.position(diagnostic);
            json!({
                "file": source.name,
                "line": line,
                "column": column,
                "severity": diagnostic.severity.name(),
                "code": diagnostic.problem.code(),
                "path": diagnostic.path.to_string(),
                "message": diagnostic.problem.to_string(),
                "help": diagnostic.problem.help(),
            })
        })
        .collect()
}

/// A source and the places in it, found once for all its problems.
struct Located<'s> {
    text: Cow<'s, str>,
    lines: Lines,
    /// Where the parts of JSON are.
    places: Option<Places>,
}

impl<'s> Located<'s> {
    fn new(source: &'s Source) -> Located<'s> {
        let text = String::from_utf8_lossy(&source.bytes);
        let is_json = source.language == Language::Json && parse_json(&source.bytes).is_ok();
        Located { lines: Lines::of(&text), places: is_json.then(|| locate::in_json(&text)), text }
    }

    /// Line and column of a problem.
    fn position(&self, diagnostic: &Diagnostic) -> (usize, usize) {
        let offset = match &self.places {
            _ if whole_source(&diagnostic.problem) => diagnostic.offset.unwrap_or(0),
            Some(places) => places.find(&diagnostic.path).unwrap_or(places.range.clone()).start,
            None => locate::in_xml(&self.text, diagnostic).start,
        };
        self.lines.position(&self.text, offset)
    }
}

/// Whether a problem is with the source itself, so that only an offset says where.
fn whole_source(problem: &Problem) -> bool {
    matches!(problem, Problem::Syntax { .. } | Problem::Limit { .. })
}

/// What is shown of a source: XML as it is, a spec as Nix, for that is what its author wrote.
struct Shown {
    name: String,
    text: String,
    lines: Lines,
    /// Where the parts of the spec are in the text.
    places: Option<Places>,
}

impl Shown {
    fn new(source: &Source) -> Shown {
        let printed = match source.language {
            Language::Json => parse_json(&source.bytes).ok().map(|value| nix::print(&value)),
            Language::Xml => None,
        };
        let (name, text, places) = match printed {
            Some(printed) => (format!("{} (as Nix)", source.name), printed.text, Some(printed.places)),
            // Control characters would do things on a terminal; what stands in for them has the same length.
            None => {
                (source.name.clone(), String::from_utf8_lossy(&source.bytes).replace(is_control, "?"), None)
            }
        };
        Shown { name, lines: Lines::of(&text), text, places }
    }

    fn place(&self, diagnostic: &Diagnostic) -> Range<usize> {
        match &self.places {
            Some(places) => places.find(&diagnostic.path).unwrap_or(0..1),
            None if whole_source(&diagnostic.problem) => {
                let at = diagnostic.offset.unwrap_or(0).min(self.text.len());
                at..at
            }
            None => locate::in_xml(&self.text, diagnostic),
        }
    }

    /// The lines around a problem, cut where they are long, and the place in them.
    fn snippet(&self, diagnostic: &Diagnostic) -> (Snippet, SourceSpan) {
        let place = self.place(diagnostic);
        let line = self.lines.line(place.start);
        let around = |line: usize| {
            let range = self.lines.range(line, &self.text)?;
            Some(&self.text[range.start..self.boundary(range.end.min(range.start + LONGEST))])
        };
        let mut text = String::new();
        let before = line.checked_sub(1);
        if let Some(before) = before.and_then(around) {
            text.push_str(before);
            text.push('\n');
        }
        let whole = self.lines.range(line, &self.text).unwrap_or(place.clone());
        let start = match place.start - whole.start {
            far if whole.len() > LONGEST && far > LONGEST / 2 => self.boundary(place.start - LONGEST / 2),
            _ => whole.start,
        };
        let end = self.boundary(whole.end.min(start + LONGEST));
        let label = text.len() + (place.start - start)..text.len() + (place.end.min(end) - start);
        text.push_str(&self.text[start..end]);
        if let Some(line) = around(line + 1) {
            text.push('\n');
            text.push_str(line);
        }
        let cut = start - whole.start;
        (Snippet { name: self.name.clone(), text, line: before.unwrap_or(0), cut }, label.into())
    }

    /// The nearest offset before this one at which a character begins.
    fn boundary(&self, offset: usize) -> usize {
        (0..=offset).rev().find(|&offset| self.text.is_char_boundary(offset)).unwrap_or(0)
    }
}

/// The longest line that is shown whole, in bytes.
const LONGEST: usize = 160;

/// Some lines of a text.
struct Snippet {
    name: String,
    text: String,
    /// The line at which it begins, counted from 0.
    line: usize,
    /// How much is cut from the front of the line that the problem is in.
    cut: usize,
}

impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.text.read_span(span, before, after)?;
        // Without lines before it, what is asked for is where the problem is.
        let column = read.column() + if before == 0 { self.cut } else { 0 };
        let (line, count) = (self.line + read.line(), read.line_count());
        let contents =
            MietteSpanContents::new_named(self.name.clone(), read.data(), *read.span(), line, column, count);
        Ok(Box::new(contents))
    }
}

fn is_control(character: char) -> bool {
    character.is_ascii_control() && !matches!(character, '\t' | '\n' | '\r')
}

/// A problem, as miette wants it.
struct Report<'r> {
    diagnostic: &'r Diagnostic,
    snippet: Snippet,
    label: SourceSpan,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.diagnostic.path.0.is_empty() {
            true => write!(out, "{}", self.diagnostic.problem),
            false => write!(out, "{}: {}", self.diagnostic.path, self.diagnostic.problem),
        }
    }
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.problem.code()))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.problem.help().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.snippet)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::underline(self.label))))
    }
}
