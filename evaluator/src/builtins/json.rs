//! `toJSON` and `fromJSON`.

use std::rc::Rc;

use serde_json::Value as Json;

use super::lists::whole;
use super::{Builtin, builtin};
use crate::error::Stop;
use crate::eval::{Evaluator, wrong_type};
use crate::value::{Attribute, Set, Thunk, Value};

pub(super) const TABLE: &[Builtin] = &[
    builtin("toJSON", 1, |it, given| {
        let mut text = String::new();
        it.write_json(given[0], &mut text)?;
        it.charge(text.len() as u64)?;
        Ok(Value::string(text))
    }),
    builtin("fromJSON", 1, |it, given| {
        let text = it.string(given[0])?;
        it.charge(text.len() as u64 * 2)?;
        let json: Json = serde_json::from_str(&text)
            .map_err(|error| Stop::evaluation(format!("this is not JSON: {error}")))?;
        it.json_value(json)
    }),
];

impl Evaluator {
    /// Evaluates a source to JSON.
    ///
    /// # Errors
    /// What Nix would refuse, and what cannot be known.
    pub fn json_of(&mut self, path: &std::path::Path, text: &str) -> Result<String, crate::Error> {
        let (_, thunk) = self.add(path, text, false);
        let mut json = String::new();
        self.write_json(thunk, &mut json).map(|()| json).map_err(|stop| match stop {
            Stop::Error(error) => *error,
            Stop::Opaque => crate::Error {
                kind: crate::ErrorKind::Evaluation,
                message: "the value depends on something that cannot be known without Nix".to_owned(),
                spans: Vec::new(),
            },
        })
    }

    /// The value of some JSON.
    ///
    /// # Errors
    /// Where it takes too much memory.
    pub fn json_value(&mut self, json: Json) -> Result<Value, Stop> {
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(number) => match number.as_i64() {
                Some(value) => Value::Int(value),
                None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Value::string(text),
            Json::Array(items) => {
                self.charge(items.len() as u64)?;
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    let item = self.json_value(item)?;
                    list.push(self.done(item));
                }
                whole(list)
            }
            Json::Object(entries) => {
                self.charge(entries.len() as u64)?;
                let span = self.origin;
                let mut set = Vec::with_capacity(entries.len());
                for (name, value) in entries {
                    let value = self.json_value(value)?;
                    let value = self.done(value);
                    set.push((
                        self.symbols.intern(&name),
                        Attribute { value, span, replaced: None, maybe: false },
                    ));
                }
                Value::Set(Rc::new(Set::new(set)))
            }
        })
    }

    fn write_json(&mut self, thunk: Thunk, out: &mut String) -> Result<(), Stop> {
        self.enter()?;
        self.charge(1)?;
        match self.force(thunk)? {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Value::Int(value) => out.push_str(&value.to_string()),
            Value::Float(value) => out.push_str(&shortest(value)),
            Value::Str(text) => out.push_str(&Json::String(text.to_string()).to_string()),
            Value::List(list) => {
                if list.open {
                    return Err(Stop::Opaque);
                }
                out.push('[');
                for (at, item) in list.items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    self.write_json(*item, out)?;
                }
                out.push(']');
            }
            Value::Set(set) => self.write_set(&set, out)?,
            // It would be copied to the store.
            Value::Path(_) | Value::Opaque(_) => return Err(Stop::Opaque),
            other => return Err(wrong_type(&other, "something that JSON has")),
        }
        self.leave();
        Ok(())
    }

    fn write_set(&mut self, set: &Rc<Set>, out: &mut String) -> Result<(), Stop> {
        let (to_string, out_path) = (self.symbols.intern("__toString"), self.symbols.intern("outPath"));
        if set.get(to_string).is_some() {
            let text = self.coerce(&Value::Set(Rc::clone(set)), false)?;
            out.push_str(&Json::String(text.to_string()).to_string());
            return Ok(());
        }
        if let Some(attribute) = set.get(out_path) {
            return self.write_json(attribute.value, out);
        }
        if set.open.is_some() {
            return Err(Stop::Opaque);
        }
        out.push('{');
        for (at, (name, attribute)) in self.sorted(set).into_iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            out.push_str(&Json::String(self.symbols.name(name).to_string()).to_string());
            out.push(':');
            self.write_json(attribute.value, out)?;
        }
        out.push('}');
        Ok(())
    }
}

/// A float as Nix's JSON has it: six digits, and no fraction where there is none.
fn shortest(value: f64) -> String {
    let rounded = format!("{value:.5e}");
    let rounded: f64 = rounded.parse().unwrap_or(value);
    if rounded != 0.0 && !(1e-4..1e6).contains(&rounded.abs()) {
        let text = format!("{rounded:e}");
        if let Some((digits, exponent)) = text.split_once('e') {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            return format!("{digits}e{sign}{exponent:0>2}");
        }
        return text;
    }
    format!("{rounded}")
}
