//! Builtins on lists, such as `map`, `filter` and `sort`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::builtins::entry::{Builtin, builtin};
use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::state::arena::THUNK;
use crate::value::{List, Thunk, Value, wrong_type};

/// More elements than this are not made.
const LONGEST: i64 = 1_000_000;

pub(super) const TABLE: &[Builtin] = &[
    builtin("length", 1, |it, given| Ok(Value::Int(it.closed_list(given[0])?.items.len() as i64))),
    builtin("head", 1, |it, given| {
        let list = it.closed_list(given[0])?;
        match list.items.first() {
            Some(item) => it.force(*item),
            None => Err(Stop::evaluation("the list is empty and has no head")),
        }
    }),
    builtin("tail", 1, |it, given| {
        let list = it.closed_list(given[0])?;
        match list.items.split_first() {
            Some((_, rest)) => it.list_value(rest.to_vec(), false),
            None => Err(Stop::evaluation("the list is empty and has no tail")),
        }
    }),
    builtin("elemAt", 2, |it, given| {
        let (list, at) = (it.closed_list(given[0])?, it.int(given[1])?);
        match usize::try_from(at).ok().and_then(|at| list.items.get(at)) {
            Some(item) => it.force(*item),
            None => {
                let length = list.items.len();
                Err(Stop::evaluation(format!("the list has {length} elements and none at {at}")))
            }
        }
    }),
    builtin("map", 2, |it, given| {
        let list = it.list(given[1])?;
        it.fits((list.items.len() * THUNK) as u64)?;
        let items = list.items.iter().map(|item| it.lazy_apply(given[0], &[*item])).collect();
        it.list_value(items, list.open)
    }),
    builtin("genList", 2, |it, given| {
        let count = it.int(given[1])?;
        if !(0..=LONGEST).contains(&count) {
            return Err(Stop::evaluation(format!("a list cannot have {count} elements here")));
        }
        it.fits((count as usize * 2 * THUNK) as u64)?;
        let items = (0..count).map(|at| {
            let at = it.done(Value::Int(at));
            it.lazy_apply(given[0], &[at])
        });
        let items = items.collect();
        it.list_value(items, false)
    }),
    builtin("filter", 2, |it, given| {
        let list = it.list(given[1])?;
        let function = it.function(given[0])?;
        let (mut items, mut open) = (Vec::new(), list.open);
        for item in &list.items {
            match it.call_all(function.clone(), &[*item])? {
                Value::Bool(true) => items.push(*item),
                Value::Bool(false) => {}
                Value::Opaque(_) => open = true,
                other => return Err(wrong_type(&other, "a boolean")),
            }
        }
        it.list_value(items, open)
    }),
    builtin("partition", 2, |it, given| {
        let list = it.closed_list(given[1])?;
        let function = it.function(given[0])?;
        let (mut right, mut wrong) = (Vec::new(), Vec::new());
        for item in &list.items {
            match it.call_all(function.clone(), &[*item])? {
                Value::Bool(true) => right.push(*item),
                Value::Bool(false) => wrong.push(*item),
                other => return Err(wrong_type(&other, "a boolean")),
            }
        }
        let (right, wrong) = (it.list_value(right, false)?, it.list_value(wrong, false)?);
        let (right, wrong) = (it.done(right), it.done(wrong));
        it.set_from([("right", right), ("wrong", wrong)])
    }),
    builtin("elem", 2, |it, given| {
        let list = it.list(given[1])?;
        let mut opaque = list.open;
        for item in &list.items {
            let wanted = it.force(given[0])?;
            let item = it.force(*item)?;
            match it.equal(&wanted, &item) {
                Ok(true) => return Ok(Value::Bool(true)),
                Ok(false) => {}
                Err(Stop::Opaque) => opaque = true,
                Err(stop) => return Err(stop),
            }
        }
        if opaque { Err(Stop::Opaque) } else { Ok(Value::Bool(false)) }
    }),
    builtin("any", 2, |it, given| it.search(given, true)),
    builtin("all", 2, |it, given| it.search(given, false)),
    builtin("concatLists", 1, |it, given| {
        let lists = it.list(given[0])?;
        it.join_lists(&lists.items, lists.open)
    }),
    builtin("concatMap", 2, |it, given| {
        let list = it.list(given[1])?;
        let items = it.each(given[0], &list)?;
        it.join_lists(&items, list.open)
    }),
    builtin("foldl'", 3, |it, given| {
        let function = it.function(given[0])?;
        let list = it.closed_list(given[2])?;
        let mut so_far = given[1];
        if list.items.is_empty() {
            return it.force(so_far);
        }
        for item in &list.items {
            let region = it.region();
            let value = it.call_all(function.clone(), &[so_far, *item])?;
            let plain = value.is_plain();
            it.close(&region, plain, 0);
            so_far = match plain {
                // Only the next step has to do with it.
                true => it.again(so_far, given[1], value),
                false => it.done(value),
            };
        }
        it.force(so_far)
    }),
    builtin("sort", 2, |it, given| {
        let list = it.closed_list(given[1])?;
        let function = it.function(given[0])?;
        let mut problem = None;
        let items = merge_sort(list.items.clone(), &mut |one, other| {
            if problem.is_some() {
                return Ordering::Equal;
            }
            let mut less = |one, other| match it.call_all(function.clone(), &[one, other]) {
                Ok(Value::Bool(less)) => less,
                Ok(other) => {
                    problem = Some(wrong_type(&other, "a boolean"));
                    false
                }
                Err(stop) => {
                    problem = Some(stop);
                    false
                }
            };
            if less(other, one) { Ordering::Greater } else { Ordering::Less }
        });
        match problem {
            Some(stop) => Err(stop),
            None => it.list_value(items, false),
        }
    }),
    builtin("groupBy", 2, |it, given| {
        let list = it.closed_list(given[1])?;
        let function = it.function(given[0])?;
        let mut groups: BTreeMap<crate::Symbol, Vec<Thunk>> = BTreeMap::new();
        for item in &list.items {
            let name = it.lazy_call(function.clone(), &[*item]);
            let name = it.string(name)?;
            let name = it.symbols.intern(&name);
            groups.entry(name).or_default().push(*item);
        }
        let span = it.current.origin;
        let mut entries = Vec::new();
        for (name, group) in groups {
            let group = it.list_value(group, false)?;
            let value = it.done(group);
            entries.push((name, crate::NixAttribute { value, span, replaced: None, maybe: false }));
        }
        it.set_value(entries, None)
    }),
];

/// A stable sort that never panics over an order that is none.
fn merge_sort(mut items: Vec<Thunk>, order: &mut impl FnMut(Thunk, Thunk) -> Ordering) -> Vec<Thunk> {
    if items.len() < 2 {
        return items;
    }
    let right = items.split_off(items.len() / 2);
    let (left, right) = (merge_sort(items, order), merge_sort(right, order));
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        match order(*one, *other) {
            Ordering::Greater => merged.extend(right.next()),
            _ => merged.extend(left.next()),
        }
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

impl Evaluator {
    /// A function's results for the elements of a list, each evaluated where it is needed.
    fn each(&mut self, function: Thunk, list: &List) -> Result<Vec<Thunk>, Stop> {
        self.fits((list.items.len() * THUNK) as u64)?;
        if list.items.is_empty() {
            return Ok(Vec::new());
        }
        let function = self.function(function)?;
        Ok(list.items.iter().map(|item| self.lazy_call(function.clone(), &[*item])).collect())
    }

    fn search(&mut self, given: &[Thunk], wanted: bool) -> Result<Value, Stop> {
        let function = self.function(given[0])?;
        let list = self.list(given[1])?;
        let mut opaque = list.open;
        for item in &list.items {
            match self.call_all(function.clone(), &[*item])? {
                Value::Bool(found) if found == wanted => return Ok(Value::Bool(wanted)),
                Value::Bool(_) => {}
                Value::Opaque(_) => opaque = true,
                other => return Err(wrong_type(&other, "a boolean")),
            }
        }
        if opaque { Err(Stop::Opaque) } else { Ok(Value::Bool(!wanted)) }
    }

    fn join_lists(&mut self, lists: &[Thunk], mut open: bool) -> Result<Value, Stop> {
        let mut items = Vec::new();
        for list in lists {
            match self.force(*list)? {
                Value::List(list) => {
                    self.fits(((items.len() + list.items.len()) * 2 * size_of::<Thunk>()) as u64)?;
                    items.extend(&list.items);
                    open |= list.open;
                }
                Value::Opaque(_) => open = true,
                other => return Err(wrong_type(&other, "a list")),
            }
        }
        self.list_value(items, open)
    }
}
