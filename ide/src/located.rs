//! From a problem with an evaluated spec to the lines of Nix that made it.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use nixvirt_compiler::printable::printable_source;
use nixvirt_compiler::{Diagnostic, FilePlace, Fix, Lines, Path, Problem, Severity, nix, way};
use nixvirt_evaluator::{Content, Error, Evaluator, SourceFile, Span, Tree, TreeEntry};

use crate::located_problem::{Correction, LocatedProblem, RelatedRange, Shown};
use nixvirt_expand::evaluate::{self, Evaluated};

/// Where a spec was evaluated, and from where.
pub struct EvaluatedSpec<'e> {
    /// The evaluator that did it.
    pub evaluator: &'e Evaluator,
    /// The spec, evaluated to the end.
    pub tree: &'e Tree,
    /// The call that it was for, or the file.
    pub span: Span,
}

/// A value further than this from its name is not written beside it.
const NEAR: usize = 2000;

impl EvaluatedSpec<'_> {
    /// A problem of the spec, at the attribute or value at fault.
    pub fn find(&self, diagnostic: &Diagnostic) -> LocatedProblem {
        let way = way(Evaluated(self.tree), &diagnostic.path);
        let users = |entry: &&&TreeEntry| !self.evaluator.is_embedded(entry.span);
        let named = way.entries.iter().rev().find(users);
        let mut primary = named.map_or_else(|| self.first_line(self.span), |entry| entry.span);
        let mut related = Vec::new();
        let last = way.entries.last();
        let own = last.zip(named).is_some_and(|(last, named)| std::ptr::eq(*last, *named));
        if let (true, true, Some(entry), Some(value)) =
            (own, way.whole && about_value(&diagnostic.problem), last, way.values.last().map(|value| value.0))
        {
            match self.beside(entry.span, value.span) {
                true => primary = self.first_line(value.span),
                false if self.evaluator.is_embedded(value.span) || value.span == entry.span => {}
                false => related.extend(self.related(value.span, "the value comes from here")),
            }
        }
        if let (false, Some(entry)) = (own, last) {
            related.extend(self.related(entry.span, "the template sets it here"));
        }
        for entry in &way.entries {
            if let Some((operator, before)) = entry.replaced {
                let what = format!("`//` lays another `{}` over this one, as a whole", entry.name);
                let shown = if self.evaluator.is_embedded(before) { operator } else { before };
                let what = if shown == before {
                    what
                } else {
                    format!("`//` replaces the template's `{}` here", entry.name)
                };
                if !self.evaluator.is_embedded(shown) && shown != primary {
                    related.extend(self.related(self.first_line(shown), &what));
                }
            }
        }
        for place in &diagnostic.related {
            if let Some(FilePlace { file, line, column }) = &place.file {
                let (file, start, message) = (file.clone(), (*line, *column), place.message.clone());
                related.push(RelatedRange { file, range: 0..0, start, message });
                continue;
            }
            related.extend(self.related_place(&place.path, &place.message));
        }
        let Diagnostic { path, severity, problem, .. } = diagnostic;
        let fix = problem.fix().and_then(|fix| self.correction(&fix, last.filter(|_| way.whole)?));
        let notes = diagnostic.notes.clone();
        let found = LocatedProblem {
            fix,
            notes,
            ..self.located(primary, *severity, problem, path.to_string(), related)
        };
        found.in_its_file(diagnostic)
    }

    /// Another place of the spec that a problem speaks of, as far as it is written by the user.
    pub fn related_place(&self, path: &Path, message: &str) -> Option<RelatedRange> {
        let there = way(Evaluated(self.tree), path);
        // An element of a list has no name of its own.
        let in_list = there.whole && path.0.last().is_some_and(|step| step.index.is_some());
        let value = there.values.last().filter(|_| in_list).map(|value| value.0.span);
        let users = |entry: &&&TreeEntry| !self.evaluator.is_embedded(entry.span);
        let named = there.entries.iter().rev().find(users).map(|entry| entry.span);
        let span = value.filter(|span| !self.evaluator.is_embedded(*span)).or(named);
        // A part that a template adds by itself is placed at the call of the template.
        self.related(self.first_line(span.unwrap_or(self.span)), message)
    }

    /// The fix in the user's text, if the wrong word is written there literally.
    fn correction(&self, fix: &Fix, entry: &TreeEntry) -> Option<Correction> {
        let (span, text) = match fix {
            Fix::Rename(place) => {
                let keys: Vec<String> = place.split('.').map(nix::key).collect();
                (entry.span, keys.join("."))
            }
            Fix::Replace(value) => (entry.value.span, value.clone()),
        };
        let source = self.evaluator.source(span.file).filter(|source| !source.embedded)?;
        let written = source.text.get(span.range())?;
        let literal = match (fix, &entry.value.content) {
            (Fix::Rename(_), _) => written.trim_matches('"') == &*entry.name,
            (Fix::Replace(_), Content::Str(text)) => written == nix::string(text),
            (Fix::Replace(_), Content::Int(value)) => written == value.to_string(),
            (Fix::Replace(_), _) => false,
        };
        literal.then(|| Correction { file: name(self.evaluator, span), range: span.range(), text })
    }

    fn located(
        &self,
        span: Span,
        severity: Severity,
        problem: &Problem,
        path: String,
        related: Vec<RelatedRange>,
    ) -> LocatedProblem {
        LocatedProblem { severity, path, related, ..at(self.evaluator, span, problem) }
    }

    fn related(&self, span: Span, message: &str) -> Option<RelatedRange> {
        related(self.evaluator, span, message)
    }

    /// Whether a value is written where its name is, and not taken from elsewhere.
    fn beside(&self, name: Span, value: Span) -> bool {
        if name.file != value.file || value.start < name.end || (value.start - name.end) as usize > NEAR {
            return false;
        }
        let Some(source) = self.evaluator.source(name.file) else { return false };
        source.text.get(name.end as usize..value.start as usize).is_some_and(|between| !between.contains(';'))
    }

    fn first_line(&self, span: Span) -> Span {
        first_line(self.evaluator, span)
    }
}

/// Whether it is the value that is wrong, rather than that the attribute is there.
fn about_value(problem: &Problem) -> bool {
    // A name that is to be another one is wrong, and not what it holds.
    if let Problem::Rule { fix: Some(Fix::Rename(_)), .. } = problem {
        return false;
    }
    matches!(
        problem,
        Problem::BadValue { .. }
            | Problem::OutsideSchema { .. }
            | Problem::DecimalNumber { .. }
            | Problem::WrongType { .. }
            | Problem::ForbiddenCharacter { .. }
            | Problem::UnknownKind { .. }
            | Problem::Evaluation { .. }
            | Problem::Rule { .. }
    )
}

/// The part of a range that is on its first line.
fn first_line(evaluator: &Evaluator, span: Span) -> Span {
    let Some(source) = evaluator.source(span.file) else { return span };
    let text = source.text.get(span.range()).unwrap_or("");
    let length = text.find(['\n', '\r']).map_or(text.len(), |end| text[..end].trim_end().len());
    Span { end: span.start + u32::try_from(length).unwrap_or(u32::MAX), ..span }
}

/// The name of a source: its path, or its place in nixvirt's own sources.
fn name(evaluator: &Evaluator, span: Span) -> String {
    let Some(source) = evaluator.source(span.file) else { return String::new() };
    match source.path.strip_prefix(nixvirt_evaluator::EMBEDDED) {
        Ok(path) => format!("nixvirt/{}", path.display()),
        Err(_) => source.path.display().to_string(),
    }
}

fn related(evaluator: &Evaluator, span: Span, message: &str) -> Option<RelatedRange> {
    let source = evaluator.source(span.file)?;
    let range: Range<usize> = span.range();
    let start = Layout::of(source).lines.position(&source.text, range.start);
    Some(RelatedRange { file: name(evaluator, span), range, start, message: message.to_owned() })
}

/// A problem at a place.
pub fn at(evaluator: &Evaluator, span: Span, problem: &Problem) -> LocatedProblem {
    let layout = evaluator.source(span.file).map_or_else(|| Rc::new(Layout::new(&"".into())), Layout::of);
    let Layout { shown, lines } = &*layout;
    let file = name(evaluator, span);
    let range = span.range();
    LocatedProblem {
        start: lines.position(shown, range.start),
        end: Some(lines.position(shown, range.end)),
        severity: Severity::Error,
        code: problem.code(),
        path: String::new(),
        message: problem.to_string(),
        help: problem.help(),
        notes: Vec::new(),
        shown: Shown {
            title: file.clone(),
            text: Arc::clone(shown),
            range,
            lines: Arc::clone(lines),
            whole: true,
        },
        related: Vec::new(),
        origin: None,
        fix: None,
        page: "",
        file,
    }
}

/// A source as it is shown, and where its lines are: what finding places in it takes, once for all of them.
struct Layout {
    shown: Arc<str>,
    lines: Arc<Lines>,
}

impl Layout {
    fn new(text: &Rc<str>) -> Layout {
        Layout { shown: printable_source(text).into(), lines: Arc::new(Lines::of(text)) }
    }

    fn of(source: &SourceFile) -> Rc<Layout> {
        source.layout(Layout::new)
    }
}

/// An error of the evaluation, at the innermost place that is the user's.
pub fn error(evaluator: &Evaluator, error: &Error, otherwise: Span, path: String) -> LocatedProblem {
    let mut users = error.spans.iter().copied().filter(|span| !evaluator.is_embedded(*span));
    let place = users.next().unwrap_or(otherwise);
    let problem = evaluate::problem(error);
    let around = users
        .filter(|span| *span != place)
        .take(2)
        .filter_map(|span| related(evaluator, first_line(evaluator, span), "while evaluating this"));
    let related = around.collect();
    let place = first_line(evaluator, place);
    LocatedProblem { path, related, ..at(evaluator, place, &problem) }
}

/// The problem of a file that could not be checked to the end because of a limit.
pub fn unfinished(evaluator: &Evaluator, limit: &Error) -> LocatedProblem {
    let located = error(evaluator, limit, Span::default(), String::new());
    let message = format!("{}; what depends on it is not checked", located.message);
    LocatedProblem { severity: Severity::Warning, message, ..located }
}

/// The errors in a value.
pub fn failures(evaluator: &Evaluator, tree: &Tree, otherwise: Span) -> Vec<LocatedProblem> {
    let failures = evaluate::failures(tree);
    failures.iter().map(|(path, failure)| error(evaluator, failure, otherwise, path.to_string())).collect()
}
