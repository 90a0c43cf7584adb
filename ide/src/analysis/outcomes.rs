//! A cache of the results of specs from one check of a file to the next: a keystroke changes one spec, and the others
//! need not be compiled again.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nixvirt_compiler::link::Facts;
use nixvirt_compiler::{CompileOptions, Diagnostic, Json, Levels, Policy, Target, compile_for_link};
use nixvirt_schema::Kind;

/// The values that the specs of one file may have together to be kept: some twenty megabytes.
const MOST_VALUES: usize = 250_000;
/// The files whose specs are kept: those that are open, and the modules around them.
const MOST_FILES: usize = 8;

/// The result of compiling one spec.
pub(super) struct SpecOutcome {
    /// The kind of the object, where it could be told.
    pub kind: Option<&'static Kind>,
    /// The problems of the spec.
    pub diagnostics: Vec<Diagnostic>,
    /// The facts that matter to other objects; nothing where the spec could not be read.
    pub facts: Option<Facts>,
}

impl SpecOutcome {
    /// Compiles a spec. Whether a broken rule is an error depends on `levels` and on the options.
    pub(super) fn of(spec: Json<'_>, options: CompileOptions, levels: &Levels) -> SpecOutcome {
        let (outcome, facts) = compile_for_link(spec, options, levels);
        SpecOutcome { kind: outcome.kind, diagnostics: outcome.diagnostics, facts }
    }
}

/// The settings that a result depends on, beside the spec. The levels of rules in the options are the same for all
/// that an analyser checks.
type How = (Option<&'static str>, Policy, Target, Levels);

/// Specs with their results, by a hash of the spec.
type Known = BTreeMap<u64, Vec<(Json<'static>, How, Rc<SpecOutcome>)>>;

/// The results of the specs of files at their last check.
#[derive(Default)]
pub(super) struct Outcomes {
    /// The file that is being looked at.
    file: PathBuf,
    /// The results of this check so far.
    now: Known,
    /// The results of the check before.
    before: Known,
    /// The results of other files.
    others: BTreeMap<PathBuf, Known>,
    /// The values that the specs of this look have.
    values: usize,
}

impl Outcomes {
    /// Begins to look at a file. What it did not have the last time is forgotten.
    pub(super) fn begin(&mut self, file: &Path) {
        let file = std::mem::replace(&mut self.file, file.to_owned());
        self.others.insert(file, std::mem::take(&mut self.now));
        self.before = self.others.remove(&self.file).unwrap_or_default();
        if self.others.len() >= MOST_FILES {
            self.others.clear();
        }
        self.values = 0;
    }

    /// The result of a spec, from the cache where it is the same as before.
    pub(super) fn of(
        &mut self,
        spec: Json<'static>,
        options: CompileOptions,
        levels: &Levels,
    ) -> Rc<SpecOutcome> {
        let how = (options.kind.map(|kind| kind.name), options.policy, options.target, levels.clone());
        let mut hasher = DefaultHasher::new();
        let values = hash(&spec, &mut hasher);
        let hash = hasher.finish();
        let known = [&self.now, &self.before].into_iter().find_map(|known| {
            let (_, _, outcome) =
                known.get(&hash)?.iter().find(|(other, by, _)| *by == how && *other == spec)?;
            Some(Rc::clone(outcome))
        });
        let outcome = known.unwrap_or_else(|| Rc::new(SpecOutcome::of(spec.clone(), options, levels)));
        self.keep(hash, values, spec, how, &outcome);
        outcome
    }

    fn keep(&mut self, hash: u64, values: usize, spec: Json<'static>, how: How, outcome: &Rc<SpecOutcome>) {
        let alike = self.now.entry(hash).or_default();
        let is_known = alike.iter().any(|(_, _, known)| Rc::ptr_eq(known, outcome));
        if !is_known && self.values + values <= MOST_VALUES {
            self.values += values;
            alike.push((spec, how, Rc::clone(outcome)));
        }
    }
}

/// Takes a value into a hash; gives how many values it holds, itself included.
fn hash(value: &Json<'_>, hasher: &mut DefaultHasher) -> usize {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Json::Null | Json::Opaque => 1,
        Json::Bool(value) => {
            value.hash(hasher);
            1
        }
        Json::Int(value) => {
            value.hash(hasher);
            1
        }
        // 0.0 and -0.0 are equal, and two hashes for one spec only cost compiling it once more.
        Json::Float(value) => {
            value.to_bits().hash(hasher);
            1
        }
        Json::Str(text) => {
            text.hash(hasher);
            1
        }
        Json::List(items) => {
            items.len().hash(hasher);
            1 + items.iter().map(|item| hash(item, hasher)).sum::<usize>()
        }
        Json::Set(entries) | Json::Open(entries) => {
            entries.len().hash(hasher);
            let mut values = 1;
            for (key, value) in entries {
                key.hash(hasher);
                values += hash(value, hasher);
            }
            values
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::rc::Rc;

    use nixvirt_compiler::{CompileOptions, Json, Levels, parse_json};

    use super::Outcomes;

    fn spec(text: &str) -> Json<'static> {
        parse_json(text.as_bytes()).expect("JSON").value.into_owned()
    }

    #[test]
    fn what_is_the_same_is_compiled_once_and_forgotten_when_it_is_gone() {
        let mut outcomes = Outcomes::default();
        let (file, another) = (Path::new("/a.nix"), Path::new("/b.nix"));
        let (one, other) = (spec(r#"{ "name": "a", "titel": 1 }"#), spec(r#"{ "name": "b", "titel": 1 }"#));
        outcomes.begin(file);
        let first = outcomes.of(one.clone(), CompileOptions::DEFAULT, &Levels::default());
        assert!(!first.diagnostics.is_empty(), "an unknown key should be said");
        let different = outcomes.of(other.clone(), CompileOptions::DEFAULT, &Levels::default());
        assert!(!Rc::ptr_eq(&first, &different));
        let network = CompileOptions { kind: nixvirt_schema::kind("network"), ..CompileOptions::DEFAULT };
        assert!(
            !Rc::ptr_eq(&first, &outcomes.of(one.clone(), network, &Levels::default())),
            "the kind should count"
        );
        outcomes.begin(another);
        outcomes.begin(file);
        let again = outcomes.of(one.clone(), CompileOptions::DEFAULT, &Levels::default());
        assert!(Rc::ptr_eq(&first, &again), "it should be kept for the next look");
        outcomes.begin(file);
        outcomes.begin(file);
        assert!(
            !Rc::ptr_eq(&first, &outcomes.of(one, CompileOptions::DEFAULT, &Levels::default())),
            "it should be forgotten"
        );
    }
}
