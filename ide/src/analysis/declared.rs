//! The objects that one definition declares.

use std::collections::BTreeSet;
use std::rc::Rc;

use nixvirt_compiler::External;
use nixvirt_compiler::bundle_format::NamedObject;
use nixvirt_compiler::link::ReservedAddress;
use nixvirt_evaluator::{Span, Tree};
use nixvirt_schema::Kind;

use super::outcomes::SpecOutcome;
use super::settings::Settings;

/// A spec that was compiled, and where it stands.
#[derive(Clone)]
pub(super) struct CompiledSpec {
    pub(super) outcome: Rc<SpecOutcome>,
    pub(super) tree: Rc<Tree>,
    pub(super) span: Span,
}

/// An object of a definition.
pub(super) struct DeclaredObject {
    pub(super) kind: &'static Kind,
    pub(super) active: Option<bool>,
    /// The position of the object that holds it.
    pub(super) holder: Option<usize>,
    /// The spec; nothing where it is not known.
    pub(super) spec: Option<CompiledSpec>,
    /// The call of the lib that made its definition, where that may be one.
    pub(super) call: Option<Span>,
    /// The whole entry that declares it.
    pub(super) entry: Rc<Tree>,
    /// The objects that its entry names.
    pub(super) named: Vec<NamedObject>,
    /// The addresses that its entry keeps for domains.
    pub(super) reserved: Vec<ReservedAddress>,
}

/// The objects that a definition declares for a host.
#[derive(Default)]
pub(super) struct Declaration {
    /// The name of the connection; nothing of a bundle.
    pub(super) name: Option<String>,
    pub(super) objects: Vec<DeclaredObject>,
    pub(super) external: External,
    /// The kinds of which there may be more objects.
    pub(super) open: BTreeSet<&'static str>,
    pub(super) settings: Settings,
}
