//! The closure of a system: all paths of the Nix store that it needs. Nix is asked for it.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::refused::refused;
use crate::error::Error;
use crate::roots::nix_state;

/// The program, and where it is on hosts whose services do not find it: on NixOS, and beside other systems.
const PROGRAM: &str = "nix-store";
const FOLDERS: [&str; 2] = ["/run/current-system/sw/bin", "/nix/var/nix/profiles/default/bin"];

/// The socket of Nix's daemon, in the folder of Nix's state.
const DAEMON: &str = "daemon-socket/socket";

/// The names of the store's paths that a system needs, its own included.
///
/// # Errors
/// Where there is no Nix, or it does not know the system.
pub(super) fn of(store: &Path, system: &str) -> Result<BTreeSet<String>, Error> {
    let asked = |error| refused(format!("cannot run `{PROGRAM}`")).system(error);
    let output = asked_of(&["--query", "--requisites", system]).map_err(asked)?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let said = said.trim().trim_start_matches("error: ");
        return Err(refused(format!("Nix does not say what {system} needs")).system(said));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let name = |line: &str| Path::new(line).strip_prefix(store).ok()?.to_str().map(str::to_owned);
    let names: Option<BTreeSet<String>> = text.lines().map(name).collect();
    names.filter(|names| !names.is_empty() && names.iter().all(|name| !name.contains('/'))).ok_or_else(|| {
        refused(format!("Nix says that {system} needs paths that are not in {}", store.display()))
    })
}

fn asked_of(arguments: &[&str]) -> io::Result<Output> {
    let mut tried = Err(io::Error::from(io::ErrorKind::NotFound));
    let beside = FOLDERS.iter().map(|folder| Path::new(folder).join(PROGRAM));
    for program in std::iter::once(PathBuf::from(PROGRAM)).chain(beside) {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).env("LC_ALL", "C");
        // As root, Nix would open the store itself, which takes more rights on NixOS than to ask its daemon.
        if std::env::var_os("NIX_REMOTE").is_none() && nix_state().join(DAEMON).exists() {
            command.env("NIX_REMOTE", "daemon");
        }
        tried = command.output();
        match &tried {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            _ => break,
        }
    }
    tried
}
