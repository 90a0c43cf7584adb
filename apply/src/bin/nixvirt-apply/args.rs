//! The command line of `nixvirt-apply`. Its doc comments are the help that users see.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use nixvirt_apply::host::PATIENCE;
use nixvirt_shell::Shell;

/// Puts libvirt objects on a host, idempotently.
#[derive(Parser)]
#[command(version, about)]
pub(crate) struct Cli {
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
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
    /// Show the addresses of domains that run, by the leases of libvirt's networks, their guest agents, and the host's table of
    /// neighbours. A domain that is named and has none is an error. Nothing is touched.
    Addresses {
        /// The URI of a connection, e.g. `qemu:///system`; as often as there are hosts.
        #[arg(long, value_name = "URI", required_unless_present = "hosts")]
        connect: Vec<String>,
        /// A JSON file of hosts, as `apply` takes it.
        #[arg(long, value_name = "FILE", conflicts_with = "connect")]
        hosts: Option<PathBuf>,
        /// The names of domains; without one, all that run.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// How to print.
        #[arg(long, value_enum, default_value = "human")]
        format: RunFormat,
        /// For how many seconds to wait until each of them has an address.
        #[arg(long, value_name = "SECONDS", default_value = "0")]
        wait: u64,
    },
    /// Write everything that a host has into a folder: a spec for each object, and `bundle.nix`, which has them all.
    Import {
        /// The URI of the connection, e.g. `qemu:///system`.
        #[arg(long, value_name = "URI")]
        connect: String,
        /// Leave out what libvirt fills in by itself: addresses, controllers, default devices and values. What libvirt makes of the specs
        /// is the same.
        #[arg(long)]
        minimal: bool,
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
    /// Install the man pages and the completions of bash, zsh and fish below a prefix.
    Extras {
        /// The prefix, e.g. `/usr/local` or `~/.local`.
        #[arg(value_name = "PREFIX")]
        prefix: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct Common {
    /// The URI of a connection, e.g. `qemu:///system`; one for each BUNDLE.
    #[arg(long, value_name = "URI")]
    pub connect: Vec<String>,
    /// The bundles, in the order of the connections.
    #[arg(value_name = "BUNDLE")]
    pub bundles: Vec<PathBuf>,
    /// A JSON file of hosts: a set with the bundle's path for each URI.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["connect", "bundles"])]
    pub hosts: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value = "human")]
    pub format: RunFormat,
    /// Restart for every change, even for one that a running domain could be given.
    #[arg(long)]
    pub no_live: bool,
    /// Where to remember what was applied; `/var/lib/nixvirt` for root, else below `$XDG_STATE_HOME`.
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// The folder where libvirt looks for hooks on this machine; `/etc/libvirt/hooks`, or on NixOS
    /// `/var/lib/libvirt/hooks`.
    #[arg(long, value_name = "DIR")]
    pub hooks_dir: Option<PathBuf>,
    /// How many seconds to wait for another run on the same connection.
    #[arg(long, value_name = "SECONDS", default_value = "300")]
    pub lock_timeout: u64,
    /// How many seconds a host may take to answer. One that falls silent later is given up after half a minute.
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE.as_secs())]
    pub timeout: u64,
    /// Say each step.
    #[arg(short, long)]
    pub verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunFormat {
    /// For people.
    Human,
    /// For machines.
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusFormat {
    /// For people.
    Human,
    /// For machines.
    Json,
    /// For Prometheus, as the text file of its node_exporter.
    Prometheus,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_reference_has_the_command_line() {
        crate::described::hold("nixvirt-apply", &super::Cli::command());
    }
}
