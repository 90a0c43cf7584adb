//! Seeds for new machines: what `nixvirt-compile seed` writes, what PyYAML (which is cloud-init's reader) makes of it, and
//! what is said of a `#cloud-config`.

use std::io::Write;
use std::process::{Command, Stdio};

use nixvirt_compiler::parse_json;
use nixvirt_compiler::seed::{SeedFiles, SeedMachine, disc};
use nixvirt_tests::amount::{how_many, seed};
use nixvirt_tests::command::{Dir, Done};
use nixvirt_tests::random::Random;
use nixvirt_tests::skip;
use serde_json::{Map, Value, json};

/// The files of a seed. Nothing of it is in files.
#[track_caller]
fn files(given: &Value) -> SeedFiles {
    let text = given.to_string();
    let value = parse_json(text.as_bytes()).expect("JSON").value;
    let nothing = |path: &str| Err(format!("{path} is not to be read"));
    disc(&value, "files", SeedMachine::default(), &nothing).expect("a seed").0.files
}

fn text(files: &SeedFiles, name: &str) -> String {
    String::from_utf8(files[name].clone()).expect("text")
}

/// Whether PyYAML is here, as cloud-init has it.
fn have_pyyaml() -> bool {
    let found = Command::new("python3").args(["-c", "import yaml"]).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    assert!(found || !skip::in_ci(), "there is no PyYAML here; CI must have it");
    if !found {
        skip::say("there is no PyYAML here (Debian's package is python3-yaml)");
    }
    found
}

/// The values that PyYAML reads in texts; an error of its own is a text that begins with `!`.
fn by_pyyaml(texts: &[String]) -> Vec<Value> {
    let script = "import json, sys, yaml\n\
        def read(text):\n\
        \x20   try:\n\
        \x20       value = yaml.safe_load(text)\n\
        \x20       json.dumps(value, allow_nan=False)\n\
        \x20       return value\n\
        \x20   except Exception as error:\n\
        \x20       return '! ' + str(error)\n\
        print(json.dumps([read(text) for text in json.load(sys.stdin)]))";
    let mut python = Command::new("python3");
    python.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().expect("python3");
    let input = serde_json::to_vec(texts).expect("JSON");
    let mut stdin = python.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = python.wait_with_output().expect("python3");
    writer.join().expect("a thread").expect("written");
    serde_json::from_slice(&output.stdout).expect("a list")
}

/// Texts that YAML might take for something else, or write otherwise.
const HARD: &[&str] = &[
    "",
    " ",
    "~",
    "null",
    "Null",
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "N",
    "true",
    "0",
    "0644",
    "0o644",
    "1_000",
    "0x1f",
    "1e3",
    "1.5",
    ".5",
    ".inf",
    ".nan",
    "12:30",
    "12:30:45",
    "2024-01-01",
    "-",
    "- a",
    "a: b",
    "a #b",
    "#a",
    "a:",
    ":a",
    "a,b",
    "[a]",
    "{a}",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a`",
    "'a'",
    "\"a\"",
    "a\\b",
    "?",
    "? a",
    "<<",
    "=",
    "/dev/vda",
    "ssh-ed25519 AAAA+/= me@host",
    "a\nb",
    "a\nb\n",
    "a\n\nb\n",
    "a\nb\n\n",
    "\na\n",
    " a\nb",
    "a\n  b\n",
    "a\n \nb",
    "a\tb",
    "\ta\nb",
    "a \nb ",
    "a\r\nb",
    "\u{7f}",
    "\u{1}",
    "\u{85}",
    "a\u{2028}b",
    "\u{feff}",
    "\u{a0}",
    "gr\u{fc}\u{df}e",
    "\u{1f600}",
    "---",
    "--- a",
    "...",
    "a\n---\nb",
    "a\n...\nb",
    "a'b",
    "a\"b\nc",
    "x: |\n  y\n",
    "#!/bin/sh\necho 'hi'\n",
];

fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 6 } else { 9 }) {
        0..=2 => Value::from(*random.pick(HARD)),
        3 => Value::from(random.any() as i64 >> random.below(64)),
        4 => Value::from(random.below(2) == 0),
        5 => Value::from((random.any() >> 11) as f64 * 10_f64.powi(random.below(60) as i32 - 40)),
        6 | 7 => (0..random.below(4)).map(|_| value(random, depth - 1)).collect(),
        _ => set(random, depth - 1),
    }
}

fn set(random: &mut Random, depth: usize) -> Value {
    let entries = (0..random.below(4)).map(|_| ((*random.pick(HARD)).to_owned(), value(random, depth)));
    Value::Object(entries.collect::<Map<_, _>>())
}

#[test]
fn pyyaml_reads_what_was_given_whatever_it_was() {
    if !have_pyyaml() {
        return;
    }
    let mut random = Random::new(seed());
    let given: Vec<Value> = (0..how_many(400, 20_000)).map(|_| set(&mut random, 4)).collect();
    let texts: Vec<String> = given
        .iter()
        .map(|given| text(&files(&json!({ "instanceId": "a", "userData": { "apt": given } })), "user-data"))
        .collect();
    for ((given, text), read) in given.iter().zip(&texts).zip(by_pyyaml(&texts)) {
        assert_eq!(read, json!({ "apt": given }), "{text}");
    }
}

#[test]
fn our_reader_takes_a_text_for_what_pyyaml_takes_it_for() {
    if !have_pyyaml() {
        return;
    }
    // What PyYAML refuses is an error of ours; of anything else, it is said what the value of `hostname` is.
    let texts: Vec<String> = HARD
        .iter()
        .flat_map(|hard| {
            [format!("hostname: {hard}\n"), format!("hostname: [{hard}]\n"), format!("hostname: '{hard}'\n")]
        })
        .map(|body| format!("#cloud-config\n{body}"))
        .collect();
    let mut faults = Vec::new();
    for (text, read) in texts.iter().zip(by_pyyaml(&texts)) {
        let refused = read.as_str().is_some_and(|said| said.starts_with("! ") && !said.contains("not JSON"));
        let said = said_of(&json!({ "instanceId": "a", "userData": text }));
        let syntax = said.iter().any(|(code, _)| code == "cloud-config-syntax");
        // Corners of YAML in which the two readers differ: tabs, lines that end with U+2028, `-` and `:` in a flow.
        let corners = ["[-]", "[:a]", "[\t", "a\tb", "\u{2028}", "[#!"];
        let is_lenient = corners.iter().any(|corner| text.contains(corner));
        // A mode of a file is a text to us and a number to PyYAML, and what JSON has no word for is an odd one.
        let value = &read["hostname"];
        let is_text = value.is_string() || value.is_null();
        let is_odd = ["0644", "0x1f", "12:30", "1_000", ".inf", ".nan", "=", "2024"];
        let is_odd = !read.is_object() || (!value.is_array() && is_odd.iter().any(|odd| text.contains(odd)));
        let of_shape = said.iter().any(|(code, _)| code == "cloud-config-value");
        if refused != syntax && !is_lenient || !syntax && !refused && !is_odd && of_shape == is_text {
            faults.push(format!("{text:?}: PyYAML reads {read}; {said:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The codes and messages that are said of a seed.
fn said_of(seed: &Value) -> Vec<(String, String)> {
    let dir = Dir::new();
    dir.write("seed.json", seed.to_string());
    let done = dir.run(["seed", "seed.json", "-o", "seed.iso", "--format", "json"]).done();
    let found = if done.stderr.is_empty() { "[]" } else { &done.stderr };
    let found: Value = serde_json::from_str(found).expect("problems");
    let word = |problem: &Value, key: &str| problem[key].as_str().unwrap_or_default().to_owned();
    let found = found.as_array().expect("a list").iter();
    found
        .map(|one| {
            (
                word(one, "code"),
                format!("{}: {} {}", word(one, "path"), word(one, "message"), word(one, "help")),
            )
        })
        .collect()
}

#[track_caller]
fn check(user_data: Value, expected: &[(&str, &str)]) {
    let said = said_of(&json!({ "instanceId": "a", "userData": user_data }));
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for ((code, message), (expected_code, part)) in said.iter().zip(expected) {
        assert!(
            code == expected_code && message.contains(part),
            "{code}: {message}; expected {expected_code}: {part}"
        );
    }
}

#[test]
fn what_people_mistype_is_said_with_what_to_write() {
    check(json!({ "packages": ["curl"], "runcmd": ["ls", ["touch", "/x", 1]] }), &[]);
    check(json!({ "runcmds": ["ls"] }), &[("cloud-config-key", "did you mean `runcmd`?")]);
    check(json!({ "write-files": [] }), &[("cloud-config-key", "did you mean `write_files`?")]);
    check(json!({ "runcmd": "touch /x" }), &[("cloud-config-value", "write `[ \"touch /x\" ]`")]);
    check(json!({ "runcmd": [{ "echo a": "b" }] }), &[("cloud-config-value", "put the command in quotes")]);
    check(json!({ "packages": "curl" }), &[("cloud-config-value", "a list of names")]);
    check(
        json!({ "users": [{ "nam": "admin", "ssh_authorized_keys": "ssh-ed25519 A" }] }),
        &[
            ("cloud-config-value", "users[0]: a user has no `name`"),
            ("cloud-config-key", "did you mean `name`?"),
            ("cloud-config-value", "write `[ \"ssh-ed25519 A\" ]`"),
        ],
    );
    check(json!({ "users": ["default", { "name": "a", "lock-passwd": false, "uid": 1000 }] }), &[]);
    check(
        json!({ "write_files": [{ "content": "a", "permissions": 644 }] }),
        &[("cloud-config-value", "has no `path`"), ("cloud-config-value", "such as \"0644\"")],
    );
    check(
        json!({ "chpasswd": { "users": [{ "name": "a", "type": "plain" }] } }),
        &[("cloud-config-value", "\"RANDOM\"")],
    );
    check(json!({ "package_update": "true" }), &[("cloud-config-value", "true or false")]);
    check(json!({ "ssh_authorized_keys": ["a", 1] }), &[("cloud-config-value", "ssh_authorized_keys[1]")]);
}

#[test]
fn of_a_text_the_line_is_said() {
    check(json!("#cloud-config\npackages: [curl]\n"), &[]);
    check(json!("#!/bin/sh\nanything: [\n"), &[]);
    check(json!("Content-Type: multipart/mixed\n"), &[]);
    check(json!("## template: jinja\n#cloud-config\na: {{ b }}\n"), &[]);
    check(json!("packages: [curl]\n"), &[("cloud-config-header", "`#cloud-config`")]);
    check(
        json!("#cloud_config\npackages: [curl]\n"),
        &[("cloud-config-header", "did you mean `#cloud-config`?")],
    );
    check(
        json!("#cloud-config\nusers:\n  - name: a\n    shel: /bin/sh\n  - gecos: b\n"),
        &[("cloud-config-key", "line 4 of the text"), ("cloud-config-value", "line 5 of the text")],
    );
    check(json!("#cloud-config\npackages:\n- a\n b: c\n"), &[("cloud-config-syntax", "line 4 of the text")]);
    check(
        json!("#cloud-config\nhostname: a\nhostname: b\n"),
        &[("cloud-config-syntax", "`hostname` stands twice")],
    );
    check(json!("#cloud-config\n---\na: b\n---\nc: d\n"), &[("cloud-config-syntax", "second document")]);
    check(
        json!("#cloud-config\nx: &a [1]\ny: *a\n"),
        &[("cloud-config-key", "`x`"), ("cloud-config-key", "`y`")],
    );
    check(json!("#cloud-config\n- a\n"), &[("cloud-config-value", "a set of keys")]);
}

#[test]
fn texts_that_would_take_all_memory_end_soon() {
    let laughs = (1..30).fold("#cloud-config\na0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, level| {
        let one = format!("*a{}", level - 1);
        text + &format!("a{level}: &a{level} [{}]\n", [&*one; 9].join(","))
    });
    check(json!(laughs), &[("cloud-config-syntax", "more than 100000 values")]);
    check(json!(format!("#cloud-config\na: {}", "[".repeat(100_000))), &[("cloud-config-syntax", "line 2")]);
    let deep: String = (0..500).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    check(json!(format!("#cloud-config\n{deep}")), &[("cloud-config-syntax", "line ")]);
}

fn run(dir: &Dir, seed: &Value, more: &[&str]) -> Done {
    dir.write("seed.json", seed.to_string());
    dir.run(["seed", "seed.json", "-o", "seed.iso"].iter().chain(more).copied()).done()
}

#[test]
fn the_metadata_says_which_machine_it_is() {
    let meta = |given: Value| text(&files(&given), "meta-data");
    assert_eq!(
        meta(json!({ "instanceId": "i-1", "hostname": "web" })),
        "instance-id: i-1\nlocal-hostname: web\n"
    );
    let own = json!({ "metaData": { "instance-id": "x", "public-keys": ["k"] } });
    assert_eq!(meta(own), "instance-id: x\npublic-keys:\n  - k\n");
    let by_content =
        |package: &str| meta(json!({ "instanceId": "content", "userData": { "packages": [package] } }));
    assert_eq!(by_content("a"), by_content("a"));
    assert_ne!(by_content("a"), by_content("b"));
    let dir = Dir::new();
    assert!(run(&dir, &json!({ "hostname": "web" }), &[]).stderr.contains("say `instanceId`"));
    let twice = json!({ "instanceId": "a", "metaData": { "instance-id": "b" } });
    assert!(run(&dir, &twice, &[]).stderr.contains("both say it"));
    assert!(!dir.path().join("seed.iso").exists());
}

#[test]
fn a_seed_is_written_or_it_is_said_why_not() {
    let dir = Dir::new();
    let good = json!({ "instanceId": "a", "userData": { "password": { "file": "secret" } } });
    dir.write("secret", "sesame\n");
    assert_eq!(run(&dir, &good, &[]).status, 0);
    let first = std::fs::read(dir.path().join("seed.iso")).expect("a disc");
    assert!(first.windows(16).any(|bytes| bytes == b"password: sesame"));
    assert_eq!(run(&dir, &good, &[]).status, 0);
    assert!(first == std::fs::read(dir.path().join("seed.iso")).expect("a disc"));
    let odd = json!({ "instanceId": "a", "userData": { "odd": 1 } });
    assert_eq!(run(&dir, &odd, &[]).status, 0);
    assert_eq!(run(&dir, &odd, &["--deny-warnings"]).status, 1);
    assert_eq!(run(&dir, &odd, &["--deny-warnings", "--allow", "cloud-config-key"]).status, 0);
    for (wrong, said) in [
        (json!({ "instanceId": "a", "userdata": {} }), "did you mean `userData`?"),
        (json!({ "instanceId": "a", "userData": 1 }), "expected a set, a text"),
        (json!({ "instanceId": "a", "userData": { "file": "nowhere" } }), "cannot read nowhere"),
        (
            json!({ "instanceId": "a", "networkConfig": { "ethernets": {} } }),
            "`ethernets`, as netplan has them",
        ),
        (json!({ "files": { "a:b": "" } }), "cannot be the path of a file on a disc"),
        (json!({ "files": { "a": 1 } }), "expected a text"),
        (json!({ "files": { "a": { "file": "nowhere" } } }), "cannot read nowhere"),
        (json!({ "files": {}, "label": "no label" }), "cannot be the label"),
        (json!({ "files": {}, "userData": {} }), "unknown key `userData`"),
        (json!([]), "expected a set"),
    ] {
        let done = run(&dir, &wrong, &[]);
        assert!(done.status == 1 && done.stderr.contains(said), "{wrong}: {}", done.stderr);
    }
    let here = json!({ "files": { "a": { "file": "seed.iso" } } });
    assert_eq!(run(&dir, &here, &[]).status, 2, "a seed is not written over a file that it is made of");
}

#[test]
fn a_bundle_checks_the_seeds_of_its_domains_and_keeps_them_for_the_host() {
    let dir = Dir::new();
    let bundle = |seed: Value, allow: &[&str]| {
        let spec = json!({ "name": "web", "type": "kvm", "memory": 65536, "os": { "type": "hvm" } });
        let discs = json!({ "answers": { "files": { "autounattend.xml": "<unattend/>" } } });
        json!({ "domains": [{ "spec": spec, "cloudInit": seed, "discs": discs, "allow": allow }] })
            .to_string()
    };
    let secret = json!({ "userData": { "password": { "file": "/run/secrets/none" }, "runcmd": ["ls"] } });
    dir.write("bundle.json", bundle(secret.clone(), &[]));
    dir.run(["-o", "host", "bundle.json"]).succeeds().silent();
    let index: Value = serde_json::from_str(&dir.read("host/bundle.json")).expect("the index");
    assert_eq!(index["domains"][0]["cloudInit"], secret);
    let odd = json!({ "userData": { "runcmds": ["ls"] } });
    dir.write("bundle.json", bundle(odd.clone(), &[]));
    let said = dir.run(["-o", "host", "bundle.json"]).succeeds().stderr;
    assert!(
        said.contains("domains[0].cloudInit.userData.runcmds") && said.contains("did you mean `runcmd`?"),
        "{said}"
    );
    dir.write("bundle.json", bundle(odd, &["cloud-config-key"]));
    dir.run(["-o", "host", "bundle.json"]).succeeds().silent();
    for (wrong, said) in [
        (json!({ "userdata": {} }), "did you mean `userData`?"),
        (json!({ "userData": 1 }), "expected a set, a text"),
        (json!({ "userData": { "packages": "curl" } }), "write `[ \"curl\" ]`"),
        (json!({ "instanceId": "a", "metaData": { "instance-id": "b" } }), "both say it"),
    ] {
        dir.write("bundle.json", bundle(wrong.clone(), &[]));
        let done = dir.run(["check", "bundle.json"]).fails(1);
        assert!(
            done.stdout.contains(said) || done.stderr.contains(said),
            "{wrong}: {}{}",
            done.stdout,
            done.stderr
        );
    }
}
