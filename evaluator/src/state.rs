//! The parts of an evaluator's state. Each part keeps its fields to itself, and none of them evaluates anything.

pub(crate) mod arena;
pub(crate) mod branches;
pub(crate) mod budget;
pub(crate) mod computation;
pub(crate) mod forest;
pub(crate) mod known_parts;
pub(crate) mod noticed;
pub(crate) mod sources;
