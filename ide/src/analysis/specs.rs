//! The specs of one unit: objects of the module's option, templates expanded, each compiled once, its problems noted.

use std::rc::Rc;

use nixvirt_compiler::{CompileOptions, Diagnostic, Json, Problem, page_of};
use nixvirt_evaluator::{Content, FileId, Span, Tree, TreeEntry};
use nixvirt_expand::evaluate::{self, opened, to_json};
use nixvirt_schema::{KINDS, Kind};

use crate::analysis::object::CheckedObject;
use crate::analysis::outcomes::SpecOutcome;
use crate::analysis::pass::{COMPILING, OBJECT, Pass};
use crate::analysis::settings::levels_in;
use crate::located::{self, EvaluatedSpec};
use crate::located_problem::LocatedProblem;

impl Pass<'_> {
    /// Checks the specs of a connection, or of a bundle.
    pub(super) fn connection(&mut self, connection: &Tree, span: Span) {
        for kind in KINDS {
            if let Some(objects) = connection.get(kind.plural) {
                self.objects(objects, kind, span);
            }
        }
        self.declared();
    }

    fn objects(&mut self, objects: &Tree, kind: &'static Kind, span: Span) {
        let entries: Vec<(Option<&str>, &Rc<Tree>)> = match &objects.content {
            Content::List(items, _) => items.iter().map(|item| (None, item)).collect(),
            Content::Set(entries, _) => {
                entries.iter().map(|entry| (Some(&*entry.name), &entry.value)).collect()
            }
            _ => Vec::new(),
        };
        self.declare_open(objects, kind);
        let outer = self.settings.clone();
        for (name, entry) in entries {
            self.objects += 1;
            self.evaluator.grant(OBJECT);
            let span = if self.evaluator.is_embedded(entry.span) { span } else { entry.span };
            let work = self.evaluator.begin(self.objects, span);
            self.note_name(name, kind);
            self.settings = outer.clone();
            self.settings.levels.extend(&levels_in(entry));
            self.declared_object = self.declare_object(entry, kind);
            if self.options_are_a_modules && self.certain && self.seen.is_none() {
                self.unknown_object_options(entry, kind);
            }
            match (entry.get("spec"), entry.get("template"), entry.get("args")) {
                (Some(spec), None, _) => {
                    self.mergeable = name.is_some();
                    self.spec(spec, name, Some(kind), span);
                    self.mergeable = false;
                }
                (None, Some(template), args) => {
                    let nothing = || Rc::new(Tree::new(Content::Set(Vec::new(), false), entry.span));
                    let args = args.map_or_else(nothing, Rc::clone);
                    if let Content::Str(template) = &template.content {
                        if self.seen.is_none() && self.has_wrong_arguments(kind.name, template, &args, span) {
                            self.note_object(&args, name, Some(kind));
                        } else {
                            match self.expanded(kind, template, &args, name) {
                                Some(made) => self.compiled(&made, name, Some(kind), span),
                                None => self.no_template(kind, template, entry, span),
                            }
                        }
                    }
                }
                // A bundle of the lib may hold the spec itself.
                _ if self.bare && ["definition", "present"].iter().all(|key| entry.get(key).is_none()) => {
                    self.spec(entry, None, Some(kind), span);
                }
                // What its file says is libvirt's to read.
                _ => self.note_object(entry, name, Some(kind)),
            }
            let is_mergeable = self.options_are_a_modules && name.is_some();
            self.discs(entry, kind, is_mergeable, span);
            self.evaluator.end(work);
            if let Some((volume, volumes)) = nixvirt_schema::kind("volume").zip(entry.get("volumes")) {
                let holder =
                    name.map(str::to_owned).or_else(|| entry.get("spec").and_then(|spec| own_name(spec)));
                let (outer, position) = (std::mem::replace(&mut self.holder, holder), self.declared_holder);
                self.declared_holder = self.declared_object;
                self.objects(volumes, volume, span);
                (self.holder, self.declared_holder) = (outer, position);
            }
        }
    }

    /// The result of a template for its arguments; nothing where there is no such template.
    fn expanded(
        &mut self,
        kind: &'static Kind,
        template: &str,
        args: &Rc<Tree>,
        name: Option<&str>,
    ) -> Option<Rc<Tree>> {
        let key = (Rc::as_ptr(args).addr(), kind.name, template.to_owned(), name.map(str::to_owned));
        let known = self.expansions.get(&key).map(|(_, made)| *made);
        let made = match known {
            Some(made) => made,
            None => {
                let function = evaluate::template(self.evaluator, kind.name, template)?;
                if self.seen.is_some() {
                    let formals = self.evaluator.formals(function);
                    self.note(Some(kind), Some(formals), args);
                }
                let mut arguments = Tree::clone(&named(args, name));
                if let Content::Set(entries, _) = &mut arguments.content {
                    entries.retain(|entry| &*entry.name != "template");
                }
                let argument = self.evaluator.thunk_of(&arguments);
                let made = self.evaluator.apply(function, argument);
                if self.certain {
                    self.expansions.insert(key, (Rc::clone(args), made));
                }
                made
            }
        };
        self.evaluator.tree(made, true).ok()
    }

    fn no_template(&mut self, kind: &Kind, template: &str, tree: &Tree, span: Span) {
        if self.certain && !evaluate::has_template(self.evaluator, kind.name, template) {
            let names = evaluate::template_names(self.evaluator, kind.name);
            let problem = nixvirt_expand::template::no_template(kind.name, template, &names);
            let diagnostic = nixvirt_expand::template::at_template(problem);
            let place = EvaluatedSpec { evaluator: self.evaluator, tree, span };
            self.located_problems.push(place.find(&diagnostic));
        }
    }

    /// Compiles a spec and notes what is wrong with it.
    pub(super) fn spec(
        &mut self,
        tree: &Rc<Tree>,
        name: Option<&str>,
        kind: Option<&'static Kind>,
        span: Span,
    ) {
        let kind = kind.or(self.checking.kind);
        if let (Some(Content::Str(template)), Some(of)) = (tree.get("template").map(|it| &it.content), kind) {
            if self.seen.is_none() && self.has_wrong_arguments(of.name, template, tree, span) {
                return self.note_object(tree, name, kind);
            }
            match self.expanded(of, template, tree, name) {
                Some(made) => self.compiled(&made, name, kind, span),
                None => self.no_template(of, template, tree, span),
            }
            return;
        }
        self.compiled(tree, name, kind, span);
    }

    /// The result of a spec.
    fn outcome(&mut self, spec: Json<'static>, options: CompileOptions) -> Rc<SpecOutcome> {
        match &mut self.outcomes {
            Some(outcomes) => outcomes.of(spec, options, &self.settings.levels),
            None => Rc::new(SpecOutcome::of(spec, options, &self.settings.levels)),
        }
    }

    fn compiled(&mut self, given: &Rc<Tree>, name: Option<&str>, kind: Option<&'static Kind>, span: Span) {
        let key = (Rc::as_ptr(given).addr(), name.map(str::to_owned));
        match self.certain {
            true => drop(self.compiled.insert(key, Rc::clone(given))),
            // A branch that has nothing to do with it says nothing new about it.
            false if self.compiled.contains_key(&key) => return,
            false => {}
        }
        // A secret has no name: its UUID is derived from that of the set.
        let has_name = |kind: &Kind| kind.name_key().is_some();
        let tree = &named(given, name.filter(|_| kind.is_none_or(has_name)));
        if self.note(kind, None, tree) {
            return;
        }
        if self.certain {
            self.located_problems.extend(located::failures(self.evaluator, tree, span));
        }
        if !self.certain {
            self.evaluator.spend(COMPILING);
        }
        let options = CompileOptions {
            kind,
            policy: self.settings.policy(self.checking.policy),
            exact: false,
            allow: self.checking.allow,
            warn: self.checking.warn,
            target: self.settings.target(self.checking.target),
            hosts: self.checking.hosts,
            writes: false,
        };
        let mut outcome = self.outcome(to_json(tree), options);
        self.note_compiled(&outcome, tree, span);
        // Another module may add what is missing, in whatever set.
        let lacks = |diagnostic: &Diagnostic| match diagnostic.problem {
            Problem::Missing { .. } => true,
            Problem::Rule { .. } => diagnostic.path.0.is_empty(),
            _ => false,
        };
        if self.mergeable && outcome.diagnostics.iter().any(lacks) {
            outcome = self.outcome(to_json(&opened(tree)), options);
        }
        self.note_object(tree, name, kind.or(outcome.kind));
        let place = EvaluatedSpec { evaluator: self.evaluator, tree, span };
        let settings = &self.settings;
        let root = outcome.kind.map(|kind| kind.root);
        self.located_problems.extend(outcome.diagnostics.iter().map(|diagnostic| {
            let page = root.map_or("", |root| page_of(root, &diagnostic.path));
            settings.judged(LocatedProblem { page, ..place.find(diagnostic) })
        }));
    }
}

impl Pass<'_> {
    /// Notes the name under which an object stands, where specs alone are wanted: what defines it may not be known.
    fn note_name(&mut self, name: Option<&str>, kind: &'static Kind) {
        let (Some(name), Some(key)) = (name.filter(|_| self.seen.is_some()), kind.name_key()) else { return };
        // It is written nowhere.
        let span = Span { file: FileId(u32::MAX), start: 0, end: 0 };
        let value = Rc::new(Tree::new(Content::Str(name.into()), span));
        let entry = TreeEntry { name: key.into(), span, replaced: None, value };
        self.note(Some(kind), None, &Rc::new(Tree::new(Content::Set(vec![entry], true), span)));
    }

    /// Notes an object that was checked.
    fn note_object(&mut self, tree: &Tree, name: Option<&str>, kind: Option<&'static Kind>) {
        let name = name.map(str::to_owned).or_else(|| own_name(tree));
        let source = self.evaluator.source(tree.span.file);
        self.objects_seen.insert(CheckedObject {
            kind: kind.unwrap_or(&KINDS[0]).name,
            file: source.map(|source| source.path.clone()).unwrap_or_default(),
            place: (tree.span.start, tree.span.end),
            name,
        });
    }
}

/// The name that an object gives itself.
fn own_name(tree: &Tree) -> Option<String> {
    match &tree.get("name")?.content {
        Content::Str(name) => Some(name.to_string()),
        _ => None,
    }
}

/// Gives an object that stands under its name in a set that name, as the module does.
fn named(spec: &Rc<Tree>, name: Option<&str>) -> Rc<Tree> {
    let (Some(name), Content::Set(entries, false)) = (name, &spec.content) else { return Rc::clone(spec) };
    if entries.iter().any(|entry| &*entry.name == "name") {
        return Rc::clone(spec);
    }
    let value = Rc::new(Tree::new(Content::Str(name.into()), spec.span));
    let entry = TreeEntry { name: "name".into(), span: spec.span, replaced: None, value };
    let content = Content::Set(entries.iter().cloned().chain([entry]).collect(), false);
    Rc::new(Tree { content, span: spec.span, met_conditions: spec.met_conditions })
}
