//! Taking a JSON set apart by hand, so that every problem in it is found in one run, each with its place.

use nixvirt_compiler::Json;

use crate::error::Problems;

/// One set, its keys still to be taken.
pub struct Fields<'j, 'p> {
    place: String,
    entries: Vec<(&'j str, &'j Json<'j>)>,
    known: Vec<&'static str>,
    problems: &'p mut Problems,
}

impl<'j, 'p> Fields<'j, 'p> {
    /// Opens a set; a problem where it is none.
    pub fn open(value: &'j Json<'j>, place: &str, problems: &'p mut Problems) -> Option<Fields<'j, 'p>> {
        match value {
            Json::Set(entries) => {
                let entries = entries.iter().map(|(key, value)| (&**key, value)).collect();
                Some(Fields { place: place.to_owned(), entries, known: Vec::new(), problems })
            }
            other => {
                problems.add(format!("{place}: {} cannot stand here; expected a set", other.shape()));
                None
            }
        }
    }

    /// The place of a key.
    pub fn at(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    /// The problems found so far.
    pub fn problems(&mut self) -> &mut Problems {
        self.problems
    }

    /// Takes a value; `null` is as good as nothing.
    pub fn take(&mut self, key: &'static str) -> Option<&'j Json<'j>> {
        self.known.push(key);
        let found =
            self.entries.iter().position(|(name, _)| *name == key).map(|at| self.entries.remove(at).1);
        found.filter(|value| !matches!(value, Json::Null))
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        what: &str,
        read: impl Fn(&'j Json<'j>) -> Option<T>,
    ) -> Option<T> {
        let value = self.take(key)?;
        let found = read(value);
        if found.is_none() {
            let place = self.at(key);
            self.problems.add(format!("{place}: {} cannot stand here; expected {what}", value.shape()));
        }
        found
    }

    /// Takes a boolean.
    pub fn boolean(&mut self, key: &'static str) -> Option<bool> {
        self.typed(key, "true, false or null", |value| match value {
            Json::Bool(value) => Some(*value),
            _ => None,
        })
    }

    /// Takes a string.
    pub fn text(&mut self, key: &'static str) -> Option<&'j str> {
        self.typed(key, "a string", |value| value.as_str())
    }

    /// Takes a number of seconds.
    pub fn seconds(&mut self, key: &'static str) -> Option<u64> {
        self.typed(key, "a number of seconds", |value| match value {
            Json::Int(value) => u64::try_from(*value).ok(),
            _ => None,
        })
    }

    /// Takes a list.
    pub fn list(&mut self, key: &'static str) -> Option<&'j [Json<'j>]> {
        self.typed(key, "a list or null", |value| match value {
            Json::List(items) => Some(&**items),
            _ => None,
        })
    }

    /// Takes one of some words.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let all: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            let place = self.at(key);
            self.problems
                .add(format!("{place}: {text:?} is not allowed here; expected one of {}", all.join(", ")));
        }
        found
    }

    /// Says what is left: keys that mean nothing here.
    pub fn finish(self) {
        for (key, _) in &self.entries {
            let hint = nixvirt_compiler::suggest_word(&self.known, key);
            let hint = hint
                .map(|name| format!("; did you mean `{name}`?"))
                .unwrap_or_else(|| format!("; expected one of {}", self.known.join(", ")));
            let place = if self.place.is_empty() { "the bundle" } else { &self.place };
            self.problems.add(format!("{place}: unknown key `{key}`{hint}"));
        }
    }
}
