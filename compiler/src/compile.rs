//! The whole way of one object: read, derive, validate, write.

use nixvirt_schema::Kind;

use crate::check;
use crate::check::structure::validate;
use crate::derive::derive;
use crate::diagnostics::report::{Policy, Report};
use crate::diagnostics::{Diagnostic, Severity};
use crate::read::{self, spec};
use crate::source::json::Json;
use crate::target::Target;
use crate::write;
use crate::write::comments::Comments;
use crate::write::spec::to_spec_with_comments;

/// How to compile.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The kind of object; where it is not said, the source tells.
    pub kind: Option<&'static Kind>,
    /// How strict to be.
    pub policy: Policy,
    /// Whether to add nothing: no derived uuid, no derived MAC address.
    pub exact: bool,
    /// The codes of rules that are not to be said. The grammar cannot be silenced.
    pub allow: &'static [&'static str],
    /// What it is checked for.
    pub target: Target,
}

/// What became of an object.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The kind of the object, where it could be told.
    pub kind: Option<&'static Kind>,
    /// The name of the object; the uuid of one that has none (a secret).
    pub name: Option<String>,
    /// The canonical XML, where nothing kept it from being written.
    pub xml: Option<String>,
    /// The problems, ordered by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Outcome {
    /// The outcome of a source that could not be read at all.
    fn unread(report: Report) -> Outcome {
        Outcome { kind: None, name: None, xml: None, diagnostics: report.finish() }
    }

    /// Whether there is an error among the problems.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Compiles a spec.
pub fn compile_spec(spec: Json<'_>, options: Options) -> Outcome {
    let mut report = Report::new(options.policy).for_target(options.target);
    match spec::read(spec, options.kind, &mut report) {
        Some(document) => {
            report.silence(options.allow.iter().copied());
            check::check(&document, &mut report);
            finish(document, options, report)
        }
        None => Outcome::unread(report),
    }
}

/// Prints XML canonically. The rules beyond the grammar are not asked, for they do not change how an object is printed.
pub fn format_xml(source: &[u8], kind: Option<&'static Kind>, target: Target) -> Outcome {
    xml(source, kind, None, target)
}

/// Checks XML against libvirt's grammar and the rules beyond it, but for those that are allowed to be broken.
pub fn check_xml(
    source: &[u8],
    kind: Option<&'static Kind>,
    allow: &'static [&'static str],
    target: Target,
) -> Outcome {
    xml(source, kind, Some(allow), target)
}

fn xml(
    source: &[u8],
    kind: Option<&'static Kind>,
    rules: Option<&'static [&'static str]>,
    target: Target,
) -> Outcome {
    let mut report = Report::new(Policy::Libvirt).for_target(target);
    let Some(document) = read::xml::read(source, kind, &mut report) else {
        return Outcome::unread(report);
    };
    if let Some(allow) = rules {
        report.silence(allow.iter().copied());
        check::check(&document, &mut report);
    }
    finish(document, Options { kind, policy: Policy::Libvirt, exact: true, allow: &[], target }, report)
}

/// Checks a definition that is to go to libvirt as it is: only what makes it no object of the kind is an error. What the
/// schema does not have is a warning, for such a file may come from a host with a newer libvirt.
pub fn check_definition(source: &[u8], kind: &'static Kind, target: Target) -> Outcome {
    let mut report = Report::new(Policy::Libvirt).for_target(target);
    let document = read::xml::read(source, Some(kind), &mut report);
    let is_object = document.is_some();
    let name = document.as_ref().and_then(|document| document.name().or_else(|| document.uuid()));
    let name = name.map(str::to_owned);
    document.and_then(|document| validate(document, &mut report));
    let mut diagnostics = report.finish();
    for diagnostic in &mut diagnostics {
        // What keeps it from being read is said of the whole of it.
        if is_object || !diagnostic.path.0.is_empty() {
            diagnostic.severity = Severity::Warning;
        }
    }
    Outcome { kind: Some(kind), name, xml: None, diagnostics }
}

/// What became of an import.
#[derive(Clone, Debug)]
pub struct Import {
    /// The spec, where nothing kept it from being written.
    pub spec: Option<Json<'static>>,
    /// The comments and processing instructions that stand in the XML outside of what a spec has as XML.
    pub comments: Comments,
    /// The problems, ordered by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Turns XML into a spec. What only a running object has is left out unless `live` keeps it. libvirt prints a few things
/// that its own schema refuses, so that only what its parser would refuse is an error.
pub fn import_xml(source: &[u8], kind: Option<&'static Kind>, live: bool, target: Target) -> Import {
    let mut report = Report::new(Policy::Libvirt).for_target(target);
    let document = read::xml::read(source, kind, &mut report);
    let valid = document.and_then(|document| validate(document, &mut report));
    let (spec, comments) = match &valid {
        Some(valid) => {
            let (spec, comments) = to_spec_with_comments(valid, live);
            (Some(spec.into_owned()), comments)
        }
        None => (None, Comments::default()),
    };
    Import { spec, comments, diagnostics: report.finish() }
}

fn finish(mut document: crate::Document<'_>, options: Options, mut report: Report) -> Outcome {
    if !options.exact && !report.unknowns {
        derive(&mut document);
    }
    let kind = Some(document.kind);
    let name = document.name().or_else(|| document.uuid()).map(str::to_owned);
    let xml = validate(document, &mut report).map(|valid| write::xml::to_xml(&valid));
    Outcome { kind, name, xml, diagnostics: report.finish() }
}
