//! The whole way of one object: read, derive, validate, write.

use std::borrow::Cow;

use nixvirt_schema::Kind;

use crate::check;
use crate::check::structure::validate;
use crate::derive::derive;
use crate::diagnostics::levels::Levels;
use crate::diagnostics::report::{Policy, Report};
use crate::diagnostics::{Diagnostic, Severity};
use crate::document::{Document, Valid};
use crate::host::HostDescription;
use crate::link::Facts;
use crate::minimal::minimal;
use crate::read;
use crate::source::json::Json;
use crate::target::Target;
use crate::write;
use crate::write::comments::Comments;
use crate::write::spec::to_spec_with_comments;

/// The options of a compilation.
#[derive(Clone, Copy, Debug)]
pub struct CompileOptions {
    /// The kind of object; where it is not said, the source tells.
    pub kind: Option<&'static Kind>,
    /// How strict to be.
    pub policy: Policy,
    /// Whether to add nothing: no derived uuid, no derived MAC address.
    pub exact: bool,
    /// The codes of rules that are not to be said. The grammar cannot be silenced.
    pub allow: &'static [&'static str],
    /// The codes of rules that are warnings.
    pub warn: &'static [&'static str],
    /// The libvirt that the object is checked for.
    pub target: Target,
    /// The hosts that are each to be able to run it.
    pub hosts: &'static [HostDescription],
    /// Whether to write the XML. A check needs only the problems.
    pub writes: bool,
}

impl CompileOptions {
    /// As the command line does without options: of any kind, as strict as libvirt, with what is derived, for the newest
    /// libvirt.
    pub const DEFAULT: CompileOptions = CompileOptions {
        kind: None,
        policy: Policy::Libvirt,
        exact: false,
        allow: &[],
        warn: &[],
        target: Target::NEWEST,
        hosts: &[],
        writes: true,
    };
}

/// The result of compiling one object.
#[derive(Clone, Debug)]
pub struct CompileOutcome {
    /// The kind of the object, where it could be told.
    pub kind: Option<&'static Kind>,
    /// The name of the object; the uuid of one that has none (a secret).
    pub name: Option<String>,
    /// The canonical XML, where it was asked for and nothing kept it from being written.
    pub xml: Option<String>,
    /// The problems, ordered by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl CompileOutcome {
    /// The outcome of a source that could not be read at all.
    fn unread(report: Report) -> CompileOutcome {
        CompileOutcome { kind: None, name: None, xml: None, diagnostics: report.finish() }
    }

    /// Whether there is an error among the problems.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Compiles one spec to canonical XML; the problems are part of the result.
pub fn compile_spec(spec: Json<'_>, options: CompileOptions) -> CompileOutcome {
    compile(spec, options, &Levels::default(), false).0
}

/// Compiles a spec of which it matters what other objects there are; gives the facts for that, too, unless the spec could not
/// be read. `levels` says what becomes of rules beside what `options` say.
pub fn compile_for_link(
    spec: Json<'_>,
    options: CompileOptions,
    levels: &Levels,
) -> (CompileOutcome, Option<Facts>) {
    compile(spec, options, levels, true)
}

fn compile(
    spec: Json<'_>,
    options: CompileOptions,
    levels: &Levels,
    facts: bool,
) -> (CompileOutcome, Option<Facts>) {
    let mut report = Report::new(options.policy).for_target(options.target);
    let Some(document) = read::spec::read(spec, options.kind, &mut report) else {
        return (CompileOutcome::unread(report), None);
    };
    report.level(levels);
    report.level(&Levels::of(options.allow, options.warn));
    check::check(&document, &mut report);
    check::host::check(&document, options.hosts, &mut report);
    finish(document, options, report, facts)
}

/// Prints XML canonically. The rules beyond the grammar are not asked, for they do not change how an object is printed.
pub fn format_xml(source: &[u8], kind: Option<&'static Kind>, target: Target) -> CompileOutcome {
    xml(source, None, CompileOptions { kind, target, ..CompileOptions::DEFAULT })
}

/// Checks XML against libvirt's grammar and the rules beyond it, by the kind, the codes of rules and the target in `options`.
/// How strict it is and what is derived is the same for all XML.
pub fn check_xml(source: &[u8], options: CompileOptions) -> CompileOutcome {
    xml(source, Some(Levels::of(options.allow, options.warn)), options)
}

fn xml(source: &[u8], rules: Option<Levels>, options: CompileOptions) -> CompileOutcome {
    let CompileOptions { kind, target, hosts, writes, .. } = options;
    let mut report = Report::new(Policy::Libvirt).for_target(target);
    let Some(document) = read::xml::read(source, kind, &mut report) else {
        return CompileOutcome::unread(report);
    };
    if let Some(levels) = rules {
        report.level(&levels);
        check::check(&document, &mut report);
        check::host::check(&document, hosts, &mut report);
    }
    let options = CompileOptions { kind, exact: true, target, writes, ..CompileOptions::DEFAULT };
    finish(document, options, report, false).0
}

/// Checks a definition that is to go to libvirt as it is: only what makes it no object of the kind is an error. What the
/// schema does not have is a warning, for such a file may come from a host with a newer libvirt.
pub fn check_definition(source: &[u8], kind: &'static Kind, target: Target) -> CompileOutcome {
    check_definition_for_link(source, kind, target, &Levels::default(), None).0
}

/// Like [`check_definition`]; also gives the facts of the object, with values derived for a host of that salt.
pub(crate) fn check_definition_for_link(
    source: &[u8],
    kind: &'static Kind,
    target: Target,
    levels: &Levels,
    salt: Option<&str>,
) -> (CompileOutcome, Option<Facts>) {
    let mut report = Report::new(Policy::Libvirt).for_target(target);
    report.level(levels);
    let document = read::xml::read(source, Some(kind), &mut report);
    let is_object = document.is_some();
    let name = document.as_ref().and_then(|document| document.name().or_else(|| document.uuid()));
    let name = name.map(str::to_owned);
    let facts = document.map(|mut document| {
        document.salt = salt.map(Cow::Borrowed);
        derive(&mut document);
        let facts = Facts::of(&document, &report);
        validate(document, &mut report);
        facts
    });
    let mut diagnostics = report.finish();
    for diagnostic in &mut diagnostics {
        // An error that keeps the definition from being read is at its root.
        if is_object || !diagnostic.path.0.is_empty() {
            diagnostic.severity = Severity::Warning;
        }
    }
    (CompileOutcome { kind: Some(kind), name, xml: None, diagnostics }, facts)
}

/// The result of an import.
#[derive(Clone, Debug)]
pub struct Import<'a> {
    /// The spec, where nothing kept it from being written.
    pub spec: Option<Json<'a>>,
    /// The comments and processing instructions that stand in the XML outside of what a spec has as XML.
    pub comments: Comments,
    /// The problems, ordered by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Turns XML into a spec without what libvirt fills in by itself. Beside problems, it says which paths of the Nix store the XML pins, and
/// which addresses had to be kept.
pub fn import_minimal<'a>(source: &'a [u8], kind: Option<&'static Kind>, target: Target) -> Import<'a> {
    import(source, kind, target, |valid| {
        let notes = minimal(&mut valid.0);
        (to_spec_with_comments(valid, false), notes)
    })
}

/// Turns XML into a spec. What only a running object has is left out unless `live` keeps it. libvirt prints a few things
/// that its own schema refuses, so that only what its parser would refuse is an error.
pub fn import_xml<'a>(
    source: &'a [u8],
    kind: Option<&'static Kind>,
    live: bool,
    target: Target,
) -> Import<'a> {
    import(source, kind, target, |valid| (to_spec_with_comments(valid, live), Vec::new()))
}

fn import<'a>(
    source: &'a [u8],
    kind: Option<&'static Kind>,
    target: Target,
    write: impl FnOnce(&mut Valid<'a>) -> ((Json<'a>, Comments), Vec<Diagnostic>),
) -> Import<'a> {
    let mut report = Report::new(Policy::Libvirt).for_target(target);
    let document = read::xml::read(source, kind, &mut report);
    let valid = document.and_then(|document| validate(document, &mut report));
    let Some(mut valid) = valid else {
        return Import { spec: None, comments: Comments::default(), diagnostics: report.finish() };
    };
    let ((spec, comments), notes) = write(&mut valid);
    let mut diagnostics = report.finish();
    diagnostics.extend(notes);
    Import { spec: Some(spec), comments, diagnostics }
}

fn finish(
    mut document: Document<'_>,
    options: CompileOptions,
    mut report: Report,
    facts: bool,
) -> (CompileOutcome, Option<Facts>) {
    if !options.exact && !report.unknowns {
        derive(&mut document);
    }
    let kind = Some(document.kind);
    let name = document.name().or_else(|| document.uuid()).map(str::to_owned);
    let facts = facts.then(|| Facts::of(&document, &report));
    let libvirt = report.libvirt();
    let valid = validate(document, &mut report).filter(|_| options.writes);
    let xml = valid.map(|valid| write::xml::to_xml(&valid, libvirt));
    (CompileOutcome { kind, name, xml, diagnostics: report.finish() }, facts)
}
