//! Going back to an earlier release, as users of NixOS do, and coming back: what either has made is still ours.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nixvirt_apply::state::State;
use serde_json::{Value, json};
use support::amount::nightly;
use support::{Daemon, Guest, Place, Ran, actions, cache, continued, writes};

/// The last commit whose state knew neither the host's identity nor checksums nor owners: the latest change of its format.
const EARLIER: &str = "d113dc9";

/// A state that the earlier release has written of a domain that it made. With `NIXVIRT_BLESS=1`, the test that has
/// its program writes it anew.
const RECORDED: &str = "tests/data/earlier.state";

/// The program of the earlier release. It is built of the repository's history, which takes minutes: in a nightly run, where it
/// is not there yet. Nothing where it is not there otherwise, which is said.
fn earlier() -> Option<PathBuf> {
    let folder = cache().join("releases").join(EARLIER);
    let program = folder.join("target/debug/nixvirt-apply");
    if program.exists() {
        return Some(program);
    }
    if !nightly() {
        let _ = writeln!(
            std::io::stderr().lock(),
            "SKIPPED: the program of {EARLIER} is not in {}; a nightly run builds it",
            folder.display()
        );
        return None;
    }
    fs::create_dir_all(&folder).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut archive = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["archive", EARLIER])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let unpacked =
        Command::new("tar").args(["-x", "-C"]).arg(&folder).stdin(archive.stdout.take().unwrap()).status();
    assert!(
        archive.wait().unwrap().success(),
        "the history of the repository has no {EARLIER}: fetch all of it"
    );
    assert!(unpacked.unwrap().success());
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--package", "nixvirt-apply", "--bin", "nixvirt-apply"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .status();
    assert!(built.unwrap().success());
    Some(program)
}

fn guests(place: &Place, numbers: &[u32]) -> Value {
    let entry = |number: &u32| {
        let file = format!("{number}.xml");
        place.write(&file, &Guest::new(*number).xml());
        json!({ "definition": file })
    };
    json!({ "domains": numbers.iter().map(entry).collect::<Vec<_>>() })
}

#[test]
fn what_a_release_has_made_is_ours_in_the_one_before_and_after() {
    let Some(earlier) = earlier() else { return };
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let back = |numbers: &[u32]| {
        place.bundle(&guests(&place, numbers));
        let command = continued(Command::new(&earlier), &place.command("apply", &["--format", "json"]));
        let ran = Ran::of({ command }.output().unwrap());
        ran.expect(0).json()
    };
    let stranger = daemon.connect().define_domain_xml(&Guest::new(9).xml()).unwrap();
    let before = stranger.xml_desc(0).unwrap();
    let count = || daemon.connect().list_all_domains(0).unwrap().len() - 1;

    back(&[1]);
    // The upgrade changes nothing, and makes a machine.
    let upgraded = place.apply(&guests(&place, &[1, 2, 3]));
    assert_eq!(actions(&upgraded, "guest1"), ["unchanged"]);
    assert_eq!(count(), 3);
    // The generation before, applied: what was made meanwhile is ours there.
    assert_eq!(writes(&back(&[1, 2, 3])), 0);
    let removed = back(&[1, 2]);
    assert_eq!(actions(&removed, "guest3"), ["undefine"]);
    back(&[1, 2, 4]);
    // And forward again.
    assert_eq!(writes(&place.apply(&guests(&place, &[1, 2, 4]))), 0);
    let removed = place.apply(&guests(&place, &[]));
    for name in ["guest1", "guest2", "guest4"] {
        assert_eq!(actions(&removed, name), ["undefine"], "{removed:#}");
    }
    assert_eq!(count(), 0);
    assert_eq!(stranger.xml_desc(0).unwrap(), before);
    if std::env::var_os("NIXVIRT_BLESS").is_some_and(|value| !value.is_empty()) {
        let recorded = Place::new(&daemon.uri());
        recorded.bundle(&guests(&recorded, &[1]));
        let command = continued(Command::new(&earlier), &recorded.command("apply", &[]));
        Ran::of({ command }.output().unwrap()).expect(0);
        let state = nixvirt_apply::state::path_of(&recorded.path().join("state"), &recorded.uri, "state");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDED);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(state, path).unwrap();
    }
}

/// The other half, what the earlier release demands of what this one writes, is among the state's own tests.
#[test]
fn what_an_earlier_release_has_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDED), &path).unwrap();
    let state = State::open(path, true).unwrap();
    assert_eq!(state.identity(), None);
    let records: Vec<_> = state.records().collect();
    let [(key, record)] = &records[..] else { panic!("{records:?}") };
    assert_eq!((&*record.name, record.owned), ("guest1", true));
    let texts = state.texts(*key).unwrap();
    assert_eq!(texts.given, Guest::new(1).xml());
    assert!(texts.made.contains("<name>guest1</name>"));
}
