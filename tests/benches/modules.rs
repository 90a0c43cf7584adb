//! How fast Nix evaluates a thousand domains of our module to what the compiler is given, beside `toJSON` of the same specs,
//! which is the least that it could be. Aim: at most twice that.
//!
//! `NIXPKGS_LIB` says where nixpkgs' lib is (or a checkout of nixpkgs).

#![expect(clippy::print_stdout, reason = "that is what a benchmark is for")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nixvirt_tests::command::Dir;
use nixvirt_tests::timing::{in_turns, ratio};
use nixvirt_tests::{place, skip};

fn main() {
    let Some(lib) = nixpkgs_lib() else {
        skip::say("the benchmark of the modules takes nix-instantiate, and NIXPKGS_LIB");
        return;
    };
    let dir = Dir::new();
    let evaluate = |count: u32, module: bool| evaluate(&lib, dir.path(), count, module);
    println!("\nmodules: 1000 domains");
    let [module, module_alone, json, json_alone] = in_turns(
        31,
        [
            ("the module's bundle", &mut || evaluate(1000, true)),
            ("  without domains", &mut || evaluate(0, true)),
            ("toJSON of the same specs", &mut || evaluate(1000, false)),
            ("  without domains", &mut || evaluate(0, false)),
        ],
    );
    ratio("the whole of nix-instantiate", module, json, "2 at most");
    ratio("what the domains add", module - module_alone, json - json_alone, "2 at most");
}

fn nixpkgs_lib() -> Option<PathBuf> {
    let given = PathBuf::from(env::var_os("NIXPKGS_LIB")?);
    let lib = [given.clone(), given.join("lib")].into_iter().find(|lib| lib.join("modules.nix").exists())?;
    let nix = Command::new("nix-instantiate").arg("--version").stdout(Stdio::null()).status();
    nix.is_ok_and(|status| status.success()).then_some(lib)
}

/// Evaluates `tests/nix/modules/thousand.nix`, in a store of its own.
fn evaluate(lib: &Path, dir: &Path, count: u32, module: bool) {
    let mut nix = Command::new("nix-instantiate");
    for name in
        ["HOME", "NIX_STORE_DIR", "NIX_STATE_DIR", "NIX_LOG_DIR", "NIX_LOCALSTATE_DIR", "NIX_CONF_DIR"]
    {
        nix.env(name, dir.join(name));
    }
    nix.arg("--eval").arg(place::root().join("tests/nix/modules/thousand.nix")).args(["--arg", "nixpkgsLib"]);
    nix.arg(lib).args(["--arg", "count", &count.to_string(), "--arg", "module", &module.to_string()]);
    let done = nix.output().expect("nix-instantiate runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
