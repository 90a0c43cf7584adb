//! Nothing takes more than its share: four times the input costs at most six times the work and the memory, whatever there
//! is four times of. Work is counted in instructions (by valgrind), memory in bytes that are allocated at a time, so that a
//! slow machine makes no difference.

use std::path::Path;
use std::process::Command;

use nixvirt_compiler::{
    Around, Options, Policy, Target, compile_bundle, compile_spec, format_xml, is_bundle, parse_json,
};
use nixvirt_evaluator::with_stack;
use nixvirt_ide::analysis::{Analyser, Checking};
use nixvirt_ide::files::Nowhere;
use nixvirt_tests::amount::{how_many, seed};
use nixvirt_tests::command::{Dir, binary};
use nixvirt_tests::growth::{CONSTRUCTS, Construct};
use nixvirt_tests::skip;

/// What four times the input may cost.
const MOST: f64 = 6.0;

/// Constructs that cost a little more than their share of work still, each with what four times of it costs at most.
const NOT_YET: &[(&str, f64)] = &[];

/// Says of which constructs four times the input costs too much: `cost` gives what a source costs.
fn hold<'c>(constructs: impl Iterator<Item = &'c Construct>, cost: impl Fn(&Construct, &str) -> u64) {
    let mut wrong = Vec::new();
    for construct in constructs {
        let [none, some, more] = [1, construct.count, 4 * construct.count].map(|count| {
            let source = (construct.source)(count);
            cost(construct, &source)
        });
        let ratio = more.saturating_sub(none) as f64 / some.saturating_sub(none).max(1) as f64;
        // What costs next to nothing has no ratio.
        let known = NOT_YET.iter().find(|(name, _)| *name == construct.name);
        let most = known.map_or(MOST, |(_, most)| *most);
        if ratio > most && more > none + none / 4 {
            wrong.push(format!("{}: {ratio:.1} times ({none}, {some}, {more})", construct.name));
        }
    }
    assert!(wrong.is_empty(), "four times the input costs:\n{}", wrong.join("\n"));
}

/// The most bytes that are allocated at a time.
fn allocated(construct: &Construct, source: &str) -> u64 {
    let work = || match construct.ending {
        "nix" => {
            let checking =
                Checking { kind: None, policy: Policy::Libvirt, allow: &[], target: Target::NEWEST };
            drop(Analyser::new(Nowhere, checking).check(Path::new("/growth.nix"), source));
        }
        "json" => {
            let options = Options {
                kind: None,
                policy: Policy::Libvirt,
                exact: false,
                allow: &[],
                target: Target::NEWEST,
            };
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
    hold(CONSTRUCTS.iter(), allocated);
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
    let some = CONSTRUCTS.iter().skip(first).step_by(every);
    hold(some, |construct, source| instructions(&dir, construct, source));
}
