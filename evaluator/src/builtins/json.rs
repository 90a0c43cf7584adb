//! The builtins `toJSON` and `fromJSON`, and JSON for the callers of the evaluator.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::builtins::entry::{Builtin, builtin};
use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::value::{NixAttribute, Set, Thunk, Value, wrong_type};

/// Parsing takes longer than copying.
const STEPS_PER_PARSED: usize = 8;

pub(super) const TABLE: &[Builtin] = &[
    builtin("toJSON", 1, |it, given| {
        let mut text = String::new();
        it.write_json(given[0], &mut text)?;
        it.string_value(text)
    }),
    builtin("fromJSON", 1, |it, given| {
        let text = it.string(given[0])?;
        it.json_value(&text)
    }),
];

impl Evaluator {
    /// Evaluates a source to JSON.
    ///
    /// # Errors
    /// Errors of Nix, and values that cannot be known.
    pub fn json_of(&mut self, path: &std::path::Path, text: &str) -> Result<String, crate::Error> {
        let (_, thunk) = self.add(path, text, false);
        let mut json = String::new();
        self.write_json(thunk, &mut json).map(|()| json).map_err(crate::Error::from)
    }

    /// The value of JSON, nested as deep as an evaluation may be.
    ///
    /// # Errors
    /// Text that is not JSON, and values that exceed the limit of memory.
    pub fn json_value(&mut self, text: &str) -> Result<Value, Stop> {
        self.work(text.len() * STEPS_PER_PARSED);
        let mut parser = serde_json::Deserializer::from_str(text);
        parser.disable_recursion_limit();
        let depth = self.budget.depth();
        let mut stopped = None;
        let read = Reader { evaluator: self, stopped: &mut stopped }.deserialize(&mut parser);
        let read = read.and_then(|value| parser.end().map(|()| value));
        self.budget.ascend_to(depth);
        read.map_err(|error| {
            stopped.unwrap_or_else(|| Stop::evaluation(format!("this is not JSON: {error}")))
        })
    }

    fn write_json(&mut self, thunk: Thunk, out: &mut String) -> Result<(), Stop> {
        self.enter()?;
        match self.force(thunk)? {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Value::Int(value) => out.push_str(&value.to_string()),
            Value::Float(value) => out.push_str(&shortest(value)),
            Value::Str(text) => self.write_text(&text, out)?,
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
            return self.write_text(&text, out);
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
            let name = self.symbols.name(name).clone();
            self.write_text(&name, out)?;
            out.push(':');
            self.write_json(attribute.value, out)?;
        }
        out.push('}');
        Ok(())
    }

    /// Writes a string; control characters make it longer.
    fn write_text(&mut self, text: &str, out: &mut String) -> Result<(), Stop> {
        self.fits(2 * (out.len() + text.len()) as u64)?;
        self.append(&serde_json::to_string(text).unwrap_or_default(), out)
    }
}

/// Makes values of what a parser reads.
struct Reader<'e, 's> {
    evaluator: &'e mut Evaluator,
    /// Why it stopped, where that is not for the source.
    stopped: &'s mut Option<Stop>,
}

impl Reader<'_, '_> {
    fn below(&mut self) -> Reader<'_, '_> {
        Reader { evaluator: self.evaluator, stopped: self.stopped }
    }

    /// Takes what may stop it, which a parser's error has no room for.
    fn hear<T, E: de::Error>(&mut self, result: Result<T, Stop>) -> Result<T, E> {
        result.map_err(|stop| {
            *self.stopped = Some(stop);
            E::custom("stopped")
        })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Value, D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_, '_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        // One version of Nix makes such a number negative, another refuses it: the value is unknown.
        Ok(i64::try_from(value).map_or_else(|_| Value::opaque(), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E: de::Error>(mut self, text: &str) -> Result<Value, E> {
        let text = self.evaluator.string_value(text);
        self.hear(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let deeper = self.evaluator.enter();
        self.hear(deeper)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below())? {
            list.push(self.evaluator.done(item));
        }
        self.evaluator.leave();
        let list = self.evaluator.list_value(list, false);
        self.hear(list)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        let deeper = self.evaluator.enter();
        self.hear(deeper)?;
        let span = self.evaluator.current.origin;
        // Of a key that stands twice, the last counts.
        let mut set = BTreeMap::new();
        while let Some(name) = entries.next_key::<Cow<'de, str>>()? {
            let value = entries.next_value_seed(self.below())?;
            let value = self.evaluator.done(value);
            let name = self.evaluator.symbols.intern(&name);
            set.insert(name, NixAttribute { value, span, replaced: None, maybe: false });
        }
        self.evaluator.leave();
        let set = self.evaluator.set_value(set.into_iter().collect(), None);
        self.hear(set)
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
