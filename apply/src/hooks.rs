//! Hooks: programs that libvirt calls when a domain or network is prepared, started, stopped.
//!
//! libvirt knows hooks for all objects of a driver only. So a small script stands among them, the dispatcher
//! (`dispatch.sh`). It runs `hooks/DRIVER/NAME/OPERATION` in the folder of the state. That folder is ours alone: NixOS
//! empties libvirt's own whenever the daemon starts, and keeps only what a module has installed there, which is the
//! dispatcher. Elsewhere, the dispatcher is installed and removed here.

mod install;
mod program;
mod read;
mod rooting;
mod site;
mod unseen;

use std::path::{Path, PathBuf};

pub use self::read::read;
pub use self::site::{Site, Stray};
use nixvirt_compiler::bundle_format;

use crate::kind::ObjectKind;

/// The script that libvirt calls, for the default folder of the state.
pub const DISPATCHER: &str = include_str!("hooks/dispatch.sh");
/// The script that libvirt calls for a daemon, for the default folder of the state.
const WITNESS: &str = include_str!("hooks/witness.sh");

/// Why hooks that were just installed are not called.
pub const UNSEEN: &str = "libvirt looks for hooks when it starts, and there was none";
/// The advice for hooks that libvirt does not call yet.
pub const RELOAD: &str = "to have them called, run `systemctl reload libvirtd` once they are there (or reload \
                          virtqemud and virtnetworkd, where these run), and apply again";

/// The program or command that is run for an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hook {
    /// The path of a program.
    Program(PathBuf),
    /// A command for the shell.
    Command(String),
}

/// An object's hooks: for which operation, and what.
pub type Hooks = Vec<(&'static str, Hook)>;

/// The operations that libvirt calls a hook for, in the order of an object's life. There are none for kinds without
/// hooks.
pub fn operations(kind: ObjectKind) -> impl Iterator<Item = &'static str> {
    bundle_format::hooks(kind.schema()).iter().map(|key| key.name)
}

/// Whether an operation belongs to the start of an object.
pub fn is_for_start(operation: &str) -> bool {
    matches!(operation, "prepare" | "start" | "started")
}

/// Where libvirt looks for hooks. nixpkgs builds it to look elsewhere.
pub fn default_folder() -> PathBuf {
    let nixos = Path::new("/etc/NIXOS").exists();
    PathBuf::from(if nixos { "/var/lib/libvirt/hooks" } else { "/etc/libvirt/hooks" })
}

/// The dispatcher for a folder of the state, which must be absolute.
pub fn dispatcher(state: &Path) -> String {
    in_state(DISPATCHER, state)
}

/// A script of ours for a folder of the state.
fn in_state(script: &str, state: &Path) -> String {
    script.replacen("'/var/lib/nixvirt'", &quoted(&state.to_string_lossy()), 1)
}

/// A text as one word of the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The script of a hook. The dispatcher reads it; it is not executed by itself.
fn script(hook: &Hook) -> String {
    let head = "# Written by nixvirt-apply. It is removed with its object.\n";
    match hook {
        Hook::Program(program) => format!("{head}exec {} \"$@\"\n", quoted(&program.to_string_lossy())),
        Hook::Command(command) => format!("{head}{command}\n"),
    }
}

/// Why hooks of a connection cannot be installed from here; nothing where they can.
pub fn why_not(uri: &str) -> Option<&'static str> {
    const ELSEWHERE: &str = "they belong to a system daemon, such as `qemu:///system`";
    let Some((_, rest)) = uri.split_once("://") else { return Some(ELSEWHERE) };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    match path.split('?').next() {
        _ if !host.is_empty() => {
            Some("they can be installed only on the machine itself; run nixvirt-apply there")
        }
        Some("system" | "") => None,
        _ => Some(ELSEWHERE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_has_hooks() {
        for uri in ["qemu:///system", "qemu+unix:///system?socket=/x", "lxc:///", "lxc:///system"] {
            assert_eq!(why_not(uri), None, "{uri}");
        }
        for uri in ["qemu+ssh://root@host/system", "qemu:///session", "test:///default", "qemu"] {
            assert!(why_not(uri).is_some(), "{uri}");
        }
    }

    #[test]
    fn the_dispatcher_names_its_state() {
        assert_eq!(dispatcher(Path::new("/var/lib/nixvirt")), DISPATCHER);
        let other = dispatcher(Path::new("/it's here"));
        assert!(other.contains("\nstate='/it'\\''s here'\n"), "{other}");
    }
}
