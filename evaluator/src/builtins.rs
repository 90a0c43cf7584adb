//! The builtins: one table for each field, and what they share.

mod entry;
mod json;
mod lists;
mod numbers;
mod posix;
mod sets;
mod strings;
mod text;

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::builtins::entry::{Builtin, builtin};
use crate::error::{ErrorKind, Stop};
use crate::evaluator::Evaluator;
use crate::files::Files;
use crate::ir::{BuiltinId, Global};
use crate::limits::Limits;
use crate::memory::Held;
use crate::met_conditions::MetConditions;
use crate::span::Span;
use crate::state::arena::Slot;
use crate::value::{NixAttribute, Opaque, Set, Thunk, Value};

/// The tables of builtins, one for each file.
const TABLES: &[&[Builtin]] =
    &[lists::TABLE, numbers::TABLE, sets::TABLE, strings::TABLE, text::TABLE, json::TABLE, TABLE];

/// The builtins that need the store, the network, the clock or the machine: their results are opaque.
const OPAQUE: &[&str] = &[
    "appendContext",
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
    "unsafeDiscardOutputDependency",
    "unsafeGetAttrPos",
    "genericClosure",
    "convertHash",
    "parseFlakeRef",
    "flakeRefToString",
    "break",
    "exec",
    "fromTOML",
    "storeDir",
    "langVersion",
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
            other => return Err(crate::value::wrong_type(&other, "a path")),
        };
        let thunk = it.import(std::path::Path::new(&*path))?;
        it.force(thunk)
    }),
    builtin("seq", 2, |it, given| {
        it.force(given[0])?;
        it.force(given[1])
    }),
    builtin("deepSeq", 2, |it, given| {
        it.force_deep(given[0], &mut BTreeSet::new())?;
        it.force(given[1])
    }),
    builtin("trace", 2, |it, given| {
        it.force(given[0])?;
        it.force(given[1])
    }),
    builtin("traceVerbose", 2, |it, given| it.force(given[1])),
    builtin("addErrorContext", 2, |it, given| it.force(given[1])),
    builtin("warn", 2, |it, given| {
        it.string(given[0])?;
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
        it.set_from([("success", success), ("value", value)])
    }),
    builtin("typeOf", 1, |it, given| {
        let kind = match it.force(given[0])? {
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
        };
        it.string_value(kind)
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
                entries.push((
                    formal.name,
                    NixAttribute { value, span: formal.span, replaced: None, maybe: false },
                ));
            }
            it.set_value(entries, None)
        }
        Value::Builtin(..) => Ok(Value::Set(Rc::new(Set::default()))),
        other => Err(crate::value::wrong_type(&other, "a function")),
    }),
];

/// Resolves a name that no scope has. As in Nix, builtins that are no variables of their own can be had with two
/// underscores before their names.
fn global(name: &str) -> Option<Global> {
    let plain = match GLOBAL.contains(&name) {
        true => name,
        false => name.strip_prefix("__").filter(|rest| !GLOBAL.contains(rest))?,
    };
    Some(match plain {
        "true" => Global::Bool(true),
        "false" => Global::Bool(false),
        "null" => Global::Null,
        "builtins" => Global::Builtins,
        other => match all().position(|builtin| builtin.name == other) {
            Some(at) => Global::Function(BuiltinId(u16::try_from(at).ok()?)),
            None => Global::Unknown(OPAQUE.iter().find(|name| **name == other)?),
        },
    })
}

fn all() -> impl Iterator<Item = &'static Builtin> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The names of the functions in `builtins` that are evaluated; the others give what cannot be known.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    all().map(|builtin| builtin.name)
}

impl Evaluator {
    /// An evaluator that sees no other files than `machine` shows. Sources that Nix would not parse are errors unless `lenient`.
    pub fn new(machine: Box<dyn Files>, limits: Limits, lenient: bool) -> Evaluator {
        Evaluator::with_builtins(machine, limits, lenient, all(), global)
    }
}

impl Evaluator {
    /// The value of a builtin.
    pub(crate) fn global(&mut self, global: Global) -> Value {
        match global {
            Global::Bool(value) => Value::Bool(value),
            Global::Null => Value::Null,
            Global::Builtins => self.builtins(),
            Global::Function(builtin) => Value::Builtin(builtin, Rc::new([])),
            Global::Unknown(name) => self.opaque(&[name]),
        }
    }

    /// `builtins`, which may hold more than is known here.
    fn builtins(&mut self) -> Value {
        if let Some(builtins) = &self.builtins.set {
            return Value::Set(Rc::clone(builtins));
        }
        let functions: Vec<_> = self.builtins.all().collect();
        let known = functions.into_iter().map(|(name, id)| (name, Value::Builtin(id, Rc::new([])))).chain([
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("null", Value::Null),
        ]);
        // They belong to no evaluation, not even to the one that asks first.
        let worker = std::mem::take(&mut self.current.worker);
        let mut entries = Vec::new();
        for (name, value) in known {
            let value = self.slot(Slot::Done(value, Span::default(), MetConditions::NONE));
            let name = self.symbols.intern(name);
            entries.push((name, NixAttribute { value, span: Span::default(), replaced: None, maybe: false }));
        }
        self.current.worker = worker;
        entries.sort_unstable_by_key(|(name, _)| *name);
        let open = Some(Rc::new(Opaque { path: vec![self.symbols.intern("builtins")], ..Opaque::default() }));
        let set = Rc::new(Set { entries, open, _held: Held::default() });
        // It outlives the region in which it is asked for.
        self.arena.outlives_all();
        if !self.branches.in_branch() {
            self.builtins.set = Some(Rc::clone(&set));
        }
        Value::Set(set)
    }

    fn is(&mut self, thunk: Thunk, test: fn(&Value) -> bool) -> Result<Value, Stop> {
        match self.force(thunk)? {
            Value::Opaque(_) => Err(Stop::Opaque),
            value => Ok(Value::Bool(test(&value))),
        }
    }

    /// A set of a few attributes.
    pub(crate) fn set_from<const N: usize>(&mut self, entries: [(&str, Thunk); N]) -> Result<Value, Stop> {
        let span = self.current.origin;
        let entries = entries
            .into_iter()
            .map(|(name, value)| {
                (self.symbols.intern(name), NixAttribute { value, span, replaced: None, maybe: false })
            })
            .collect();
        self.set_value(entries, None)
    }

    /// Evaluates a value and all that it holds, what several parts of it share once.
    pub(crate) fn force_deep(&mut self, thunk: Thunk, seen: &mut BTreeSet<Thunk>) -> Result<(), Stop> {
        if !seen.insert(thunk) {
            return Ok(());
        }
        self.enter()?;
        match self.force(thunk)? {
            Value::List(list) => {
                for item in &list.items {
                    self.force_deep(*item, seen)?;
                }
            }
            Value::Set(set) => {
                for (_, attribute) in &set.entries {
                    self.force_deep(attribute.value, seen)?;
                }
            }
            _ => {}
        }
        self.leave();
        Ok(())
    }
}
