//! Values as text, as paths, and as values of one type.

use std::rc::Rc;

use crate::error::Stop;
use crate::eval::{Evaluator, wrong_type};
use crate::value::{List, Set, Thunk, Value};

impl Evaluator {
    /// A value as text, the way interpolation does it, or (`more`) the way `toString` does.
    pub(crate) fn coerce(&mut self, value: &Value, more: bool) -> Result<Rc<str>, Stop> {
        match value {
            Value::Str(text) => Ok(Rc::clone(text)),
            Value::Path(path) if more => Ok(Rc::clone(path)),
            // It would be copied to the store, under a name that goes by its content.
            Value::Path(_) | Value::Opaque(_) => Err(Stop::Opaque),
            Value::Set(set) => {
                let (to_string, out_path) =
                    (self.symbols.intern("__toString"), self.symbols.intern("outPath"));
                if let Some(attribute) = set.get(to_string) {
                    let function = self.force(attribute.value)?;
                    let itself = self.done(value.clone());
                    let text = self.call_all(function, &[itself])?;
                    return self.coerce(&text, more);
                }
                if let Some(attribute) = set.get(out_path) {
                    let path = self.force(attribute.value)?;
                    return self.coerce(&path, more);
                }
                match set.open {
                    Some(_) => Err(Stop::Opaque),
                    None => Err(wrong_type(value, "a string")),
                }
            }
            Value::Null if more => Ok("".into()),
            Value::Bool(value) if more => Ok(if *value { "1" } else { "" }.into()),
            Value::Int(value) if more => Ok(value.to_string().into()),
            Value::Float(value) if more => Ok(format!("{value:.6}").into()),
            Value::List(list) if more => {
                if list.open {
                    return Err(Stop::Opaque);
                }
                self.enter()?;
                let mut text = String::new();
                let last = list.items.len().saturating_sub(1);
                for (at, item) in list.items.iter().enumerate() {
                    let item = self.force(*item)?;
                    text.push_str(&self.coerce(&item, true)?);
                    let empty = matches!(&item, Value::List(list) if list.items.is_empty());
                    if at < last && !empty {
                        text.push(' ');
                    }
                }
                self.leave();
                Ok(text.into())
            }
            other => Err(wrong_type(other, "a string")),
        }
    }

    /// A value as part of a path literal, where a path is itself and not what the store calls it.
    pub(crate) fn coerce_path_part(&mut self, value: &Value) -> Result<Rc<str>, Stop> {
        match value {
            Value::Path(path) => Ok(Rc::clone(path)),
            other => self.coerce(other, false),
        }
    }

    pub(crate) fn string(&mut self, thunk: Thunk) -> Result<Rc<str>, Stop> {
        match self.force(thunk)? {
            Value::Str(text) => Ok(text),
            Value::Set(set) => self.coerce(&Value::Set(set), false),
            other => Err(wrong_type(&other, "a string")),
        }
    }

    pub(crate) fn int(&mut self, thunk: Thunk) -> Result<i64, Stop> {
        match self.force(thunk)? {
            Value::Int(value) => Ok(value),
            other => Err(wrong_type(&other, "an integer")),
        }
    }

    /// A list of which there may be more.
    pub(crate) fn list(&mut self, thunk: Thunk) -> Result<Rc<List>, Stop> {
        match self.force(thunk)? {
            Value::List(list) => Ok(list),
            other => Err(wrong_type(&other, "a list")),
        }
    }

    /// A list that is known from end to end.
    pub(crate) fn closed_list(&mut self, thunk: Thunk) -> Result<Rc<List>, Stop> {
        let list = self.list(thunk)?;
        if list.open { Err(Stop::Opaque) } else { Ok(list) }
    }

    /// A set that may hold more.
    pub(crate) fn set_of(&mut self, thunk: Thunk) -> Result<Rc<Set>, Stop> {
        match self.force(thunk)? {
            Value::Set(set) => Ok(set),
            other => Err(wrong_type(&other, "a set")),
        }
    }

    /// A set that is known as a whole.
    pub(crate) fn closed_set(&mut self, thunk: Thunk) -> Result<Rc<Set>, Stop> {
        let set = self.set_of(thunk)?;
        if set.is_closed() { Ok(set) } else { Err(Stop::Opaque) }
    }

    pub(crate) fn function(&mut self, thunk: Thunk) -> Result<Value, Stop> {
        self.force(thunk)
    }
}

/// A path without `.`, `..` and doubled slashes.
pub(crate) fn normal_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The name that is one slip of the finger away.
pub(crate) fn nearest<'n>(names: impl Iterator<Item = &'n str>, wanted: &str) -> Option<String> {
    let slip = |name: &&str| {
        let (one, other): (Vec<char>, Vec<char>) = (name.chars().collect(), wanted.chars().collect());
        let front = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
        let (one, other) = (&one[front..], &other[front..]);
        let back = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
        let (one, other) = (&one[..one.len() - back], &other[..other.len() - back]);
        let swapped = one.len() == 2 && other.len() == 2 && one[0] == other[1] && one[1] == other[0];
        wanted.len() > 2 && (one.len().max(other.len()) <= 1 || swapped)
    };
    // The first by name, whatever order they come in.
    names.filter(slip).min().map(str::to_owned)
}
