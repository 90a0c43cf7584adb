//! The judgement of libvirt's daemon: what `define` says of definitions, for every architecture and for KVM.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nixvirt_compiler::Target;
use nixvirt_schema::Version;

use crate::command::Dir;
use crate::{libvirt, place, skip};

/// The kinds of which the daemon is asked. It defines the others beside an object that is there, or on real hardware.
pub const JUDGED: [&str; 6] = ["domain", "network", "pool", "volume", "nwfilter", "secret"];

/// The definition as libvirt prints it, or its reason for refusing it.
pub type Answer = Result<Option<String>, String>;

/// A program of tests/daemon.
fn script(name: &str) -> PathBuf {
    place::root().join("tests/daemon").join(name)
}

/// The line that a program of tests/daemon prints. Nothing where it fails, which is said by `why`; in CI it may not fail.
fn printed(name: &str, arguments: &[&str], why: &str) -> Option<String> {
    let run = Command::new(script(name)).args(arguments).stderr(Stdio::inherit()).output();
    let run = run.expect("a program of tests/daemon should run");
    let line = String::from_utf8_lossy(&run.stdout).trim().to_owned();
    if run.status.success() && !line.is_empty() {
        return Some(line);
    }
    assert!(!skip::in_ci(), "{why}; CI must have it");
    skip::say(why);
    None
}

/// Asks libvirt's daemon for its verdict on definitions: the installed one, or that of another release of Debian.
#[derive(Debug)]
pub struct Judge {
    recordings: PathBuf,
    /// The release of Debian's whose libvirt is asked, and not the one that is installed here.
    release: Option<&'static str>,
    libvirt: Version,
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
        let libvirt = libvirt::installed()?;
        let recordings = printed("recordings", &[], "libvirt's recordings of emulators cannot be had here")?;
        Some(Judge { recordings: recordings.into(), release: None, libvirt })
    }

    /// Gets ready to ask the libvirt of a release of Debian's, which is brought here where it is missing. Nothing where
    /// that cannot be done, which is said aloud; in CI it must be possible.
    ///
    /// # Panics
    /// Where the release's libvirt does not say its version.
    pub fn of_release(release: &'static str) -> Option<Judge> {
        let libvirt = printed(
            "judge",
            &[release, "--version"],
            &format!("libvirt of Debian {release} cannot be had here"),
        )?;
        let libvirt = Version::parse(&libvirt).expect("libvirtd should print its version");
        // Of each, the newest recordings that hold what it asks.
        let older: &[&str] = if libvirt < Version::parse("11.3.0")? { &["9.0.0"] } else { &[] };
        let recordings =
            printed("recordings", older, "libvirt's recordings of emulators cannot be had here")?;
        Some(Judge { recordings: recordings.into(), release: Some(release), libvirt })
    }

    /// The libvirt that is asked.
    pub fn target(&self) -> Target {
        Target::of(self.libvirt).0
    }

    /// libvirt's verdict on each definition, by name: its message where it refuses one.
    ///
    /// # Panics
    /// Where the daemon does not answer for all of them.
    pub fn verdicts(&self, definitions: &[(String, String)]) -> BTreeMap<String, Option<String>> {
        self.answers(definitions).into_iter().map(|(name, answer)| (name, answer.err())).collect()
    }

    /// How libvirt prints each of these, by name, where it takes it.
    ///
    /// # Panics
    /// Where the daemon does not answer for all of them.
    pub fn prints(&self, definitions: &[(String, String)]) -> BTreeMap<String, Option<String>> {
        self.answers(definitions).into_iter().map(|(name, answer)| (name, answer.ok().flatten())).collect()
    }

    /// Both of these: what libvirt makes of what it takes, where it can print that, and else its message.
    ///
    /// # Panics
    /// Where the daemon does not answer for all of them.
    pub fn answers(&self, definitions: &[(String, String)]) -> BTreeMap<String, Answer> {
        let dir = Dir::new();
        let mut paths = String::new();
        for (index, (_, xml)) in definitions.iter().enumerate() {
            let path = dir.write(&format!("{index}.xml"), xml);
            paths.push_str(&format!("{}\n", path.display()));
        }
        let mut judge = match self.release {
            None => Command::new(script("judge.py")),
            Some(release) => {
                let mut judge = Command::new(script("judge"));
                judge.arg(release);
                judge
            }
        };
        judge.arg(&self.recordings);
        if self.release.is_some() {
            judge.arg(dir.path());
        }
        let mut judge =
            judge.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the judge should run");
        // It reads all of its input before it says anything.
        judge.stdin.take().expect("a pipe").write_all(paths.as_bytes()).expect("judge.py should read");
        let output = judge.wait_with_output().expect("judge.py should end");
        assert!(output.status.success(), "judge.py failed");
        let said: Vec<serde_json::Value> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).expect("judge.py should print JSON"))
            .collect();
        assert_eq!(said.len(), definitions.len(), "judge.py should say something of each definition");
        let word = |said: &serde_json::Value, key: &str| said[key].as_str().map(str::to_owned);
        let answer = |said: &serde_json::Value| match word(said, "refused") {
            Some(message) => Err(message),
            None => Ok(word(said, "printed")),
        };
        definitions.iter().zip(&said).map(|((name, _), said)| (name.clone(), answer(said))).collect()
    }
}
