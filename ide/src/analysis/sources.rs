//! Going through the sources that a file reaches, for the definitions of the module's option in them.

use nixvirt_evaluator::{Content, ErrorKind, FileId, Span};

use crate::analysis::pass::{CONNECTIONS, Checkable, Pass};
use crate::located;

impl Pass<'_> {
    /// Goes through the sources that were reached, from one on; what is imported on the way is gone through as well.
    pub(super) fn files(&mut self, from: usize) {
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

    /// Takes note of the settings that a definition of the module's option has.
    fn hear(&mut self, option: &Checkable) {
        let Checkable::Connections(value, span) = option else { return };
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
    fn file(&mut self, file: FileId) -> Vec<Checkable> {
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
    fn options(&mut self, file: FileId) -> Vec<Checkable> {
        let here = Span { file, start: 0, end: 0 };
        let found = self.evaluator.traverse(file, CONNECTIONS);
        found.into_iter().map(|option| Checkable::Connections(option.value, here)).collect()
    }
}
