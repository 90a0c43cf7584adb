//! The log: what a kill leaves, what damage does, and what the release before reads.

use super::*;

fn record(given: u128) -> Record {
    Record { name: "vm".into(), owned: true, given, made: 2, version: 3, ..Record::default() }
}

#[test]
fn the_last_record_counts_and_a_torn_one_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let key = (ObjectKind::Domain, Uuid::from_u128(7));
    let texts = |given: &str| Texts { given: given.into(), made: "<x/>".into(), ..Texts::default() };
    let mut state = State::open(path.clone(), true).unwrap();
    state.put(key, &record(1), &texts("first")).unwrap();
    let whole = fs::metadata(&path).unwrap().len();
    state.put(key, &record(9), &texts("second")).unwrap();
    drop(state);
    assert_eq!(State::open(path.clone(), false).unwrap().texts(key).unwrap(), texts("second"));
    let end = fs::metadata(&path).unwrap().len();
    for cut in whole..end {
        OpenOptions::new().write(true).open(&path).unwrap().set_len(cut).unwrap();
        let state = State::open(path.clone(), false).unwrap();
        assert_eq!(state.texts(key).unwrap(), texts("first"), "cut at {cut} of {end}");
        assert_eq!(state.by_hash(ObjectKind::Domain, 1).unwrap().0, key.1);
        let mut state = State::open(path.clone(), true).unwrap();
        state.put(key, &record(9), &texts("second")).unwrap();
    }
}

#[test]
fn a_log_that_is_mostly_old_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path().join("state"), folder.path().join("elsewhere"));
    std::os::unix::fs::symlink(&file, &path).unwrap();
    let key = (ObjectKind::Domain, Uuid::from_u128(7));
    let noise: String =
        (0u64..4000).map(|n| format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let texts = Texts { given: noise, ..Texts::default() };
    let mut state = State::open(path.clone(), true).unwrap();
    for given in 0..30 {
        state.put(key, &record(given), &texts).unwrap();
    }
    drop(state);
    let before = fs::metadata(&path).unwrap().len();
    let state = State::open(path.clone(), true).unwrap();
    assert!(fs::metadata(&path).unwrap().len() * 10 < before);
    assert!(path.is_symlink(), "a link stays one");
    assert_eq!(state.get(key).unwrap().given, 29);
    assert_eq!(state.texts(key).unwrap(), texts);
}

/// The head of a record as the release before reads it: it passes over what it does not know.
#[derive(serde::Deserialize)]
struct OldHead {
    kind: String,
    uuid: Uuid,
    name: Option<String>,
    #[serde(default)]
    owned: bool,
    #[serde(default)]
    given: String,
    #[serde(default)]
    resume: bool,
    length: u32,
}

#[test]
fn the_release_before_reads_what_this_one_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let key = (ObjectKind::Domain, Uuid::from_u128(7));
    let wait = Wait { path: "memory".into(), unit: "memory".into(), old: None, since: 1, why: Why::Restart };
    let full = Record {
        resume: true,
        kept: vec!["on a snapshot".into()],
        waits: vec![wait],
        on_remove: vec![crate::kind::Left::Tpm],
        failed: Some("why".into()),
        created: true,
        owner: Some("lab".into()),
        seed: Some(crate::source::SeedStamp { hash: "1".into(), instance: "web".into() }),
        protect: true,
        ..record(0xabc)
    };
    let texts = Texts { given: "<x/>".into(), tried: vec!["<y/>".into()], ..Texts::default() };
    let mut state = State::open(path.clone(), true).unwrap();
    state.put(key, &full, &texts).unwrap();
    drop(state);
    let bytes = fs::read(&path).unwrap();
    let rest = bytes.strip_prefix(b"nixvirt-state 1\n").unwrap();
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
    let head: OldHead = serde_json::from_slice(&rest[..end]).unwrap();
    assert_eq!((&*head.kind, head.uuid, head.name.as_deref()), ("domain", key.1, Some("vm")));
    assert_eq!((head.owned, &*head.given, head.resume), (true, "abc", true));
    assert_eq!(rest.len(), end + 1 + head.length as usize + 1);
    // And this one reads all of it.
    let mut read = State::open(path, false).unwrap().get(key).unwrap().clone();
    (read.place, read.sum) = (full.place, String::new());
    assert_eq!(read, full);
}

#[test]
fn each_record_is_held_against_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let key = (ObjectKind::Domain, Uuid::from_u128(7));
    let texts = Texts { given: "<x/>".into(), ..Texts::default() };
    let mut state = State::open(path.clone(), true).unwrap();
    state.set_identity("this host").unwrap();
    state.put(key, &record(1), &texts).unwrap();
    drop(state);
    let whole = fs::read(&path).unwrap();
    let mut state = State::open(path.clone(), false).unwrap();
    let written = state.put(key, &record(2), &Texts::default());
    assert!(written.unwrap_err().coded().contains("it was opened for reading only [state-unwritable]"));
    assert_eq!((state.identity(), state.texts(key).unwrap()), (Some("this host"), texts));
    // Any byte of a record, and what a later release has added is none of ours.
    let mut faults = 0;
    for at in HEADER.len()..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let read = State::open(path.clone(), false).and_then(|state| state.texts(key));
        let lost =
            read.as_ref().is_ok_and(|found| *found != Texts { given: "<x/>".into(), ..Texts::default() });
        faults += usize::from(read.is_ok());
        assert!(!lost || !bytes[at].is_ascii_alphanumeric(), "byte {at} is not missed: {read:?}");
    }
    // What is left is the end of the file, which a kill may cut off, and the word `check` itself.
    assert!(faults < 40, "{faults} of {} changes are not seen", whole.len());
    let later = String::from_utf8_lossy(&whole[HEADER.len()..]).lines().next().unwrap().to_owned();
    let (head, _) = later.split_once(",\"check\"").unwrap();
    let mut head: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&format!("{head}}}")).unwrap();
    head.insert("later".into(), true.into());
    let text = serde_json::to_string(&head).unwrap();
    let check = record::digest(text.as_bytes());
    let line = format!("{},\"check\":\"{check}\"}}\n", &text[..text.len() - 1]);
    assert!(record::is_whole(line.as_bytes()));
}

#[test]
fn what_follows_damage_is_not_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let mut state = State::open(path.clone(), true).unwrap();
    for id in 1..4 {
        state.put((ObjectKind::Domain, Uuid::from_u128(id)), &record(id), &Texts::default()).unwrap();
    }
    drop(state);
    let mut bytes = fs::read(&path).unwrap();
    bytes[HEADER.len()] = b'?';
    fs::write(&path, &bytes).unwrap();
    for write in [false, true] {
        assert!(
            State::open(path.clone(), write)
                .unwrap_err()
                .coded()
                .contains("damaged at byte 16; bring it back from a backup")
        );
    }
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn what_is_not_a_state_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    fs::write(&path, "something else\n").unwrap();
    assert!(State::open(path.clone(), true).unwrap_err().to_string().contains("not a state"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "something else\n");
}
