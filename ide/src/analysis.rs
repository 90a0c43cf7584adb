//! Checking a Nix file: every spec in it and in what it imports, evaluated and compiled, the problems at the user's lines.
//!
//! Invariant: nothing is claimed about what depends on a value that cannot be known. Where such a value is a condition,
//! each branch is looked at by itself (`branches.rs`), with everything else that cannot be known still unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nixvirt_evaluator::{
    Call, CallKey, Content, ErrorKind, Evaluator, FileId, Files, FormalPlace, Limits, MetConditions, Span,
    Thunk, Tree,
};
use nixvirt_schema::{KINDS, Kind};

pub use crate::checking::Checking;
use crate::located;
use crate::located_problem::LocatedProblem;
use crate::spec_file;
use nixvirt_expand::evaluate::{self, evaluator, prepare};
use outcomes::Outcomes;
use settings::Settings;

mod arguments;
mod branches;
mod linked;
mod outcomes;
mod settings;
pub(crate) mod specs;
#[cfg(test)]
mod tests;
mod unknown_names;

/// The functions of the lib that take a spec.
const FUNCTIONS: &[&str] = &["writeXML", "getXML"];
/// The functions of the original NixVirt that take a domain.
const FIRST: &[&str] = &["writeDomainXML", "domainXML"];
/// The function of the lib that takes a bundle.
const BUNDLE: &str = "writeAll";
/// The function of the lib that gives the lib once more, with other settings.
const SETTINGS: &str = "withSettings";
/// The option that holds the objects of hosts.
const CONNECTIONS: &[&str] = &["libvirt", "connections"];
/// The steps that each object of a file may take beside those of the file: templates take a few thousand.
const OBJECT: u64 = 20_000;
/// The steps that compiling a spec in a branch counts for.
const COMPILING: u64 = 2000;
/// Sources and names that were met are kept for the next look at them, as long as they take no more bytes than this.
const MOST_KEPT: u64 = 128 << 20;

/// Checks files, again and again: what has not changed is not parsed again.
pub struct Analyser {
    evaluator: Evaluator,
    /// The files, for one evaluator after the other.
    machine: Rc<dyn Files>,
    checking: Checking,
    for_typing: bool,
    /// The results of specs from the last check, for an analyser that is asked at every keystroke.
    outcomes: Option<Outcomes>,
    limits: Limits,
    /// The objects that the last check found.
    objects: BTreeSet<CheckedObject>,
}

/// An object that was checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CheckedObject {
    /// The name of its kind.
    pub kind: &'static str,
    /// The file in which it is written.
    pub file: PathBuf,
    /// Where it stands there, in bytes.
    pub place: (u32, u32),
    /// Its name, as far as it is known; a number where nothing else tells several of a file apart.
    pub name: Option<String>,
}

/// A spec, or the arguments of a template, as a file has it.
pub struct Seen {
    /// The kind of object.
    pub kind: Option<&'static Kind>,
    /// The parameters of the template, where these are its arguments.
    pub template: Option<Vec<FormalPlace>>,
    /// The spec or arguments.
    pub tree: Rc<Tree>,
    /// The name of the object that holds it: of a volume, its pool.
    pub holder: Option<String>,
}

impl CheckedObject {
    /// The place of an object of which it is only known which file has it.
    pub const WHOLE: (u32, u32) = (0, 0);

    /// The objects of a file of which only the kinds are known, one for each object.
    pub fn all_of(file: &Path, kinds: &[&'static Kind]) -> BTreeSet<CheckedObject> {
        let object = |(number, kind): (usize, &&Kind)| CheckedObject {
            kind: kind.name,
            file: file.to_owned(),
            place: CheckedObject::WHOLE,
            name: Some(number.to_string()),
        };
        kinds.iter().enumerate().map(object).collect()
    }
}

impl Analyser {
    /// One for files that import others as `machine` shows them.
    pub fn new(machine: impl Files + 'static, checking: Checking) -> Analyser {
        let machine: Rc<dyn Files> = Rc::new(machine);
        let evaluator = evaluator(Rc::clone(&machine), None, true);
        Analyser {
            evaluator,
            machine,
            checking,
            for_typing: false,
            objects: BTreeSet::new(),
            outcomes: None,
            limits: Limits::default(),
        }
    }

    /// One for a caller with a stack of another size than [`Limits::STACK`], or with less time or memory.
    pub fn limited(mut self, limits: Limits) -> Analyser {
        self.limits = limits;
        self.evaluator.set_limits(limits);
        self
    }

    /// An analyser that is asked at every keystroke: it keeps results, and of a file that does not parse it reports the first error only.
    pub fn for_typing(mut self) -> Analyser {
        self.for_typing = true;
        self.evaluator.hurry();
        self.outcomes = Some(Outcomes::default());
        self
    }

    /// Checks a file; gives the problems in the order of their places, each once.
    pub fn check(&mut self, path: &Path, text: &str) -> Vec<LocatedProblem> {
        self.restart();
        self.evaluator.watch_embedded();
        if let Some(outcomes) = &mut self.outcomes {
            outcomes.begin(path);
        }
        let mut pass = Pass::new(&mut self.evaluator, self.checking);
        pass.outcomes = self.outcomes.as_mut();
        pass.certain(path, text);
        pass.template_calls(0);
        pass.branches();
        pass.drop_follow_ups();
        let mut found = pass.located_problems;
        self.objects = pass.objects_seen;
        if let Some(error) = self.evaluator.exceeded()
            && found.iter().all(|located| located.code.name != evaluate::problem(error).code().name)
        {
            found.push(located::unfinished(&self.evaluator, error));
        }
        if found.is_empty() && self.objects.is_empty() {
            self.restart();
            let checked = spec_file::check(&mut self.evaluator, path, text, self.checking);
            self.objects = CheckedObject::all_of(path, &checked.kinds);
            return checked.problems;
        }
        sorted(found)
    }

    /// The objects that the last check found, those of imported files among them.
    pub fn objects(&self) -> &BTreeSet<CheckedObject> {
        &self.objects
    }

    /// Finds the specs of a file and of what it imports, and the arguments of templates, for editors: nothing is said about
    /// them, and the file may be broken. With `branches`, those that conditions decide about as well.
    pub fn survey(&mut self, path: &Path, text: &str, branches: bool) -> Vec<Seen> {
        self.restart();
        self.evaluator.watch_embedded();
        let mut pass = Pass::new(&mut self.evaluator, self.checking);
        pass.seen = Some(Vec::new());
        pass.certain(path, text);
        pass.template_calls(0);
        if branches {
            pass.branches();
        }
        pass.seen.unwrap_or_default()
    }

    /// The evaluator of the file that was checked last.
    pub fn evaluated(&self) -> &Evaluator {
        &self.evaluator
    }

    /// Lets go of all that was evaluated; of the sources, what the next look at them will need again stays.
    pub fn rest(&mut self) {
        self.evaluator.restart();
    }

    fn restart(&mut self) {
        if self.evaluator.kept() > MOST_KEPT {
            self.evaluator = evaluator(Rc::clone(&self.machine), None, true);
            self.evaluator.set_limits(self.limits);
            if self.for_typing {
                self.evaluator.hurry();
            }
        }
        self.evaluator.restart();
        prepare(&mut self.evaluator, None);
        for kind in KINDS {
            for function in FUNCTIONS {
                self.evaluator.watch(&[kind.name, function]);
            }
        }
        for function in FIRST.iter().chain([&BUNDLE]) {
            self.evaluator.watch(&[function]);
        }
        self.evaluator.renews(SETTINGS);
    }
}

/// The findings in the order of their places, each once, whatever the order in which they were found.
fn sorted(mut found: Vec<LocatedProblem>) -> Vec<LocatedProblem> {
    let key = |located: &LocatedProblem| {
        let range = located.shown.range.clone();
        (located.file.clone(), range.start, range.end, located.message.clone(), located.code.name)
    };
    let related = |located: &LocatedProblem| -> Vec<(String, usize)> {
        located.related.iter().map(|related| (related.file.clone(), related.range.start)).collect()
    };
    found.sort_by_cached_key(|located| (key(located), located.path.clone(), related(located)));
    found.dedup_by(|one, other| key(one) == key(other));
    found
}

/// A thing to check: the argument of a call, or a definition of the module's option.
#[derive(Clone)]
enum What {
    Call(Call),
    Connections(Thunk, Span),
}

/// Something that was checked, and the conditions that were met on the way.
struct Unit {
    what: What,
    met_conditions: MetConditions,
}

/// The key of an expansion: the arguments by their address in memory, the kind, the template's name, the object's
/// name.
type Expansion = (usize, &'static str, String, Option<String>);

struct Pass<'e> {
    evaluator: &'e mut Evaluator,
    checking: Checking,
    outcomes: Option<&'e mut Outcomes>,
    /// Whether nothing is assumed, so that an evaluation that fails would fail for the user, too.
    certain: bool,
    located_problems: Vec<LocatedProblem>,
    units: Vec<Unit>,
    /// The conditions that each call was made under.
    made: BTreeMap<(CallKey, Span), MetConditions>,
    /// The results of templates with nothing assumed. The arguments are kept, so that no others get their address.
    expansions: BTreeMap<Expansion, (Rc<Tree>, Thunk)>,
    /// How many objects of a definition were seen.
    objects: u64,
    /// The name of the object whose parts are being looked at.
    holder: Option<String>,
    /// The objects that the current definition declares.
    declaration: Option<linked::Declaration>,
    /// The positions in it of the object that is being looked at, and of the one that holds it.
    declared_object: Option<usize>,
    declared_holder: Option<usize>,
    /// The objects that the definitions declare, one entry for each definition.
    declarations: Vec<linked::Declaration>,
    /// The specs that functions of the lib were called with, by the place of the call.
    of_calls: BTreeMap<Span, Vec<linked::CompiledSpec>>,
    /// Whether another module may define the same object, so that what is missing here may be there.
    mergeable: bool,
    /// Whether a spec may stand for an object.
    bare: bool,
    /// Whether the objects are those of a module, whose options are known.
    options_are_a_modules: bool,
    /// The specs that were compiled with nothing assumed, by where they are in memory, and the name that they were given.
    /// They are kept, so that their place is theirs alone.
    compiled: BTreeMap<(usize, Option<String>), Rc<Tree>>,
    /// The calls of templates with wrong arguments.
    wrong_calls: Vec<arguments::WrongCall>,
    /// The objects that were checked.
    objects_seen: BTreeSet<CheckedObject>,
    /// The specs, where nothing else is wanted.
    seen: Option<Vec<Seen>>,
    /// The user's settings for the specs that are being checked.
    settings: Settings,
    /// The settings of each connection, from whichever definition has them.
    said: BTreeMap<String, Settings>,
}

impl<'e> Pass<'e> {
    fn new(evaluator: &'e mut Evaluator, checking: Checking) -> Pass<'e> {
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
    fn note(
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
    fn certain(&mut self, path: &Path, text: &str) {
        self.evaluator.add(path, text, false);
        self.files(0);
        // The same expression is evaluated for its own sake and for a value that needs it; it is one call.
        let mut seen = BTreeSet::new();
        for call in self.evaluator.calls().to_vec() {
            if seen.insert((call.key, call.span)) {
                self.first(What::Call(call));
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
    fn is_made_anyway(&self, call: &Call) -> bool {
        let made_in = self.made.get(&(call.key, call.span));
        made_in.is_some_and(|made_in| !self.evaluator.is_doubtful(*made_in))
    }

    /// Looks at the arguments of templates that were called, from one call on: notes them, where that is all that is wanted,
    /// else says what is wrong with them.
    fn template_calls(&mut self, from: usize) {
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
    fn first(&mut self, what: What) {
        let met_conditions = self.unit(&what);
        if self.certain {
            self.units.push(Unit { what, met_conditions });
        }
    }

    /// Goes through the sources that were reached, from one on; what is imported on the way is gone through as well.
    fn files(&mut self, from: usize) {
        let mut next = from;
        loop {
            let mut options = Vec::new();
            while let Some(file) = self.evaluator.reached().get(next).copied() {
                next += 1;
                if !self.evaluator.is_embedded(Span { file, ..Span::default() }) {
                    options.extend(self.file(file));
                }
            }
            if options.is_empty() {
                break;
            }
            // One module may say how the objects of another are compiled.
            options.iter().for_each(|option| self.hear(option));
            options.into_iter().for_each(|option| self.first(option));
        }
    }

    /// Checks something; gives the conditions that were met on the way.
    fn unit(&mut self, what: &What) -> MetConditions {
        let (about, span) = match what {
            What::Call(call) => (call.argument, call.span),
            What::Connections(value, span) => (*value, *span),
        };
        let work = self.evaluator.begin(self.evaluator.name_of(about), span);
        match what {
            What::Call(call) => {
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
            What::Connections(value, span) => {
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

    /// Takes note of the settings that a definition of the module's option has.
    fn hear(&mut self, option: &What) {
        let What::Connections(value, span) = option else { return };
        let work = self.evaluator.begin(self.evaluator.name_of(*value), *span);
        if let Ok(connections) = self.evaluator.tree(*value, true)
            && let Content::Set(connections, _) = &connections.content
        {
            for connection in connections {
                let said = self.said.entry(connection.name.to_string()).or_default();
                *said = std::mem::take(said).with(&connection.value);
            }
        }
        self.evaluator.end(work);
    }

    /// Reads a source; gives the definitions of the module's option in it.
    fn file(&mut self, file: FileId) -> Vec<What> {
        if self.seen.is_some() {
            return self.options(file);
        }
        let problems = self.evaluator.problems(file).to_vec();
        let here = Span { file, start: 0, end: 0 };
        if self.certain {
            let said =
                problems.iter().map(|problem| located::error(self.evaluator, problem, here, String::new()));
            self.located_problems.extend(said);
        }
        // Of a file that is broken, there is no telling what it would be.
        if problems.iter().any(|problem| problem.kind != ErrorKind::Undefined) {
            return Vec::new();
        }
        if self.certain {
            self.unknown_names(file);
        }
        self.options(file)
    }

    /// Goes through a source for the calls and the options in it.
    fn options(&mut self, file: FileId) -> Vec<What> {
        let here = Span { file, start: 0, end: 0 };
        let found = self.evaluator.traverse(file, &[CONNECTIONS]);
        found.into_iter().map(|option| What::Connections(option.value, here)).collect()
    }
}
