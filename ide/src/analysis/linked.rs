//! The objects that one definition declares together, as those of one host: what is wrong between them, at their places.
//!
//! A definition is a connection of the modules' option, or a call of `writeAll`. Several connections are several hosts, and so
//! are two definitions of one name, for which host each is cannot be told; then nothing is said of what one of them lacks.

use std::collections::BTreeMap;
use std::rc::Rc;

use nixvirt_compiler::bundle_format;
use nixvirt_compiler::link::{Facts, HostObjects, LinkProblem, Object, Spot, link};
use nixvirt_compiler::{
    Diagnostic, Json, Path as Place, Policy, Report, external, name_others, reserved_addresses,
};
use nixvirt_evaluator::{Content, Span, Tree};
use nixvirt_expand::evaluate::to_json;
use nixvirt_schema::{KINDS, Kind};

use crate::analysis::declared::{CompiledSpec, Declaration, DeclaredObject};
use crate::analysis::outcomes::SpecOutcome;
use crate::analysis::pass::Pass;
use crate::located::EvaluatedSpec;
use crate::located_problem::LocatedProblem;

impl Pass<'_> {
    /// Begins to gather what a definition declares, where that is to be looked at together.
    pub(super) fn declare(&mut self, connection: &Tree, name: Option<&str>) {
        if !self.certain || self.seen.is_some() {
            return;
        }
        let said = connection.get(bundle_format::EXTERNAL).map(|said| to_json(said));
        // Its errors are reported where the bundle is compiled.
        let mut report = Report::new(Policy::Libvirt);
        self.declaration = Some(Declaration {
            name: name.map(str::to_owned),
            external: said.map(|said| external(&said, &Place::default(), &mut report)).unwrap_or_default(),
            settings: self.settings.clone(),
            ..Declaration::default()
        });
    }

    /// Ends what was begun.
    pub(super) fn declared(&mut self) {
        self.declarations.extend(self.declaration.take());
    }

    /// Notes the objects of a kind, of which there may be more than are known.
    pub(super) fn declare_open(&mut self, objects: &Tree, kind: &'static Kind) {
        let is_open =
            !matches!(objects.content, Content::List(_, false) | Content::Set(_, false) | Content::Null);
        if let (Some(declaration), true) = (&mut self.declaration, is_open) {
            declaration.open.insert(kind.name);
        }
    }

    /// Notes an object of the definition, whose spec is still to be compiled. Gives its position.
    pub(super) fn declare_object(&mut self, entry: &Rc<Tree>, kind: &'static Kind) -> Option<usize> {
        let holder = self.declared_holder;
        let declaration = self.declaration.as_mut()?;
        if matches!(entry.get("present").map(|it| &it.content), Some(Content::Bool(false))) {
            return None;
        }
        let active = entry.get("active").and_then(|active| bundle_format::switch(&to_json(active)));
        let call = entry.get("definition").map(|definition| definition.span);
        let naming = bundle_format::entry_keys(kind).filter(|key| bundle_format::names_objects(&key.format));
        let naming: Vec<(&str, Json<'_>)> =
            naming.filter_map(|key| Some((key.name, to_json(entry.get(key.name)?)))).collect();
        let value = |key: &str| naming.iter().find(|(name, _)| *name == key).map(|(_, value)| value);
        let reserved = entry.get(bundle_format::RESERVATIONS).filter(|_| kind.name == "network");
        declaration.objects.push(DeclaredObject {
            kind,
            active,
            holder,
            spec: None,
            call,
            named: bundle_format::named_objects(kind, &value),
            reserved: reserved.map(|value| reserved_addresses(&to_json(value))).unwrap_or_default(),
            entry: Rc::clone(entry),
        });
        Some(declaration.objects.len() - 1)
    }

    /// Records the result of a spec: of the current object, or of a call of the lib.
    pub(super) fn note_compiled(&mut self, outcome: &Rc<SpecOutcome>, tree: &Rc<Tree>, span: Span) {
        if !self.certain {
            return;
        }
        let spec = CompiledSpec { outcome: Rc::clone(outcome), tree: Rc::clone(tree), span };
        match &mut self.declaration {
            Some(declaration) => {
                if let Some(object) = self.declared_object.and_then(|at| declaration.objects.get_mut(at)) {
                    object.spec = Some(spec);
                }
            }
            None => self.of_calls.entry(span).or_default().push(spec),
        }
    }

    /// Says what is wrong between the objects of each definition.
    pub(super) fn link(&mut self) {
        let mut declarations = std::mem::take(&mut self.declarations);
        let of_calls = std::mem::take(&mut self.of_calls);
        let names: Vec<Option<String>> =
            declarations.iter().map(|declaration| declaration.name.clone()).collect();
        for declaration in &mut declarations {
            let same = names.iter().filter(|name| name.is_some() && **name == declaration.name).count();
            if same > 1 {
                declaration.open.extend(KINDS.iter().map(|kind| kind.name));
            }
            let found = self.linked(declaration, &of_calls);
            self.located_problems.extend(found);
        }
    }

    fn linked(
        &self,
        declaration: &mut Declaration,
        of_calls: &BTreeMap<Span, Vec<CompiledSpec>>,
    ) -> Vec<LocatedProblem> {
        let (mut objects, mut specs): (Vec<Object>, Vec<CompiledSpec>) = Default::default();
        let mut entries = Vec::new();
        // Where each object of the definition stands among those that are known.
        let mut positions: Vec<Option<usize>> = Vec::new();
        for declared in &declaration.objects {
            let called = declared.call.and_then(|span| match of_calls.get(&span).map(Vec::as_slice) {
                Some([only]) => Some(only),
                // A function that is called several times makes several objects, each of which may be this one.
                _ => None,
            });
            let known = declared.spec.as_ref().or(called);
            let facts = known.and_then(|spec| spec.outcome.facts.clone().zip(Some(spec)));
            let Some((mut facts, spec)) =
                facts.filter(|(facts, _): &(Facts, _)| facts.kind.name == declared.kind.name)
            else {
                declaration.open.insert(declared.kind.name);
                positions.push(None);
                continue;
            };
            positions.push(Some(objects.len()));
            let holder = declared.holder.and_then(|holder| positions[holder]);
            let of_holder = holder.and_then(|holder| objects[holder].facts.name.clone());
            name_others(&mut facts, &declared.named, of_holder.as_deref());
            let reserved = declared.reserved.clone();
            objects.push(Object { facts, active: declared.active, holder, reserved });
            specs.push(spec.clone());
            entries.push(&declared.entry);
        }
        if objects.is_empty() {
            return Vec::new();
        }
        let host = HostObjects {
            objects,
            external: std::mem::take(&mut declaration.external),
            open: std::mem::take(&mut declaration.open),
        };
        let place = |spot: &Spot| {
            let CompiledSpec { tree, span, .. } = &specs[spot.object];
            let tree = if spot.place.beside().is_some() { entries[spot.object] } else { tree };
            EvaluatedSpec { evaluator: self.evaluator, tree, span: *span }
        };
        let located = link(&host).into_iter().map(|LinkProblem { problem, severity, at, others }| {
            let mut located = place(&at).find(&Diagnostic::new(problem, at.place.path(), severity));
            for (spot, message) in others {
                located.related.extend(place(&spot).related_place(&spot.place.path(), &message));
            }
            declaration.settings.judged(located)
        });
        located.collect()
    }
}
