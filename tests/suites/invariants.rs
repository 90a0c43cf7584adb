//! The invariants of any input (`tests/invariants`): of the inputs that fuzzers and people have kept (`fuzz/corpus`), of specs
//! in which words were changed, and of random sessions with an editor. `fuzz/` looks for inputs of which it does not.

use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;

use nixvirt_compiler::{CompileOptions, Policy, Target, compile_spec, format_xml, parse_json};
use nixvirt_evaluator::with_stack;
use nixvirt_invariants::{INPUTS, Input, input, words};
use nixvirt_tests::libvirt::no_xml;
use nixvirt_tests::random::Random;
use nixvirt_tests::{amount, place, skip};

/// The most bytes that all kept inputs may have.
const MOST: usize = 1_000_000;

/// How specs are compiled here: what is unknown in them is no matter.
const LENIENT: CompileOptions = CompileOptions { policy: Policy::Lenient, ..CompileOptions::DEFAULT };

/// The files of a folder of the repository, in the order of their names.
fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(place::root().join(folder)).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).expect("a file"))).collect()
}

/// The kept inputs of a kind.
fn kept(kind: &Input) -> Vec<(PathBuf, Vec<u8>)> {
    files(&format!("fuzz/corpus/{}", kind.name))
}

/// Holds an input against what holds of its kind; says which one it was where something does not hold.
#[track_caller]
fn hold(kind: &Input, name: &str, input: &[u8]) {
    let held = with_stack(|| catch_unwind(|| (kind.hold)(input))).expect("a stack");
    assert!(held.is_ok(), "{} does not hold of {name}:\n{}", kind.name, String::from_utf8_lossy(input));
}

#[test]
fn what_was_kept_holds() {
    let mut bytes = 0;
    for kind in INPUTS {
        let kept = kept(kind);
        assert!(kept.len() > 3, "there should be inputs for {}", kind.name);
        for (path, input) in &kept {
            bytes += input.len();
            hold(kind, &path.display().to_string(), input);
        }
    }
    assert!(bytes <= MOST, "the kept inputs have {bytes} bytes, more than {MOST}");
}

#[test]
fn what_comes_of_what_was_kept_is_xml_for_libxml2() {
    if !skip::have("xmllint", "--version") {
        return;
    }
    let mut written = Vec::new();
    for name in ["spec", "xml"] {
        for (_, input) in kept(input(name).expect("a kind of input")) {
            written.extend(format_xml(&input, None, Target::NEWEST).xml);
            let Ok(parsed) = parse_json(&input) else { continue };
            written.extend(with_stack(|| compile_spec(parsed.value, LENIENT).xml).expect("a stack"));
        }
    }
    assert!(written.len() > 20, "{} are written", written.len());
    for (xml, said) in written.iter().zip(no_xml(&written)) {
        assert_eq!(said, None, "{xml}");
    }
}

/// A text in which a word or a few were replaced by others, dropped, or written twice.
fn reworded(text: &str, words: &[&str], random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..*random.pick(&[1, 1, 1, 2, 3]) {
        let is_word = |character: char| character.is_alphanumeric() || "-_.:/".contains(character);
        let starts: Vec<usize> = text
            .char_indices()
            .filter(|&(at, character)| is_word(character) && !text[..at].ends_with(is_word))
            .map(|(at, _)| at)
            .collect();
        if starts.is_empty() {
            break;
        }
        let start = *random.pick(&starts);
        let end =
            text[start..].find(|character| !is_word(character)).map_or(text.len(), |length| start + length);
        let word = text[start..end].to_owned();
        let with = match random.below(8) {
            0 => String::new(),
            1 => word.repeat(2),
            2 => word.chars().rev().collect(),
            // Another word of the same text may well mean something here.
            3 | 4 => {
                let start = *random.pick(&starts);
                text[start..].split(|character| !is_word(character)).next().unwrap_or_default().to_owned()
            }
            _ => (*random.pick(words)).to_owned(),
        };
        text.replace_range(start..end, &with);
    }
    text
}

#[test]
fn what_changed_specs_come_to_comes_back() {
    let mut random = Random::new(amount::seed());
    let words = words::all();
    let specs = files("snapshots/ok").into_iter().chain(files("examples"));
    let specs: Vec<(PathBuf, Vec<u8>)> =
        specs.filter(|(path, _)| path.extension().is_some_and(|it| it == "json")).collect();
    let spec = input("spec").expect("a kind of input");
    let (mut compiled, count) = (0, amount::how_many(400, 200_000));
    for _ in 0..count {
        let (path, text) = random.pick(&specs);
        let text = reworded(&String::from_utf8_lossy(text), &words, &mut random);
        hold(spec, &path.display().to_string(), text.as_bytes());
        let value = parse_json(text.as_bytes()).map(|parsed| parsed.value);
        compiled += usize::from(value.is_ok_and(|value| compile_spec(value, LENIENT).xml.is_some()));
    }
    skip::print(&format!("invariants: {compiled} of {count} changed specs compile"));
    assert!(compiled > count / 10, "{compiled} of {count} compile, which says little");
}

#[test]
fn changed_xml_holds() {
    let mut random = Random::new(amount::seed());
    let words = words::all();
    let documents: Vec<String> = files("snapshots/ok")
        .iter()
        .filter_map(|(_, text)| compile_spec(parse_json(text).ok()?.value, LENIENT).xml)
        .collect();
    let xml = input("xml").expect("a kind of input");
    for _ in 0..amount::how_many(400, 200_000) {
        let text = reworded(random.pick::<String>(&documents), &words, &mut random);
        hold(xml, "changed XML", text.as_bytes());
    }
}

/// A session in which texts are opened, typed into, asked about and closed.
fn session(texts: &[(PathBuf, Vec<u8>)], words: &[&str], random: &mut Random) -> String {
    let mut input = String::new();
    let text = |random: &mut Random| {
        let (path, text) = random.pick(texts);
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_owned();
        (ending, String::from_utf8_lossy(text).into_owned())
    };
    for number in 0..=random.below(2) {
        let (ending, text) = text(random);
        input += &format!("%open {ending} {number}\n{text}\n");
    }
    for _ in 0..4 + random.below(16) {
        let (number, place) = (random.below(3), random.below(100_000));
        match random.below(10) {
            0..5 => {
                let with = match random.below(6) {
                    0 => String::new(),
                    1 => text(random).1.lines().nth(random.below(20)).unwrap_or_default().to_owned(),
                    2 => {
                        (*random.pick(&["{", "}", ";", "\"", "[ ]", "=", ".", "<a>", "\r", "\u{1f600}", "#"]))
                            .to_owned()
                    }
                    _ => (*random.pick(words)).to_owned(),
                };
                input += &format!("%edit {number} {place} {}\n{with}\n", random.below(12));
            }
            5 => input += &format!("%hover {number} {place}\n"),
            6 => input += &format!("%complete {number} {place}\n"),
            7 => input += &format!("%define {number} {place}\n"),
            8 => input += &format!("%act {number} {place}\n"),
            _ => input += &format!("%{} {number}\n", random.pick(&["close", "format"])),
        }
    }
    input
}

#[test]
fn a_session_is_as_a_fresh_server() {
    let mut random = Random::new(amount::seed());
    let words = words::all();
    let texts: Vec<(PathBuf, Vec<u8>)> =
        ["tests/fixtures/ok", "tests/fixtures/wrong", "snapshots/ok", "snapshots/err"]
            .into_iter()
            .flat_map(files)
            .filter(|(path, text)| {
                text.len() < 8000
                    && path.extension().is_some_and(|it| it == "nix" || it == "json" || it == "xml")
            })
            .collect();
    let lsp = input("lsp").expect("a kind of input");
    for number in 0..amount::how_many(40, 5000) {
        let session = session(&texts, &words, &mut random);
        hold(lsp, &format!("session {number}"), session.as_bytes());
    }
}
