//! Skipping aloud. The test harness swallows what a passing test prints with `eprintln!`, hence the plain writes.

use std::io::Write;
use std::process::{Command, Stdio};
use std::{env, io};

/// Prints past the test harness.
pub fn print(text: &str) {
    // Nobody may be listening.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says that something is skipped, and why.
pub fn say(why: &str) {
    let thread = std::thread::current();
    print(&format!("SKIPPED: {}: {why}", thread.name().unwrap_or("a test")));
}

/// Whether this is CI, where a missing tool is a failure.
pub fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// Whether there is such a program here. In CI there must be.
pub fn have(program: &str, argument: &str) -> bool {
    let mut probe = Command::new(program);
    probe.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let found = probe.status().is_ok_and(|status| status.success());
    assert!(found || !in_ci(), "there is no {program} here; CI must have it");
    if !found {
        say(&format!("there is no {program} here"));
    }
    found
}
