//! Strings of values: shared by their copies, and counted while any of them lives.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use crate::memory::Held;

/// A text of a value. Copies share it; while any of them lives, its evaluator counts the bytes.
#[derive(Clone)]
pub struct NixString(Rc<Inner>);

struct Inner {
    text: Box<str>,
    /// Counts the bytes of the text against the limit of memory until it is dropped.
    _held: Held,
}

impl NixString {
    /// A text whose bytes are counted.
    pub(crate) fn held(text: Box<str>, held: Held) -> NixString {
        NixString(Rc::new(Inner { text, _held: held }))
    }
}

/// A text whose bytes do not count against the limit of memory.
impl From<&str> for NixString {
    fn from(text: &str) -> NixString {
        NixString::held(text.into(), Held::default())
    }
}

impl std::ops::Deref for NixString {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl std::borrow::Borrow<str> for NixString {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq for NixString {
    fn eq(&self, other: &NixString) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}

impl Eq for NixString {}

impl PartialOrd for NixString {
    fn partial_cmp(&self, other: &NixString) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for NixString {
    fn cmp(&self, other: &NixString) -> Ordering {
        (**self).cmp(other)
    }
}

impl Hash for NixString {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (**self).hash(hasher);
    }
}

impl fmt::Debug for NixString {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}

impl fmt::Display for NixString {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self)
    }
}
