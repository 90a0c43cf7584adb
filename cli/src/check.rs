//! Checking files and folders.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nixvirt_compiler::{Severity, codes};
use nixvirt_expand::template::HostPackages;
use nixvirt_ide::analysis::{Analyser, CheckedObject, Checking};
use nixvirt_ide::check::{CheckedSource, check_source};
use nixvirt_ide::located_problem::{FileProblems, LocatedProblem, whole_source};
use nixvirt_ide::places::KnownPlaces;
use nixvirt_ide::recognise::is_foreign;
use nixvirt_ide::source::{Language, SourceText};
use nixvirt_schema::{Kind, all_kinds};

use crate::Status;
use crate::args::Reading;
use crate::compile::options;
use crate::files::DiskFiles;
use crate::folders;
use crate::output;
use crate::report::Reporter;
use crate::source;

/// The files to check, and what to expect of them.
pub(crate) struct Which<'a> {
    /// The files and folders.
    pub files: Vec<PathBuf>,
    /// Whether to pass over what is not libvirt's.
    pub skip_foreign: bool,
    /// Whether a file or folder without an object is an error.
    pub require_specs: bool,
    /// Whether not to say what was checked.
    pub quiet: bool,
    /// Where the places of the one spec are.
    pub places: Option<&'a Path>,
}

/// A file to check.
struct Given {
    path: PathBuf,
    /// The folder that it was found in, where the file itself was not named.
    folder: Option<PathBuf>,
}

/// Checks files and says what is wrong with them, and how much was checked.
pub(crate) fn check(
    which: &Which<'_>,
    reading: &Reading,
    host: &HostPackages,
    reporter: &Reporter,
) -> io::Result<Status> {
    let mut run = Run { which, reading, host, reporter, analyser: None, found: Vec::new(), failed: false };
    let given = run.given();
    let sources: Vec<io::Result<SourceText>> =
        given.iter().map(|given| source::read(&given.path, Language::Json)).collect();
    let one_in_json = matches!(&sources[..], [Ok(SourceText { language: Language::Json, .. }) | Err(_)]);
    if which.places.is_some() && !one_in_json {
        return Err(io::Error::other("`--places` goes with a single file in JSON"));
    }
    let mut checked = Checked::default();
    // How many objects each folder has.
    let mut folders: BTreeMap<&Path, usize> =
        which.files.iter().filter(|file| file.is_dir()).map(|folder| (&**folder, 0)).collect();
    let mut files = 0;
    for (given, source) in given.iter().zip(&sources) {
        // A missing file does not keep the others from being checked.
        let source = match source {
            Ok(source) => source,
            Err(error) => {
                run.unreadable(&given.path, error);
                continue;
            }
        };
        let skip = which.skip_foreign || given.folder.is_some();
        if skip && is_foreign(source) {
            continue;
        }
        let found = run.source(&given.path, source, &mut checked)?;
        files += usize::from(found > 0);
        match &given.folder {
            Some(folder) => {
                if let Some(count) = folders.get_mut(&**folder) {
                    *count += found;
                }
            }
            None if found == 0 && !which.skip_foreign => run.no_object(&given.path),
            None => {}
        }
    }
    for (folder, count) in folders {
        if count == 0 && !which.skip_foreign {
            run.no_object(folder);
        }
    }
    run.end(&checked, files)
}

/// The objects that were checked.
#[derive(Default)]
struct Checked<'a> {
    /// The objects that Nix files make.
    of_nix: BTreeSet<CheckedObject>,
    /// The kinds of those in files of JSON and XML, one for each.
    of_files: BTreeMap<&'a OsStr, Vec<&'static Kind>>,
}

struct Run<'a> {
    which: &'a Which<'a>,
    reading: &'a Reading,
    host: &'a HostPackages,
    reporter: &'a Reporter,
    /// Checks Nix; made when there is some.
    analyser: Option<Analyser>,
    found: Vec<FileProblems>,
    /// Whether something could not be read.
    failed: bool,
}

impl Run<'_> {
    /// The files that are given, those in folders among them.
    fn given(&mut self) -> Vec<Given> {
        let mut given = Vec::new();
        for path in &self.which.files {
            if output::is_hyphen(path) || !path.is_dir() {
                given.push(Given { path: path.clone(), folder: None });
                continue;
            }
            for found in folders::files(path) {
                match found {
                    Ok(file) => given.push(Given { path: file, folder: Some(path.clone()) }),
                    Err(error) => self.unreadable(path, &error),
                }
            }
        }
        given
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        self.failed = true;
        self.found.push(source::failure(path, &codes::UNREADABLE, error));
    }

    /// Says that there is nothing to check in a file or folder, unless there is something wrong with it.
    fn no_object(&mut self, path: &Path) {
        let name = source::name(path);
        let is_wrong = |found: &FileProblems| found.name == name && !found.located_problems.is_empty();
        if self.found.iter().any(is_wrong) {
            return;
        }
        let message = format!("no libvirt object found in {name}");
        let help = "`--kind` says what kind of object a file is; `--skip-foreign` passes over others' files";
        let mut found = FileProblems::of_whole(&name, &codes::NO_OBJECT, message, Some(help.to_owned()));
        if self.which.require_specs {
            found.located_problems.iter_mut().for_each(|located| located.severity = Severity::Error);
        }
        self.found.push(found);
    }

    /// Checks a source, and adds the objects in it to those that were checked; gives their number.
    fn source<'p>(
        &mut self,
        path: &'p Path,
        source: &SourceText,
        checked: &mut Checked<'p>,
    ) -> io::Result<usize> {
        let options = options(self.reading, false)?;
        if source.language == Language::Nix {
            let text = match source.text() {
                Ok(text) => text,
                Err(error) => {
                    self.unreadable(path, &error);
                    return Ok(0);
                }
            };
            let checking = Checking {
                kind: options.kind,
                policy: options.policy,
                allow: options.allow,
                warn: options.warn,
                target: options.target,
                hosts: options.hosts,
            };
            let analyser = self.analyser.get_or_insert_with(|| Analyser::new(DiskFiles, checking));
            let located_problems = source::as_given(analyser.check(&output::absolute(path)?, text));
            self.found.push(FileProblems { name: source.name.clone(), located_problems });
            checked.of_nix.extend(analyser.objects().iter().cloned());
            return Ok(analyser.objects().len());
        }
        let CheckedSource { kinds, diagnostics } = check_source(path, source, options, self.host, &DiskFiles);
        let mut found = self.reporter.located(source, &diagnostics);
        // Most specs are right and need none, and other values have none.
        let spec = diagnostics.iter().any(|diagnostic| !whole_source(&diagnostic.problem));
        if let (Some(places), true) = (self.which.places, spec) {
            known_places(places)?.put(&mut found, &diagnostics);
        }
        self.found.push(found);
        let count = kinds.len();
        checked.of_files.insert(path.as_os_str(), kinds);
        Ok(count)
    }

    /// Prints everything that was found.
    fn end(mut self, checked: &Checked<'_>, files: usize) -> io::Result<Status> {
        // A file may be given that another one imports.
        let mut said = BTreeSet::new();
        for FileProblems { located_problems, .. } in &mut self.found {
            located_problems.retain(|LocatedProblem { file, start, code, path, message, .. }| {
                said.insert((file.clone(), *start, code.name, path.clone(), message.clone()))
            });
        }
        let deny = self.reading.deny_warnings;
        let wrong = |found: &FileProblems| found.has_errors() || (deny && !found.located_problems.is_empty());
        self.reporter.print_as_result(&self.found)?;
        // The lib checks one spec in a build, which needs no summary.
        let quiet = self.which.quiet || self.which.places.is_some() || self.reporter.ends_with_summary();
        if !quiet && files > 0 {
            self.reporter.note(&summary(checked, files))?;
        }
        Ok(match self.found.iter().any(wrong) {
            _ if self.failed => Status::Failed,
            true => Status::Wrong,
            false => Status::Fine,
        })
    }
}

/// The summary of a check, e.g. "checked 3 domains, 1 network in 2 files".
fn summary(checked: &Checked<'_>, files: usize) -> String {
    let objects = &checked.of_nix;
    // Of a file that others import, what is known of its objects there is more than what it says alone.
    let placed = |object: &&CheckedObject| object.place != CheckedObject::WHOLE;
    let elsewhere: BTreeSet<&Path> = objects.iter().filter(placed).map(|object| &*object.file).collect();
    // A function that makes an object is called with names, and looked at without.
    let named: BTreeSet<(&Path, (u32, u32))> = objects
        .iter()
        .filter(|object| object.name.is_some())
        .map(|object| (&*object.file, object.place))
        .collect();
    let counts = |object: &&CheckedObject| match placed(object) {
        true => object.name.is_some() || !named.contains(&(&*object.file, object.place)),
        false => !elsewhere.contains(&*object.file),
    };
    let of_files = checked.of_files.iter().filter(|(file, _)| !elsewhere.contains(Path::new(file)));
    let of_files: Vec<&Kind> = of_files.flat_map(|(_, kinds)| kinds.iter().copied()).collect();
    let count = |kind: &str| {
        let of_nix = objects.iter().filter(|object| object.kind == kind).filter(counts).count();
        of_nix + of_files.iter().filter(|other| other.name == kind).count()
    };
    let counted = all_kinds().map(|kind| match count(kind.name) {
        0 => None,
        1 => Some(format!("1 {}", kind.name)),
        many => Some(format!("{many} {}", kind.plural)),
    });
    let counted: Vec<String> = counted.flatten().collect();
    let files = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    format!("checked {} in {files}", counted.join(", "))
}

/// Reads where the attributes of a spec stand in its Nix source.
fn known_places(file: &Path) -> io::Result<KnownPlaces> {
    let fail = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot read the places in {}: {error}", file.display()))
    };
    fs::read(file).and_then(|bytes| KnownPlaces::parse(&bytes)).map_err(fail)
}
