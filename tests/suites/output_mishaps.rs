//! A bundle's folder while it is written, after kills, on a full disk, and with two runs at once: every reader sees whole
//! files, the next run makes good what a kill left, and nothing of others is lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use nixvirt_tests::amount::{how_many, seed};
use nixvirt_tests::command::{Dir, domain};
use nixvirt_tests::random::Random;
use nixvirt_tests::skip;
use nixvirt_tests::tree::Tree;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Files of others in the folder.
const OTHERS: [(&str, &str); 3] = [("notes", "mine"), ("domains/mine.xml", "<mine/>"), (".git/HEAD", "ref")];

/// A bundle of some of forty domains. `title` makes all of them differ from those of another title.
fn bundle(random: &mut Random, title: &str) -> String {
    let mut entries = Vec::new();
    for number in 0..40 {
        if random.below(4) > 0 {
            let mut spec = domain(&format!("vm{number}"), json!({}));
            spec["title"] = title.into();
            entries.push(json!({ "spec": spec }));
        }
    }
    json!({ "domains": entries }).to_string()
}

fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(here) = folders.pop() {
        for entry in fs::read_dir(&here).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                let name = path.strip_prefix(folder).expect("below it").to_string_lossy().into_owned();
                found.insert(name, bytes);
            }
        }
    }
    found
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folder as a reader finds it who goes by the index: every file that it names is there, and whole.
fn read_all(folder: &Path) -> Result<Value, String> {
    let text = fs::read(folder.join("bundle.json")).map_err(|error| format!("no index: {error}"))?;
    let index: Value = serde_json::from_slice(&text).map_err(|error| format!("half an index: {error}"))?;
    for entry in index["domains"].as_array().into_iter().flatten() {
        let path = entry["definition"].as_str().expect("a definition");
        let xml = match fs::read_to_string(path) {
            Ok(xml) => xml,
            // It may have gone since the index was read; then the index is another one.
            Err(_) if fs::read(folder.join("bundle.json")).is_ok_and(|now| now != text) => break,
            Err(error) => return Err(format!("{path}: {error}")),
        };
        Tree::read(&xml).map_err(|error| format!("{path} is not whole: {error}"))?;
    }
    Ok(index)
}

/// The folder must hold the files of the index, those of others, and nothing else.
#[track_caller]
fn converged(folder: &Path, context: &str) {
    let index = read_all(folder).unwrap_or_else(|error| panic!("{context}: {error}"));
    let mut files = files_of(folder);
    for (name, content) in OTHERS {
        assert_eq!(files.remove(name).as_deref(), Some(content.as_bytes()), "{context}: {name}");
    }
    files.remove("bundle.json").expect("an index");
    let expected = index["compiled"]["files"].as_object().expect("a mark");
    assert_eq!(index["compiled"].get("writing"), None, "{context}");
    let found: BTreeMap<String, Value> =
        files.iter().map(|(name, bytes)| (name.clone(), hash(bytes).into())).collect();
    assert_eq!(found, expected.clone().into_iter().collect(), "{context}");
    assert_eq!(index["domains"].as_array().map(Vec::len), Some(found.len()), "{context}");
}

fn with_others(dir: &Dir) {
    OTHERS.iter().for_each(|(name, content)| drop(dir.write(&format!("host/{name}"), content)));
}

#[test]
fn a_reader_sees_whole_files_only() {
    let seed = seed();
    let mut random = Random::new(seed);
    let dir = Dir::new();
    let folder = dir.path().join("host");
    dir.write("host.json", bundle(&mut random, "first"));
    dir.run(["-o", "host", "host.json"]).succeeds();
    with_others(&dir);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !over.load(Ordering::Relaxed) {
                read_all(&folder).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                reads += 1;
            }
            reads
        });
        for round in 0..how_many(15, 300) {
            dir.write("host.json", bundle(&mut random, &format!("round {round}")));
            dir.run(["-o", "host", "host.json"]).succeeds().silent();
        }
        over.store(true, Ordering::Relaxed);
        let reads = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        assert!(reads > 10, "only {reads} reads");
    });
    converged(&folder, &format!("seed {seed}"));
}

#[test]
fn a_killed_run_is_made_good_by_the_next() {
    let seed = seed();
    let mut random = Random::new(seed);
    let dir = Dir::new();
    let folder = dir.path().join("host");
    let started = Instant::now();
    dir.write("host.json", bundle(&mut random, "first"));
    dir.run(["-o", "host", "host.json"]).succeeds();
    let whole_run = started.elapsed();
    with_others(&dir);
    let mut cut = 0;
    for round in 0..how_many(40, 2000) {
        let context = format!("seed {seed}, kill {round}");
        // Now and then the first run of all is killed.
        if random.below(6) == 0 {
            fs::remove_dir_all(&folder).expect("a folder");
            if random.below(2) == 0 {
                with_others(&dir);
            }
        }
        let had_others = folder.join("notes").exists();
        dir.write("host.json", bundle(&mut random, &format!("round {round}")));
        let mut command = dir.run(["-o", "host", "host.json"]).command();
        let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it should start");
        thread::sleep(whole_run.mul_f64(random.below(1000) as f64 / 1000.0));
        run.kill().expect("a kill");
        run.wait().expect("its end");
        if let Ok(index) = fs::read(folder.join("bundle.json")) {
            let index: Value = serde_json::from_slice(&index).expect("a whole index");
            cut += usize::from(index["compiled"].get("writing").is_some());
            read_all(&folder).unwrap_or_else(|error| panic!("{context}: {error}"));
        }
        if !had_others {
            with_others(&dir);
        }
        // Sometimes it is another bundle that comes next.
        if random.below(3) == 0 {
            dir.write("host.json", bundle(&mut random, &format!("after {round}")));
        }
        let done = dir.run(["-o", "host", "host.json"]).done();
        assert!(
            done.status == 0 && done.stderr.is_empty(),
            "{context}: it should go on without a word\n{done}"
        );
        converged(&folder, &context);
    }
    skip::print(&format!("kills: {cut} runs were killed while they replaced files"));
}

#[test]
fn two_runs_at_once_take_turns() {
    let seed = seed();
    let mut random = Random::new(seed);
    let dir = Dir::new();
    for round in 0..how_many(5, 100) {
        let inputs = ["one", "two", "three"];
        for input in inputs {
            dir.write(&format!("{input}.json"), bundle(&mut random, &format!("{input} {round}")));
        }
        let runs = inputs.map(|input| {
            let mut run = dir.run(["-o", "host", &format!("{input}.json")]).command();
            run.stderr(Stdio::piped()).spawn().expect("it should start")
        });
        for run in runs {
            let done = run.wait_with_output().expect("its end");
            assert!(done.status.success(), "seed {seed}: {}", String::from_utf8_lossy(&done.stderr));
        }
        with_others(&dir);
        converged(&dir.path().join("host"), &format!("seed {seed}, round {round}"));
        OTHERS
            .iter()
            .for_each(|(name, _)| fs::remove_file(dir.path().join("host").join(name)).expect("a file"));
    }
}

/// The message is of the user's file, and what was there is there.
#[test]
fn a_full_disk_loses_nothing() {
    let dir = Dir::new();
    let entries: Vec<Value> =
        (0..100).map(|number| json!({ "spec": domain(&format!("vm{number}"), json!({})) })).collect();
    dir.write("big.json", json!({ "domains": entries }).to_string());
    dir.write("small.json", json!({ "domains": [entries[0], entries[1]] }).to_string());
    dir.write("vm.json", domain("vm", json!({})).to_string());
    fs::create_dir(dir.path().join("mnt")).expect("a folder");
    let script = r#"
        mount -t tmpfs -o size=64k none mnt || exit 77
        "$0" -o mnt/host small.json || exit 3
        cp -r mnt/host before
        "$0" -o mnt/host big.json && exit 4
        diff -r mnt/host before || exit 5
        "$0" -o mnt/fresh big.json && exit 6
        [ ! -e mnt/fresh ] || exit 7
        head -c 200000 /dev/zero > mnt/filler
        echo '<domain/>' > mnt/vm.xml || printf old > mnt/vm.xml
        cp mnt/vm.xml old.xml
        "$0" -o mnt/vm.xml vm.json && exit 8
        cmp mnt/vm.xml old.xml || exit 9
        "$0" -o mnt/new.xml vm.json && exit 10
        [ ! -e mnt/new.xml ] || exit 11
        find mnt -name '.nixvirt*' | grep . && exit 12
        rm mnt/filler
        "$0" -o mnt/host small.json
    "#;
    let mut run = dir.shell(script).command();
    let (program, arguments) =
        (run.get_program().to_owned(), run.get_args().map(ToOwned::to_owned).collect::<Vec<_>>());
    run = Command::new("unshare");
    run.arg("--mount").arg(program).args(arguments).current_dir(dir.path());
    let done = run.output().expect("unshare");
    let said = String::from_utf8_lossy(&done.stderr);
    if !said.contains("nixvirt-compile") && (done.status.code() == Some(77) || done.status.code() == Some(1))
    {
        assert!(!skip::in_ci(), "CI must be able to mount a tmpfs: {said}");
        skip::say(&format!("no small file system can be mounted: {said}"));
        return;
    }
    assert!(done.status.success(), "{}\n{said}", done.status);
    for place in
        ["mnt/host/domains/vm", "mnt/fresh/domains/vm", "mnt/vm.xml: No space", "mnt/new.xml: No space"]
    {
        assert!(said.contains(&format!("cannot write {place}")), "{place} is not said:\n{said}");
    }
    assert!(!said.contains(".nixvirt"), "a temporary file is named:\n{said}");
}
