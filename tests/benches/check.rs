//! How fast a configuration of 500 lines is checked: by a new process, in a process, and at a keystroke; beside what it is
//! held against, `nix-instantiate --eval` of the same file with stand-ins for what comes from outside. Aims: 20 ms for a
//! new process, 10 ms for a keystroke.
//!
//! `cargo bench -p nixvirt-tests --bench check`

#![expect(clippy::print_stdout, reason = "that is what a benchmark is for")]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

use nixvirt_cli::files::DiskFiles;
use nixvirt_evaluator::{LIB, with_stack};
use nixvirt_ide::analysis::{Analyser, Checking};
use nixvirt_tests::command::{Dir, binary};
use nixvirt_tests::timing::{in_turns, ratio};
use nixvirt_tests::{place, skip};

fn main() {
    let dir = Dir::new();
    let fixture = place::root().join("tests/fixtures/ok/host");
    for name in ["main.nix", "guests.nix"] {
        dir.write(name, fs::read(fixture.join(name)).expect("the fixture"));
    }
    for (name, text) in LIB {
        dir.write(name, text);
    }
    dir.write("eval.nix", stand_ins());
    let text = dir.read("main.nix");
    println!("\nmain.nix, {} lines", text.lines().count());
    in_process(dir.path(), &text);
    processes(dir.path());
}

/// The file with a stand-in for each thing that it does not make itself; whatever it defines is evaluated to the end.
fn stand_ins() -> String {
    format!(
        r#"
        let
          lib = import ./lib.nix // {{ lists = lib; }};
          templates = import {root}/templates {{ qemu = "/QEMU"; ovmf = "/OVMF"; virtio-win = "/VIRTIO"; }};
          object = {{ writeXML = spec: builtins.deepSeq spec "made"; }};
        in
        builtins.deepSeq (import ./main.nix {{
          inherit lib;
          pkgs = {{ OVMFFull.fd = "/OVMF"; qemu = "/QEMU"; }};
          config.lab = {{
            bridge = "br0"; legacy = false; moreDisks = true; gpu = true; hugepages = true; amd = true; fast = true;
            disk = "d"; headless = false; evdev = true; keyboard = "k"; migratable = true; autostart = true; large = true;
          }};
          inputs.nixvirt = {{
            nixosModules.default = {{ }};
            lib = {{
              uuid = name: "6d8ab6cf-5f3a-5b3d-8a5e-6a3f5b8f6c5f";
              domain = object // {{ templates = templates.domain; }};
              network = object // {{ templates = templates.network; }};
              pool = object;
              volume = object;
            }};
          }};
        }}) "done"
        "#,
        root = place::root().display()
    )
}

fn in_process(folder: &Path, text: &str) {
    let file = folder.join("main.nix");
    let other = text.replace("memory = gib 8;", "memory = gib 9;");
    assert_ne!(text, other, "the keystroke should change something");
    let wrong = text.replace("discard = ", "discrd = ");
    with_stack(|| {
        // It finds something, so that it is no empty run that is measured.
        assert_eq!(Analyser::new(DiskFiles, Checking::DEFAULT).check(&file, text).len(), 0);
        assert!(!Analyser::new(DiskFiles, Checking::DEFAULT).check(&file, &wrong).is_empty());
        let mut analyser = Analyser::new(DiskFiles, Checking::DEFAULT);
        let mut texts = [text, other.as_str()].into_iter().cycle();
        in_turns(
            60,
            [
                ("in a process: a new analyser", &mut || {
                    black_box(Analyser::new(DiskFiles, Checking::DEFAULT).check(&file, text));
                }),
                ("in a process: a keystroke (aim: 10 ms)", &mut || {
                    let text = texts.next().unwrap_or_default();
                    black_box(analyser.check(&file, text));
                }),
            ],
        );
    })
    .expect("a stack");
}

fn processes(folder: &Path) {
    let run = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(command.status().is_ok_and(|status| status.success()), "{command:?} should run");
    };
    let check = || run(binary(), &["check", "main.nix"]);
    if !skip::have("nix-instantiate", "--version") {
        in_turns(60, [("nixvirt-compile check (aim: 20 ms)", &mut || check())]);
        return;
    }
    let nix = Path::new("nix-instantiate");
    let [cold, full] = in_turns(
        60,
        [
            ("nixvirt-compile check (aim: 20 ms)", &mut || check()),
            ("nix-instantiate --eval, with stand-ins", &mut || run(nix, &["--eval", "--strict", "eval.nix"])),
        ],
    );
    ratio("nix-instantiate / nixvirt-compile", full, cold, "-");
}
