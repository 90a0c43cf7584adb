//! Real Nix, which says what an expression means.

use std::process::Command;

use crate::command::Dir;
use crate::skip;

/// Whether there is a Nix here. In CI there must be.
pub fn have() -> bool {
    skip::have("nix-instantiate", "--version")
}

/// Evaluates a file of a folder to JSON.
#[track_caller]
pub fn eval(dir: &Dir, file: &str) -> Vec<u8> {
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json", file, "--option", "sandbox", "false"])
        .args(["--option", "build-users-group", ""])
        .current_dir(dir.path())
        .env("HOME", dir.path())
        .output()
        .expect("nix-instantiate should run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
