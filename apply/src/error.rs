//! Errors with codes and with their facts as fields. Text is made of them where they are shown.

use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::Path;

use nixvirt_compiler::codes::SYNTAX;
use nixvirt_compiler::{Code, Diagnostic, Problem};
use serde_json::{Map, Value, json};

use crate::secrets;

pub use nixvirt_compiler::apply_codes as codes;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Error(Box<Wrong>);

/// The fields of an error.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    /// Its code, by which tools and `explain` know it.
    pub code: &'static Code,
    /// The entry, object or part that it speaks of, where it names one itself.
    pub object: Option<String>,
    /// The message in our words. It may be empty where the words of libvirt or of the system say all.
    pub message: String,
    /// The names and values that it is about.
    pub facts: Vec<(&'static str, String)>,
    /// The message of libvirt or of the system.
    pub words: Option<TheirWords>,
    /// Advice on what to write or to do.
    pub help: Option<String>,
    /// The consequences, a sentence each.
    pub notes: Vec<String>,
    /// Other errors that happened at the same time or because of it.
    pub beside: Vec<Error>,
}

/// A message that is not in our words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TheirWords {
    /// The message of libvirt.
    Libvirt(String),
    /// The system's or another program's.
    System(String),
}

impl Deref for Error {
    type Target = Wrong;

    fn deref(&self) -> &Wrong {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Wrong {
        &mut self.0
    }
}

impl Error {
    /// An error with a code and what is wrong.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Error {
        Error(Box::new(Wrong {
            code,
            object: None,
            message: message.into(),
            facts: Vec::new(),
            words: None,
            help: None,
            notes: Vec::new(),
            beside: Vec::new(),
        }))
    }

    /// The error for a problem that the compiler found in a text; it keeps the compiler's code.
    pub fn of_problem(problem: &Problem) -> Error {
        Error::new(problem.code(), problem.to_string())
    }

    /// The error for a problem that the compiler found at a place of a document.
    pub fn of_diagnostic(found: &Diagnostic) -> Error {
        Error::of_problem(&found.problem).at(&found.path)
    }

    /// Adds a fact: a name and its value.
    pub fn fact(mut self, name: &'static str, value: impl fmt::Display) -> Error {
        self.facts.push((name, value.to_string()));
        self
    }

    /// Says what to write or to do.
    pub fn help(mut self, what: impl Into<String>) -> Error {
        self.help = Some(what.into());
        self
    }

    /// Adds the system's own words.
    pub fn system(mut self, words: impl fmt::Display) -> Error {
        self.words = Some(TheirWords::System(words.to_string()));
        self
    }

    /// Adds what else came of it, behind all else.
    pub fn note(mut self, what: impl Into<String>) -> Error {
        match self.beside.pop() {
            Some(last) => self.beside.push(last.note(what)),
            None => self.notes.push(what.into()),
        }
        self
    }

    /// The same with words before what is wrong: what was tried, or in which part.
    pub fn within(mut self, part: impl fmt::Display) -> Error {
        self.message = match self.message.is_empty() {
            true => part.to_string(),
            false => format!("{part}: {}", self.message),
        };
        self
    }

    /// The same at a place: an entry of a bundle, a file, an object.
    pub fn at(self, place: impl fmt::Display) -> Error {
        let mut error = self.within(&place);
        error.object.get_or_insert_with(|| place.to_string());
        error
    }

    /// The same with words that its own follow in one sentence.
    pub fn after(mut self, words: &str) -> Error {
        self.message.insert_str(0, words);
        self
    }

    /// The same with another one that came of it or goes with it.
    pub fn and(mut self, other: Error) -> Error {
        self.beside.push(other);
        self
    }

    /// The same with what may have gone wrong afterwards.
    pub fn and_if<T>(self, other: Result<T, Error>) -> Error {
        match other {
            Ok(_) => self,
            Err(other) => self.and(other),
        }
    }

    /// It and what stands beside it.
    pub fn all(&self) -> impl Iterator<Item = &Error> {
        std::iter::once(self).chain(&self.beside)
    }

    /// The names of all its codes.
    pub fn codes(&self) -> Vec<&'static str> {
        let mut codes: Vec<&str> = Vec::new();
        for error in self.all() {
            if !codes.contains(&error.code.name) {
                codes.push(error.code.name);
            }
        }
        codes
    }

    /// Its text without what stands beside it.
    fn alone(&self) -> String {
        let mut text = self.message.clone();
        match (&self.words, text.is_empty()) {
            (None, _) => {}
            (Some(TheirWords::Libvirt(words) | TheirWords::System(words)), true) => text.push_str(words),
            (Some(TheirWords::Libvirt(words) | TheirWords::System(words)), false) => {
                text.push_str(": ");
                text.push_str(words);
            }
        }
        for more in self.help.iter().chain(&self.notes) {
            text.push_str("; ");
            text.push_str(more);
        }
        text
    }

    /// Its text for people, with its codes in brackets.
    pub fn coded(&self) -> String {
        let said = self.all().map(|error| format!("{} [{}]", error.alone(), error.code.name));
        said.collect::<Vec<_>>().join("; ")
    }

    /// For machines: an object for it and for each that stands beside it.
    pub fn as_json(&self) -> Vec<Value> {
        self.all().map(Error::alone_as_json).collect()
    }

    fn alone_as_json(&self) -> Value {
        let facts: Map<String, Value> =
            self.facts.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
        let mut set =
            json!({ "code": self.code.name, "severity": self.code.severity.name(), "message": self.alone() });
        let (libvirt, system) = match &self.words {
            Some(TheirWords::Libvirt(words)) => (Some(words), None),
            Some(TheirWords::System(words)) => (None, Some(words)),
            None => (None, None),
        };
        let texts = [
            ("object", self.object.as_ref()),
            ("libvirt", libvirt),
            ("system", system),
            ("help", self.help.as_ref()),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                set[key] = text.as_str().into();
            }
        }
        if !facts.is_empty() {
            set["facts"] = facts.into();
        }
        set
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.all().map(Error::alone).collect();
        out.write_str(&all.join("; "))
    }
}

impl std::error::Error for Error {}

/// Problems, all of those that one run could find.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problems(pub Vec<Error>);

impl Problems {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an error at the end.
    pub fn add(&mut self, problem: Error) {
        self.0.push(problem);
    }

    /// For people, one a line, with the codes in brackets.
    pub fn coded(&self) -> String {
        self.0.iter().map(Error::coded).collect::<Vec<_>>().join("\n")
    }

    /// The errors as JSON, for machines.
    pub fn as_json(&self) -> Vec<Value> {
        self.0.iter().flat_map(Error::as_json).collect()
    }
}

impl From<Error> for Problems {
    fn from(problem: Error) -> Problems {
        Problems(vec![problem])
    }
}

impl From<Problems> for Error {
    fn from(Problems(problems): Problems) -> Error {
        joined(problems)
            .unwrap_or_else(|| Error::new(&codes::INTERNAL, "it has failed, and nothing says why"))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(Error::to_string).collect();
        out.write_str(&all.join("\n"))
    }
}

/// Several errors as one: the first with the others beside it; nothing where there are none.
pub fn joined(errors: impl IntoIterator<Item = Error>) -> Option<Error> {
    let mut errors = errors.into_iter();
    let first = errors.next()?;
    Some(errors.fold(first, |first, other| {
        let mut other = other;
        let beside = std::mem::take(&mut other.beside);
        beside.into_iter().fold(first.and(other), Error::and)
    }))
}

/// The error for a case that cannot happen: a fault of this program.
pub fn internal() -> Error {
    Error::new(&codes::INTERNAL, "this should not happen").help("please report it as a bug")
}

/// The error for a definition that is not XML.
pub fn unparsed(error: &roxmltree::Error) -> Error {
    Error::new(&SYNTAX, "cannot read a definition").system(error)
}

/// The error for a failed call of libvirt; `tried` says what the call was for.
pub fn libvirt(code: &'static Code, tried: &str) -> impl FnOnce(virt::error::Error) -> Error + use<> {
    let message = format!("cannot {tried}");
    move |error| of_libvirt(code, &error).within(message)
}

/// The error for a failed call of libvirt, with libvirt's words alone.
pub fn of_libvirt(code: &'static Code, error: &virt::error::Error) -> Error {
    let mut found = Error::new(code, "");
    found.words = Some(TheirWords::Libvirt(said(error)));
    found
}

/// The error for a failed operation on a file; `tried` says what it was.
pub fn file(code: &'static Code, tried: &str, path: &Path) -> impl Fn(io::Error) -> Error + use<> {
    let (message, path) = (format!("cannot {tried} {}", path.display()), path.display().to_string());
    move |error| Error::new(code, message.clone()).fact("path", &path).system(error)
}

/// The message of a libvirt error without the secrets that it may repeat. Every message of libvirt passes through
/// here.
#[expect(clippy::disallowed_methods, reason = "secrets are taken out here")]
pub fn said(error: &virt::error::Error) -> String {
    secrets::without(error.message().trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentences_stay_and_the_codes_follow_them() {
        let mut error = Error::new(&codes::CANNOT_START, "cannot start it").fact("name", "web");
        error.words = Some(TheirWords::Libvirt("no room".into()));
        let error =
            error.help("make room").after("with its new definition, ").note("it runs with the old one");
        let other = Error::new(&codes::CANNOT_STOP, "cannot stop it").at("domain `db`");
        let both = error.and(other).note("nothing else");
        assert_eq!(
            both.to_string(),
            "with its new definition, cannot start it: no room; make room; it runs with the old one; domain `db`: cannot \
             stop it; nothing else"
        );
        assert!(
            both.coded().contains(
                "the old one [cannot-start]; domain `db`: cannot stop it; nothing else [cannot-stop]"
            )
        );
        assert_eq!(both.codes(), ["cannot-start", "cannot-stop"]);
        let json = both.as_json();
        assert_eq!(json[0]["libvirt"], "no room");
        assert_eq!(json[0]["facts"]["name"], "web");
        assert_eq!(json[0]["help"], "make room");
        assert_eq!(json[1]["object"], "domain `db`");
        let all = joined([both.clone(), both]).map(|all| all.codes().len() + all.beside.len());
        assert_eq!(all, Some(5));
    }
}
