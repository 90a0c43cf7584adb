//! How much is taken. One place for all readers and writers, so that whatever is written can be read again.

use crate::diagnostics::Problem;

/// The longest source that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 64 << 20;

/// How deep the elements of an object may be nested, the root and foreign XML included. It is what libxml2, and so
/// libvirt, takes; libvirt's own formats go about twelve deep, but for chains of backing images.
pub const MAX_DEPTH: usize = 256;

/// How deep sets and lists may be nested in JSON. An element takes at most two levels, a list and the set in it; a bundle
/// takes some around the object.
pub const MAX_JSON_DEPTH: usize = 2 * MAX_DEPTH + 16;

/// The problem of elements that are nested deeper than [`MAX_DEPTH`].
pub(crate) fn too_deep() -> Problem {
    Problem::Limit { what: format!("elements are nested more than {MAX_DEPTH} deep") }
}
