//! The files that a run reads or that its specs name, so that no output replaces one of them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nixvirt_compiler::Json;

use super::is_hyphen;

/// The files that a run reads or its input names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    /// By device and inode, with what each is called in messages.
    files: BTreeMap<(u64, u64), String>,
    /// Paths out of specs, where an object of the host's is named that need not be looked at: only one whose name is an
    /// output's is. (A path on a dead server would hang.)
    named: Vec<String>,
    /// The folders that relative paths may start from.
    folders: Vec<PathBuf>,
}

impl Inputs {
    /// A source, `-` for standard input.
    pub(crate) fn of(source: &Path) -> Inputs {
        let mut inputs = Inputs::default();
        if is_hyphen(source) {
            if let Some(file) = nixvirt_files::stdin_file() {
                inputs.files.insert(file, "what is read from standard input".to_owned());
            }
        } else {
            inputs.read(source);
        }
        inputs.folders = vec![PathBuf::from(".")];
        inputs.folders.extend(source.parent().map(Path::to_owned));
        inputs
    }

    /// Adds a file that was read.
    pub(crate) fn read(&mut self, path: &Path) {
        self.add(path, || format!("the input {}", path.display()));
    }

    /// Adds what a spec or, where `bundle` says so, a bundle names. `folder` is where a bundle goes: what uses it takes
    /// the relative paths in it from there.
    pub(crate) fn add_named(&mut self, value: &Json<'_>, bundle: bool, folder: Option<&Path>) {
        self.folders.extend(folder.map(Path::to_owned));
        self.walk(value, !bundle);
    }

    /// Goes through a value; `spec` says whether it is of a spec, whose paths are the host's.
    fn walk(&mut self, value: &Json<'_>, spec: bool) {
        match value {
            Json::Str(text) if spec && text.contains(['/', '.']) => {
                self.named.push(text.clone().into_owned())
            }
            Json::Str(text) if !spec && !text.is_empty() => {
                for folder in self.folders.clone() {
                    self.add(&folder.join(&**text), || format!("{text}, which the input names"));
                }
            }
            Json::List(items) => items.iter().for_each(|item| self.walk(item, spec)),
            Json::Set(entries) | Json::Open(entries) => {
                entries.iter().for_each(|(key, value)| self.walk(value, spec || key == "spec"));
            }
            _ => {}
        }
    }

    fn add(&mut self, path: &Path, title: impl FnOnce() -> String) {
        // A pipe or a device is read once, and nothing is lost with it.
        if let Ok(there) = fs::metadata(path)
            && there.is_file()
        {
            self.files.entry((there.dev(), there.ino())).or_insert_with(title);
        }
    }

    /// Which of them there is at a path.
    pub(crate) fn are_at(&self, path: &Path) -> Option<String> {
        let there = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        self.are((there.dev(), there.ino()), path)
    }

    /// Which of them the file is that an output called `path` would replace.
    pub(crate) fn are(&self, file: (u64, u64), path: &Path) -> Option<String> {
        if let Some(known) = self.files.get(&file) {
            return Some(known.clone());
        }
        // The path may be a link with another name than its target: both names are looked for.
        let real = fs::canonicalize(path).ok();
        let names = [path.file_name(), real.as_deref().and_then(Path::file_name)];
        let is_it = |path: &Path| fs::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == file);
        let found = self.named.iter().find(|named| {
            let name = Path::new(named).file_name();
            name.is_some() && names.contains(&name) && self.folders.iter().any(|at| is_it(&at.join(named)))
        });
        found.map(|named| format!("{named}, which the input names"))
    }
}
