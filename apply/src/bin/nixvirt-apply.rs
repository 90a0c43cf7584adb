//! `nixvirt-apply`: what a bundle would change on a host, and changing it.
//!
//! Exit status: 0 done (with `--detailed-exitcode`: nothing to do), 1 something failed or is wrong, 2 there are changes
//! (`plan --detailed-exitcode`).

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use nixvirt_apply::bundle::{Bundle, Warning};
use nixvirt_apply::error::{self, Error, Problems, codes, file};
use nixvirt_apply::files;
use nixvirt_apply::hooks;
use nixvirt_apply::host::{Host, PATIENCE};
use nixvirt_apply::import;
use nixvirt_apply::interrupt::Interrupt;
use nixvirt_apply::macs;
use nixvirt_apply::outline::{self, HostOutline};
use nixvirt_apply::output::{Level, Watcher, as_json, colored, parsed, plan_text};
use nixvirt_apply::run::{Options, Outcome, read_bundle, run};
use nixvirt_apply::state;
use nixvirt_compiler::codes::WRONG_SHAPE;
use nixvirt_compiler::printable::{printable_json, printable_line};
use nixvirt_compiler::{Json, parse_json, suggest_word};
use nixvirt_files::stdout;
use nixvirt_shell::{Shell, completions, man};

/// Puts libvirt objects on a host, idempotently.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show what would change; nothing is touched.
    Plan {
        #[command(flatten)]
        common: Common,
        /// Exit with 0 where there is nothing to do, 2 where there are changes, 1 on errors.
        #[arg(long)]
        detailed_exitcode: bool,
        /// Show unchanged objects, too.
        #[arg(long)]
        all: bool,
        /// Keep the plan in a file: `apply FILE` does what it says, or nothing where something has changed since.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Bring hosts to what their bundles say: `--connect URI BUNDLE`, `--hosts FILE`, or the FILE of `plan --out` alone.
    Apply {
        #[command(flatten)]
        common: Common,
    },
    /// Show how the objects are that were applied: whether they run, what was changed by hand, what waits for a restart, and what
    /// failed last time. Nothing is touched.
    Status {
        /// The URI of a connection, e.g. `qemu:///system`; as often as there are hosts.
        #[arg(long, value_name = "URI", required_unless_present = "hosts")]
        connect: Vec<String>,
        /// A JSON file of hosts, as `apply` takes it.
        #[arg(long, value_name = "FILE", conflicts_with = "connect")]
        hosts: Option<PathBuf>,
        /// How to print.
        #[arg(long, value_enum, default_value = "human")]
        format: StatusFormat,
        /// Where it is remembered what was applied; `/var/lib/nixvirt` for root, else below `$XDG_STATE_HOME`.
        #[arg(long, value_name = "DIR")]
        state_dir: Option<PathBuf>,
    },
    /// Write everything that a host has into a folder: a spec for each object, and `bundle.nix`, which has them all.
    Import {
        /// The URI of the connection, e.g. `qemu:///system`.
        #[arg(long, value_name = "URI")]
        connect: String,
        /// A folder that is empty or is not there yet.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Print the script that libvirt is to call for all domains and networks, for whoever installs it: as
    /// `qemu.d/nixvirt`, `network.d/nixvirt`, ... where libvirt looks for hooks. Without it, `apply` installs the script
    /// itself.
    HookScript {
        /// The folder of the state that the hooks are in.
        #[arg(long, value_name = "DIR")]
        state_dir: Option<PathBuf>,
    },
    /// Say what a code in brackets means, with a situation and what to do: `explain lock-held`.
    Explain {
        /// The code.
        code: String,
    },
    /// Print the completions of a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the man page, of the program or of one of its commands.
    Man {
        /// The command, e.g. `plan`.
        #[arg(value_name = "COMMAND")]
        of: Option<String>,
    },
}

#[derive(Args)]
struct Common {
    /// The URI of a connection, e.g. `qemu:///system`; one for each BUNDLE.
    #[arg(long, value_name = "URI")]
    connect: Vec<String>,
    /// The bundles, in the order of the connections.
    #[arg(value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
    /// A JSON file of hosts: a set with the bundle's path for each URI.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["connect", "bundles"])]
    hosts: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Restart for every change, even for one that a running domain could be given.
    #[arg(long)]
    no_live: bool,
    /// Where to remember what was applied; `/var/lib/nixvirt` for root, else below `$XDG_STATE_HOME`.
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// The folder where libvirt looks for hooks on this machine; `/etc/libvirt/hooks`, or on NixOS
    /// `/var/lib/libvirt/hooks`.
    #[arg(long, value_name = "DIR")]
    hooks_dir: Option<PathBuf>,
    /// How many seconds to wait for another run on the same connection.
    #[arg(long, value_name = "SECONDS", default_value = "300")]
    lock_timeout: u64,
    /// How many seconds a host may take to answer. One that falls silent later is given up after half a minute.
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE.as_secs())]
    timeout: u64,
    /// Say each step.
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For machines.
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StatusFormat {
    /// For people.
    Human,
    /// For machines.
    Json,
    /// For Prometheus, as the text file of its node_exporter.
    Prometheus,
}

/// What became of one host.
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
            ExitCode::from(1)
        }
    }
}

/// That what is to be read cannot be written.
fn unprinted(error: io::Error) -> Error {
    Error::new(&codes::CANNOT_WRITE, "cannot write to standard output").system(error)
}

/// That a value of a list of hosts is of another type.
fn misshapen(value: &Json<'_>, expected: &str) -> Error {
    Error::new(&WRONG_SHAPE, format!("{} cannot stand here", value.type_name())).help(expected)
}

/// Prints what is all that a command has to say.
fn page(text: &[u8]) -> Result<ExitCode, Problems> {
    match stdout::print(text) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::from(stdout::READER_GONE)),
        Err(error) => Err(unprinted(error).into()),
    }
}

fn go(cli: Cli) -> Result<ExitCode, Problems> {
    let (common, plan, detailed, all, out) = match &cli.command {
        Command::Import { connect, folder } => return import_host(connect, folder),
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
        Command::Status { connect, hosts, format, state_dir } => {
            let uris = match hosts {
                Some(file) => hosts_in(file)?.into_iter().map(|(uri, _)| uri).collect(),
                None => connect.clone(),
            };
            return status(uris, *format, state_dir.clone());
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
            // Whoever reads the output has had enough of it (`| head`).
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

/// Writes what a host has into a folder.
fn import_host(uri: &str, folder: &Path) -> Result<ExitCode, Problems> {
    let host = Host::open(uri, PATIENCE)?;
    let done = import::import(&host, folder)?;
    let watcher = Watcher::new("nixvirt-apply", "", false, false);
    done.notes.iter().for_each(|note| watcher.say(Level::Warning, note));
    done.failures
        .iter()
        .for_each(|(title, why)| watcher.say(Level::Error, &format!("{title}: {}", why.coded())));
    watcher.say(Level::Info, &format!("{} specs are in {}", done.files, folder.display()));
    Ok(if done.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Prints how the objects of some hosts are. One that cannot be asked is an error, and the others are printed.
fn status(uris: Vec<String>, format: StatusFormat, state: Option<PathBuf>) -> Result<ExitCode, Problems> {
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

/// Prints what a code means.
fn explain(name: &str) -> Result<ExitCode, Problems> {
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

fn hook_script(state: Option<PathBuf>) -> Result<ExitCode, Problems> {
    let state = state.map_or_else(state::default_folder, Ok)?;
    let state = std::path::absolute(&state).map_err(file(&codes::CANNOT_READ, "find", &state))?;
    stdout::print(hooks::dispatcher(&state).as_bytes()).map_err(unprinted)?;
    Ok(ExitCode::SUCCESS)
}

/// The hosts and their bundles, out of a file.
fn hosts_in(path: &Path) -> Result<Vec<(String, PathBuf)>, Problems> {
    let shown = path.display();
    let source = files::read(path).map_err(file(&codes::CANNOT_READ, "read", path))?;
    let parsed = parse_json(&source).map_err(|wrong| Error::of_problem(&wrong.problem).at(&shown))?;
    let Json::Set(entries) = parsed.value else {
        return Err(misshapen(&parsed.value, "expected a set of URIs and bundles").at(&shown).into());
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut problems = Problems::default();
    parsed.duplicates.iter().for_each(|twice| problems.add(Error::of_problem(&twice.problem).at(&shown)));
    let mut found = Vec::new();
    for (uri, bundle) in entries {
        match bundle.as_str() {
            Some(bundle) => found.push((uri.into_owned(), folder.join(bundle))),
            None => {
                let wrong = misshapen(&bundle, "expected the path of a bundle");
                problems.add(wrong.within(format!("`{uri}`")).at(&shown));
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// The hosts and their bundles.
fn hosts(common: &Common) -> Result<Vec<(String, PathBuf)>, Problems> {
    if let Some(path) = &common.hosts {
        return hosts_in(path);
    }
    let (uris, bundles) = (&common.connect, &common.bundles);
    if uris.is_empty() || uris.len() != bundles.len() {
        let message = format!("{} connections and {} bundles are given", uris.len(), bundles.len());
        return Err(Error::new(&codes::BAD_ARGUMENTS, message)
            .help("expected `--connect URI BUNDLE`, as often as there are hosts")
            .into());
    }
    let mut known = std::collections::BTreeSet::new();
    if let Some(twice) = uris.iter().find(|uri| !known.insert(*uri)) {
        let message = format!("the connection `{twice}` is given twice");
        return Err(Error::new(&codes::BAD_ARGUMENTS, message).help("put both bundles into one").into());
    }
    Ok(uris.iter().cloned().zip(bundles.iter().cloned()).collect())
}

fn host(
    uri: String,
    bundle: Result<Bundle, Problems>,
    options: &Options,
    common: &Common,
    several: bool,
) -> Done {
    let prefix = if several { &*uri } else { "" };
    let bar = !several && !options.plan && common.format == Format::Human;
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

/// What goes to standard output.
fn printed(done: &[Done], format: Format, plan: bool, all: bool, several: bool) -> String {
    if format == Format::Json {
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
