//! How a configuration asks for its specs to be compiled: `lib.withSettings`, and the options of a connection.

use nixvirt_compiler::settings::{ALLOW, WARN, levels_of};
use nixvirt_compiler::{Json, Levels, Policy, Severity, Target, parse_version};
use nixvirt_evaluator::{Content, Tree};

use crate::located_problem::LocatedProblem;
use nixvirt_expand::evaluate::to_json;

/// The user's settings of the compiler, so that a check gives the verdict that the build would give.
#[derive(Clone, Default)]
pub(super) struct Settings {
    /// Whether what is unknown or missing is only warned of; what cannot be known is taken for so.
    lenient: bool,
    /// Whether the build fails on warnings.
    strict: bool,
    /// For which libvirt, where that is said.
    target: Option<Target>,
    /// The levels of rules.
    pub(super) levels: Levels,
}

/// The levels of rules that a set asks for, with `allow` and `warn`.
pub(super) fn levels_in(set: &Tree) -> Levels {
    let said = [ALLOW, WARN].into_iter().filter_map(|key| Some((key.into(), to_json(set.get(key)?))));
    levels_of(&Json::Set(said.collect()))
}

impl Settings {
    /// These settings, with those of a set in their place where it has some.
    pub(super) fn with(self, set: &Tree) -> Settings {
        let Settings { mut lenient, mut strict, mut target, mut levels } = self;
        levels.extend(&levels_in(set));
        if let Some(value) = set.get("unknown") {
            lenient = !matches!(&value.content, Content::Str(text) if &**text != "warn");
        }
        if let Some(value) = set.get("check") {
            strict = matches!(value.content, Content::Bool(true));
        }
        if let Some(value) = set.get("libvirt") {
            target = match &value.content {
                Content::Str(text) => parse_version(text).ok().map(|version| Target::of(version).0),
                _ => None,
            };
        }
        Settings { lenient, strict, target, levels }
    }

    /// The policy, where the command line asks for another one.
    pub(super) fn policy(&self, asked: Policy) -> Policy {
        if self.lenient { Policy::Lenient } else { asked }
    }

    /// The libvirt, where the command line asks for another one.
    pub(super) fn target(&self, asked: Target) -> Target {
        self.target.unwrap_or(asked)
    }

    /// A finding as the build has it.
    pub(super) fn judged(&self, located: LocatedProblem) -> LocatedProblem {
        let severity = if self.strict { Severity::Error } else { located.severity };
        LocatedProblem { severity, ..located }
    }
}
