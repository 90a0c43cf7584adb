//! How long an editor waits: from a keystroke to the diagnostics, and for what it asks, the client and the pipes between
//! included. Aims: 10 ms for a keystroke in a configuration of 500 lines, 150 ms in one of 300 machines by templates.
//!
//! `cargo bench -p nixvirt-tests --bench lsp`

#![expect(clippy::print_stdout, reason = "that is what a benchmark is for")]

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs;

use async_lsp::lsp_types::Url;
use nixvirt_tests::command::Dir;
use nixvirt_tests::editor::{Editor, labels, modern};
use nixvirt_tests::place;
use nixvirt_tests::timing::in_turns;

/// Replaces a text, waits for the diagnostics, puts it back and waits again; gives how many there were in between.
fn there_and_back(editor: &RefCell<Editor>, uri: &Url, what: &str, with: &str) -> usize {
    let mut editor = editor.borrow_mut();
    let version = editor.replace(uri, what, with);
    let found = editor.diagnostics(uri, version).len();
    let version = editor.replace(uri, with, what);
    assert!(editor.diagnostics(uri, version).is_empty(), "the fixture is right");
    found
}

fn main() {
    configuration();
    templates();
}

/// A file with so many machines, each made by a template.
fn machines(count: usize) -> String {
    let mut text = "{ nixvirt }:\nlet\n  inherit (nixvirt.lib) domain;\nin\n{\n".to_owned();
    for at in 0..count {
        let _ = write!(
            text,
            "  vm{at} = domain.writeXML (domain.templates.linux {{\n    name = \"vm{at}\";\n    \
             memory = {{ count = {}; unit = \"GiB\"; }};\n    \
             storage_vol = {{ pool = \"default\"; volume = \"vm{at}.qcow2\"; }};\n  }});\n",
            at % 7 + 1
        );
    }
    text + "}\n"
}

fn templates() {
    const MACHINES: usize = 300;
    let dir = Dir::new();
    let text = machines(MACHINES);
    dir.write("main.nix", &text);
    let mut editor = Editor::start(&dir, modern());
    println!("\n{MACHINES} machines by templates, {} lines; two keystrokes", text.lines().count());
    let uri = editor.open("main.nix", &text);
    assert!(editor.diagnostics(&uri, 1).is_empty(), "the machines are right");
    let editor = RefCell::new(editor);
    in_turns(
        15,
        [
            ("two keystrokes, nothing wrong (aim: 300 ms)", &mut || {
                assert_eq!(there_and_back(&editor, &uri, "count = 1;", "count = 9;"), 0);
            }),
            ("two keystrokes, one of them wrong", &mut || {
                assert!(there_and_back(&editor, &uri, "memory = ", "memroy = ") > 0);
            }),
        ],
    );
    assert_eq!(editor.into_inner().finish(), Some(0));
}

fn configuration() {
    let dir = Dir::new();
    let fixture = place::root().join("tests/fixtures/ok/host");
    for name in ["main.nix", "guests.nix"] {
        dir.write(name, fs::read(fixture.join(name)).expect("the fixture"));
    }
    let mut editor = Editor::start(&dir, modern());
    let text = dir.read("main.nix");
    println!(
        "\nmain.nix, {} lines; two keystrokes each, so that half of a figure is one",
        text.lines().count()
    );
    let uri = editor.open("main.nix", &text);
    assert!(editor.diagnostics(&uri, 1).is_empty(), "the fixture is right");
    let at = |what: &str| text.find(what).expect("the place") + what.len();
    let (value, key) = (at("discard = \""), at("discard"));
    assert!(labels(&editor.complete(&uri, value)).contains(&"unmap"), "there is something to be offered");
    assert!(editor.hover(&uri, key).is_some(), "there is something to be shown");
    let editor = RefCell::new(editor);
    in_turns(
        40,
        [
            ("two keystrokes, nothing wrong (aim: 20 ms)", &mut || {
                assert_eq!(there_and_back(&editor, &uri, "memory = gib 8;", "memory = gib 9;"), 0);
            }),
            ("two keystrokes, one of them wrong", &mut || {
                assert!(there_and_back(&editor, &uri, "discard = ", "discrd = ") > 0);
            }),
            ("two keystrokes, one that does not parse", &mut || {
                assert!(there_and_back(&editor, &uri, "count = 8;", "count = 8") > 0);
            }),
            ("completion of a word", &mut || {
                assert!(!editor.borrow().complete(&uri, value).is_empty());
            }),
            ("hover", &mut || {
                assert!(editor.borrow().hover(&uri, key).is_some());
            }),
        ],
    );
    assert_eq!(editor.into_inner().finish(), Some(0));
}
