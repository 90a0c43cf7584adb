//! Holds configurations for guests against tables of their keys: the keys that people mistype, and values of another shape.

mod model;

use std::borrow::Cow;

pub(crate) use self::model::{Entries, Shape, ShapedKey, key};
use super::codes;
use super::content::host_file;
use super::problems::SeedProblems;
use crate::diagnostics::printable::Name;
use crate::diagnostics::{Fix, Problem, suggest};
use crate::document::path::Trail;
use crate::source::json::Json;
use crate::write::nix;

/// The program in the guest that reads a configuration.
#[derive(Debug)]
pub(crate) struct Reader {
    /// The name of the program, as messages say it.
    pub name: &'static str,
    /// The configuration as a whole, with its article.
    pub whole: &'static str,
    /// The code of a key that it does not know.
    pub key: &'static codes::Code,
    /// The code of a value of another shape.
    pub value: &'static codes::Code,
    /// The page that lists the keys, as a sentence.
    pub page: &'static str,
    /// The advice where the whole is no set.
    pub example: &'static str,
}

/// Holds a configuration against the table of its keys.
pub(crate) struct ShapeChecker {
    reader: &'static Reader,
    found: SeedProblems,
}

impl ShapeChecker {
    /// The problems of a configuration.
    pub(crate) fn of(value: &Json<'_>, reader: &'static Reader, keys: &'static [ShapedKey]) -> SeedProblems {
        let mut checker = ShapeChecker { reader, found: Vec::new() };
        match value {
            Json::Set(_) | Json::Open(_) => checker.set(value, keys, reader.whole, &Trail::ROOT),
            Json::Null | Json::Opaque => {}
            other => checker.shape(other, "a set of keys", Some(reader.example), &Trail::ROOT),
        }
        checker.found
    }

    fn add(
        &mut self,
        code: &'static codes::Code,
        message: String,
        help: Option<String>,
        fix: Option<Fix>,
        here: &Trail<'_>,
    ) {
        self.found.push((here.path(), Problem::Rule { code, message, help, fix }));
    }

    /// Says that a value is of another shape.
    fn shape(&mut self, value: &Json<'_>, expected: &str, help: Option<&str>, here: &Trail<'_>) {
        let subject = match here.key() {
            "" => self.reader.whole.to_owned(),
            key => format!("`{}`", Name(key)),
        };
        let message =
            format!("{subject} is {}, and {} expects {expected}", value.type_name(), self.reader.name);
        self.add(self.reader.value, message, help.map(str::to_owned), None, here);
    }

    /// Checks a set against its keys. A user may spell a key with `-` in the place of `_`.
    fn set(&mut self, value: &Json<'_>, keys: &'static [ShapedKey], holder: &str, here: &Trail<'_>) {
        let (Json::Set(entries) | Json::Open(entries)) = value else { return };
        for (name, value) in entries {
            let below = here.step(name, None);
            let spelt: Cow<'_, str> = match holder {
                "a user" => Cow::Owned(name.replace('-', "_")),
                _ => Cow::Borrowed(name),
            };
            match keys.iter().find(|key| key.name == spelt) {
                Some(key) => self.value(value, &key.shape, &below),
                None => {
                    let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
                    let (help, fix) = match suggest::word(&known, name) {
                        Some(meant) => {
                            (format!("did you mean `{meant}`?"), Some(Fix::Rename(meant.to_owned())))
                        }
                        None if known.len() <= 12 => (format!("expected one of {}", known.join(", ")), None),
                        None => (self.reader.page.to_owned(), None),
                    };
                    let message = format!(
                        "{} knows no key `{}` of {holder}, and would ignore it",
                        self.reader.name,
                        Name(name)
                    );
                    self.add(self.reader.key, message, Some(help), fix, &below);
                }
            }
        }
    }

    fn value(&mut self, value: &Json<'_>, shape: &'static Shape, here: &Trail<'_>) {
        // A text that is in a file of the host comes in its place.
        if matches!(value, Json::Null | Json::Opaque) || host_file(value).is_some() {
            return;
        }
        let text = "a text";
        match (shape, value) {
            (Shape::Any, _)
            | (Shape::Text, Json::Str(_))
            | (Shape::Bool, Json::Bool(_))
            | (Shape::BoolOrText, Json::Bool(_) | Json::Str(_))
            | (Shape::Number, Json::Int(_))
            | (Shape::NumberOrText, Json::Int(_) | Json::Str(_))
            | (Shape::AnySet, Json::Set(_) | Json::Open(_)) => {}
            (Shape::Text, Json::Int(number)) => {
                let help = format!("write {}", nix::string(&number.to_string()));
                let is_mode = here.key() == "permissions";
                let mode = "write the mode as a text, such as \"0644\": a number is decimal";
                self.shape(value, text, Some(if is_mode { mode } else { &help }), here);
            }
            (Shape::Text, _) => self.shape(value, text, None, here),
            (Shape::Bool, _) => self.shape(value, "true or false", None, here),
            (Shape::BoolOrText, _) => self.shape(value, "true, false or a text", None, here),
            (Shape::Number, Json::Str(_)) if here.key() == "mode" => {
                let help = "write the mode in decimal: 420 is 0644, 493 is 0755";
                self.shape(value, "a whole number", Some(help), here);
            }
            (Shape::Number, _) => self.shape(value, "a whole number", None, here),
            (Shape::NumberOrText, _) => self.shape(value, "a number or a text", None, here),
            (Shape::AnySet, _) => self.shape(value, "a set", None, here),
            (Shape::Word(words), Json::Str(word)) if words.contains(&&**word) => {}
            (Shape::Word(words), _) => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                let found = value.as_str().map_or_else(|| value.type_name().to_owned(), nix::string);
                let message = format!(
                    "`{}` is {found}, and {} expects one of {}",
                    here.key(),
                    self.reader.name,
                    words.join(", ")
                );
                self.add(self.reader.value, message, None, None, here);
            }
            (Shape::Set(keys), Json::Set(_) | Json::Open(_)) => {
                self.set(value, keys, &format!("`{}`", here.key()), here);
            }
            (Shape::Set(keys), _) => {
                let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
                self.shape(value, &format!("a set with {}", names.join(", ")), None, here);
            }
            (Shape::Names, Json::Str(_) | Json::Set(_) | Json::Open(_)) => {}
            (
                Shape::Texts | Shape::Commands | Shape::Rows | Shape::Packages | Shape::Names,
                Json::List(items),
            ) => self.items(items, shape, here),
            (Shape::Texts | Shape::Names, _) => self.list_of(value, "texts", here),
            (Shape::Packages, _) => self.list_of(value, "names", here),
            (Shape::Commands, _) => self.list_of(value, "commands", here),
            (Shape::Rows, _) => self.shape(value, "a list of lists of texts", None, here),
            (Shape::Users(entries) | Shape::Sets(entries), Json::List(items)) => {
                let of_users = matches!(shape, Shape::Users(_));
                self.entries(items, entries, of_users, here);
            }
            (Shape::Users(_), Json::Str(_) | Json::Set(_) | Json::Open(_)) => {}
            (Shape::Users(_) | Shape::Sets(_), _) => self.list_of(value, "sets", here),
        }
    }

    /// Says that a list belongs there, and how it is written.
    fn list_of(&mut self, value: &Json<'_>, what: &str, here: &Trail<'_>) {
        let help = match value {
            Json::Str(text) if text.lines().count() < 2 => format!("write `[ {} ]`", nix::string(text)),
            _ => format!("write one of the {what} in each element"),
        };
        self.shape(value, &format!("a list of {what}"), Some(&help), here);
    }

    /// Checks the elements of a list that are no sets.
    fn items(&mut self, items: &[Json<'_>], shape: &'static Shape, here: &Trail<'_>) {
        for (index, item) in items.iter().enumerate() {
            let expected = match (shape, item) {
                (_, Json::Str(_) | Json::Null | Json::Opaque) => match shape {
                    Shape::Rows if matches!(item, Json::Str(_)) => "a list of texts",
                    _ => continue,
                },
                _ if host_file(item).is_some() => continue,
                (Shape::Rows, Json::List(_))
                | (Shape::Packages, Json::List(_) | Json::Set(_) | Json::Open(_)) => continue,
                // A program may have a number among its arguments.
                (Shape::Commands, Json::List(_)) => continue,
                (Shape::Rows, _) => "a list of texts",
                (Shape::Packages, _) => "a name, or a list of a name and a version",
                (Shape::Commands, _) => "a text for the shell, or a list of a program and its arguments",
                _ => "a text",
            };
            let in_set = "a `: ` within a command makes a set of it in YAML: put the command in quotes";
            let help = matches!(item, Json::Set(_)).then_some(in_set);
            self.shape(item, expected, help, &here.item(index));
        }
    }

    /// Checks the sets of a list.
    fn entries(&mut self, items: &[Json<'_>], entries: &'static Entries, of_users: bool, here: &Trail<'_>) {
        let holder = if of_users { "a user".to_owned() } else { format!("an element of `{}`", here.key()) };
        for (index, item) in items.iter().enumerate() {
            let here = here.item(index);
            match item {
                Json::Null | Json::Opaque => {}
                Json::Str(_) | Json::List(_) if of_users => {}
                Json::Set(fields) | Json::Open(fields) => {
                    let has =
                        |name: &&str| fields.iter().any(|(key, value)| key == name && *value != Json::Null);
                    if matches!(item, Json::Set(_)) && !entries.one_of.iter().any(has) {
                        let wanted = entries.one_of[0];
                        let message =
                            format!("{holder} has no `{wanted}`, and {} needs it", self.reader.name);
                        self.add(self.reader.value, message, None, None, &here);
                    }
                    self.set(item, entries.keys, &holder, &here);
                }
                other => {
                    let wanted = entries.one_of[0];
                    self.shape(other, &format!("a set with `{wanted}`"), None, &here);
                }
            }
        }
    }
}
