//! The output for specs, for everybody to read: `snapshots/ok` holds specs beside their XML, `snapshots/err` specs beside
//! the messages that they get, `snapshots/warn` specs beside both, compiled with `--unknown=warn`. The files are named
//! after what they show; `rule-NN` are the rules of the spec language, `wild` mistakes of public configurations.
//!
//! A new case is a new `.json` and `INSTA_UPDATE=always cargo test -p nixvirt-tests --test snapshots`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use nixvirt_compiler::{Target, format_xml};
use nixvirt_tests::command::{Dir, Done};
use nixvirt_tests::tree::Tree;
use nixvirt_tests::{libvirt, place};

fn folder(name: &str) -> PathBuf {
    place::root().join("snapshots").join(name)
}

/// The names of a folder's cases.
fn cases(name: &str) -> Vec<String> {
    let files = fs::read_dir(folder(name)).expect("the snapshots should be there").flatten();
    let files = files.map(|file| file.file_name().to_string_lossy().into_owned());
    let mut cases: Vec<String> =
        files.filter_map(|file| file.strip_suffix(".json").map(str::to_owned)).collect();
    cases.sort();
    assert!(!cases.is_empty(), "there should be cases in {name}");
    cases
}

/// Runs the binary on every case of a folder and holds what `shown` makes of it against its snapshot.
fn check(name: &str, options: &[&str], shown: impl Fn(Done) -> String) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder(name));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut failed = Vec::new();
    for case in cases(name) {
        let file = format!("{case}.json");
        let dir = Dir::new();
        dir.write(&file, fs::read(folder(name).join(&file)).expect("a spec"));
        settings.set_input_file(folder(name).join(&file));
        let run = || {
            let done = dir.run(options.iter().copied().chain(["--color", "never", &file])).done();
            settings.bind(|| insta::assert_snapshot!(&*case, shown(done)));
        };
        // One that differs must not hide the others.
        if catch_unwind(AssertUnwindSafe(run)).is_err() {
            failed.push(case);
        }
    }
    assert!(failed.is_empty(), "{} cases of snapshots/{name} failed: {}", failed.len(), failed.join(", "));
}

#[test]
fn ok() {
    check("ok", &[], |done| {
        assert_eq!((done.status, &*done.stderr), (0, ""), "it should compile without a word\n{done}");
        done.stdout
    });
}

#[test]
fn err() {
    check("err", &[], |done| {
        assert_eq!((done.status, &*done.stdout), (1, ""), "it should be refused\n{done}");
        done.stderr
    });
}

#[test]
fn warn() {
    check("warn", &["--unknown", "warn"], |done| {
        assert!(done.status == 0 && !done.stderr.is_empty(), "it should compile with warnings\n{done}");
        done.stderr + "\n" + &done.stdout
    });
}

#[test]
fn no_orphans() {
    for name in ["ok", "err", "warn"] {
        let files = fs::read_dir(folder(name)).expect("the snapshots").flatten();
        let files: BTreeSet<String> =
            files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        let expected: BTreeSet<String> =
            cases(name).iter().flat_map(|case| [format!("{case}.json"), format!("{case}.snap")]).collect();
        let odd: Vec<_> = files.symmetric_difference(&expected).collect();
        assert!(odd.is_empty(), "in snapshots/{name}, these are missing or belong to nothing: {odd:?}");
    }
}

/// The XML of the snapshots of `ok`.
fn xml() -> Vec<(String, String)> {
    let read = |case: String| {
        let text = fs::read_to_string(folder("ok").join(format!("{case}.snap"))).expect("a snapshot");
        let (_, xml) = text.split_once("\n---\n").expect("a snapshot has a head");
        (case, format!("{xml}\n"))
    };
    cases("ok").into_iter().map(read).collect()
}

/// Printed XML is canonical: formatting changes nothing.
#[test]
fn formatting_keeps_it() {
    for (case, xml) in xml() {
        let outcome = format_xml(xml.trim_end().as_bytes(), None, Target::NEWEST);
        let formatted = outcome.xml.unwrap_or_else(|| panic!("{case}: {:#?}", outcome.diagnostics));
        assert_eq!(formatted.trim_end(), xml.trim_end(), "{case}");
    }
}

#[test]
fn libvirts_schema_accepts_it() {
    let mut kinds: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for (case, xml) in xml() {
        let root = Tree::read(&xml).unwrap_or_else(|error| panic!("{case}: {error}")).name;
        let kind = if root == "filter" { "nwfilter" } else { &root };
        let kind = nixvirt_schema::kind(kind).expect("a kind").name;
        kinds.entry(kind).or_default().push((case, xml));
    }
    for (kind, documents) in kinds {
        let Some(refused) = libvirt::refused_by_schema(kind, &documents) else { return };
        assert!(refused.is_empty(), "libvirt's schema refuses of the {kind}s: {refused:#?}");
    }
}
