//! The codes of what this program says is wrong: each is documented, has a name of its own, and is given by some test.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nixvirt_compiler::{Example, apply_codes, codes};
use regex::Regex;
use serde_json::{Value, json};
use support::{Daemon, Guest, Place, Ran, uuid};

/// Codes that no test gives, each with the reason.
const NOT_GIVEN: &[(&str, &str)] = &[
    ("internal", "what cannot happen cannot be made to happen"),
    ("cannot-ask", "libvirt fails to answer a question only where its daemon goes down at that moment"),
    ("cannot-rename", "what libvirt refuses to rename is found out before"),
    ("cannot-undefine", "what libvirt refuses to undefine is found out before"),
    ("no-daemon", "the suite `host`, which has a daemon for each driver, is run nightly"),
];

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    fn gather(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => gather(&path, found),
                path => found.extend(fs::read_to_string(&path).ok().map(|text| (path, text))),
            }
        }
    }
    let mut found = Vec::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    found
}

#[test]
fn each_code_is_documented_and_has_a_name_of_its_own() {
    let names: Vec<&str> = apply_codes::all().chain(codes::all()).map(|code| code.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    let sentence = |text: &str| text.ends_with('.') && !text.contains("  ");
    for code in apply_codes::all() {
        assert!(sentence(code.summary) && sentence(code.explanation), "{}", code.name);
        for example in [code.wrong, code.right] {
            assert!(matches!(example, Example::Words(text) if !text.contains("  ")), "{}", code.name);
        }
    }
}

#[test]
fn each_code_is_given_by_a_test_or_it_is_said_why_not() {
    let tests: String = sources("tests").into_iter().map(|(_, text)| text).collect();
    let own = sources("src").into_iter().filter(|(path, _)| path.ends_with("tests.rs")).map(|(_, text)| text);
    let tests = own.fold(tests, |tests, text| tests + &text);
    let given = |name: &str| tests.contains(&format!("[{name}]"));
    let not_given: BTreeSet<&str> =
        apply_codes::all().map(|code| code.name).filter(|name| !given(name)).collect();
    let known: BTreeSet<&str> = NOT_GIVEN.iter().map(|(name, _)| *name).collect();
    assert_eq!(not_given, known);
}

#[test]
fn each_code_is_used_and_no_error_is_a_mere_text() {
    let sources: Vec<(PathBuf, String)> = sources("src")
        .into_iter()
        .filter(|(path, _)| path.extension().is_some_and(|it| it == "rs"))
        .collect();
    let text: String = sources.iter().map(|(_, text)| text.as_str()).collect();
    for code in apply_codes::all() {
        let used = text.contains(&format!("codes::{}", constant(code.name)));
        assert!(used, "{} is registered, and nothing gives it", code.name);
    }
    let result = Regex::new(r"Result<(?:[^<>;{}]|<(?:[^<>]|<[^<>]*>)*>)*, String>").unwrap();
    let plain: Vec<String> = sources
        .iter()
        .flat_map(|(path, text)| {
            result.find_iter(text).map(move |it| format!("{}: {}", path.display(), it.as_str()))
        })
        .collect();
    assert!(plain.is_empty(), "{plain:#?}");
}

/// The constant of a code.
fn constant(name: &str) -> String {
    let files = ["run", "objects", "content"].map(|file| {
        let path = format!("../compiler/src/apply_codes/{file}.rs");
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    });
    let found = Regex::new(&format!("(?m)^    ([A-Z_]+) = [A-Za-z]+ \"{name}\"")).unwrap();
    files.iter().find_map(|text| Some(found.captures(text)?[1].to_owned())).unwrap()
}

#[test]
fn explain_says_what_a_code_means() {
    let explain = |name: &str| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_nixvirt-apply")).args(["explain", name]).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    for code in apply_codes::all() {
        let (status, said, _) = explain(code.name);
        assert_eq!(status, Some(0));
        assert!(
            said.starts_with(&format!("{} ({}): {}", code.name, code.severity.name(), code.summary)),
            "{said}"
        );
        assert!(said.contains("For example\n") && said.contains("What to do\n"), "{said}");
    }
    assert!(explain("bad-value").1.contains("Wrong (.nix)"));
    let (status, _, said) = explain("lock-hold");
    assert_eq!(status, Some(2));
    assert!(
        said.contains("there is no code `lock-hold`; did you mean `lock-held`? [bad-arguments]"),
        "{said}"
    );
}

/// Holds a run to a code, in the text and in JSON.
#[track_caller]
fn gives(place: &Place, command: &str, code: &str) -> Value {
    let ran = place.run(command, &[]).expect(1);
    let bracketed = format!("[{}]", code.trim_matches(['[', ']']));
    assert!(ran.all().contains(&bracketed), "{}", ran.all());
    let json = place.run(command, &["--format", "json"]).expect(1).json();
    let errors = |value: &Value| value["errors"].as_array().cloned().unwrap_or_default();
    let of_objects = json["objects"].as_array().cloned().unwrap_or_default();
    let all = errors(&json).into_iter().chain(of_objects.iter().flat_map(errors));
    let failures = json["failures"].as_array().cloned().unwrap_or_default();
    let mut all = all.chain(failures.iter().flat_map(errors));
    let name = code.trim_matches(['[', ']']);
    all.find(|one| one["code"] == name).unwrap_or_else(|| panic!("no {code} in {json:#}"))
}

fn domain(number: u32, more: &str) -> String {
    let uuid = uuid(number);
    format!(
        "<domain type='test'><name>g{number}</name><uuid>{uuid}</uuid><memory>8192</memory>\
         <os><type>hvm</type></os>{more}</domain>"
    )
}

#[test]
fn what_is_wrong_with_a_bundle_has_a_code() {
    let place = Place::new("test:///default");
    place.write("a.xml", &domain(1, ""));
    // The driver of tests has a domain of that name.
    place.write("test.xml", &domain(1, "").replace(">g1<", ">test<"));
    place.write("none.xml", "<domain type='test'/>");
    let volume = "<volume><name>v</name><capacity>1</capacity></volume>";
    place.write("v.xml", volume);
    place.write(
        "p.xml",
        "<pool type='dir'><name>p</name><target><path>/nowhere/at/all</path></target></pool>",
    );
    let pool = |volumes: Value| json!({ "pools": [{ "definition": "p.xml", "volumes": volumes }] });
    let on = |more: &str| domain(1, more);
    place.write(
        "lan.xml",
        &on("<devices><interface type='network'><source network='no'/></interface></devices>"),
    );
    place.write(
        "secret.xml",
        &on("<metadata><s:secrets xmlns:s='urn:nixvirt:secrets:1'><s:secret path='a' file='/b'/></s:secrets></metadata>"),
    );
    let entry = |file: &str| json!({ "domains": [{ "definition": file }] });
    let cases = [
        (json!({ "domains": [{ "active": true }] }), "[no-definition]"),
        (entry("none.xml"), "[no-definition]"),
        (entry("nowhere.xml"), "[cannot-read]"),
        (json!({ "domains": [{ "definition": "a.xml" }, { "definition": "a.xml" }] }), "[declared-twice]"),
        (entry("lan.xml"), "[needs-missing]"),
        (entry("secret.xml"), "[no-secret-place]"),
        (entry("test.xml"), "[name-taken]"),
        (json!({ "domains": [{ "definition": "a.xml", "hooks": { "start": "true" } }] }), "[hooks-not-here]"),
        (pool(json!([{ "name": "w", "definition": "v.xml" }])), "[name-conflict]"),
        (pool(json!([{ "definition": "v.xml", "source": {} }])), "[volume-source]"),
        (json!({ "compiled": 1 }), "[definition-edited]"),
    ];
    for (bundle, code) in cases {
        place.bundle(&bundle);
        let error = gives(&place, "plan", code);
        assert!(!error["message"].as_str().unwrap().is_empty(), "{error}");
    }
    // What the compiler's tables find has the compiler's code.
    for (bundle, code) in [
        (json!({ "domains": 1 }), "[wrong-shape]"),
        (json!({ "domians": [] }), "[unknown-attribute]"),
        (json!({ "prune": "some" }), "[bad-value]"),
    ] {
        place.bundle(&bundle);
        gives(&place, "plan", code);
    }
    place.write("bundle.json", "{");
    let error = gives(&place, "plan", "[syntax]");
    assert_eq!(error["facts"]["line"], "1");
}

#[test]
fn what_is_wrong_with_a_run_has_a_code() {
    let place = Place::new("test:///default");
    place.write("a.xml", &domain(1, ""));
    place.bundle(&json!({ "domains": [{ "definition": "a.xml" }] }));
    let state = place.path().join("state");
    fs::create_dir(&state).unwrap();
    let file = nixvirt_apply::state::path_of(&state, "test:///default", "state");
    fs::write(&file, "something else\n").unwrap();
    assert!(gives(&place, "plan", "[state-format]")["help"].to_string().contains("--state-dir"));
    fs::write(&file, "nixvirt-state 1\n?\n").unwrap();
    assert_eq!(gives(&place, "plan", "[state-damaged]")["facts"]["byte"], "16");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    gives(&place, "plan", "[state-unreadable]");
    fs::remove_dir(&file).unwrap();
    // Nobody writes to a full file, root neither.
    std::os::unix::fs::symlink("/dev/full", &file).unwrap();
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("[state-un"), "{}", ran.all());
    fs::remove_file(&file).unwrap();
    let run = |arguments: &[&str]| {
        let mut run = Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
        let output = run.args(arguments).env_remove("HOME").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            output.status.code(),
            Some(if said.contains("[bad-arguments]") { 2 } else { 1 }),
            "{said}"
        );
        said
    };
    assert!(run(&["plan", "--connect", "test:///default"]).contains("[bad-arguments]"));
    let full = place.path().display().to_string();
    assert!(
        run(&["import", "--connect", "test:///default", &full])
            .contains("is not empty; name a folder that is")
    );
    assert!(run(&["import", "--connect", "test:///default", &full]).contains("[folder-not-empty]"));
    assert!(run(&["import", "--connect", "test:///default", "/dev/null/x"]).contains("[cannot-write]"));
    let other = Place::new("nosuch:///driver");
    other.bundle(&json!({ "domains": [] }));
    let error = gives(&other, "plan", "[cannot-connect]");
    assert_eq!(error["facts"]["uri"], "nosuch:///driver");
    assert!(error["libvirt"].is_string() && error["help"].is_string(), "{error}");
    let out = other.path().join("plan.json").display().to_string();
    assert!(other.run("plan", &["--out", &out]).expect(1).stderr.contains("[plan-not-kept]"));
    let ran: Ran =
        place.virtdeclare(&["--type", "domain", "--name", "nobody", "--state", "active"]).expect(1);
    assert!(ran.stderr.contains("[no-such-object]"), "{}", ran.all());
}

#[test]
fn what_libvirt_refuses_has_a_code_and_libvirt_s_words() {
    let place = Place::new("test:///default");
    place.write("a.xml", &domain(1, "").replace(">g1<", ">g/1<"));
    place.bundle(&json!({ "domains": [{ "definition": "a.xml", "active": true }] }));
    let error = gives(&place, "apply", "[cannot-define]");
    assert!(error["libvirt"].is_string(), "{error}");
}

/// A user without a home has nowhere to keep the state.
#[test]
fn a_user_without_a_home_is_told_where_the_state_could_be() {
    let place = Place::new("test:///default");
    place.bundle(&json!({ "domains": [] }));
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let program = env!("CARGO_BIN_EXE_nixvirt-apply");
    let output = Command::new("setpriv")
        .args([
            "--reuid",
            "65534",
            "--regid",
            "65534",
            "--clear-groups",
            "env",
            "-u",
            "HOME",
            program,
            "plan",
        ])
        .args(["--connect", &place.uri])
        .arg(place.path().join("bundle.json"))
        .env_remove("XDG_STATE_HOME")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("[no-state-folder]"), "{said}");
}

#[test]
fn what_a_host_refuses_has_a_code() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let fails = |bundle: Value, code: &str| {
        place.bundle(&bundle);
        let ran = place.run("apply", &[]).expect(1);
        assert!(ran.stderr.contains(code), "no {code}: {}", ran.all());
    };
    // A network that is no longer declared, and is needed.
    let mut guest = Guest::new(1);
    guest.devices = "<interface type='network'><source network='lan'/></interface>".into();
    place.write("1.xml", &guest.xml());
    place.write("lan.xml", "<network><name>lan</name><bridge name='virbr81'/></network>");
    place
        .apply(&json!({ "networks": [{ "definition": "lan.xml" }], "domains": [{ "definition": "1.xml" }] }));
    fails(json!({ "networks": [], "domains": [{ "definition": "1.xml" }] }), "[still-needed]");
    // A folder that cannot be made, a volume that cannot be, and a pool that keeps its name while it is active.
    let pool = |name: &str, path: &str| {
        let xml = format!(
            "<pool type='dir'><name>{name}</name><uuid>{}</uuid><target><path>{path}</path></target></pool>",
            uuid(3)
        );
        place.write("pool.xml", &xml);
    };
    let pools = |more: Value| {
        let mut pool = json!({ "definition": "pool.xml", "active": true });
        pool.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "pools": [pool] })
    };
    pool("p", "/dev/null/images");
    fails(pools(json!({})), "[cannot-set]");
    let folder = place.path().join("images").display().to_string();
    pool("p", &folder);
    place.write("v.xml", "<volume><name>a/b</name><capacity>512</capacity></volume>");
    fails(pools(json!({ "volumes": [{ "definition": "v.xml" }] })), "[cannot-change-volume]");
    pool("q", &folder);
    fails(pools(json!({ "restart": false })), "[rename-needs-stop]");
    // A guest without an agent, and hooks of a name that is none of a folder.
    place.write("2.xml", &Guest::new(2).xml());
    let second = |active: bool| {
        json!({
            "domains": [{ "definition": "2.xml", "active": active, "shutdown": { "method": "agent", "then": "fail" } }],
        })
    };
    place.apply(&second(true));
    fails(second(false), "[cannot-stop]");
    let mut named = Guest::new(4);
    named.name = "..".into();
    place.write("4.xml", &named.xml());
    fails(json!({ "domains": [{ "definition": "4.xml", "hooks": { "start": "true" } }] }), "[hook-name]");
    // What is needed of the Nix store, where no root can be made.
    let mut stored = Guest::new(5);
    stored.devices = place.emulator("qemu-stored");
    place.write("5.xml", &stored.xml());
    fs::create_dir_all(place.path().join("nix/gcroots")).unwrap();
    place.write("nix/gcroots/nixvirt", "no folder");
    place.bundle(&json!({ "domains": [{ "definition": "5.xml" }] }));
    let mut run = place.command("apply", &[]);
    run.env("NIX_STORE_DIR", place.path()).env("NIX_STATE_DIR", place.path().join("nix"));
    let said = String::from_utf8(run.output().unwrap().stderr).unwrap();
    assert!(said.contains("[not-rooted]"), "{said}");
}
