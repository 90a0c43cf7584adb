//! The attributes that both results of an unknown condition share, so that they stay known.
//!
//! So `base // (if config.big then { vcpu = 8; } else { })` makes nothing doubtful but `vcpu`.

use std::rc::Rc;

use crate::error::{ErrorKind, Stop};
use crate::evaluator::Evaluator;
use crate::ir::{Expr, ExprKind, Operator};
use crate::state::computation::mix;
use crate::symbol::Symbol;
use crate::value::{Env, NixAttribute, Set, Value};

impl Evaluator {
    /// One of two branches, whichever.
    pub(crate) fn common_of(&mut self, yes: &Rc<Expr>, no: &Rc<Expr>, env: Env) -> Result<Value, Stop> {
        if !may_be_set(yes) || !may_be_set(no) || !self.budget.look_into_condition() {
            return Err(Stop::Opaque);
        }
        let sets = self.branch(yes, env).and_then(|yes| Ok((yes, self.branch(no, env)?)));
        self.budget.leave_condition();
        let (yes, no) = sets?;
        if !self.is_plain(&yes) || !self.is_plain(&no) {
            return Err(Stop::Opaque);
        }
        let unknown = self.done(Value::opaque());
        let doubtful = |attribute: &NixAttribute, maybe: bool| NixAttribute {
            value: unknown,
            maybe,
            replaced: None,
            ..*attribute
        };
        let mut entries: Vec<(Symbol, NixAttribute)> = Vec::with_capacity(yes.entries.len());
        for (name, attribute) in &yes.entries {
            entries.push((
                *name,
                match no.get(*name) {
                    Some(other) if other.value == attribute.value && other.maybe == attribute.maybe => {
                        *attribute
                    }
                    Some(other) => doubtful(attribute, attribute.maybe || other.maybe),
                    None => doubtful(attribute, true),
                },
            ));
        }
        let only = no.entries.iter().filter(|(name, _)| yes.get(*name).is_none());
        entries.extend(only.map(|(name, attribute)| (*name, doubtful(attribute, true))));
        let open = (yes.open.is_some() || no.open.is_some()).then(Default::default);
        self.set_value(entries, open)
    }

    /// Whether a set is no more than its attributes. What makes it something else is not there by halves.
    pub(crate) fn is_plain(&mut self, set: &Set) -> bool {
        let special = ["_type", "outPath", "__toString", "__functor"];
        special.into_iter().all(|name| set.get(self.symbols.intern(name)).is_none())
    }

    /// Evaluates one branch to a set. An error in a branch that may not be taken is not reported.
    fn branch(&mut self, expr: &Rc<Expr>, env: Env) -> Result<Rc<Set>, Stop> {
        // Names of its own, so that whatever comes behind is named as where one branch is taken.
        let given = self.current.worker.given;
        self.current.worker.given = (mix(u64::from(given), u64::from(expr.span.start)) as u32 >> 2) | 1 << 30;
        let value = self.eval(expr, env);
        self.current.worker.given = given;
        match value {
            Ok(Value::Set(set)) => Ok(set),
            Err(Stop::Error(error)) if error.kind == ErrorKind::Limit => Err(Stop::Error(error)),
            _ => Err(Stop::Opaque),
        }
    }
}

/// Whether the value of an expression may be a set, judged by its syntax.
fn may_be_set(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Str(_)
        | ExprKind::Template(_)
        | ExprKind::Path(_)
        | ExprKind::HasAttr(..)
        | ExprKind::Lambda(_)
        | ExprKind::List(_)
        | ExprKind::Not(_)
        | ExprKind::Negate(_) => false,
        ExprKind::Binary(operator, ..) => *operator == Operator::Update,
        _ => true,
    }
}
