//! Printing problems: for people, in one line each, as JSON, or as SARIF.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, SourceSpan};
use nixvirt_compiler::printable::{cut, printable, printable_json, printable_line};
use nixvirt_compiler::{Diagnostic, Severity};
use nixvirt_ide::located_problem::{FileProblems, LocatedProblem, RelatedRange, Shown};
use nixvirt_ide::source::SourceText;
use serde_json::json;

use crate::args::{Color, OutputFormat, Reporting};
use crate::output;
use crate::sarif;
use crate::snippet::Excerpt;
use crate::source::{BY_NIX, STDIN};

/// Prints problems the way the user asked for.
pub struct Reporter {
    format: OutputFormat,
    /// Whether to print in colour.
    pub color: bool,
    /// Whether to end with one line for each problem.
    summary: bool,
    /// How many columns a message may take.
    width: usize,
}

/// The columns of what is no terminal.
const UNKNOWN_WIDTH: usize = 110;
/// The columns of a narrower terminal; it breaks the lines itself.
const LEAST_WIDTH: usize = 60;
/// The most columns: longer lines of text are hard to read.
const MOST_WIDTH: usize = 200;

/// Whether the terminal is known to understand nothing but text.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// The most lines of a summary. With the line before and the one after them they are ten, which is all that old versions of
/// Nix show of a log.
const MOST: usize = 8;
/// The most characters of a line of a summary.
const LONGEST: usize = 400;

impl Reporter {
    /// Settles how to print.
    pub fn new(reporting: &Reporting) -> Reporter {
        let color = match reporting.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
                wanted && !is_dumb() && io::stderr().is_terminal()
            }
        };
        let columns = terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| usize::from(width.0));
        let width = columns.map_or(UNKNOWN_WIDTH, |columns| columns.clamp(LEAST_WIDTH, MOST_WIDTH));
        Reporter { format: reporting.format, color, summary: reporting.summary, width }
    }

    /// The problems of a source at their places. What Nix hands over is written in Nix by people: they are shown that.
    pub fn located(&self, source: &SourceText, diagnostics: &[Diagnostic]) -> FileProblems {
        let of_nix = [BY_NIX, STDIN].contains(&&*source.name);
        FileProblems::of(source, diagnostics, of_nix, of_nix && self.format == OutputFormat::Human)
    }

    /// Whether results are printed for tools.
    pub fn is_for_tools(&self) -> bool {
        self.format == OutputFormat::Json
    }

    /// Whether to end with one line for each problem, so that nothing may come behind them.
    pub fn ends_with_summary(&self) -> bool {
        self.summary
    }

    /// Prints the problems of some sources; nothing where there are none (an empty list in JSON).
    pub fn print(&self, found: &[(&SourceText, &[Diagnostic])]) -> io::Result<()> {
        let found: Vec<FileProblems> =
            found.iter().map(|(source, diagnostics)| self.located(source, diagnostics)).collect();
        self.print_located(&found)
    }

    /// Prints the problems of a source that was compiled all the same; nothing, in any format, where there are none.
    pub fn print_some(&self, source: &SourceText, diagnostics: &[Diagnostic]) -> io::Result<()> {
        match diagnostics.is_empty() {
            true => Ok(()),
            false => self.print(&[(source, diagnostics)]),
        }
    }

    /// Prints to people what is good to know and no problem of the input.
    pub fn note(&self, note: &str) -> io::Result<()> {
        match self.format {
            OutputFormat::Human => writeln!(io::stderr(), "nixvirt-compile: {}", printable(note)),
            _ => Ok(()),
        }
    }

    /// Prints problems of a command that prints nothing else: for tools, on standard output.
    pub fn print_as_result(&self, found: &[FileProblems]) -> io::Result<()> {
        match self.format {
            OutputFormat::Json | OutputFormat::Sarif => {
                output::to_stdout(self.shown(found)?.as_bytes()).map(drop)
            }
            OutputFormat::Human | OutputFormat::Short => self.print_located(found),
        }
    }

    /// Prints problems that have been found at their places already.
    pub fn print_located(&self, found: &[FileProblems]) -> io::Result<()> {
        io::stderr().lock().write_all(self.shown(found)?.as_bytes())
    }

    /// The text of a report, in the chosen format.
    pub fn shown(&self, found: &[FileProblems]) -> io::Result<String> {
        let mut out = String::new();
        let all = || found.iter().flat_map(|found| &found.located_problems);
        let cut = || all().map(LocatedProblem::cut).collect::<Vec<_>>();
        match self.format {
            OutputFormat::Human => found.iter().for_each(|found| self.human(&mut out, found)),
            OutputFormat::Short => all().for_each(|located| short(&mut out, &located.printable_line())),
            OutputFormat::Json => {
                let all: Vec<_> = cut().iter().map(as_json).collect();
                out = printable_json(serde_json::to_string_pretty(&all)? + "\n");
            }
            OutputFormat::Sarif => {
                out = printable_json(serde_json::to_string_pretty(&sarif::log(&cut()))? + "\n");
            }
        }
        Ok(out)
    }

    fn human(&self, out: &mut String, found: &FileProblems) {
        if found.located_problems.is_empty() {
            return;
        }
        let theme = match (self.color, is_dumb()) {
            (true, _) => GraphicalTheme::unicode(),
            (false, true) => GraphicalTheme::none(),
            (false, false) => GraphicalTheme::unicode_nocolor(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(self.width).with_links(false);
        for located in &found.located_problems {
            let located = located.printable();
            let report = Report::of(&located);
            if handler.render_report(out, &report).is_err() {
                out.push_str(&located.message);
            }
            out.push('\n');
        }
        let count =
            |severity| found.located_problems.iter().filter(|located| located.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let plural =
            |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let counted = match (errors, warnings) {
            (0, warnings) => plural(warnings, "warning"),
            (errors, 0) => plural(errors, "error"),
            (errors, warnings) => format!("{} and {}", plural(errors, "error"), plural(warnings, "warning")),
        };
        out.push_str(&format!("nixvirt-compile: {counted} in {}\n", printable_line(&found.name)));
        if self.summary {
            summary(out, found);
        }
    }
}

/// One line for each problem, the errors first, and no more lines than a log is sure to keep.
fn summary(out: &mut String, found: &FileProblems) {
    let mut located_problems: Vec<&LocatedProblem> = found.located_problems.iter().collect();
    located_problems.sort_by_key(|located| located.severity);
    for located in located_problems.iter().take(MOST) {
        let located = located.printable_line();
        let (line, column) = located.start;
        let place = match located.file == BY_NIX {
            // A spec that Nix hands to a build has no file in which the user could look the position up.
            true => located.file.clone(),
            false => format!("{}:{line}:{column}", located.file),
        };
        let help = located.help.iter().chain(&located.notes).map(|help| format!("; {help}"));
        let help: String = help.collect();
        let text = format!("{place}: {}{help}", located.text());
        out.push_str(&cut(&text, LONGEST));
        out.push('\n');
    }
    if let Some(more @ 1..) = located_problems.len().checked_sub(MOST) {
        out.push_str(&format!("and {more} more\n"));
    }
}

fn short(out: &mut String, located: &LocatedProblem) {
    let help = located.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    let (file, text) = (&located.file, located.text());
    let code = located.code.name;
    let (line, column) = located.start;
    let severity = match located.severity {
        Severity::Error => "",
        Severity::Warning => "warning: ",
    };
    // Each on its line: the places that it speaks of stand behind it.
    let related: String = located
        .related
        .iter()
        .map(|RelatedRange { file, start: (line, column), message, .. }| {
            format!(" [{message}: {file}:{line}:{column}]")
        })
        .collect();
    out.push_str(&format!("{file}:{line}:{column}: {severity}{code}: {text}{help}{related}\n"));
}

fn as_json(located: &LocatedProblem) -> serde_json::Value {
    let related = located.related.iter().map(|related| {
        let (line, column) = related.start;
        json!({ "file": related.file, "line": line, "column": column, "message": related.message })
    });
    let mut object = json!({
        "file": located.file,
        "line": located.start.0,
        "column": located.start.1,
        "severity": located.severity.name(),
        "code": located.code.name,
        "path": located.path,
        "message": located.message,
        "help": located.help,
        "notes": located.notes,
        "related": related.collect::<Vec<_>>(),
    });
    if let (Some((line, column)), Some(object)) = (located.end, object.as_object_mut()) {
        object.insert("end_line".to_owned(), json!(line));
        object.insert("end_column".to_owned(), json!(column));
    }
    object
}

/// A problem, as miette wants it.
struct Report<'r> {
    located: &'r LocatedProblem,
    /// The text that a frame shows; none where the text is a print that its author does not have, but the place in the
    /// author's own file is known.
    shown: Option<(Box<dyn SourceCode>, SourceSpan)>,
}

impl Report<'_> {
    fn of(located: &LocatedProblem) -> Report<'_> {
        let shown = &located.shown;
        if located.origin.is_some() {
            return Report { located, shown: None };
        }
        if !shows_related(located) {
            let (snippet, label) = Excerpt(shown.clone()).snippet();
            return Report { located, shown: Some((Box::new(snippet), label)) };
        }
        // Related places may be anywhere in the text.
        Report { located, shown: Some((Box::new(Excerpt(shown.clone())), shown.range.clone().into())) }
    }
}

impl Report<'_> {
    /// Whether another place is in the text that is shown: of some texts, only the lines around the problem are.
    fn is_marked(&self, related: &RelatedRange) -> bool {
        shows_related(self.located) && related.file == self.located.file
    }
}

/// Whether related places are shown in the text: where some lie in the same file, and no line there is so long that it
/// would fill the screen.
fn shows_related(located: &LocatedProblem) -> bool {
    const LONGEST: usize = 400;
    let Shown { text, range, whole, .. } = &located.shown;
    let related = || located.related.iter().filter(|related| related.file == located.file);
    let is_short = |at: usize| {
        let at = at.min(text.len());
        // miette shows the line before and the one after, too.
        let before = text.get(..at).unwrap_or("").rsplit('\n').take(2).map(str::len);
        let after = text.get(at..).unwrap_or("").split('\n').take(2).map(str::len);
        before.chain(after).all(|length| length < LONGEST)
    };
    *whole
        && related().next().is_some()
        && is_short(range.start)
        && related().all(|related| is_short(related.range.start))
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.located.text())?;
        match &self.located.origin {
            Some(origin) => match Excerpt(self.located.shown.clone()).line() {
                Some(line) => write!(out, "\n{origin}\n  {line}"),
                None => write!(out, "\n{origin}"),
            },
            None => Ok(()),
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
        Some(Box::new(self.located.code.name))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.located.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        // Related places in the excerpt are marked there; of other ones only the line and column are printed.
        let elsewhere = self.located.related.iter().filter(|related| !self.is_marked(related));
        let elsewhere = elsewhere.map(|related| {
            let (line, column) = related.start;
            format!("{}: {}:{line}:{column}", related.message, related.file)
        });
        let notes = self.located.notes.iter().map(|note| format!("note: {note}"));
        let lines: Vec<String> = self.located.help.iter().cloned().chain(elsewhere).chain(notes).collect();
        if lines.is_empty() { None } else { Some(Box::new(lines.join("\n"))) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.shown.as_ref().map(|(source, _)| &**source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let here = LabeledSpan::underline(self.shown.as_ref()?.1);
        let related = self.located.related.iter().filter(|related| self.is_marked(related));
        let related = related
            .map(|related| LabeledSpan::new_with_span(Some(related.message.clone()), related.range.clone()));
        Some(Box::new(std::iter::once(here).chain(related)))
    }
}
