//! `virtdeclare`: one object, with NixVirt's command line.
//!
//! Exit status: 0 done, 1 it could not be done.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Arg, Args, CommandFactory, Parser, ValueEnum};
use nixvirt_apply::bundle::{Bundle, Entry, Prune, Shutdown};
use nixvirt_apply::error::{Error, Problems, codes};
use nixvirt_apply::execute::Event;
use nixvirt_apply::host::{Host, PATIENCE};
use nixvirt_apply::interrupt::Interrupt;
use nixvirt_apply::key::title;
use nixvirt_apply::kind::ObjectKind;
use nixvirt_apply::object::Handle;
use nixvirt_apply::output::{Level, Watcher};
use nixvirt_apply::references::network_users;
use nixvirt_apply::run::{News, Options, run};
use nixvirt_apply::state;
use nixvirt_apply::stop::stop;
use nixvirt_shell::{Shell, completions, install, man};
use uuid::Uuid;

/// Defines and controls libvirt objects idempotently.
#[derive(Parser)]
#[command(name = "virtdeclare", version, about, args_override_self = true)]
struct Cli {
    /// The kind of object; NixVirt's older form of `--type`.
    #[arg(value_enum, value_name = "TYPE", conflicts_with = "kind", required_unless_present = "kind")]
    old_kind: Option<Type>,
    /// Report actions to standard error.
    #[arg(short, long)]
    verbose: bool,
    /// The URI of the connection, e.g. `qemu:///session`.
    #[arg(long, value_name = "URI")]
    connect: String,
    /// The kind of object.
    #[arg(long = "type", value_enum)]
    kind: Option<Type>,
    #[command(flatten)]
    object: Object,
    /// The state to put the object in.
    #[arg(long, value_enum)]
    state: Option<ActiveState>,
    /// Whether to restart the object.
    #[arg(long, value_enum)]
    restart: Option<Restart>,
    /// Set autostart to match the state.
    #[arg(long)]
    auto: bool,
    /// Where to remember what was applied; `/var/lib/nixvirt` for root, else below `$XDG_STATE_HOME`.
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Object {
    /// The path of the object's XML.
    #[arg(long, value_name = "PATH")]
    define: Option<PathBuf>,
    /// The object's UUID.
    #[arg(long, value_name = "ID")]
    uuid: Option<String>,
    /// The object's name.
    #[arg(long, value_name = "ID")]
    name: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Type {
    Domain,
    Network,
    Pool,
}

#[derive(Clone, Copy, ValueEnum)]
enum ActiveState {
    Active,
    Inactive,
}

#[derive(Clone, Copy, ValueEnum)]
enum Restart {
    Always,
    Never,
    Ifchanged,
}

fn main() -> ExitCode {
    if let Some(text) = own_pages() {
        return match text.and_then(|text| io::stdout().lock().write_all(&text)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let error = Error::new(&codes::CANNOT_WRITE, "").system(error);
                Watcher::new("virtdeclare", "", false, false)
                    .say(Level::Error, &Problems::from(error).coded());
                ExitCode::from(1)
            }
        };
    }
    let cli = Cli::parse_from(std::env::args_os().map(whole_flag));
    let mut watcher = Watcher::new("virtdeclare", "", cli.verbose, false).quiet();
    match go(&cli, &mut watcher) {
        Ok(()) if watcher.failures.is_empty() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(1),
        Err(problems) => {
            watcher.say(Level::Error, &problems.coded());
            ExitCode::from(1)
        }
    }
}

/// The completions of a shell, for `virtdeclare completions SHELL`, the man page, for `virtdeclare man`, and both installed below a
/// prefix, for `virtdeclare extras PREFIX`: words that NixVirt's command refuses, so that its command line stays what it is.
fn own_pages() -> Option<io::Result<Vec<u8>>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["completions", shell] => {
            let shell = Shell::from_str(shell, true).ok()?;
            Some(Ok(completions("virtdeclare", &Cli::command(), shell)))
        }
        ["man"] => Some(man(Cli::command(), None)),
        ["extras", prefix] => {
            Some(install("virtdeclare", &Cli::command(), Path::new(prefix)).map(|()| Vec::new()))
        }
        _ => None,
    }
}

/// The flags that NixVirt's command does not have.
const OURS: [&str; 2] = ["state-dir", "version"];

/// A flag that may be abbreviated, as NixVirt's, in full. Ours do not count, so that what is
/// unambiguous there is so here.
fn whole_flag(argument: OsString) -> OsString {
    let Some(flag) = argument.to_str().and_then(|text| text.strip_prefix("--")) else { return argument };
    let (name, value) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
    let mut command = Cli::command();
    command.build();
    let flags: Vec<&str> = command.get_arguments().filter_map(Arg::get_long).collect();
    let mut meant = flags.iter().filter(|flag| flag.starts_with(name) && !OURS.contains(flag));
    match (meant.next(), meant.next()) {
        (Some(flag), None) if !name.is_empty() && !flags.contains(&name) => {
            let value = value.map(|value| format!("={value}")).unwrap_or_default();
            format!("--{flag}{value}").into()
        }
        _ => argument,
    }
}

fn go(cli: &Cli, watcher: &mut Watcher) -> Result<(), Problems> {
    let kind = match cli.kind.or(cli.old_kind) {
        Some(Type::Network) => ObjectKind::Network,
        Some(Type::Pool) => ObjectKind::Pool,
        Some(Type::Domain) | None => ObjectKind::Domain,
    };
    let active = cli.state.map(|state| matches!(state, ActiveState::Active));
    let restart = match cli.restart {
        Some(Restart::Always) => Some(true),
        Some(Restart::Never) => Some(false),
        Some(Restart::Ifchanged) | None => None,
    };
    let autostart = active.filter(|_| cli.auto);
    let Some(definition) = cli.object.define.clone() else {
        return control(cli, kind, active, autostart, watcher).map_err(Problems::from);
    };
    let entry = Entry {
        kind,
        place: "--define".to_owned(),
        definition: definition.into(),
        active,
        restart,
        autostart,
        shutdown: Shutdown::DESTROY,
        live: true,
        switch: false,
        hooks: Vec::new(),
        value: None,
        discs: Vec::new(),
        seed: None,
        problems: Vec::new(),
        volumes: Vec::new(),
        build: true,
        after: Vec::new(),
        wait_for_address: None,
        discard: false,
        protect: false,
        on_remove: Vec::new(),
    };
    let bundle = Bundle {
        entries: vec![entry],
        kinds: vec![kind],
        unset: Vec::new(),
        prune: Prune::Nothing,
        owner: None,
        shutdown: Shutdown::DESTROY,
        salt: None,
        warnings: Vec::new(),
    };
    let state = match &cli.state_dir {
        Some(folder) => folder.clone(),
        None => state::default_folder()?,
    };
    let patience = Duration::from_secs(300);
    let interrupt = Interrupt::listen()?;
    let options = Options {
        state,
        live: true,
        plan: false,
        patience,
        owned: false,
        hooks: None,
        interrupt,
        answer: PATIENCE,
        expected: None,
    };
    run(&cli.connect, bundle, &options, &mut |news| watcher.take(news)).map(drop)
}

/// Puts an object that exists into a state.
fn control(
    cli: &Cli,
    kind: ObjectKind,
    active: Option<bool>,
    autostart: Option<bool>,
    watcher: &mut Watcher,
) -> Result<(), Error> {
    let uuid = cli.object.uuid.as_deref().map(read_uuid).transpose()?;
    let host = Host::open(&cli.connect, PATIENCE)?;
    let found = match (uuid, &cli.object.name) {
        (Some(uuid), _) => host.lookup(kind, uuid),
        (None, name) => name.as_ref().and_then(|name| host.lookup_name(kind, name)),
    };
    let wanted = match (uuid, &cli.object.name) {
        (Some(uuid), _) => format!("the uuid {uuid}"),
        (None, name) => format!("the name `{}`", name.as_deref().unwrap_or_default()),
    };
    let handle = found.ok_or_else(|| {
        let message = format!("there is no {} with {wanted} on {}", kind.name(), cli.connect);
        Error::new(&codes::NO_SUCH_OBJECT, message)
    })?;
    let mut say = |handle: &Handle, what: &str| {
        let title = title(handle.kind(), &handle.name());
        watcher.take(News::Event(Event::Detail(title, what.to_owned())));
    };
    match (handle.is_active()?, active) {
        (false, Some(true)) => {
            say(&handle, "starting");
            handle.start(&host)?;
        }
        (true, Some(false)) => {
            let network_users = match kind {
                ObjectKind::Network => network_users(&host, &handle.name(), &handle)?,
                _ => Vec::new(),
            };
            for handle in network_users.iter().map(|(_, network_user)| network_user).chain([&handle]) {
                say(handle, "stopping");
                stop(&host, handle, Shutdown::DESTROY, &mut |note| say(handle, &note))?;
            }
        }
        _ => {}
    }
    match autostart {
        Some(autostart) if handle.autostart()? != autostart => {
            say(&handle, if autostart { "autostart on" } else { "autostart off" });
            handle.set_autostart(&host, autostart)
        }
        _ => Ok(()),
    }
}

/// A uuid, in any of the forms that NixVirt takes.
fn read_uuid(text: &str) -> Result<Uuid, Error> {
    let digits = text.replace("urn:", "").replace("uuid:", "").replace(['{', '}', '-'], "");
    Uuid::parse_str(&digits).map_err(|_| {
        Error::new(&codes::BAD_ARGUMENTS, format!("--uuid: `{text}` is not a uuid"))
            .help("expected 32 hexadecimal digits")
    })
}

#[cfg(test)]
#[path = "nixvirt-apply/described.rs"]
mod described;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_reference_has_the_command_line() {
        crate::described::hold("virtdeclare", &super::Cli::command());
    }
}
