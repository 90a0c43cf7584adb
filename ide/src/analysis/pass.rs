//! One look at a file: what is checked, and what is found on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use nixvirt_evaluator::{
    ANY, Call, CallKey, Content, Evaluator, FormalPlace, MetConditions, Span, Thunk, Tree,
};
use nixvirt_expand::evaluate::{self};
use nixvirt_schema::Kind;

use crate::analysis::declared::{CompiledSpec, Declaration};
use crate::analysis::object::{CheckedObject, Seen};
use crate::analysis::outcomes::Outcomes;
use crate::analysis::settings::Settings;
use crate::checking::Checking;
use crate::located;
use crate::located_problem::LocatedProblem;

/// The functions of the lib that take a spec.
pub(super) const FUNCTIONS: &[&str] = &["writeXML", "getXML"];

/// The functions of the original NixVirt that take a domain.
pub(super) const FIRST: &[&str] = &["writeDomainXML", "domainXML"];

/// The function of the lib that takes a bundle.
pub(super) const BUNDLE: &str = "writeAll";

/// The options that hold the objects of hosts: of NixOS and Home Manager, and of flake-parts.
pub(super) const CONNECTIONS: &[&[&str]] =
    &[&["libvirt", "connections"], &["libvirt", "hosts", ANY, "connections"]];

/// The steps that each object of a file may take beside those of the file: templates take a few thousand.
pub(super) const OBJECT: u64 = 20_000;

/// The steps that compiling a spec in a branch counts for.
pub(super) const COMPILING: u64 = 2000;

/// A thing to check: the argument of a call, or a definition of the module's option.
#[derive(Clone)]
pub(super) enum Checkable {
    Call(Call),
    Connections(Thunk, Span),
}

/// Something that was checked, and the conditions that were met on the way.
pub(super) struct CheckedUnit {
    pub(super) what: Checkable,
    pub(super) met_conditions: MetConditions,
}

/// The key of an expansion: the arguments by their address in memory, the kind, the template's name, the object's
/// name.
type Expansion = (usize, &'static str, String, Option<String>);

pub(super) struct Pass<'e> {
    pub(super) evaluator: &'e mut Evaluator,
    pub(super) checking: Checking,
    pub(super) outcomes: Option<&'e mut Outcomes>,
    /// Whether nothing is assumed, so that an evaluation that fails would fail for the user, too.
    pub(super) certain: bool,
    pub(super) located_problems: Vec<LocatedProblem>,
    pub(super) units: Vec<CheckedUnit>,
    /// The conditions that each call was made under.
    made: BTreeMap<(CallKey, Span), MetConditions>,
    /// The results of templates with nothing assumed. The arguments are kept, so that no others get their address.
    pub(super) expansions: BTreeMap<Expansion, (Rc<Tree>, Thunk)>,
    /// How many objects of a definition were seen.
    pub(super) objects: u64,
    /// The name of the object whose parts are being looked at.
    pub(super) holder: Option<String>,
    /// The objects that the current definition declares.
    pub(super) declaration: Option<Declaration>,
    /// The positions in it of the object that is being looked at, and of the one that holds it.
    pub(super) declared_object: Option<usize>,
    pub(super) declared_holder: Option<usize>,
    /// The objects that the definitions declare, one entry for each definition.
    pub(super) declarations: Vec<Declaration>,
    /// The specs that functions of the lib were called with, by the place of the call.
    pub(super) of_calls: BTreeMap<Span, Vec<CompiledSpec>>,
    /// Whether another module may define the same object, so that what is missing here may be there.
    pub(super) mergeable: bool,
    /// Whether a spec may stand for an object.
    pub(super) bare: bool,
    /// Whether the objects are those of a module, whose options are known.
    pub(super) options_are_a_modules: bool,
    /// The specs that were compiled with nothing assumed, by where they are in memory, and the name that they were given.
    /// They are kept, so that their place is theirs alone.
    pub(super) compiled: BTreeMap<(usize, Option<String>), Rc<Tree>>,
    /// The calls of templates with wrong arguments.
    pub(super) wrong_calls: Vec<WrongCall>,
    /// The objects that were checked.
    pub(super) objects_seen: BTreeSet<CheckedObject>,
    /// The specs, where nothing else is wanted.
    pub(super) seen: Option<Vec<Seen>>,
    /// The user's settings for the specs that are being checked.
    pub(super) settings: Settings,
    /// The settings of each connection, from whichever definition has them.
    pub(super) said: BTreeMap<String, Settings>,
}

impl<'e> Pass<'e> {
    pub(super) fn new(evaluator: &'e mut Evaluator, checking: Checking) -> Pass<'e> {
        Pass {
            evaluator,
            checking,
            outcomes: None,
            certain: true,
            located_problems: Vec::new(),
            units: Vec::new(),
            made: BTreeMap::new(),
            expansions: BTreeMap::new(),
            objects: 0,
            holder: None,
            declaration: None,
            declared_object: None,
            declared_holder: None,
            declarations: Vec::new(),
            of_calls: BTreeMap::new(),
            mergeable: false,
            bare: false,
            options_are_a_modules: false,
            compiled: BTreeMap::new(),
            wrong_calls: Vec::new(),
            objects_seen: BTreeSet::new(),
            seen: None,
            settings: Settings::default(),
            said: BTreeMap::new(),
        }
    }

    /// Notes a spec where that is all that is wanted.
    pub(super) fn note(
        &mut self,
        kind: Option<&'static Kind>,
        template: Option<Vec<FormalPlace>>,
        tree: &Rc<Tree>,
    ) -> bool {
        if let Some(seen) = &mut self.seen {
            let holder = self.holder.clone();
            seen.push(Seen { kind, template, tree: Rc::clone(tree), holder });
        }
        self.seen.is_some()
    }

    /// Checks a file and what it imports, with nothing assumed.
    pub(super) fn certain(&mut self, path: &Path, text: &str) {
        self.evaluator.add(path, text, false);
        self.files(0);
        // The same expression is evaluated for its own sake and for a value that needs it; it is one call.
        let mut seen = BTreeSet::new();
        for call in self.evaluator.calls().to_vec() {
            if seen.insert((call.key, call.span)) {
                self.first(Checkable::Call(call));
            }
        }
        self.link();
        self.evaluator.settle();
        // Only now is it known which conditions each call was made under; one that is made anyway is under none.
        for call in self.evaluator.calls() {
            let made_in = self.made.entry((call.key, call.span)).or_insert(call.made_in);
            if call.made_in == MetConditions::NONE {
                *made_in = MetConditions::NONE;
            }
        }
    }

    /// Whether a call is made whatever is assumed, so that it is one of the units.
    pub(super) fn is_made_anyway(&self, call: &Call) -> bool {
        let made_in = self.made.get(&(call.key, call.span));
        made_in.is_some_and(|made_in| !self.evaluator.is_doubtful(*made_in))
    }

    /// Looks at the arguments of templates that were called, from one call on: notes them, where that is all that is wanted,
    /// else says what is wrong with them.
    pub(super) fn template_calls(&mut self, from: usize) {
        if self.seen.is_none() {
            return self.check_arguments(from);
        }
        let calls = self.evaluator.embedded_calls()[from..].to_vec();
        for call in calls {
            let Some(formal) = call.formals.first() else { continue };
            let kind = evaluate::kind_of_template(self.evaluator, formal.span);
            if let (Some(kind), Ok(tree)) = (kind, self.evaluator.tree(call.argument, false)) {
                self.note(Some(kind), Some(call.formals), &tree);
            }
        }
    }

    /// Checks something and remembers it.
    pub(super) fn first(&mut self, what: Checkable) {
        let met_conditions = self.unit(&what);
        if self.certain {
            self.units.push(CheckedUnit { what, met_conditions });
        }
    }

    /// Checks something; gives the conditions that were met on the way.
    pub(super) fn unit(&mut self, what: &Checkable) -> MetConditions {
        let (about, span) = match what {
            Checkable::Call(call) => (call.argument, call.span),
            Checkable::Connections(value, span) => (*value, *span),
        };
        let work = self.evaluator.begin(self.evaluator.name_of(about), span);
        match what {
            Checkable::Call(call) => {
                self.evaluator.grant(OBJECT);
                let given: Vec<_> =
                    call.given.iter().map(|given| self.evaluator.tree(*given, false)).collect();
                self.settings =
                    given.iter().flatten().fold(Settings::default(), |so_far, given| so_far.with(given));
                match self.evaluator.tree(call.argument, false) {
                    Ok(tree) => self.argument(call, &tree),
                    Err(error) if self.certain => {
                        let located = located::error(self.evaluator, &error, call.span, String::new());
                        self.located_problems.push(located);
                    }
                    Err(_) => {}
                }
            }
            Checkable::Connections(value, span) => {
                self.objects = 0;
                if let Ok(connections) = self.evaluator.tree(*value, true)
                    && let Content::Set(connections, _) = &connections.content
                {
                    for connection in connections {
                        let said = self.said.get(&*connection.name).cloned().unwrap_or_default();
                        self.settings = said.with(&connection.value);
                        if self.certain && self.seen.is_none() {
                            self.unknown_connection_options(&connection.value);
                        }
                        self.options_are_a_modules = true;
                        self.declare(&connection.value, Some(&connection.name));
                        self.connection(&connection.value, *span);
                        self.options_are_a_modules = false;
                    }
                }
            }
        }
        self.settings = Settings::default();
        self.evaluator.end(work)
    }

    /// Checks what a function of the lib was called with.
    fn argument(&mut self, call: &Call, tree: &Rc<Tree>) {
        let name = call.function.first().map_or("", |name| &**name);
        match name == BUNDLE {
            true => {
                self.bare = true;
                self.settings = std::mem::take(&mut self.settings).with(tree);
                self.declare(tree, None);
                self.connection(tree, call.span);
                self.bare = false;
            }
            false if FIRST.contains(&name) => {
                self.spec(tree, None, nixvirt_schema::kind("domain"), call.span)
            }
            false => self.spec(tree, None, nixvirt_schema::kind(name), call.span),
        }
    }
}

/// A call of a template with a wrong argument.
pub(super) struct WrongCall {
    pub(super) file: String,
    /// The part of the file.
    pub(super) range: Range<usize>,
    /// Where this call begins, and those of the lib around it.
    pub(super) starts: Vec<usize>,
}
