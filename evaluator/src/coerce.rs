//! Values as text, as paths, and as values of one type.

use std::rc::Rc;

use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::nix_string::NixString;
use crate::value::{List, Set, Thunk, Value, wrong_type};

impl Evaluator {
    /// A value as text, the way interpolation does it, or (`more`) the way `toString` does.
    pub(crate) fn coerce(&mut self, value: &Value, more: bool) -> Result<NixString, Stop> {
        match value {
            Value::Str(text) => Ok(text.clone()),
            Value::Path(path) if more => Ok(path.clone()),
            other => {
                let mut text = String::new();
                self.coerce_into(other, more, &mut text)?;
                self.text(text)
            }
        }
    }

    /// The same, behind another text.
    pub(crate) fn coerce_into(&mut self, value: &Value, more: bool, out: &mut String) -> Result<(), Stop> {
        match value {
            Value::Str(text) => self.append(text, out),
            Value::Path(path) if more => self.append(path, out),
            // It would be copied to the store, under a name that depends on its content.
            Value::Path(_) | Value::Opaque(_) => Err(Stop::Opaque),
            Value::Set(set) => {
                // The result may be such a set again.
                self.enter()?;
                let (to_string, out_path) =
                    (self.symbols.intern("__toString"), self.symbols.intern("outPath"));
                if let Some(attribute) = set.get(to_string) {
                    let function = self.force(attribute.value)?;
                    let itself = self.done(value.clone());
                    let text = self.call_all(function, &[itself])?;
                    self.coerce_into(&text, more, out)?;
                    self.leave();
                    return Ok(());
                }
                if let Some(attribute) = set.get(out_path) {
                    let path = self.force(attribute.value)?;
                    self.coerce_into(&path, more, out)?;
                    self.leave();
                    return Ok(());
                }
                self.leave();
                match set.open {
                    Some(_) => Err(Stop::Opaque),
                    None => Err(wrong_type(value, "a string")),
                }
            }
            Value::Null if more => Ok(()),
            Value::Bool(value) if more => self.append(if *value { "1" } else { "" }, out),
            Value::Int(value) if more => self.append(&value.to_string(), out),
            Value::Float(value) if more => self.append(&format!("{value:.6}"), out),
            Value::List(list) if more => {
                if list.open {
                    return Err(Stop::Opaque);
                }
                self.enter()?;
                let last = list.items.len().saturating_sub(1);
                for (at, item) in list.items.iter().enumerate() {
                    let item = self.force(*item)?;
                    self.coerce_into(&item, true, out)?;
                    let empty = matches!(&item, Value::List(list) if list.items.is_empty());
                    if at < last && !empty {
                        out.push(' ');
                    }
                }
                self.leave();
                Ok(())
            }
            Value::Int(_) | Value::Float(_) | Value::Bool(_) => {
                let found = value.type_name();
                Err(Stop::evaluation(format!(
                    "{found} cannot stand here; expected a string (write `toString` before it)"
                )))
            }
            other => Err(wrong_type(other, "a string")),
        }
    }

    /// Puts a text behind another, which grows no larger than memory holds.
    pub(crate) fn append(&mut self, text: &str, out: &mut String) -> Result<(), Stop> {
        if out.len() + text.len() > out.capacity() {
            self.fits(2 * (out.len() + text.len()) as u64)?;
        }
        self.work(text.len());
        out.push_str(text);
        Ok(())
    }

    /// A value as part of a path literal, where a path is itself and not what the store calls it.
    pub(crate) fn coerce_path_part(&mut self, value: &Value) -> Result<NixString, Stop> {
        match value {
            Value::Path(path) => Ok(path.clone()),
            other => self.coerce(other, false),
        }
    }

    pub(crate) fn string(&mut self, thunk: Thunk) -> Result<NixString, Stop> {
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
