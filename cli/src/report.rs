//! Printing problems: for people, in one line each, or as JSON.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, SourceSpan};
use nixvirt_compiler::{Diagnostic, Problem, Severity, locate, nix, parse_json};
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
            let report = Report { diagnostic, shown: &shown, label: shown.place(diagnostic) };
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
    for diagnostic in diagnostics {
        let (line, column) = position(source, diagnostic);
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
    diagnostics
        .iter()
        .map(|diagnostic| {
            let (line, column) = position(source, diagnostic);
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

/// Line and column of a problem in its source.
fn position(source: &Source, diagnostic: &Diagnostic) -> (usize, usize) {
    let text = String::from_utf8_lossy(&source.bytes);
    let offset = match source.language {
        _ if whole_source(&diagnostic.problem) => diagnostic.offset.unwrap_or(0),
        Language::Xml => locate::in_xml(&text, diagnostic).start,
        Language::Json => locate::in_json(&text, &diagnostic.path),
    };
    locate::line_and_column(&text, offset)
}

/// Whether a problem is with the source itself, so that only an offset says where.
fn whole_source(problem: &Problem) -> bool {
    matches!(problem, Problem::Syntax { .. } | Problem::Limit { .. })
}

/// What is shown of a source: XML as it is, a spec as Nix, for that is what its author wrote.
struct Shown {
    text: NamedSource<String>,
    printed: Option<nix::Printed>,
    source: String,
}

impl Shown {
    fn new(source: &Source) -> Shown {
        let given = String::from_utf8_lossy(&source.bytes).into_owned();
        let printed = match source.language {
            Language::Json => parse_json(&source.bytes).ok().map(|value| nix::print(&value)),
            Language::Xml => None,
        };
        let text = match &printed {
            Some(printed) => NamedSource::new(format!("{} (as Nix)", source.name), printed.text.clone()),
            // Control characters would do things on a terminal; what stands in for them has the same length.
            None => NamedSource::new(&source.name, given.replace(is_control, "?")),
        };
        Shown { text, printed, source: given }
    }

    fn place(&self, diagnostic: &Diagnostic) -> SourceSpan {
        let range = match &self.printed {
            Some(printed) => printed.place(&diagnostic.path).unwrap_or(0..1),
            None if whole_source(&diagnostic.problem) => {
                let at = diagnostic.offset.unwrap_or(0).min(self.source.len());
                at..at
            }
            None => locate::in_xml(&self.source, diagnostic),
        };
        range.into()
    }
}

fn is_control(character: char) -> bool {
    character.is_ascii_control() && !matches!(character, '\t' | '\n' | '\r')
}

/// A problem, as miette wants it.
struct Report<'r> {
    diagnostic: &'r Diagnostic,
    shown: &'r Shown,
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
        Some(&self.shown.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::underline(self.label))))
    }
}
