//! Builtins on attribute sets, such as `attrNames`, `mapAttrs` and `listToAttrs`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::builtins::entry::{Builtin, builtin};
use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::state::arena::THUNK;
use crate::symbol::Symbol;
use crate::value::{NixAttribute, Set, Thunk, Value};

pub(super) const TABLE: &[Builtin] = &[
    builtin("attrNames", 1, |it, given| {
        let set = it.closed_set(given[0])?;
        let names = it.sorted(&set);
        let names = names
            .into_iter()
            .map(|(name, _)| {
                let name = it.symbols.name(name).clone();
                it.done(Value::Str(name))
            })
            .collect();
        it.list_value(names, false)
    }),
    builtin("attrValues", 1, |it, given| {
        let set = it.closed_set(given[0])?;
        let values = it.sorted(&set).into_iter().map(|(_, attribute)| attribute.value).collect();
        it.list_value(values, false)
    }),
    builtin("hasAttr", 2, |it, given| {
        let name = it.string(given[0])?;
        let name = it.symbols.intern(&name);
        let set = it.set_of(given[1])?;
        match (set.get(name), &set.open) {
            (Some(attribute), _) if attribute.maybe => Err(Stop::Opaque),
            (Some(_), _) => Ok(Value::Bool(true)),
            (None, Some(_)) => Err(Stop::Opaque),
            (None, None) => Ok(Value::Bool(false)),
        }
    }),
    builtin("getAttr", 2, |it, given| {
        let name = it.string(given[0])?;
        let name = it.symbols.intern(&name);
        let set = it.force(given[1])?;
        it.attribute(&set, name)
    }),
    builtin("removeAttrs", 2, |it, given| {
        let set = it.set_of(given[0])?;
        let names = it.closed_list(given[1])?;
        let mut removed = Vec::new();
        for name in &names.items {
            let name = it.string(*name)?;
            removed.push(it.symbols.intern(&name));
        }
        removed.sort_unstable();
        let stays = |name: &Symbol| removed.binary_search(name).is_err();
        let entries = set.entries.iter().filter(|(name, _)| stays(name)).copied().collect();
        it.set_value(entries, set.open.clone())
    }),
    builtin("intersectAttrs", 2, |it, given| {
        let (one, other) = (it.closed_set(given[0])?, it.set_of(given[1])?);
        if other.open.is_some() {
            return Err(Stop::Opaque);
        }
        let entries = other.entries.iter().filter(|(name, _)| one.get(*name).is_some()).copied().collect();
        it.set_value(entries, None)
    }),
    builtin("listToAttrs", 1, |it, given| {
        let list = it.list(given[0])?;
        let (name_key, value_key) = (it.symbols.intern("name"), it.symbols.intern("value"));
        let mut open = list.open;
        let mut entries: Vec<(Symbol, NixAttribute)> = Vec::new();
        let mut seen = BTreeSet::new();
        for item in &list.items {
            let pair = match it.force(*item)? {
                Value::Set(pair) => Value::Set(pair),
                Value::Opaque(_) => {
                    open = true;
                    continue;
                }
                other => return Err(crate::value::wrong_type(&other, "a set of `name` and `value`")),
            };
            let name = match it.attribute(&pair, name_key)? {
                Value::Str(name) => it.symbols.intern(&name),
                Value::Opaque(_) => {
                    open = true;
                    continue;
                }
                other => return Err(crate::value::wrong_type(&other, "a string")),
            };
            let Value::Set(pair) = pair else { continue };
            let Some(value) = pair.get(value_key).copied() else {
                let missing = Value::Set(pair);
                it.attribute(&missing, value_key)?;
                open = true;
                continue;
            };
            // The first of a name stays.
            if seen.insert(name) {
                entries.push((name, value));
            }
        }
        it.set_value(entries, open.then(Default::default))
    }),
    builtin("mapAttrs", 2, |it, given| {
        let set = it.set_of(given[1])?;
        it.fits((set.entries.len() * 2 * THUNK) as u64)?;
        let mut entries = Vec::with_capacity(set.entries.len());
        for (name, attribute) in &set.entries {
            if attribute.maybe {
                entries.push((*name, *attribute));
                continue;
            }
            let text = it.symbols.name(*name).clone();
            let text = it.done(Value::Str(text));
            let value = it.lazy_apply(given[0], &[text, attribute.value]);
            entries.push((*name, NixAttribute { value, ..*attribute }));
        }
        let open = set.open.as_ref().map(|_| Rc::default());
        it.set_value(entries, open)
    }),
    builtin("zipAttrsWith", 2, |it, given| {
        let list = it.closed_list(given[1])?;
        let mut zipped: Vec<(Symbol, Vec<Thunk>)> = Vec::new();
        let mut places = BTreeMap::new();
        for item in &list.items {
            let set = it.closed_set(*item)?;
            it.fits((zipped.len() * THUNK) as u64)?;
            for (name, attribute) in &set.entries {
                let at = *places.entry(*name).or_insert_with(|| {
                    zipped.push((*name, Vec::new()));
                    zipped.len() - 1
                });
                zipped[at].1.push(attribute.value);
            }
        }
        let span = it.current.origin;
        let mut entries = Vec::with_capacity(zipped.len());
        for (name, values) in zipped {
            let text = it.symbols.name(name).clone();
            let values = it.list_value(values, false)?;
            let (text, values) = (it.done(Value::Str(text)), it.done(values));
            let value = it.lazy_apply(given[0], &[text, values]);
            entries.push((name, NixAttribute { value, span, replaced: None, maybe: false }));
        }
        it.set_value(entries, None)
    }),
    builtin("catAttrs", 2, |it, given| {
        let name = it.string(given[0])?;
        let name = it.symbols.intern(&name);
        let list = it.closed_list(given[1])?;
        let mut found: Vec<Thunk> = Vec::new();
        for item in &list.items {
            let set = it.set_of(*item)?;
            match (set.get(name), &set.open) {
                (Some(attribute), _) if attribute.maybe => return Err(Stop::Opaque),
                (Some(attribute), _) => found.push(attribute.value),
                (None, Some(_)) => return Err(Stop::Opaque),
                (None, None) => {}
            }
        }
        it.list_value(found, false)
    }),
];

impl Evaluator {
    /// The attributes of a set, ordered by name.
    pub(crate) fn sorted(&self, set: &Set) -> Vec<(Symbol, NixAttribute)> {
        let mut entries = set.entries.clone();
        entries.sort_by(|one, other| self.symbols.name(one.0).cmp(self.symbols.name(other.0)));
        entries
    }
}
