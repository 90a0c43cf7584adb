//! Taking a JSON set of a bundle apart. What is wrong with it has been said already: the compiler's tables of the bundle's
//! format find it (`nixvirt_compiler::bundle_format`), so that a value of another shape counts as absent here.

use nixvirt_compiler::{Json, bundle_format};

/// The fields of a set; none where the value is no set.
#[derive(Clone, Copy)]
pub struct Fields<'j>(pub &'j Json<'j>);

impl<'j> Fields<'j> {
    /// The value of a key; `null` counts as a missing key.
    pub fn get(self, key: &str) -> Option<&'j Json<'j>> {
        self.0.get(key).filter(|value| !matches!(value, Json::Null))
    }

    /// The value of a key that holds a boolean.
    pub fn boolean(self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A boolean for which there are words, too.
    pub fn switch(self, key: &str) -> Option<bool> {
        bundle_format::switch(self.get(key)?)
    }

    /// The value of a key that holds a string.
    pub fn text(self, key: &str) -> Option<&'j str> {
        self.get(key)?.as_str()
    }

    /// A number of seconds.
    pub fn seconds(self, key: &str) -> Option<u64> {
        match self.get(key)? {
            Json::Int(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The value of a key that holds a list.
    pub fn list(self, key: &str) -> Option<&'j [Json<'j>]> {
        match self.get(key)? {
            Json::List(items) => Some(items),
            _ => None,
        }
    }

    /// One of some words.
    pub fn word<T: Copy>(self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
    }
}
