//! Printing problems: for people, in one line each, as JSON, or as SARIF.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, IsTerminal, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, SourceSpan};
use nixvirt_compiler::{Diagnostic, Severity};
use serde_json::json;

use crate::args::{Color, Format, Reporting};
use crate::finding::{Finding, Findings, Related};
use crate::sarif;
use crate::source::Source;

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

    /// Whether specs in JSON are shown as Nix.
    pub fn shows_nix(&self) -> bool {
        self.format == Format::Human
    }

    /// Prints the problems of some sources; nothing where there are none (an empty list in JSON).
    pub fn print(&self, found: &[(&Source, &[Diagnostic])]) -> io::Result<()> {
        let as_nix = self.shows_nix();
        let found: Vec<Findings> =
            found.iter().map(|(source, diagnostics)| Findings::of(source, diagnostics, as_nix)).collect();
        self.print_findings(&found)
    }

    /// Prints the problems of a source that was compiled all the same; nothing, in any format, where there are none.
    pub fn print_some(&self, source: &Source, diagnostics: &[Diagnostic]) -> io::Result<()> {
        match diagnostics.is_empty() {
            true => Ok(()),
            false => self.print(&[(source, diagnostics)]),
        }
    }

    /// Prints problems that have been found at their places already.
    pub fn print_findings(&self, found: &[Findings]) -> io::Result<()> {
        let mut out = String::new();
        let all = || found.iter().flat_map(|found| &found.findings);
        match self.format {
            Format::Human => found.iter().for_each(|found| self.human(&mut out, found)),
            Format::Short => all().for_each(|finding| short(&mut out, finding)),
            Format::Json => {
                let all: Vec<_> = all().map(as_json).collect();
                out = serde_json::to_string_pretty(&all)? + "\n";
            }
            Format::Sarif => {
                let all: Vec<&Finding> = all().collect();
                out = serde_json::to_string_pretty(&sarif::log(&all))? + "\n";
            }
        }
        io::stderr().lock().write_all(out.as_bytes())
    }

    fn human(&self, out: &mut String, found: &Findings) {
        if found.findings.is_empty() {
            return;
        }
        let theme = if self.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(110).with_links(false);
        for finding in &found.findings {
            let report = Report::of(finding);
            if handler.render_report(out, &report).is_err() {
                out.push_str(&finding.message);
            }
            out.push('\n');
        }
        let count = |severity| found.findings.iter().filter(|finding| finding.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let plural =
            |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let counted = match (errors, warnings) {
            (0, warnings) => plural(warnings, "warning"),
            (errors, 0) => plural(errors, "error"),
            (errors, warnings) => format!("{} and {}", plural(errors, "error"), plural(warnings, "warning")),
        };
        out.push_str(&format!("nixvirt-compile: {counted} in {}{}\n", found.name, places(found)));
    }
}

/// Where the problems are, if that is not where they are shown: of a failed build, Nix may repeat no more than the last lines.
fn places(found: &Findings) -> String {
    const MOST: usize = 12;
    let elsewhere = found.findings.iter().filter(|finding| finding.origin.is_some());
    let places: BTreeSet<_> = elsewhere.map(|finding| (&finding.file, finding.start)).collect();
    let shown = places.iter().take(MOST).map(|(file, (line, column))| format!("{file}:{line}:{column}"));
    let shown: Vec<String> = shown.collect();
    match (shown.join(", "), places.len().saturating_sub(MOST)) {
        (none, _) if none.is_empty() => none,
        (all, 0) => format!(": {all}"),
        (some, more) => format!(": {some} and {more} more"),
    }
}

fn short(out: &mut String, finding: &Finding) {
    let help = finding.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    let place = if finding.path.is_empty() { String::new() } else { format!("{}: ", finding.path) };
    let Finding { file, message, .. } = finding;
    let code = finding.code.name;
    let (line, column) = finding.start;
    // One line each, whatever is in a name.
    let text = format!("{file}:{line}:{column}: {code}: {place}{message}{help}").replace(['\n', '\r'], " ");
    out.push_str(&text);
    out.push('\n');
}

fn as_json(finding: &Finding) -> serde_json::Value {
    let related = finding.related.iter().map(|related| {
        let (line, column) = related.start;
        json!({ "file": related.file, "line": line, "column": column, "message": related.message })
    });
    let mut object = json!({
        "file": finding.file,
        "line": finding.start.0,
        "column": finding.start.1,
        "severity": finding.severity.name(),
        "code": finding.code.name,
        "path": finding.path,
        "message": finding.message,
        "help": finding.help,
        "notes": finding.notes,
        "related": related.collect::<Vec<_>>(),
    });
    if let (Some((line, column)), Some(object)) = (finding.end, object.as_object_mut()) {
        object.insert("end_line".to_owned(), json!(line));
        object.insert("end_column".to_owned(), json!(column));
    }
    object
}

/// A problem, as miette wants it.
struct Report<'r> {
    finding: &'r Finding,
    shown: Box<dyn SourceCode>,
    label: SourceSpan,
}

impl Report<'_> {
    fn of(finding: &Finding) -> Report<'_> {
        let shown = &finding.shown;
        if !shown.whole || finding.related.iter().all(|related| related.file != finding.file) {
            let (snippet, label) = shown.snippet(&shown.lines);
            return Report { finding, shown: Box::new(snippet), label };
        }
        // Related places may be anywhere in the text.
        Report { finding, shown: Box::new(shown.clone()), label: shown.range.clone().into() }
    }
}

impl Report<'_> {
    /// Whether another place is in the text that is shown: of some texts, only the lines around the problem are.
    fn is_marked(&self, related: &Related) -> bool {
        self.finding.shown.whole && related.file == self.finding.file
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.finding.path.is_empty() {
            true => write!(out, "{}", self.finding.message)?,
            false => write!(out, "{}: {}", self.finding.path, self.finding.message)?,
        }
        self.finding.origin.as_ref().map_or(Ok(()), |origin| write!(out, "\n{origin}"))
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
        Some(Box::new(self.finding.code.name))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        // What lies in the text that is shown is marked there; of anything else only the place is said.
        let elsewhere = self.finding.related.iter().filter(|related| !self.is_marked(related));
        let elsewhere = elsewhere.map(|related| {
            let (line, column) = related.start;
            format!("{}: {}:{line}:{column}", related.message, related.file)
        });
        let notes = self.finding.notes.iter().map(|note| format!("note: {note}"));
        let lines: Vec<String> = self.finding.help.iter().cloned().chain(elsewhere).chain(notes).collect();
        if lines.is_empty() { None } else { Some(Box::new(lines.join("\n"))) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.shown)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let here = LabeledSpan::underline(self.label);
        let related = self.finding.related.iter().filter(|related| self.is_marked(related));
        let related = related
            .map(|related| LabeledSpan::new_with_span(Some(related.message.clone()), related.range.clone()));
        Some(Box::new(std::iter::once(here).chain(related)))
    }
}
