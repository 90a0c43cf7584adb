//! How Nix files are checked.

use nixvirt_compiler::{HostDescription, Policy, Target};
use nixvirt_schema::Kind;

/// The options of a check.
#[derive(Clone, Copy, Debug)]
pub struct Checking {
    /// The kind that specs are taken for where nothing says.
    pub kind: Option<&'static Kind>,
    /// How strict to be.
    pub policy: Policy,
    /// The codes of rules that are not asked.
    pub allow: &'static [&'static str],
    /// The codes of rules that are warnings.
    pub warn: &'static [&'static str],
    /// The version of libvirt that specs are checked for.
    pub target: Target,
    /// The hosts that are each to be able to run them.
    pub hosts: &'static [HostDescription],
}

impl Checking {
    /// As libvirt does, for the newest libvirt that is known, with all rules and for no host.
    pub const DEFAULT: Checking = Checking {
        kind: None,
        policy: Policy::Libvirt,
        allow: &[],
        warn: &[],
        target: Target::NEWEST,
        hosts: &[],
    };
}
