//! The branches of conditions that cannot be known: each way by itself, and what depends on it checked again.
//!
//! A condition that is only met within a branch of another one is looked into as well, where it stands within that one in
//! the source (`if a then .. else if b then ..`); elsewhere the two might contradict each other.

use std::collections::VecDeque;

use nixvirt_evaluator::{Assumption, Call};

use crate::analysis::pass::{Checkable, Pass};

/// A branch to look into, and what is to be looked at.
struct Branch {
    assumptions: Vec<Assumption>,
    units: Vec<usize>,
    roots: Vec<usize>,
}

impl Pass<'_> {
    /// Looks into each branch, as far as there is work to spend; where that ends, nothing is said about the others.
    pub(super) fn branches(&mut self) {
        self.certain = false;
        let mut waiting = VecDeque::new();
        for (number, condition) in self.evaluator.conditions().iter().enumerate() {
            let units = self.units.iter().enumerate();
            let units = units.filter(|(_, unit)| self.evaluator.has_met(unit.met_conditions, number));
            let units: Vec<usize> = units.map(|(at, _)| at).collect();
            let roots = self.evaluator.roots_of(number);
            if units.is_empty() && roots.is_empty() {
                continue;
            }
            for value in [true, false] {
                let assumptions = vec![Assumption { condition: *condition, value }];
                waiting.push_back(Branch { assumptions, units: units.clone(), roots: roots.clone() });
            }
        }
        while let Some(branch) = waiting.pop_front() {
            if !self.evaluator.suppose(&branch.assumptions) {
                break;
            }
            waiting.extend(self.branch(&branch));
            self.evaluator.retract();
        }
        self.certain = true;
    }

    /// Looks into a branch; gives those that are within it.
    fn branch(&mut self, branch: &Branch) -> Vec<Branch> {
        let conditions = self.evaluator.conditions().len();
        let calls = self.evaluator.calls().len();
        let files = self.evaluator.reached().len();
        let templates = self.evaluator.embedded_calls().len();
        for root in &branch.roots {
            self.evaluator.rerun(*root);
        }
        self.files(files);
        for unit in &branch.units {
            let what = self.units[*unit].what.clone();
            // A call that was made under the condition is made again, if it is made.
            let again = matches!(&what, Checkable::Call(call) if !self.is_made_anyway(call));
            if !again {
                self.unit(&what);
            }
        }
        let made: Vec<Call> = self.evaluator.calls()[calls..].to_vec();
        for call in made {
            if !self.is_made_anyway(&call) {
                self.unit(&Checkable::Call(call));
            }
        }
        self.template_calls(templates);
        let outer = branch.assumptions.last().map(|assumption| assumption.condition.span);
        let inner = self.evaluator.conditions()[conditions..].iter().filter(|condition| {
            outer.is_some_and(|outer| outer != condition.span && outer.contains(condition.span))
        });
        let inner = inner.flat_map(|condition| {
            [true, false].map(|value| Branch {
                assumptions: [branch.assumptions.as_slice(), &[Assumption { condition: *condition, value }]]
                    .concat(),
                units: branch.units.clone(),
                roots: branch.roots.clone(),
            })
        });
        inner.collect()
    }
}
