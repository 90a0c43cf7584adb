//! The operator `//`, on sets of which all or only a part is known.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::ir::{Expr, ExprKind, Operator};
use crate::span::Span;
use crate::symbol::Symbol;
use crate::value::{Env, NixAttribute, Opaque, Set, Value, wrong_type};

impl Evaluator {
    /// One or more `//` in a row. Of many sets, each attribute is copied once.
    pub(crate) fn updates(
        &mut self,
        left: &Rc<Expr>,
        mut right: &Rc<Expr>,
        env: Env,
        mut span: Span,
    ) -> Result<Value, Stop> {
        const MANY: usize = 4;
        let mut under = Vec::new();
        let mut left = left;
        loop {
            under.push((self.eval(left, env)?, span));
            let ExprKind::Binary(Operator::Update, next, rest) = &right.kind else { break };
            (left, right, span) = (next, rest, right.span);
        }
        let mut over = self.eval(right, env)?;
        if under.len() >= MANY && under.iter().all(|(value, _)| is_closed(value)) && is_closed(&over) {
            return self.laid_over(&under, &over);
        }
        while let Some((under, span)) = under.pop() {
            over = self.update(under, over, span)?;
        }
        Ok(over)
    }

    /// Sets of which nothing is unknown, each laid over the one before it, with the operator between them.
    fn laid_over(&mut self, under: &[(Value, Span)], over: &Value) -> Result<Value, Stop> {
        let mut entries: BTreeMap<Symbol, NixAttribute> = BTreeMap::new();
        let operators = under.iter().rev().map(|(_, span)| *span);
        let sets = std::iter::once(over).chain(under.iter().rev().map(|(value, _)| value));
        for (set, operator) in sets.zip(std::iter::once(Span::default()).chain(operators)) {
            let Value::Set(set) = set else { return Err(Stop::Opaque) };
            for (name, attribute) in &set.entries {
                let own = entries.entry(*name);
                own.and_modify(|after| after.replaced = Some((operator, attribute.span)))
                    .or_insert(*attribute);
            }
        }
        self.set_value(entries.into_iter().collect(), None)
    }

    /// The operator `//`: a set with the attributes of both, those of the right first.
    pub(crate) fn update(&mut self, left: Value, right: Value, span: Span) -> Result<Value, Stop> {
        let (under, over) = match (left, right) {
            (Value::Set(under), Value::Set(over)) => (under, over),
            // Whatever is not laid over stays as unknown as it was.
            (Value::Opaque(opaque), Value::Set(over)) => {
                let open = Some(over.open.clone().unwrap_or(opaque));
                return self.set_value(over.entries.clone(), open);
            }
            (Value::Set(under), Value::Opaque(opaque)) => {
                (under, Rc::new(Set { open: Some(opaque), ..Set::default() }))
            }
            (Value::Set(_) | Value::Opaque(_), other) | (other, _) => {
                return Err(wrong_type(&other, "a set"));
            }
        };
        self.fits((size_of_val(&*under.entries) + size_of_val(&*over.entries)) as u64)?;
        if let Some(open) = &over.open {
            return self.laid_under(&under, &over, open);
        }
        let mut entries = Vec::with_capacity(under.entries.len() + over.entries.len());
        let (mut one, mut two) = (under.entries.iter().peekable(), over.entries.iter().peekable());
        loop {
            let order = match (one.peek(), two.peek()) {
                (Some((one, _)), Some((two, _))) => one.cmp(two),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            match order {
                Ordering::Less => entries.extend(one.next().copied()),
                Ordering::Greater => entries.extend(two.next().copied()),
                Ordering::Equal => {
                    if let (Some((_, before)), Some((name, after))) = (one.next(), two.next()) {
                        let attribute = match after.maybe {
                            // Either of the two values, and there where the one below is.
                            true => NixAttribute { value: after.value, replaced: None, ..*before },
                            false => NixAttribute { replaced: Some((span, before.span)), ..*after },
                        };
                        entries.push((*name, attribute));
                    }
                }
            }
        }
        self.set_value(entries, under.open.clone())
    }

    /// A set under one that may hold anything: its names stay, whatever their values are.
    fn laid_under(&mut self, under: &Set, over: &Set, open: &Rc<Opaque>) -> Result<Value, Stop> {
        let mut entries = over.entries.clone();
        let under = if self.is_plain(under) { under } else { &Set::default() };
        for (name, attribute) in under.entries.iter().filter(|(name, _)| over.get(*name).is_none()) {
            let value = self.opaque_attribute(open, *name)?;
            let value = self.done(value);
            entries.push((*name, NixAttribute { value, replaced: None, ..*attribute }));
        }
        self.set_value(entries, Some(Rc::clone(open)))
    }
}

/// Whether it is a set of which nothing is unknown.
fn is_closed(value: &Value) -> bool {
    matches!(value, Value::Set(set) if set.is_closed())
}
