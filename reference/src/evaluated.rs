//! Nix that is part of this program, evaluated: the examples of codes, the arguments of templates, the specs that examples begin
//! with.

use std::path::Path;

use nixvirt_compiler::Json;
use nixvirt_evaluator::{EMBEDDED, Tree};
use nixvirt_expand::evaluate::{evaluator, to_json};
use nixvirt_expand::files::Nowhere;
use nixvirt_expand::template::HostPackages;

/// The value of a Nix expression, as the compiler takes it; nothing where the expression as a whole cannot be evaluated.
pub(crate) fn evaluated(name: &str, text: &str) -> Option<Json<'static>> {
    let mut evaluator = evaluator(Nowhere, Some(&HostPackages::default()), false);
    let (_, value) = evaluator.add(&Path::new(EMBEDDED).join(name), text, false);
    let tree = evaluator.tree(value, false);
    tree.as_deref().ok().map(|tree: &Tree| to_json(tree))
}
