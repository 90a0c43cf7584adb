//! Compiling a spec or a bundle, in JSON or in Nix.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::CommandFactory;
use clap::error::ErrorKind;
use nixvirt_compiler::{
    Around, CompileOptions, Diagnostic, Json, Policy, codes, compile_bundle, compile_spec, suggest_word,
};
use nixvirt_ide::check::definition;
use nixvirt_ide::files::Noted;
use nixvirt_ide::located_problem::FileProblems;
use nixvirt_ide::source::{Language, SourceText};
use nixvirt_ide::spec_reader::{ReadSpec, SpecReader};

use crate::Status;
use crate::args::{Cli, Compile, Reading, UnknownPolicy};
use crate::files::DiskFiles;
use crate::host_files::read_hosts;
use crate::output::{self, Inputs};
use crate::report::Reporter;
use crate::source;

/// The options of a run that do not depend on the language of its source.
struct Run<'r> {
    arguments: &'r Compile,
    options: CompileOptions,
    inputs: Inputs,
    reporter: &'r Reporter,
    taken: Option<&'r Taken>,
    /// Where the XML goes that is not written at once, for it is one of several.
    kept: Option<&'r RefCell<Option<Kept>>>,
}

/// XML that is to be written, and what it must not be written over.
struct Kept {
    xml: String,
    inputs: Inputs,
}

/// The error for options and specs before a command.
pub(crate) const BEFORE_A_COMMAND: &str =
    "what is to be compiled, and its options, do not go before a subcommand";

/// Compiles several specs into a folder: all of them, or nothing is written.
pub(crate) fn several(arguments: &Compile, reporter: &Reporter) -> io::Result<Status> {
    if let Some(first) = arguments.specs.first().filter(|first| !first.exists()) {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        let meant = meant_command(first, missing);
        if meant.get_ref().is_some() {
            return Err(meant);
        }
    }
    let command = Cli::command();
    let is_command =
        |spec: &&PathBuf| spec.to_str().is_some_and(|name| command.find_subcommand(name).is_some());
    if arguments.specs.iter().skip(1).any(|spec| is_command(&spec) && !spec.exists()) {
        Cli::command().error(ErrorKind::ArgumentConflict, BEFORE_A_COMMAND).exit();
    }
    let Some(folder) = arguments.output.as_ref().filter(|folder| !output::is_hyphen(folder)) else {
        return Err(io::Error::other("several specs make several files: say where with `-o FOLDER`"));
    };
    let mut files: BTreeMap<PathBuf, Kept> = BTreeMap::new();
    let mut status = Status::Fine;
    for spec in &arguments.specs {
        let kept = RefCell::new(None);
        let compiled = options(&arguments.reading, arguments.exact)
            .and_then(|options| one(spec, arguments, options, reporter, None, Some(&kept)));
        match compiled {
            Ok(compiled) => status = status.max(compiled),
            Err(error) => {
                reporter.print_located(&[source::failure(spec, &codes::UNREADABLE, &error)])?;
                status = Status::Failed;
            }
        }
        let Some(kept) = kept.take() else { continue };
        let stem = spec.file_stem().filter(|_| !output::is_hyphen(spec)).unwrap_or("stdin".as_ref());
        let file = folder.join(stem).with_extension("xml");
        if files.contains_key(&file) {
            let why = "two specs would become this file: give one of them another name";
            return Err(io::Error::other(format!("{}: {why}", file.display())));
        }
        files.insert(file, kept);
    }
    if status != Status::Fine {
        return Ok(status);
    }
    fs::create_dir_all(folder).map_err(|error| {
        io::Error::new(error.kind(), format!("cannot make {}: {error}", folder.display()))
    })?;
    for (file, Kept { xml, inputs }) in &files {
        output::to(Some(file), xml.as_bytes(), inputs)?;
    }
    Ok(Status::Fine)
}

/// The XML of objects that were compiled.
pub(crate) type Taken = RefCell<Vec<String>>;

/// Compiles what the arguments say.
pub(crate) fn compile(spec: &Path, arguments: &Compile, reporter: &Reporter) -> io::Result<Status> {
    let options = options(&arguments.reading, arguments.exact)?;
    one(spec, arguments, options, reporter, None, None)
}

/// Compiles what the arguments say, with other options than theirs; where `taken` is given, the XML goes there, and nothing is
/// written.
pub(crate) fn compile_to(
    spec: &Path,
    arguments: &Compile,
    options: CompileOptions,
    reporter: &Reporter,
    taken: Option<&Taken>,
) -> io::Result<Status> {
    one(spec, arguments, options, reporter, taken, None)
}

fn one(
    spec: &Path,
    arguments: &Compile,
    options: CompileOptions,
    reporter: &Reporter,
    taken: Option<&Taken>,
    kept: Option<&RefCell<Option<Kept>>>,
) -> io::Result<Status> {
    let source = source::read(spec, Language::Json).map_err(|error| meant_command(spec, error))?;
    let run = Run { arguments, options, inputs: Inputs::of(spec), reporter, taken, kept };
    match source.language {
        Language::Xml => {
            let advice = "`nixvirt-compile fmt` prints it canonically, `nixvirt-compile check` checks it";
            Err(io::Error::other(format!("{} is XML, not a spec: {advice}", source.name)))
        }
        Language::Nix if arguments.template.is_some() => {
            let advice = "call the template in the file, or give its arguments in JSON";
            let name = &source.name;
            Err(io::Error::other(format!("{name} is Nix, and `--template` takes JSON: {advice}")))
        }
        Language::Nix => {
            source.text()?;
            from_source(&output::absolute(spec)?, &source, run)
        }
        Language::Json => from_source(spec, &source, run),
    }
}

/// Compiles a source in JSON or Nix. A file in Nix is, or returns, a spec or a bundle.
fn from_source(path: &Path, source: &SourceText, mut run: Run<'_>) -> io::Result<Status> {
    let Run { arguments, options, reporter, .. } = run;
    let say = |mut problems: FileProblems| {
        // Evaluation knows files by their whole paths.
        if source.language == Language::Nix {
            problems.located_problems = source::as_given(problems.located_problems);
        }
        reporter.print_located(&[problems])
    };
    let reader = SpecReader {
        source,
        path,
        options,
        host: &arguments.host.host(),
        template: arguments.template.as_deref(),
        machine: &DiskFiles,
        in_json: &|found| reporter.located(source, found),
    };
    let read = Rc::new(RefCell::new(Vec::new()));
    let files = Noted { files: DiskFiles, read: Rc::clone(&read) };
    let compiled = reader.read(files, |ReadSpec { json, bundle, places }| {
        read.borrow().iter().for_each(|path| run.inputs.read(path));
        let warn = |found: Vec<Diagnostic>| if found.is_empty() { Ok(()) } else { say(places(found)) };
        finish(json, bundle, run, &warn, &|found| say(places(found)).map(|()| Status::Wrong))
    });
    compiled.unwrap_or_else(|problems| say(problems).map(|()| Status::Wrong))
}

/// Compiles a spec or a bundle and writes what comes of it. Warnings go to `warn`, anything worse to `wrong`.
fn finish(
    value: Json<'_>,
    bundle: bool,
    mut run: Run<'_>,
    warn: &dyn Fn(Vec<Diagnostic>) -> io::Result<()>,
    wrong: &dyn Fn(Vec<Diagnostic>) -> io::Result<Status>,
) -> io::Result<Status> {
    let Run { arguments, options, reporter, taken, .. } = run;
    if let (true, Some(taken)) = (bundle, taken) {
        let source = arguments.specs.first().map_or(Path::new(""), |spec| spec);
        let around = Around { read: &|path| definition(source, path, &DiskFiles), ..Around::NOTHING };
        return match compile_bundle(value, options, &around) {
            Ok((bundle, warnings)) => {
                taken.borrow_mut().extend(bundle.files.into_iter().map(|file| file.xml));
                warn(warnings).map(|()| Status::Fine)
            }
            Err(diagnostics) => wrong(diagnostics),
        };
    }
    if bundle {
        if run.kept.is_some() {
            return Err(io::Error::other("a bundle is compiled by itself, into a folder of its own"));
        }
        let Some(folder) = arguments.output.as_ref().filter(|folder| !output::is_hyphen(folder)) else {
            return Err(io::Error::other("a bundle makes several files: say where with `-o FOLDER`"));
        };
        let source = arguments.specs.first().map_or(Path::new(""), |spec| spec);
        let beside = source.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let (place, from) = (output::absolute(folder)?, output::absolute(beside)?);
        let (Some(place), Some(from)) = (place.to_str(), from.to_str()) else {
            let wrong = if place.to_str().is_none() { folder } else { beside };
            let why = "this path is not UTF-8, which an index in JSON cannot hold";
            return Err(io::Error::other(format!(
                "cannot write {}: {}: {why}",
                folder.display(),
                wrong.display()
            )));
        };
        run.inputs.add_named(&value, true, Some(folder));
        let around =
            Around { folder: place, from: Some(from), read: &|path| definition(source, path, &DiskFiles) };
        return match compile_bundle(value, options, &around) {
            Ok((bundle, warnings)) => {
                let stop = arguments.reading.deny_warnings && !warnings.is_empty();
                warn(warnings)?;
                if stop {
                    return Ok(Status::Wrong);
                }
                let notes = output::to_folder(folder, &bundle, &run.inputs)?;
                notes.iter().try_for_each(|note| reporter.note(note))?;
                Ok(Status::Fine)
            }
            Err(diagnostics) => wrong(diagnostics),
        };
    }
    if arguments.output.is_some() {
        run.inputs.add_named(&value, false, None);
    }
    let outcome = compile_spec(value, options);
    let Some(xml) = &outcome.xml else {
        return wrong(outcome.diagnostics);
    };
    let stop = arguments.reading.deny_warnings && !outcome.diagnostics.is_empty();
    warn(outcome.diagnostics)?;
    if stop {
        return Ok(Status::Wrong);
    }
    if let Some(kept) = run.kept {
        kept.replace(Some(Kept { xml: xml.clone(), inputs: run.inputs }));
        return Ok(Status::Fine);
    }
    if let Some(taken) = taken {
        taken.borrow_mut().push(xml.clone());
        return Ok(Status::Fine);
    }
    output::to(arguments.output.as_deref(), xml.as_bytes(), &run.inputs)
}

/// The error of a spec that is not there, where it is called nearly as a command is.
fn meant_command(spec: &Path, error: io::Error) -> io::Error {
    let name = spec.to_string_lossy();
    if error.kind() != io::ErrorKind::NotFound || name.contains(['.', '/']) {
        return error;
    }
    let command = Cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    match suggest_word(&names, &name) {
        Some(meant) => {
            let message = format!("there is no command and no file `{name}`; did you mean `{meant}`?");
            io::Error::new(error.kind(), message)
        }
        None => error,
    }
}

/// The options that the arguments ask for.
///
/// # Errors
/// A description of a host that cannot be read.
pub(crate) fn options(reading: &Reading, exact: bool) -> io::Result<CompileOptions> {
    let policy = match reading.unknown {
        UnknownPolicy::Deny => Policy::Libvirt,
        UnknownPolicy::Warn => Policy::Lenient,
    };
    Ok(CompileOptions {
        kind: reading.kind.as_deref().and_then(nixvirt_schema::kind),
        policy,
        exact,
        allow: leaked(&reading.rules.allow),
        warn: leaked(&reading.rules.warn),
        target: reading.aim.target(),
        hosts: match reading.hosts.is_empty() {
            true => &[],
            false => read_hosts(&reading.hosts)?.leak(),
        },
        writes: true,
    })
}

/// Codes, for as long as the program runs.
pub(crate) fn leaked(codes: &[&'static str]) -> &'static [&'static str] {
    match codes.is_empty() {
        true => &[],
        false => codes.to_vec().leak(),
    }
}
