//! The commands that change nothing on a host: what they print.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::CommandFactory as _;
use nixvirt_apply::addresses::{self, DomainAddresses};
use nixvirt_apply::error::{Error, Problems, codes, file};
use nixvirt_apply::hooks;
use nixvirt_apply::host::{Host, PATIENCE};
use nixvirt_apply::import;
use nixvirt_apply::interrupt::Interrupt;
use nixvirt_apply::key::title;
use nixvirt_apply::kind::ObjectKind;
use nixvirt_apply::output::{Level, Watcher, colored};
use nixvirt_apply::state;
use nixvirt_compiler::printable::{printable_json, printable_line};
use nixvirt_compiler::suggest_word;
use nixvirt_files::stdout;

use crate::args::{Cli, RunFormat, StatusFormat};

/// The error for text that cannot be printed.
pub(crate) fn unprinted(error: io::Error) -> Error {
    Error::new(&codes::CANNOT_WRITE, "cannot write to standard output").system(error)
}

/// Prints what is all that a command has to say.
pub(crate) fn page(text: &[u8]) -> Result<ExitCode, Problems> {
    match stdout::print(text) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::from(stdout::READER_GONE)),
        Err(error) => Err(unprinted(error).into()),
    }
}

/// Installs the man pages and completions below a prefix.
pub(crate) fn extras(prefix: &Path) -> Result<ExitCode, Problems> {
    nixvirt_shell::install("nixvirt-apply", &Cli::command(), prefix)
        .map(|()| ExitCode::SUCCESS)
        .map_err(|error| Error::new(&codes::CANNOT_WRITE, "").system(error).into())
}

/// Writes what a host has into a folder; with `minimal`, without what libvirt fills in.
pub(crate) fn import_host(uri: &str, folder: &Path, minimal: bool) -> Result<ExitCode, Problems> {
    let host = Host::open(uri, PATIENCE)?;
    let done = import::import(&host, folder, minimal)?;
    let watcher = Watcher::new("nixvirt-apply", "", false, false);
    done.notes.iter().for_each(|note| watcher.say(Level::Warning, note));
    done.failures
        .iter()
        .for_each(|(title, why)| watcher.say(Level::Error, &format!("{title}: {}", why.coded())));
    watcher.say(Level::Info, &format!("{} specs are in {}", done.files, folder.display()));
    Ok(if done.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Prints how the objects of some hosts are. One that cannot be asked is an error, and the others are printed.
pub(crate) fn status(
    uris: Vec<String>,
    format: StatusFormat,
    state: Option<PathBuf>,
) -> Result<ExitCode, Problems> {
    let state = match state {
        Some(folder) => folder,
        None => state::folder_for(uris.iter().map(String::as_str))?,
    };
    let (mut found, mut wrong) = (Vec::new(), false);
    let several = uris.len() > 1;
    for uri in uris {
        match nixvirt_apply::status::look(&uri, &state, PATIENCE) {
            Ok(all) => found.push((uri, all)),
            Err(problems) => {
                wrong = true;
                let prefix = if several { &*uri } else { "" };
                Watcher::new("nixvirt-apply", prefix, false, false).say(Level::Error, &problems.coded());
            }
        }
    }
    let text = match format {
        StatusFormat::Prometheus => nixvirt_apply::status::prometheus(&found),
        StatusFormat::Json => {
            let hosts =
                found.iter().map(|(uri, all)| serde_json::json!({ "connection": uri, "objects": all }));
            printable_json(format!("{:#}\n", serde_json::Value::Array(hosts.collect())))
        }
        StatusFormat::Human => {
            let of_host = |(uri, all): &(String, Vec<_>)| {
                let head = if several { format!("{}:\n", printable_line(uri)) } else { String::new() };
                head + &nixvirt_apply::status::text(all)
            };
            found.iter().map(of_host).collect()
        }
    };
    stdout::print(text.as_bytes()).map_err(unprinted)?;
    Ok(if wrong { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Prints the addresses of the domains of some hosts. What of it cannot be had is an error, and the rest is printed.
pub(crate) fn addresses(
    uris: Vec<String>,
    names: &[String],
    format: RunFormat,
    patience: Duration,
) -> Result<ExitCode, Problems> {
    let interrupt = Interrupt::default();
    let (mut found, mut wrong) = (Vec::new(), false);
    let several = uris.len() > 1;
    for uri in uris {
        let watcher = Watcher::new("nixvirt-apply", if several { &uri } else { "" }, false, false);
        let mut say = |why: Error| {
            wrong = true;
            watcher.say(Level::Error, &why.coded());
        };
        let opened = Host::open(&uri, PATIENCE);
        let domains = opened.and_then(|host| addresses::domains(&host, names));
        let begun = Instant::now();
        let mut all = Vec::new();
        for domain in domains.unwrap_or_else(|why| {
            say(why);
            Vec::new()
        }) {
            // Without names, one that has no address is listed so.
            let asked = match names.is_empty() && patience.is_zero() {
                true => DomainAddresses::of(&domain),
                false => addresses::wait(&domain, begun, patience, &interrupt),
            };
            match asked {
                Ok(one) => all.push(one),
                Err(why) => {
                    say(why.within(title(ObjectKind::Domain, &domain.name().unwrap_or_default())));
                }
            }
        }
        found.push((uri, all));
    }
    let text = match format {
        RunFormat::Json => {
            let hosts =
                found.iter().map(|(uri, all)| serde_json::json!({ "connection": uri, "domains": all }));
            printable_json(format!("{:#}\n", serde_json::Value::Array(hosts.collect())))
        }
        RunFormat::Human => {
            let of_host = |(uri, all): &(String, Vec<DomainAddresses>)| {
                let head = if several { format!("{}:\n", printable_line(uri)) } else { String::new() };
                head + &addresses::text(all)
            };
            found.iter().filter(|(_, all)| !all.is_empty()).map(of_host).collect()
        }
    };
    stdout::print(text.as_bytes()).map_err(unprinted)?;
    Ok(if wrong { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Prints what a code means.
pub(crate) fn explain(name: &str) -> Result<ExitCode, Problems> {
    let known = || codes::all().chain(nixvirt_compiler::codes::all());
    if let Some(code) = known().find(|code| code.name == name) {
        let bold = if colored(&io::stdout()) { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        return page(code.page(bold).as_bytes());
    }
    let wrong = Error::new(&codes::BAD_ARGUMENTS, format!("there is no code `{name}`"));
    let names: Vec<&str> = known().map(|code| code.name).collect();
    Err(match suggest_word(&names, name) {
        Some(near) => wrong.help(format!("did you mean `{near}`?")).into(),
        None => wrong.into(),
    })
}

pub(crate) fn hook_script(state: Option<PathBuf>) -> Result<ExitCode, Problems> {
    let state = state.map_or_else(state::default_folder, Ok)?;
    let state = std::path::absolute(&state).map_err(file(&codes::CANNOT_READ, "find", &state))?;
    stdout::print(hooks::dispatcher(&state).as_bytes()).map_err(unprinted)?;
    Ok(ExitCode::SUCCESS)
}
