//! Completions in the real shells, and man pages. A shell that is not installed is skipped, loudly; `tests/run` installs them all.

use std::process::Command;

use nixvirt_tests::command::{Dir, binary};
use nixvirt_tests::skip;

/// Types a line that ends with a tab into a shell on a terminal of its own, and prints what the shell writes.
const TYPIST: &str = r#"
import os, pty, select, sys, time
pid, terminal = pty.fork()
shell, folder, line = sys.argv[1:4]
if pid == 0:
    os.environ.update(TERM="dumb", PS1="> ", HOME=folder, PATH=folder + ":" + os.environ["PATH"])
    arguments = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    os.execvp(shell, [shell] + arguments)
def read(until, seconds):
    seen, end = b"", time.time() + seconds
    while time.time() < end and not until(seen):
        if select.select([terminal], [], [], 0.1)[0]:
            try: seen += os.read(terminal, 65536)
            except OSError: break
    return seen
setup = {
    "bash": "source ./completions; echo rea''dy",
    "zsh": "fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; echo rea''dy",
    "fish": "source ./completions; echo rea''dy",
}[shell]
os.chdir(folder)
read(lambda seen: b">" in seen, 5)
os.write(terminal, b"cd " + folder.encode() + b"\n")
os.write(terminal, setup.encode() + b"\n")
read(lambda seen: b"ready" in seen, 60)
read(lambda seen: False, 1)
os.write(terminal, line.encode() + b"\t")
wanted = sys.argv[4].encode()
sys.stdout.buffer.write(read(lambda seen: wanted in seen, 30))
os.write(terminal, b"\x03")
os.close(terminal)
"#;

/// Lines, and what a shell makes of each. `./` is no folder that completions are looked for in.
const LINES: &[(&str, &str)] = &[
    ("nixvirt-compile chec", "nixvirt-compile check"),
    ("nixvirt-compile check --skip", "--skip-foreign"),
    ("nixvirt-compile check --kind netw", "network"),
    ("nixvirt-compile explain --kind volu", "volume"),
    ("nixvirt-compile import --to nix --liv", "--live"),
    ("nixvirt-compile fmt --chec", "--check"),
    ("nixvirt-compile --template windo", "windows"),
    ("nixvirt-compile check a-spec-of", "a-spec-of-mine.json"),
    ("nixvirt-compile a-spec-of", "a-spec-of-mine.json"),
];

fn is_there(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .is_ok_and(|done| done.status.success())
}

#[test]
fn shells_complete() {
    for shell in ["bash", "zsh", "fish"] {
        if !is_there(shell) || !is_there("python3") {
            skip::say(&format!(
                "{shell} or python3 is not installed, so that its completions are not tested"
            ));
            continue;
        }
        let dir = Dir::new();
        dir.write("a-spec-of-mine.json", "{}");
        std::os::unix::fs::symlink(binary(), dir.path().join("nixvirt-compile")).expect("a link");
        let script = dir.run(["completions", shell]).succeeds().stdout;
        dir.write(if shell == "zsh" { "_nixvirt-compile" } else { "completions" }, script);
        for (line, completed) in LINES {
            let folder = dir.path().display().to_string();
            let done = Command::new("python3").args(["-c", TYPIST, shell, &folder, line, completed]).output();
            let done = done.expect("python3 runs");
            // A shell rings the bell where several words begin so.
            let seen = String::from_utf8_lossy(&done.stdout).replace('\u{7}', "");
            assert!(seen.contains(completed), "{shell}: {line:?} should become {completed:?}, not {seen:?}");
        }
    }
}

#[test]
fn every_command_has_a_man_page() {
    let dir = Dir::new();
    let page = dir.run(["man"]).succeeds().stdout;
    for command in ["check", "import", "fmt", "explain", "lsp", "completions", "man"] {
        assert!(page.contains(&format!("nixvirt\\-compile\\-{command}(1)")), "{command}");
        assert!(dir.run(["man", command]).succeeds().stdout.contains(".SH SYNOPSIS"), "{command}");
    }
    dir.run(["man", "chek"]).fails(2).says("there is");
}

/// All that a package has beside the program comes of one command, below any prefix. Installing it once more changes nothing.
#[test]
fn extras_are_where_shells_and_man_look() {
    let dir = Dir::new();
    for _ in 0..2 {
        dir.run(["extras", "usr"]).succeeds().silent();
        for (file, command) in [
            ("share/man/man1/nixvirt-compile.1", &["man"][..]),
            ("share/man/man1/nixvirt-compile-extras.1", &["man", "extras"]),
            ("share/bash-completion/completions/nixvirt-compile", &["completions", "bash"]),
            ("share/zsh/site-functions/_nixvirt-compile", &["completions", "zsh"]),
            ("share/fish/vendor_completions.d/nixvirt-compile.fish", &["completions", "fish"]),
        ] {
            let installed = std::fs::read_to_string(dir.path().join("usr").join(file)).expect(file);
            assert_eq!(installed, dir.run(command.iter().copied()).succeeds().stdout, "{file}");
        }
    }
    dir.write("file", "");
    dir.run(["extras", "file"]).fails(2).says("file/share/man/man1");
}
