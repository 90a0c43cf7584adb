//! `nixvirt-apply`: what a bundle would change on a host, and changing it.
//!
//! Exit status: 0 done (with `--detailed-exitcode`: nothing to do), 1 something failed or is wrong, 2 the command line is wrong.
//! With `plan --detailed-exitcode`, 2 says that there are changes, and a wrong command line is 1.

mod args;
#[cfg(test)]
mod described;
mod hosts;
mod pages;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, Parser};
use nixvirt_apply::bundle::{Bundle, Warning};
use nixvirt_apply::error::{self, Error, Problems, codes, file};
use nixvirt_apply::hooks;
use nixvirt_apply::interrupt::Interrupt;
use nixvirt_apply::macs;
use nixvirt_apply::outline::{self, HostOutline};
use nixvirt_apply::output::{Level, Watcher, as_json, colored, parsed, plan_text, usage_status};
use nixvirt_apply::run::{Options, Outcome, read_bundle, run};
use nixvirt_apply::state;
use nixvirt_compiler::printable::{printable_json, printable_line};
use nixvirt_files::stdout;
use nixvirt_shell::{completions, man};

use self::args::{Cli, Command, Common, RunFormat};
use self::hosts::{hosts, hosts_in};
use self::pages::{addresses, explain, extras, hook_script, import_host, page, status, unprinted};

/// The result for one host.
struct Done {
    uri: String,
    outcome: Result<Outcome, Problems>,
    warnings: Vec<Warning>,
    failures: Vec<(String, Error)>,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => return parsed("nixvirt-apply", &said),
    };
    match go(cli) {
        Ok(status) => status,
        Err(problems) => {
            Watcher::new("nixvirt-apply", "", false, false).say(Level::Error, &problems.coded());
            match problems.0.iter().all(|error| error.code == &codes::BAD_ARGUMENTS) {
                true => usage_status(),
                false => ExitCode::from(1),
            }
        }
    }
}

fn go(cli: Cli) -> Result<ExitCode, Problems> {
    let (common, plan, detailed, all, out) = match &cli.command {
        Command::Import { connect, minimal, folder } => return import_host(connect, folder, *minimal),
        Command::HookScript { state_dir } => return hook_script(state_dir.clone()),
        Command::Explain { code } => return explain(code),
        Command::Completions { shell } => {
            return page(&completions("nixvirt-apply", &Cli::command(), *shell));
        }
        Command::Man { of } => {
            return page(
                &man(Cli::command(), of.as_deref())
                    .map_err(|error| Error::new(&codes::BAD_ARGUMENTS, "").system(error))?,
            );
        }
        Command::Extras { prefix } => return extras(prefix),
        Command::Status { connect, hosts, format, state_dir } => {
            let uris = match hosts {
                Some(file) => hosts_in(file)?.into_iter().map(|(uri, _)| uri).collect(),
                None => connect.clone(),
            };
            return status(uris, *format, state_dir.clone());
        }
        Command::Addresses { connect, hosts, names, format, wait } => {
            let uris = match hosts {
                Some(file) => hosts_in(file)?.into_iter().map(|(uri, _)| uri).collect(),
                None => connect.clone(),
            };
            return addresses(uris, names, *format, Duration::from_secs(*wait));
        }
        Command::Plan { common, detailed_exitcode, all, out } => {
            (common, true, *detailed_exitcode, *all, out.as_deref())
        }
        Command::Apply { common } => (common, false, false, false, None),
    };
    let kept = match (&*common.connect, &*common.bundles, plan) {
        ([], [file], false) => outline::read(file)?,
        _ => None,
    };
    let hosts = match &kept {
        Some(kept) => kept.hosts.iter().map(|host| (host.connection.clone(), host.bundle.clone())).collect(),
        None => hosts(common)?,
    };
    let expected = |uri: &str| {
        let host = kept.as_ref()?.hosts.iter().find(|host| host.connection == uri)?;
        Some(host.steps.clone())
    };
    let state = match &common.state_dir {
        Some(folder) => folder.clone(),
        None => state::folder_for(hosts.iter().map(|(uri, _)| &**uri))?,
    };
    let options = Options {
        state,
        live: kept.as_ref().map_or(!common.no_live, |kept| kept.live),
        plan,
        patience: Duration::from_secs(common.lock_timeout),
        owned: true,
        hooks: Some(common.hooks_dir.clone().unwrap_or_else(hooks::default_folder)),
        interrupt: Interrupt::listen()?,
        answer: Duration::from_secs(common.timeout),
        expected: None,
    };
    let several = hosts.len() > 1;
    let paths: Vec<(String, PathBuf)> = hosts.clone();
    let hosts: Vec<_> = hosts.into_iter().map(|(uri, path)| (uri, read_bundle(&path))).collect();
    let bundles = hosts.iter().filter_map(|(uri, read)| Some((&**uri, read.as_ref().ok()?)));
    if several {
        let watcher = Watcher::new("nixvirt-apply", "", false, false);
        macs::shared(bundles).iter().for_each(|shared| watcher.say(Level::Warning, shared));
    }
    let done: Vec<Done> = std::thread::scope(|scope| {
        let started: Vec<_> = hosts
            .into_iter()
            .map(|(uri, bundle)| {
                let options = Options { expected: expected(&uri), ..options.clone() };
                let shown = uri.clone();
                (shown, scope.spawn(move || host(uri, bundle, &options, common, several)))
            })
            .collect();
        let end = |(uri, thread): (String, std::thread::ScopedJoinHandle<'_, Done>)| {
            thread.join().unwrap_or_else(|_| Done {
                uri,
                outcome: Err(error::internal().into()),
                warnings: Vec::new(),
                failures: Vec::new(),
            })
        };
        started.into_iter().map(end).collect()
    });
    if let Some(out) = out {
        keep(out, options.live, &done, &paths)?;
    }
    let wrong = done.iter().any(|done| !matches!(&done.outcome, Ok(outcome) if outcome.failed == 0));
    let text = printed(&done, common.format, plan, all, several);
    if !text.is_empty() {
        match stdout::print(text.as_bytes()) {
            Ok(()) => {}
            // The reader has closed the pipe (`| head`).
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && !wrong => {
                return Ok(ExitCode::from(stdout::READER_GONE));
            }
            Err(error) => return Err(unprinted(error).into()),
        }
    }
    let changes = |done: &Done| matches!(&done.outcome, Ok(outcome) if outcome.steps.iter().any(|step| step.changes_something()));
    Ok(match (wrong, detailed && done.iter().any(changes)) {
        (true, _) => ExitCode::from(1),
        (false, true) => ExitCode::from(2),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// Keeps a plan. One that is not whole is none.
fn keep(out: &Path, live: bool, done: &[Done], paths: &[(String, PathBuf)]) -> Result<(), Problems> {
    let mut hosts = Vec::new();
    for (done, (uri, path)) in done.iter().zip(paths) {
        let Ok(outcome) = &done.outcome else {
            let message = format!("{uri} has no plan, so that none is kept in {}", out.display());
            return Err(Error::new(&codes::PLAN_NOT_KEPT, message).fact("uri", uri).into());
        };
        let bundle = std::path::absolute(path).map_err(file(&codes::CANNOT_READ, "find", path))?;
        hosts.push(HostOutline { connection: uri.clone(), bundle, steps: outcome.outline.clone() });
    }
    Ok(outline::write(out, live, hosts)?)
}

fn host(
    uri: String,
    bundle: Result<Bundle, Problems>,
    options: &Options,
    common: &Common,
    several: bool,
) -> Done {
    let prefix = if several { &*uri } else { "" };
    let bar = !several && !options.plan && common.format == RunFormat::Human;
    let mut watcher = Watcher::new("nixvirt-apply", prefix, common.verbose, bar);
    let warnings = bundle.as_ref().map(|bundle| bundle.warnings.clone()).unwrap_or_default();
    warnings.iter().for_each(|warning| watcher.say(Level::Warning, &warning.to_string()));
    let outcome = bundle.and_then(|bundle| run(&uri, bundle, options, &mut |news| watcher.take(news)));
    match &outcome {
        Ok(outcome) => watcher.finish(outcome.steps.len()),
        Err(problems) => watcher.say(Level::Error, &problems.coded()),
    }
    Done { uri, outcome, warnings, failures: watcher.failures }
}

/// The text for standard output.
fn printed(done: &[Done], format: RunFormat, plan: bool, all: bool, several: bool) -> String {
    if format == RunFormat::Json {
        let as_json = |done: &Done| {
            let mut found = match &done.outcome {
                Ok(outcome) => as_json(&done.uri, outcome, &done.failures),
                Err(problems) => serde_json::json!({
                    "connection": done.uri,
                    "problems": problems.0.iter().map(Error::to_string).collect::<Vec<_>>(),
                    "errors": problems.as_json(),
                }),
            };
            found["warnings"] = serde_json::json!(done.warnings);
            found
        };
        let all = done.iter().map(as_json).collect();
        return printable_json(format!("{:#}\n", serde_json::Value::Array(all)));
    }
    let mut text = String::new();
    for done in done.iter().filter(|_| plan) {
        if let Ok(outcome) = &done.outcome {
            if several {
                text.push_str(&format!("{}:\n", printable_line(&done.uri)));
            }
            text.push_str(&plan_text(&outcome.steps, all, colored(&io::stdout())));
        }
    }
    text
}
