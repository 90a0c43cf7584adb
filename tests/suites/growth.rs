//! Nothing takes more than its share: four times the input costs at most six times the work and the memory, whatever there
//! is four times of. Work is counted in instructions (by valgrind), memory in bytes that are allocated at a time, so that a
//! slow machine makes no difference.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use nixvirt_cli::lsp::session::Session;
use nixvirt_compiler::{
    Around, CompileOptions, Severity, Target, compile_bundle, compile_spec, format_xml, is_bundle, parse_json,
};
use nixvirt_evaluator::{builtin_names, is_parsable, with_stack};
use nixvirt_ide::analysis::{Analyser, Checking};
use nixvirt_ide::files::Nowhere;
use nixvirt_tests::amount::{how_many, seed};
use nixvirt_tests::command::{Dir, binary};
use nixvirt_tests::growth::{BUILTINS, CONSTRUCTS, Construct, STEADY};
use nixvirt_tests::{place, skip};
use serde_json::{Value, json};

/// The factor that four times the input may cost.
const MOST: f64 = 6.0;

/// Says of which constructs four times the input costs too much: `cost` gives what a source costs.
fn hold<'c>(constructs: impl Iterator<Item = &'c Construct>, cost: impl Fn(&Construct, &str) -> u64) {
    let mut wrong = Vec::new();
    for construct in constructs {
        let [none, some, more] = [1, construct.count, 4 * construct.count].map(|count| {
            let source = (construct.source)(count);
            // What is not even parsed costs nothing, however much of it there is.
            if construct.ending == "nix" && !is_parsable(&source) {
                wrong.push(format!("{}: {count} are refused", construct.name));
            }
            cost(construct, &source)
        });
        let ratio = more.saturating_sub(none) as f64 / some.saturating_sub(none).max(1) as f64;
        // What costs next to nothing has no ratio.
        if ratio > MOST && more > none + none / 4 {
            wrong.push(format!("{}: {ratio:.1} times ({none}, {some}, {more})", construct.name));
        }
    }
    assert!(wrong.is_empty(), "four times the input costs:\n{}", wrong.join("\n"));
}

/// The most bytes that are allocated at a time.
fn allocated(construct: &Construct, source: &str) -> u64 {
    let work = || match construct.ending {
        "nix" => {
            drop(Analyser::new(Nowhere, Checking::DEFAULT).check(Path::new("/growth.nix"), source));
        }
        "json" => {
            let options = CompileOptions::DEFAULT;
            let value = parse_json(source.as_bytes()).expect("the source is JSON").value;
            match is_bundle(&value) {
                true => drop(compile_bundle(value, options, &Around::NOTHING)),
                false => drop(compile_spec(value, options)),
            }
        }
        _ => drop(format_xml(source.as_bytes(), None, Target::NEWEST)),
    };
    // The first makes what is kept for the others.
    with_stack(|| [(); 2].map(|()| allocation_counter::measure(work).bytes_max)[1]).expect("a stack")
}

#[test]
fn four_times_the_input_takes_no_more_than_its_share_of_memory() {
    hold(CONSTRUCTS.iter().chain(BUILTINS), allocated);
}

#[test]
fn each_builtin_grows_or_is_known_not_to() {
    let names: Vec<&str> = builtin_names().collect();
    let grow: Vec<&str> = BUILTINS.iter().filter_map(|it| it.name.strip_prefix("builtins.")).collect();
    let missing: Vec<&&str> =
        names.iter().filter(|name| !grow.contains(*name) && !STEADY.contains(*name)).collect();
    assert!(missing.is_empty(), "how these grow is not measured: {missing:?}");
    assert!(grow.iter().all(|name| names.contains(name)), "{grow:?} should be there");
    // It is measured where it gives something, and not where it fails.
    for construct in BUILTINS {
        let source = (construct.source)(3);
        let found =
            with_stack(|| Analyser::new(Nowhere, Checking::DEFAULT).check(Path::new("/growth.nix"), &source));
        let failed: Vec<_> = found
            .expect("a stack")
            .into_iter()
            .filter(|it| it.severity == Severity::Error)
            .map(|it| it.message.to_string())
            .collect();
        assert!(failed.is_empty(), "{}: {failed:#?}", construct.name);
    }
}

/// The instructions that checking a source takes.
fn instructions(dir: &Dir, construct: &Construct, source: &str) -> u64 {
    let file = dir.write(&format!("growth.{}", construct.ending), source);
    let mut command = Command::new("valgrind");
    command.args([
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
        "--main-stacksize=8388608",
    ]);
    let done = command
        .arg(binary())
        .args(["check", "--format", "human"])
        .arg(&file)
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let counted =
        said.lines().find_map(|line| line.split_once("I   refs:").or_else(|| line.split_once("I refs:")));
    let (_, counted) = counted.unwrap_or_else(|| panic!("valgrind counts: {said}"));
    counted.trim().replace(',', "").parse().expect("a number")
}

#[test]
fn four_times_the_input_takes_no_more_than_its_share_of_work() {
    if !skip::have("valgrind", "--version") {
        return;
    }
    // Counting makes a run fifty times slower: a usual run takes each sixth construct.
    let every = how_many(6, 1);
    let first = if every == 1 { 0 } else { usize::try_from(seed() % every as u64).unwrap_or(0) };
    let dir = Dir::new();
    let some = CONSTRUCTS.iter().chain(BUILTINS).skip(first).step_by(every);
    hold(some, |construct, source| instructions(&dir, construct, source));
}

/// Says something to a server, and lets go of what it answers.
fn say(session: &mut Session, method: &str, params: Value) {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let said = session.say(message.to_string().as_bytes());
    assert!(!said.is_empty(), "{method} should be answered");
}

/// Types at many places of a configuration and asks about them, so often.
fn type_and_ask(session: &mut Session, text: &str, keys: usize, version: &mut usize) {
    let document = json!({ "uri": "file:///nixvirt-none/main.nix", "version": version });
    let lines = text.lines().count();
    for key in 0..keys {
        *version += 1;
        let place = json!({ "line": key * 7 % lines, "character": 3 });
        // Names that were never met before, and a text that does not parse now and then.
        let end = if key % 5 == 0 { "}" } else { "" };
        let with = format!("let name{version} = {version}; in\n{text}{end}");
        let change = json!({ "textDocument": document, "contentChanges": [{ "text": with }] });
        let notice =
            json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": change }).to_string();
        session.say(notice.as_bytes());
        for method in ["textDocument/hover", "textDocument/completion"] {
            say(session, method, json!({ "textDocument": document, "position": place }));
        }
    }
}

#[test]
fn a_long_session_with_an_editor_keeps_no_more_than_a_short_one() {
    let text =
        std::fs::read_to_string(place::root().join("tests/fixtures/ok/host/guests.nix")).expect("a file");
    let (short, long) = (how_many(30, 200), how_many(90, 4000));
    let kept = with_stack(|| {
        let mut session = Session::start(Arc::new(Nowhere));
        say(&mut session, "initialize", json!({ "capabilities": {} }));
        let document = json!({ "uri": "file:///nixvirt-none/main.nix", "languageId": "nix", "version": 0, "text": text });
        let notice = json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument": document } });
        session.say(notice.to_string().as_bytes());
        let mut version = 0;
        [short, long].map(|keys| {
            let work = || type_and_ask(&mut session, &text, keys, &mut version);
            allocation_counter::measure(work).bytes_current
        })
    });
    let [first, after] = kept.expect("a stack");
    skip::print(&format!("growth: {short} keys keep {first} bytes, {long} more keep {after} more"));
    // Names that were met are kept until they are too many; nothing else is.
    let most = 100_000 + 1000 * long as i64;
    assert!(after < most, "after {short} keys, {first} bytes are kept; after {long} more, {after} more");
}
