//! Stores of Nix that tests have for themselves.

#![allow(dead_code, reason = "each suite uses its own part of it")]
#![allow(unreachable_pub, reason = "its files are those of a library")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::Place;

/// A store with the real Nix, below the folder of a test.
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// An empty store; nothing where there is no Nix, which is said, and a failure in CI.
    pub fn new(place: &Place) -> Option<Store> {
        let found = Command::new("nix-store").arg("--version").stdout(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
            assert!(!ci, "CI must have Nix");
            let _ = writeln!(std::io::stderr().lock(), "SKIPPED: there is no Nix here");
            return None;
        }
        let store = Store { folder: place.path().join("nix") };
        // Nix as root would build as a user of a group that this machine need not have.
        std::fs::create_dir_all(store.folder.join("conf")).unwrap();
        let conf = "build-users-group =\nsandbox = false\nsubstituters =\n";
        std::fs::write(store.folder.join("conf/nix.conf"), conf).unwrap();
        // It makes its folders.
        store.nix(&["--gc"]);
        Some(store)
    }

    /// The variables by which Nix, and nixvirt, find it.
    pub fn variables(&self) -> [(&'static str, PathBuf); 4] {
        let below = |name| self.folder.join(name);
        [
            ("NIX_STORE_DIR", below("store")),
            ("NIX_STATE_DIR", below("var")),
            ("NIX_LOG_DIR", below("log")),
            ("NIX_CONF_DIR", below("conf")),
        ]
    }

    /// Runs `nix-store` on it. The answer is what it prints.
    pub fn nix(&self, arguments: &[&str]) -> String {
        self.run("nix-store", arguments)
    }

    /// Builds an expression. The answer is the path of what it comes to; nothing keeps it.
    pub fn build(&self, expression: &str) -> String {
        self.run("nix-build", &["--no-out-link", "--expr", expression])
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments).envs(self.variables()).env_remove("NIX_PATH");
        let output = command.env_remove("NIX_REMOTE").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Deletes what nothing keeps.
    pub fn collect(&self) {
        self.nix(&["--gc"]);
    }

    /// Applies a bundle, whose files of this store are kept.
    pub fn apply(&self, place: &Place, bundle: &Value) {
        place.bundle(bundle);
        let output = place.command("apply", &[]).envs(self.variables()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("garbage"), "{said}");
    }
}
