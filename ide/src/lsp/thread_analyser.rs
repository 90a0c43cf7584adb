//! The analyser of a thread, which lives as long as the thread does, and what it sees of the files: the editor's text where
//! a file is open there.

use std::cell::{RefCell, RefMut};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use nixvirt_evaluator::{Evaluator, Files};

use crate::analysis::{Analyser, Checking, Seen};
use crate::files::Machine;
use crate::located_problem::LocatedProblem;
use crate::lsp::documents::Documents;
use crate::source::Language;

/// An analyser and what it sees.
pub struct ThreadAnalyser {
    view: Rc<RefCell<View>>,
    analyser: RefCell<Analyser>,
}

/// The files as this thread sees them.
struct View {
    documents: Documents,
    /// A file that has another text for once.
    instead: Option<(PathBuf, String)>,
    /// The files that were read.
    read: BTreeSet<PathBuf>,
}

/// The files as they are seen; it is noted which ones were asked for.
struct Overlay(Rc<RefCell<View>>);

impl Files for Overlay {
    fn read(&self, path: &Path) -> io::Result<String> {
        let mut view = self.0.borrow_mut();
        view.read.insert(path.to_owned());
        match &view.instead {
            Some((instead, text)) if instead == path => Ok(text.clone()),
            _ => view.documents.read(path),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        let mut view = self.0.borrow_mut();
        view.read.insert(path.to_owned());
        view.documents.exists(path)
    }
}

/// The specs that were found in a file.
pub struct Survey<'w> {
    analyser: RefMut<'w, Analyser>,
    /// The specs, and the arguments of templates.
    pub seen: Vec<Seen>,
}

impl Survey<'_> {
    /// Whether there are conditions that cannot be known, so that branches may have more.
    pub fn has_branches(&self) -> bool {
        !self.evaluator().conditions().is_empty()
    }

    /// The evaluator of these specs.
    pub fn evaluator(&self) -> &Evaluator {
        self.analyser.evaluated()
    }
}

impl ThreadAnalyser {
    /// One that has seen nothing yet of the files of a machine.
    pub fn new(machine: Arc<dyn Machine>, checking: Checking) -> ThreadAnalyser {
        let documents = Documents::new(machine);
        let view = Rc::new(RefCell::new(View { documents, instead: None, read: BTreeSet::new() }));
        let seen = Overlay(Rc::clone(&view));
        ThreadAnalyser { view, analyser: RefCell::new(Analyser::new(seen, checking).for_typing()) }
    }

    /// Lets go of what was evaluated. An editor stays open for days, and nobody may ask again.
    pub fn rest(&self) {
        self.analyser.borrow_mut().rest();
        let mut view = self.view.borrow_mut();
        *view = View { documents: view.documents.none_open(), instead: None, read: BTreeSet::new() };
    }

    fn see(&self, documents: &Documents, instead: Option<(&Path, &str)>) {
        let instead = instead.map(|(path, text)| (path.to_owned(), text.to_owned()));
        *self.view.borrow_mut() = View { documents: documents.clone(), instead, read: BTreeSet::new() };
    }

    /// Checks a file; gives the files that were read for it, too.
    pub fn check(
        &self,
        path: &Path,
        text: &str,
        documents: &Documents,
    ) -> (Vec<LocatedProblem>, BTreeSet<PathBuf>) {
        self.see(documents, None);
        let found = self.analyser.borrow_mut().check(path, text);
        (found, std::mem::take(&mut self.view.borrow_mut().read))
    }

    /// Goes through the files from which a place in one may be reached, with nothing assumed and then branch by branch, until
    /// something is found.
    pub fn search<'w, T>(
        &'w self,
        here: &Path,
        documents: &Documents,
        marked: Option<&str>,
        find: impl Fn(&Survey<'w>) -> Option<T>,
    ) -> Option<(Survey<'w>, T)> {
        let instead = marked.map(|marked| (here, marked));
        for root in roots(here, documents) {
            for branches in [false, true] {
                let Some(survey) = self.survey(&root, documents, instead, branches) else { break };
                if let Some(found) = find(&survey) {
                    return Some((survey, found));
                }
                let reached = root == here || self.view.borrow().read.contains(here);
                if !reached || !survey.has_branches() {
                    break;
                }
            }
        }
        None
    }

    /// Finds the specs of a file, one of which has another text for once.
    fn survey(
        &self,
        path: &Path,
        documents: &Documents,
        instead: Option<(&Path, &str)>,
        branches: bool,
    ) -> Option<Survey<'_>> {
        self.see(documents, instead);
        let text = match instead {
            Some((instead, text)) if instead == path => text.to_owned(),
            _ => documents.read(path).ok()?,
        };
        let mut analyser = self.analyser.borrow_mut();
        let seen = analyser.survey(path, &text, branches);
        Some(Survey { analyser, seen })
    }
}

/// The files from which a document may be reached: itself, what else is open, and the flakes and modules around it.
fn roots(here: &Path, documents: &Documents) -> Vec<PathBuf> {
    let mut roots = vec![here.to_owned()];
    let open = documents.iter().filter(|document| document.language == Language::Nix);
    let open = open.map(|document| document.path.clone());
    for path in open.chain(around(here, documents)) {
        if !roots.contains(&path) {
            roots.push(path);
        }
    }
    roots
}

/// The flakes and modules around a file.
pub fn around(here: &Path, documents: &Documents) -> Vec<PathBuf> {
    let machine = documents.machine();
    let mut found = Vec::new();
    for folder in here.ancestors().skip(1) {
        for name in ["flake.nix", "default.nix", "configuration.nix"] {
            let path = folder.join(name);
            if path != here && machine.is_file(&path) {
                found.push(path);
            }
        }
        // Beyond the repository is somebody else's.
        if machine.exists(&folder.join(".git")) || machine.is_file(&folder.join("flake.nix")) {
            return found;
        }
    }
    // Without one, only what is beside it.
    let folder = here.parent();
    found.retain(|path| path.parent() == folder);
    found
}
