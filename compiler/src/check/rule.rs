//! A rule, a document while a rule looks at it, and a problem that a rule finds.

use nixvirt_schema::{Version, Versions};

use crate::check::view::RuleView;
use crate::diagnostics::codes::Code;
use crate::diagnostics::{Diagnostic, Problem, Related, Severity};
use crate::document::path::{Path, PathStep};
use crate::document::{Document, Node};

/// A rule: a check of a whole object that libvirt makes, too.
#[derive(Debug)]
pub struct Rule {
    /// The code of its problem, with explanation and examples.
    pub code: Code,
    /// The kind of object that it looks at.
    pub kind: &'static str,
    /// The function of libvirt that refuses the object.
    pub mirrors: &'static str,
    /// Which hypervisors it was checked for.
    pub holds: Holds,
    /// Names of elements and attributes. An object that breaks the rule has one of them at least; where there is none here, any
    /// object may break it.
    pub with: &'static [&'static str],
    /// The versions of libvirt that refuse it. Where only an interval is known in which libvirt began to, from its end on: 9.0 takes
    /// it, and 11.3 does not.
    pub versions: Versions,
    /// Looks at an object, and says what breaks the rule.
    pub check: fn(&mut Check<'_, '_>),
}

/// For which hypervisors a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// For every one: libvirt checks it before any driver does.
    Always,
    /// For the domain types that QEMU runs.
    Qemu,
}

/// A document while one rule looks at it.
pub struct Check<'c, 'a> {
    pub(super) document: &'c Document<'a>,
    pub(super) view: &'c RuleView<'c, 'a>,
    pub(super) rule: &'static Rule,
    pub(super) libvirt: Version,
    pub(super) found: Vec<Diagnostic>,
}

/// Daemons of 9.0, of this version and of 12.8 were asked. What 9.0 takes and this one refuses is refused from this version on; what
/// this one refuses and 12.8 takes, up to this version. In between, nobody is refused wrongly.
pub(crate) const ASKED: Version = Version::new(11, 3, 0);

impl<'c, 'a> Check<'c, 'a> {
    /// The version of libvirt that the object is for.
    pub fn libvirt(&self) -> Version {
        self.libvirt
    }

    /// Says that the rule is broken at a node, or at the part of it that is named.
    pub fn say(&mut self, node: &Node<'_>, part: Option<&str>, message: String) {
        self.rule_problem(node, part, message).add();
    }

    /// Begins to say that the rule is broken.
    pub fn rule_problem<'f>(
        &'f mut self,
        node: &Node<'_>,
        part: Option<&str>,
        message: String,
    ) -> RuleProblem<'f> {
        let mut path = self.path(node);
        path.0.extend(part.map(|key| PathStep { key: key.to_owned(), index: None }));
        RuleProblem {
            path,
            offset: node.offset,
            message,
            help: None,
            related: Vec::new(),
            severity: self.rule.code.severity,
            code: &self.rule.code,
            found: &mut self.found,
        }
    }
}

/// A problem that is being put together.
pub struct RuleProblem<'f> {
    path: Path,
    offset: Option<usize>,
    message: String,
    help: Option<String>,
    related: Vec<Related>,
    severity: Severity,
    code: &'static Code,
    found: &'f mut Vec<Diagnostic>,
}

impl RuleProblem<'_> {
    /// Says what to write instead.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a related place, such as the first use of a number.
    pub fn with(mut self, related: Related) -> Self {
        self.related.push(related);
        self
    }

    /// Sets the severity, where it depends on the version of libvirt.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds the problem to the report.
    pub fn add(self) {
        let RuleProblem { path, offset, message, help, related, severity, code, found } = self;
        let problem = Problem::Rule { code, message, help, fix: None };
        let diagnostic = Diagnostic { offset, related, ..Diagnostic::new(problem, path, severity) };
        found.push(diagnostic);
    }
}
