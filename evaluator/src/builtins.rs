//! The builtins: one table for each field, and what they share.

mod json;
mod lists;
mod numbers;
mod sets;
mod strings;
mod text;

use std::rc::Rc;

use crate::error::{ErrorKind, Stop};
use crate::eval::Evaluator;
use crate::symbol::Symbol;
use crate::value::{Attribute, Opaque, Set, Thunk, Value};

/// A builtin function.
#[derive(Debug)]
pub struct Builtin {
    /// Its name in `builtins`.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: usize,
    /// What it does.
    pub(crate) run: fn(&mut Evaluator, &[Thunk]) -> Result<Value, Stop>,
}

/// An entry of a table.
pub(crate) const fn builtin(
    name: &'static str,
    arity: usize,
    run: fn(&mut Evaluator, &[Thunk]) -> Result<Value, Stop>,
) -> Builtin {
    Builtin { name, arity, run }
}

/// Every table.
const TABLES: &[&[Builtin]] =
    &[lists::TABLE, numbers::TABLE, sets::TABLE, strings::TABLE, text::TABLE, json::TABLE, TABLE];

/// What needs the store, the network, the clock or the machine: nothing is known about it.
const OPAQUE: &[&str] = &[
    "appendContext",
    "addErrorContext",
    "currentSystem",
    "currentTime",
    "derivation",
    "derivationStrict",
    "fetchClosure",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fetchurl",
    "filterSource",
    "findFile",
    "getContext",
    "getEnv",
    "getFlake",
    "hasContext",
    "hashFile",
    "nixPath",
    "nixVersion",
    "outputOf",
    "path",
    "placeholder",
    "readDir",
    "readFileType",
    "scopedImport",
    "storePath",
    "toFile",
    "toXML",
    "traceVerbose",
    "unsafeDiscardOutputDependency",
    "unsafeGetAttrPos",
    "genericClosure",
    "convertHash",
    "parseFlakeRef",
    "flakeRefToString",
    "warn",
    "break",
    "exec",
    "fromTOML",
    "storeDir",
    "langVersion",
    "zipAttrsWith",
];

/// The builtins that are variables of their own.
const GLOBAL: &[&str] = &[
    "abort",
    "baseNameOf",
    "builtins",
    "derivation",
    "derivationStrict",
    "dirOf",
    "false",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fromTOML",
    "import",
    "isNull",
    "map",
    "null",
    "placeholder",
    "removeAttrs",
    "scopedImport",
    "throw",
    "toString",
    "true",
];

const TABLE: &[Builtin] = &[
    builtin("abort", 1, |it, given| {
        let message = it.string(given[0])?;
        Err(Stop::new(ErrorKind::Abort, format!("the evaluation aborts: {message}")))
    }),
    builtin("throw", 1, |it, given| {
        let message = it.string(given[0])?;
        Err(Stop::new(ErrorKind::Throw, &*message))
    }),
    builtin("import", 1, |it, given| {
        let path = it.force(given[0])?;
        let path = match path {
            Value::Path(path) => path,
            Value::Str(path) if path.starts_with('/') => path,
            // `import <nixpkgs>` and the like are functions, or whatever else.
            Value::Opaque(opaque) => return Ok(Value::Opaque(opaque)),
            other => return Err(crate::eval::wrong_type(&other, "a path")),
        };
        let thunk = it.import(std::path::Path::new(&*path))?;
        it.force(thunk)
    }),
    builtin("seq", 2, |it, given| {
        it.force(given[0])?;
        it.force(given[1])
    }),
    builtin("deepSeq", 2, |it, given| {
        it.force_deep(given[0])?;
        it.force(given[1])
    }),
    builtin("trace", 2, |it, given| {
        it.force(given[0])?;
        it.force(given[1])
    }),
    builtin("tryEval", 1, |it, given| {
        let (success, value) = match it.force(given[0]) {
            // Whether it would succeed is not known either.
            Ok(Value::Opaque(_)) => return Err(Stop::Opaque),
            Ok(_) => (true, given[0]),
            Err(Stop::Error(error)) if matches!(error.kind, ErrorKind::Throw | ErrorKind::Assert) => {
                (false, it.done(Value::Bool(false)))
            }
            Err(stop) => return Err(stop),
        };
        let success = it.done(Value::Bool(success));
        Ok(it.set_from([("success", success), ("value", value)]))
    }),
    builtin("typeOf", 1, |it, given| {
        Ok(Value::string(match it.force(given[0])? {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "string",
            Value::Path(_) => "path",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Lambda(..) | Value::Builtin(..) => "lambda",
            Value::Opaque(_) => return Err(Stop::Opaque),
        }))
    }),
    builtin("isNull", 1, |it, given| it.is(given[0], |value| matches!(value, Value::Null))),
    builtin("isBool", 1, |it, given| it.is(given[0], |value| matches!(value, Value::Bool(_)))),
    builtin("isInt", 1, |it, given| it.is(given[0], |value| matches!(value, Value::Int(_)))),
    builtin("isFloat", 1, |it, given| it.is(given[0], |value| matches!(value, Value::Float(_)))),
    builtin("isString", 1, |it, given| it.is(given[0], |value| matches!(value, Value::Str(_)))),
    builtin("isPath", 1, |it, given| it.is(given[0], |value| matches!(value, Value::Path(_)))),
    builtin("isList", 1, |it, given| it.is(given[0], |value| matches!(value, Value::List(_)))),
    builtin("isAttrs", 1, |it, given| it.is(given[0], |value| matches!(value, Value::Set(_)))),
    builtin("isFunction", 1, |it, given| {
        it.is(given[0], |value| matches!(value, Value::Lambda(..) | Value::Builtin(..)))
    }),
    builtin("functionArgs", 1, |it, given| match it.force(given[0])? {
        Value::Lambda(lambda, _) => {
            let crate::ir::Parameter::Pattern { formals, .. } = &lambda.parameter else {
                return Ok(Value::Set(Rc::new(Set::default())));
            };
            let mut entries = Vec::new();
            for formal in formals {
                let value = it.done(Value::Bool(formal.default.is_some()));
                entries.push((formal.name, Attribute { value, span: formal.span, replaced: None }));
            }
            Ok(Value::Set(Rc::new(Set::new(entries))))
        }
        Value::Builtin(..) => Ok(Value::Set(Rc::new(Set::default()))),
        other => Err(crate::eval::wrong_type(&other, "a function")),
    }),
];

/// Whether a name is a builtin that is a variable of its own. As in Nix, those that are not can be had with two
/// underscores before their names.
pub(crate) fn is_global(name: &str) -> bool {
    GLOBAL.contains(&name)
        || name
            .strip_prefix("__")
            .is_some_and(|rest| !GLOBAL.contains(&rest) && (find(rest).is_some() || OPAQUE.contains(&rest)))
}

fn find(name: &str) -> Option<&'static Builtin> {
    TABLES.iter().flat_map(|table| table.iter()).find(|builtin| builtin.name == name)
}

impl Evaluator {
    /// The value of a builtin.
    pub(crate) fn global(&mut self, name: Symbol) -> Result<Value, Stop> {
        let text = Rc::clone(self.symbols.name(name));
        let plain = if GLOBAL.contains(&&*text) { &*text } else { text.trim_start_matches("__") };
        Ok(match plain {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            "builtins" => self.builtins(),
            other => match find(other) {
                Some(builtin) => Value::Builtin(builtin, Rc::new([])),
                None => {
                    let path = vec![self.symbols.intern(other)];
                    Value::Opaque(Rc::new(Opaque { path }))
                }
            },
        })
    }

    /// `builtins`, which may hold more than is known here.
    fn builtins(&mut self) -> Value {
        let tables = TABLES.iter().flat_map(|table| table.iter());
        let known: Vec<(&'static str, Value)> = tables
            .map(|builtin| (builtin.name, Value::Builtin(builtin, Rc::new([]))))
            .chain([("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)])
            .collect();
        let mut entries = Vec::new();
        for (name, value) in known {
            let value = self.done(value);
            let name = self.symbols.intern(name);
            entries.push((name, Attribute { value, span: self.origin, replaced: None }));
        }
        let mut set = Set::new(entries);
        set.open = Some(Rc::new(Opaque { path: vec![self.symbols.intern("builtins")] }));
        Value::Set(Rc::new(set))
    }

    fn is(&mut self, thunk: Thunk, test: fn(&Value) -> bool) -> Result<Value, Stop> {
        match self.force(thunk)? {
            Value::Opaque(_) => Err(Stop::Opaque),
            value => Ok(Value::Bool(test(&value))),
        }
    }

    /// A set of a few attributes.
    pub(crate) fn set_from<const N: usize>(&mut self, entries: [(&str, Thunk); N]) -> Value {
        let span = self.origin;
        let entries = entries
            .into_iter()
            .map(|(name, value)| (self.symbols.intern(name), Attribute { value, span, replaced: None }))
            .collect();
        Value::Set(Rc::new(Set::new(entries)))
    }

    /// Evaluates a value and all that it holds.
    pub(crate) fn force_deep(&mut self, thunk: Thunk) -> Result<(), Stop> {
        self.enter()?;
        match self.force(thunk)? {
            Value::List(list) => {
                for item in &list.items {
                    self.force_deep(*item)?;
                }
            }
            Value::Set(set) => {
                for (_, attribute) in &set.entries {
                    self.force_deep(attribute.value)?;
                }
            }
            _ => {}
        }
        self.leave();
        Ok(())
    }
}
