//! Compiling a spec or a bundle, in JSON or in Nix.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use nixvirt_compiler::{
    Around, Diagnostic, Json, Options, Parsed, Policy, Problem, codes, compile_bundle, compile_spec,
    is_bundle, parse_json,
};
use nixvirt_evaluator::{Content, Span, Tree};
use nixvirt_ide::check::{definition, problems};
use nixvirt_ide::evaluate::{call, evaluator, to_json, unknowns};
use nixvirt_ide::files::Noted;
use nixvirt_ide::located::{self, Place};
use nixvirt_ide::located_problem::{FileProblems, LocatedProblem};
use nixvirt_ide::source::{Language, Source};
use nixvirt_ide::template::expand;

use crate::Status;
use crate::args::{Compile, Reading, Unknown};
use crate::files::Disk;
use crate::host_files::read_hosts;
use crate::output::{self, Inputs};
use crate::report::Reporter;
use crate::source;

/// What a run goes by, whatever language its source is in.
struct Run<'r> {
    arguments: &'r Compile,
    options: Options,
    inputs: Inputs,
    reporter: &'r Reporter,
    taken: Option<&'r Taken>,
}

/// The XML of objects that were compiled.
pub type Taken = RefCell<Vec<String>>;

/// Compiles what the arguments say.
pub fn compile(spec: &Path, arguments: &Compile, reporter: &Reporter) -> io::Result<Status> {
    let options = options(&arguments.reading, arguments.exact)?;
    compile_to(spec, arguments, options, reporter, None)
}

/// Compiles what the arguments say, with other options than theirs; where `taken` is given, the XML goes there, and nothing is
/// written.
pub fn compile_to(
    spec: &Path,
    arguments: &Compile,
    options: Options,
    reporter: &Reporter,
    taken: Option<&Taken>,
) -> io::Result<Status> {
    let source = source::read(spec, Language::Json)?;
    let run = Run { arguments, options, inputs: Inputs::of(spec), reporter, taken };
    match source.language {
        Language::Xml => {
            let advice = "`nixvirt-compile fmt` prints it canonically, `nixvirt-compile check` checks it";
            Err(io::Error::other(format!("{} is XML, not a spec: {advice}", source.name)))
        }
        Language::Nix => nix(&output::absolute(spec)?, &source, run),
        Language::Json => {
            let say = |diagnostics: &[Diagnostic]| reporter.print_some(&source, diagnostics);
            let Parsed { mut value, duplicates } = match parse_json(&source.bytes) {
                Ok(parsed) => parsed,
                Err(problem) => return wrong(&source, &[*problem], reporter),
            };
            if let Some(template) = &arguments.template {
                value = match value {
                    Json::Set(mut fields) => {
                        fields.retain(|(key, _)| key != "template");
                        fields.push((Cow::Borrowed("template"), Json::Str(Cow::Borrowed(template))));
                        Json::Set(fields)
                    }
                    other => other,
                };
            }
            let bundle = arguments.template.is_none() && options.kind.is_none() && is_bundle(&value);
            let mut expanded =
                expand(value, bundle, options.kind.map(|kind| kind.name), &arguments.host.host());
            let json = expanded.take();
            let in_source = |found: Vec<Diagnostic>| -> Vec<Diagnostic> {
                found.into_iter().map(|diagnostic| expanded.in_source(diagnostic)).collect()
            };
            if !expanded.problems.is_empty() || !duplicates.is_empty() {
                let rest = in_source(problems(json, bundle, options, spec, &Disk));
                return wrong(&source, &[duplicates, expanded.problems.clone(), rest].concat(), reporter);
            }
            finish(json, bundle, run, &|found| say(&in_source(found)), &|found| {
                wrong(&source, &in_source(found), reporter)
            })
        }
    }
}

/// Compiles a file that is, or returns, a spec or a bundle.
fn nix(path: &Path, given: &Source, mut run: Run<'_>) -> io::Result<Status> {
    let Run { arguments, options, reporter, .. } = run;
    if arguments.template.is_some() {
        let advice = "call the template in the file, or give its arguments in JSON";
        return Err(io::Error::other(format!(
            "{} is Nix, and `--template` takes JSON: {advice}",
            given.name
        )));
    }
    let read = Rc::new(RefCell::new(Vec::new()));
    let host = arguments.host.host();
    let files = Noted { files: Disk, read: Rc::clone(&read) };
    let mut evaluator = evaluator(files, Some(&host), false);
    let (file, mut value) = evaluator.add(path, given.text()?, false);
    let whole = Span { file, start: 0, end: 0 };
    let say = |found: Vec<LocatedProblem>| {
        let located_problems = source::as_given(found);
        reporter.print_findings(&[FileProblems { name: given.name.clone(), located_problems }])
    };
    let mut tree = evaluator.tree(value, false);
    if let Ok(Tree { content: Content::Function, .. }) = tree.as_deref() {
        let argument = evaluator.unknown_set();
        value = call(&mut evaluator, value, argument);
        tree = evaluator.tree(value, false);
    }
    let tree = match tree {
        Ok(tree) => tree,
        Err(error) => {
            say(vec![located::error(&evaluator, &error, whole, String::new())])?;
            return Ok(Status::Wrong);
        }
    };
    let mut found = located::failures(&evaluator, &tree, whole);
    if found.is_empty() {
        let message = "this cannot be known without Nix, so that nothing can be compiled here";
        let problem = Problem::Evaluation { code: &codes::UNKNOWN_VALUE, message: message.to_owned() };
        found = unknowns(&tree)
            .into_iter()
            .map(|(path, span)| {
                let span = if evaluator.is_embedded(span) { whole } else { span };
                LocatedProblem { path: path.to_string(), ..located::at(&evaluator, span, &problem) }
            })
            .collect();
    }
    let json = to_json(&tree);
    let place = Place { evaluator: &evaluator, tree: &tree, span: whole };
    let at_places =
        |found: Vec<Diagnostic>| found.iter().map(|diagnostic| place.find(diagnostic)).collect::<Vec<_>>();
    if !found.is_empty() {
        // What is known can be wrong as well.
        found.extend(at_places(compile_spec(json, options).diagnostics));
        say(found)?;
        return Ok(Status::Wrong);
    }
    let bundle = options.kind.is_none() && is_bundle(&json);
    let mut expanded = expand(json, bundle, options.kind.map(|kind| kind.name), &host);
    let json = expanded.take();
    let in_source = |found: Vec<Diagnostic>| {
        at_places(found.into_iter().map(|diagnostic| expanded.in_source(diagnostic)).collect())
    };
    if !expanded.problems.is_empty() {
        let mut found = at_places(expanded.problems.clone());
        found.extend(in_source(problems(json, bundle, options, path, &Disk)));
        return say(found).map(|()| Status::Wrong);
    }
    let warn = |found: Vec<Diagnostic>| if found.is_empty() { Ok(()) } else { say(in_source(found)) };
    read.borrow().iter().for_each(|path| run.inputs.read(path));
    finish(json, bundle, run, &warn, &|found| say(in_source(found)).map(|()| Status::Wrong))
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
        let source = arguments.spec.as_deref().unwrap_or(Path::new(""));
        let around = Around { read: &|path| definition(source, path, &Disk), ..Around::NOTHING };
        return match compile_bundle(value, options, &around) {
            Ok((bundle, warnings)) => {
                taken.borrow_mut().extend(bundle.files.into_iter().map(|file| file.xml));
                warn(warnings).map(|()| Status::Fine)
            }
            Err(diagnostics) => wrong(diagnostics),
        };
    }
    if bundle {
        let Some(folder) = arguments.output.as_ref().filter(|folder| !output::is_hyphen(folder)) else {
            return Err(io::Error::other("a bundle makes several files: say where with `-o FOLDER`"));
        };
        let source = arguments.spec.as_deref().unwrap_or(Path::new(""));
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
            Around { folder: place, from: Some(from), read: &|path| definition(source, path, &Disk) };
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
    if let Some(taken) = taken {
        taken.borrow_mut().push(xml.clone());
        return Ok(Status::Fine);
    }
    output::to(arguments.output.as_deref(), xml.as_bytes(), &run.inputs)
}

/// The options that the arguments come to.
///
/// # Errors
/// A description of a host that cannot be read.
pub fn options(reading: &Reading, exact: bool) -> io::Result<Options> {
    let policy = match reading.unknown {
        Unknown::Deny => Policy::Libvirt,
        Unknown::Warn => Policy::Lenient,
    };
    Ok(Options {
        kind: reading.kind.as_deref().and_then(nixvirt_schema::kind),
        policy,
        exact,
        allow: leaked(&reading.allow),
        warn: leaked(&reading.warn),
        target: reading.aim.target(),
        hosts: match reading.hosts.is_empty() {
            true => &[],
            false => read_hosts(&reading.hosts)?.leak(),
        },
    })
}

/// Codes, for as long as the program runs.
fn leaked(codes: &[&'static str]) -> &'static [&'static str] {
    match codes.is_empty() {
        true => &[],
        false => codes.to_vec().leak(),
    }
}

fn wrong(source: &Source, diagnostics: &[Diagnostic], reporter: &Reporter) -> io::Result<Status> {
    reporter.print(&[(source, diagnostics)])?;
    Ok(Status::Wrong)
}
