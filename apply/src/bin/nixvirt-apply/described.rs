//! The command lines that the reference shows. Its crate cannot ask the programs for them, because it would link libvirt.

use std::fs;

/// Holds a program's command line against the reference's file of it. `NIXVIRT_UPDATE=1` writes the file.
#[track_caller]
pub(crate) fn hold(program: &str, command: &clap::Command) {
    let file = format!("{}/../reference/src/commands/{program}.json", env!("CARGO_MANIFEST_DIR"));
    let text = serde_json::to_string_pretty(&nixvirt_shell::describe(command)).expect("JSON") + "\n";
    if std::env::var_os("NIXVIRT_UPDATE").is_some() {
        fs::write(&file, &text).expect("the file is written");
    }
    let known = fs::read_to_string(&file).expect("the file");
    assert_eq!(known, text, "write it by NIXVIRT_UPDATE=1 cargo test -p nixvirt-apply --bins");
}
