//! The discs that an object asks for beside its spec, such as a seed for cloud-init: what is wrong with them, at its place.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use nixvirt_compiler::bundle_format::check_value;
use nixvirt_compiler::seed::seed_diagnostics;
use nixvirt_compiler::{DISC_KEYS, Diagnostic, Json, Levels, Report, disc_problems};
use nixvirt_evaluator::{Content, Span, Tree, TreeEntry};
use nixvirt_expand::evaluate::to_json;
use nixvirt_schema::Kind;

use crate::analysis::pass::{COMPILING, Pass};
use crate::located::{self, EvaluatedSpec};

impl Pass<'_> {
    /// Checks the discs of an object, as the build does. `is_mergeable` is whether another module may say more of them.
    pub(super) fn discs(&mut self, entry: &Tree, kind: &Kind, is_mergeable: bool, span: Span) {
        let Content::Set(entries, _) = &entry.content else { return };
        let is_new = |pass: &Self, entry: &TreeEntry| {
            pass.certain || !pass.compiled.contains_key(&(Rc::as_ptr(&entry.value).addr(), None))
        };
        let asked = entries.iter().filter(|entry| DISC_KEYS.contains(&&*entry.name));
        let asked: Vec<TreeEntry> = asked.filter(|entry| is_new(self, entry)).cloned().collect();
        if asked.is_empty() || self.seen.is_some() {
            return;
        }
        match self.certain {
            true => {
                let keys = asked.iter().map(|entry| (Rc::as_ptr(&entry.value).addr(), None));
                self.compiled.extend(keys.zip(asked.iter().map(|entry| Rc::clone(&entry.value))));
            }
            false => self.evaluator.spend(COMPILING),
        }
        let mut reading = Reading { open: is_mergeable, files: BTreeSet::new() };
        let values: Vec<(&str, Json<'static>)> =
            asked.iter().map(|entry| (&*entry.name, reading.texts(&entry.value))).collect();
        let value = |key: &str| values.iter().find(|(name, _)| *name == key).map(|(_, value)| value);
        let mut report = Report::new(self.settings.policy(self.checking.policy));
        values.iter().for_each(|(name, value)| check_value(kind, name, value, &mut report));
        let mut found: Vec<Diagnostic> = report.finish();
        let evaluator = &*self.evaluator;
        // What a string names is the host's.
        let read = |path: &str| {
            let text = reading.files.contains(path).then(|| evaluator.read(Path::new(path)).ok());
            text.flatten().map(String::into_bytes)
        };
        let mut levels = Levels::of(self.checking.allow, self.checking.warn);
        levels.extend(&self.settings.levels);
        found.extend(seed_diagnostics(disc_problems(kind, &value, &read), &levels, &[]));
        let tree = Tree { content: Content::Set(asked.clone(), false), ..entry.clone() };
        if self.certain {
            self.located_problems.extend(located::failures(self.evaluator, &tree, span));
        }
        let place = EvaluatedSpec { evaluator: self.evaluator, tree: &tree, span };
        let settings = &self.settings;
        self.located_problems.extend(found.iter().map(|found| settings.judged(place.find(found))));
    }
}

/// Makes of Nix values what the lib makes of them (`lib-nix/texts.nix`).
struct Reading {
    /// Whether another module may add to the sets that are not within lists.
    open: bool,
    /// The files of the configuration whose texts are wanted.
    files: BTreeSet<String>,
}

impl Reading {
    /// A value in which `{ file = ...; }` stands for the text in a file of the configuration.
    fn texts(&mut self, tree: &Tree) -> Json<'static> {
        let text = |text: &str| Cow::Owned(text.to_owned());
        match &tree.content {
            Content::Path(path) => {
                self.files.insert(path.to_string());
                Json::Set(vec![(text("file"), Json::Str(text(path)))])
            }
            Content::List(items, open) => {
                let mut within = Reading { open: false, files: BTreeSet::new() };
                let unknown = open.then_some(Json::Opaque);
                let items = items.iter().map(|item| within.texts(item)).chain(unknown).collect();
                self.files.extend(within.files);
                Json::List(items)
            }
            // A package stands for the text in it.
            Content::Set(entries, _)
                if entries.iter().any(|entry| matches!(&*entry.name, "outPath" | "__toString")) =>
            {
                Json::Opaque
            }
            Content::Set(entries, open) => {
                let fields: Vec<_> =
                    entries.iter().map(|entry| (text(&entry.name), self.texts(&entry.value))).collect();
                // A set that names a file is whole.
                let is_file = matches!(&fields[..], [(key, Json::Str(_))] if key == "file");
                if *open || (self.open && !is_file) { Json::Open(fields) } else { Json::Set(fields) }
            }
            _ => to_json(tree),
        }
    }
}
