//! The judgement of libvirt's daemon: what `define` says of definitions, for every architecture and for KVM.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::command::Dir;
use crate::{place, skip};

/// The kinds of which the daemon is asked. It defines the others beside an object that is there, or on real hardware.
pub const JUDGED: [&str; 6] = ["domain", "network", "pool", "volume", "nwfilter", "secret"];

/// What it takes to ask the daemon.
#[derive(Debug)]
pub struct Judge {
    recordings: PathBuf,
}

impl Judge {
    /// Gets ready to ask. Nothing where that cannot be done here, which is said aloud; in CI it must be possible.
    pub fn new() -> Option<Judge> {
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
        let python = || {
            let probe = Command::new("/usr/bin/python3").args(["-c", "import libvirt"]).output();
            probe.is_ok_and(|probe| probe.status.success())
        };
        let missing = match () {
            () if !root => "asking libvirt's daemon needs root",
            () if !skip::have("libvirtd", "--version") => return None,
            () if !python() => "asking libvirt's daemon needs python3-libvirt",
            () => "",
        };
        if !missing.is_empty() {
            assert!(!skip::in_ci(), "{missing}; CI must have it");
            skip::say(missing);
            return None;
        }
        let made = Command::new(place::root().join("tests/daemon/recordings"))
            .stderr(Stdio::inherit())
            .output()
            .expect("tests/daemon/recordings should run");
        let recordings = String::from_utf8_lossy(&made.stdout).trim().to_owned();
        if !made.status.success() || recordings.is_empty() {
            let why = "libvirt's recordings of emulators cannot be had here";
            assert!(!skip::in_ci(), "{why}; CI must have them");
            skip::say(why);
            return None;
        }
        Some(Judge { recordings: recordings.into() })
    }

    /// What libvirt says of each of these, by name: its message where it refuses one.
    ///
    /// # Panics
    /// Where the daemon does not answer for all of them.
    pub fn verdicts(&self, definitions: &[(String, String)]) -> BTreeMap<String, Option<String>> {
        self.answers(definitions, "refused")
    }

    /// How libvirt prints each of these, by name, where it takes it.
    ///
    /// # Panics
    /// Where the daemon does not answer for all of them.
    pub fn prints(&self, definitions: &[(String, String)]) -> BTreeMap<String, Option<String>> {
        self.answers(definitions, "printed")
    }

    fn answers(&self, definitions: &[(String, String)], of: &str) -> BTreeMap<String, Option<String>> {
        let dir = Dir::new();
        let mut paths = String::new();
        for (index, (_, xml)) in definitions.iter().enumerate() {
            let path = dir.write(&format!("{index}.xml"), xml);
            paths.push_str(&format!("{}\n", path.display()));
        }
        let mut judge = Command::new(place::root().join("tests/daemon/judge.py"))
            .arg(&self.recordings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tests/daemon/judge.py should run");
        // It reads all of its input before it says anything.
        judge.stdin.take().expect("a pipe").write_all(paths.as_bytes()).expect("judge.py should read");
        let output = judge.wait_with_output().expect("judge.py should end");
        assert!(output.status.success(), "judge.py failed");
        let said: Vec<serde_json::Value> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).expect("judge.py should print JSON"))
            .collect();
        assert_eq!(said.len(), definitions.len(), "judge.py should say something of each definition");
        let verdict = |((name, _), said): (&(String, String), &serde_json::Value)| {
            (name.clone(), said[of].as_str().map(str::to_owned))
        };
        definitions.iter().zip(&said).map(verdict).collect()
    }
}
