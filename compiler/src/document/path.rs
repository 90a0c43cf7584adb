//! Paths into an object, as a spec spells them: `devices.disk[0].driver.cache`.

use std::fmt;

use crate::diagnostics::printable::Name;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathStep {
    /// The key in the set.
    pub key: String,
    /// The index, where the key holds a list.
    pub index: Option<usize>,
}

/// A path from the root of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(pub Vec<PathStep>);

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            if position > 0 {
                out.write_str(".")?;
            }
            let plain = step.key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && step
                    .key
                    .chars()
                    .all(|part| part.is_ascii_alphanumeric() || matches!(part, '_' | '-' | '\''));
            match plain {
                true => write!(out, "{}", Name(&step.key))?,
                false => write!(out, "{:?}", Name(&step.key).to_string())?,
            }
            if let Some(index) = step.index {
                write!(out, "[{index}]")?;
            }
        }
        Ok(())
    }
}

/// The way to a place while a tree is being walked: a path that costs nothing until it is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trail<'t> {
    parent: Option<&'t Trail<'t>>,
    key: &'t str,
    index: Option<usize>,
}

impl<'t> Trail<'t> {
    /// The root of the object, which has no key.
    pub(crate) const ROOT: Trail<'static> = Trail { parent: None, key: "", index: None };

    /// The place below this one.
    pub(crate) fn step(&'t self, key: &'t str, index: Option<usize>) -> Trail<'t> {
        Trail { parent: Some(self), key, index }
    }

    /// The element of the list at this place.
    pub(crate) fn item(&self, index: usize) -> Trail<'t> {
        Trail { index: Some(index), ..*self }
    }

    /// The key of this place; empty for the root.
    pub(crate) fn key(&self) -> &'t str {
        self.key
    }

    /// The path to this place.
    pub(crate) fn path(&self) -> Path {
        let mut steps = Vec::new();
        let mut here = Some(self);
        while let Some(Trail { parent: Some(parent), key, index }) = here {
            steps.push(PathStep { key: (*key).to_owned(), index: *index });
            here = Some(parent);
        }
        steps.reverse();
        Path(steps)
    }
}
