//! The command lines: what they print, and how they exit.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use nixvirt_apply::declared::read_all;
use nixvirt_apply::run::read_bundle;
use nixvirt_apply::state::State;
use nixvirt_compiler::index::{Hash, Mark, Writing};
use nixvirt_compiler::{Around, CompileOptions, compile_bundle, parse_json};
use serde_json::json;
use support::{Daemon, Guest, Place, actions, changes, uuid, writes};
use uuid::Uuid;

#[test]
fn plan_exits_as_terraform_does_and_shows_each_path() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    guest.devices =
        "<graphics type='vnc' port='5999' passwd='tiddlypo'><listen type='none'/></graphics>".into();
    place.write("1.xml", &guest.xml());
    place.bundle(&json!({ "domains": [{ "definition": "1.xml", "autostart": true }] }));
    let first = place.run("plan", &["--detailed-exitcode"]).expect(2);
    assert_eq!(first.stdout, "+ domain `guest1`: create, autostart on\n1 to create\n");
    place.run("apply", &[]).expect(0);
    let nothing = place.run("plan", &["--detailed-exitcode"]).expect(0);
    assert_eq!(nothing.stdout, "1 unchanged\n");
    assert_eq!(place.run("plan", &["--all"]).expect(0).stdout, "  domain `guest1`: unchanged\n1 unchanged\n");
    guest.devices = guest.devices.replace("tiddlypo", "quodlibe");
    guest.top = "<description>new</description><memoryBacking><nosharepages/></memoryBacking>".into();
    guest.memory = guest.memory.replace("unit='MiB'>32", "unit='MiB'>48");
    place.write("1.xml", &guest.xml());
    let second = place.run("plan", &[]).expect(0);
    let expected = "\
~ domain `guest1`: update
    + description = new
    ~ memory: 32 MiB -> 48 MiB  (needs a restart where it runs)
    + memoryBacking.nosharepages = true  (needs a restart where it runs)
    ~ devices.graphics[0].passwd: (secret) -> (secret)
1 to update
";
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&second.stdout), sorted(expected), "{}", second.all());
    let everything =
        place.run("plan", &["--format", "json"]).all() + &place.run("apply", &["-v"]).expect(0).all();
    assert!(!everything.contains("tiddlypo") && !everything.contains("quodlibe"), "{everything}");
    place.write("1.xml", "<domain");
    place.run("plan", &["--detailed-exitcode"]).expect(1);
}

#[test]
fn everything_wrong_with_a_bundle_is_said_at_once() {
    let place = Place::new("test:///default");
    place.write("empty.xml", "<network/>");
    place.bundle(&json!({
        "domians": [],
        "domains": [{ "defintion": "a.xml" }, { "definition": "nowhere.xml", "active": "yes" }, 7],
        "networks": { },
        "pools": [{ "definition": "p.xml", "volumes": [{ "present": true }] }],
        "secrets": [{ "definition": "s.xml", "value": "open sesame", "active": true }],
        "prune": "some",
    }));
    let ran = place.run("apply", &[]).expect(1);
    for what in [
        "domians: unknown key `domians` in a bundle; did you mean `domains`?",
        "domains[0].defintion: unknown key `defintion` in an entry of `domains`; did you mean `definition`?",
        "domains[0]: `definition` is missing",
        "domains[1].active: a string cannot stand here; expected true, false or null",
        "domains[2]: an integer cannot stand here; expected a set",
        "networks: a set cannot stand here; expected a list",
        "pools[0].volumes[0]: `definition` is missing",
        "secrets[0].value: a string cannot stand here",
        "secrets[0].active: `active` does not go with a secret",
        "prune: \"some\" is not allowed here; expected one of \"owned\", \"declared\", \"all\", \"none\"",
    ] {
        assert!(ran.stderr.contains(what), "no {what:?} in {}", ran.all());
    }
    assert!(!ran.stderr.contains("open sesame"));
    place.bundle(&json!({ "domains": [{ "definition": "nowhere.xml" }, { "definition": "empty.xml" }] }));
    let ran = place.run("plan", &[]).expect(1);
    assert!(ran.stderr.contains("nowhere.xml): cannot read the definition"), "{}", ran.all());
    assert!(ran.stderr.contains("empty.xml): unknown element `network`"), "{}", ran.all());
    let uri = Place::new("nosuch:///driver");
    uri.bundle(&json!({ "domains": [] }));
    let ran = uri.run("plan", &[]).expect(1);
    assert!(ran.stderr.contains("cannot connect to `nosuch:///driver`"), "{}", ran.all());
    let usage =
        Command::new(env!("CARGO_BIN_EXE_nixvirt-apply")).args(["plan", "--connect", "a"]).output().unwrap();
    assert_eq!(usage.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&usage.stderr).contains("1 connections and 0 bundles"));
}

#[test]
fn virtdeclare_has_the_command_line_of_nixvirt() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let path = place.write("1.xml", &Guest::new(1).xml()).display().to_string();
    let domain = || daemon.connect().lookup_domain_by_uuid_string(&uuid(1)).unwrap();
    place.virtdeclare(&["--type", "domain", "--define", &path, "--state", "active", "--auto"]).expect(0);
    assert!(domain().is_active().unwrap() && domain().autostart().unwrap());
    let id = domain().id();
    let quiet = place.virtdeclare(&["domain", "--define", &path, "--restart", "ifchanged"]).expect(0);
    assert_eq!((domain().id(), &*quiet.stderr), (id, ""));
    place.virtdeclare(&["--type", "domain", "--define", &path, "--restart", "always", "-v"]).expect(0);
    assert_ne!(domain().id(), id);
    let id = domain().id();
    place.write("1.xml", &Guest::new(1).xml().replace("<features><acpi/></features>", ""));
    place.virtdeclare(&["--type", "domain", "--define", &path, "--restart", "never"]).expect(0);
    assert_eq!(domain().id(), id);
    place.virtdeclare(&["--type", "domain", "--name", "guest1", "--state", "inactive", "--auto"]).expect(0);
    assert!(!domain().is_active().unwrap() && !domain().autostart().unwrap());
    place.virtdeclare(&["--type", "domain", "--uuid", &uuid(1), "--state", "active"]).expect(0);
    assert!(domain().is_active().unwrap() && !domain().autostart().unwrap());
    let nobody = place.virtdeclare(&["--type", "domain", "--name", "nobody"]).expect(1);
    assert!(nobody.stderr.contains("there is no domain with the name `nobody`"), "{}", nobody.all());
    place.virtdeclare(&["--type", "volume", "--name", "x"]).expect(2);
    place.virtdeclare(&["--type", "domain"]).expect(2);
}

#[test]
fn virtdeclare_takes_abbreviated_flags_and_is_silent_unless_asked() {
    // libvirt's test driver: objects of each kind, anew for each connection.
    let place = Place::new("test:///default");
    let connect = virt::connect::Connect::open(Some(&place.uri)).unwrap();
    let network = connect.lookup_network_by_name("default").unwrap();
    let pool = connect.lookup_storage_pool_by_name("default-pool").unwrap();
    let domain = connect.lookup_domain_by_name("test").unwrap();
    let objects = [
        ("network", "default", network.xml_desc(0).unwrap()),
        ("pool", "default-pool", pool.xml_desc(0).unwrap()),
        ("domain", "test", domain.xml_desc(0).unwrap()),
    ];
    for (kind, name, xml) in objects {
        let path = place.write("object.xml", &xml.replace("virbr0", "virbr7")).display().to_string();
        let define = ["--t", kind, "--d", &path, "--s=inactive", "--a"];
        let silent = place.virtdeclare(&define).expect(0);
        assert_eq!(silent.stdout + &silent.stderr, "");
        // The next connection has the objects as they were.
        fs::remove_dir_all(place.path().join("state")).unwrap();
        let told = place.virtdeclare(&[&define[..], &["--verb"]].concat()).expect(0);
        assert!(told.stderr.contains(&format!("{kind} `{name}`: stopping\n")), "{}", told.all());
        if kind == "network" {
            assert!(told.stderr.contains("bridge.name: virbr0 -> virbr7\n"), "{}", told.all());
        }
        let control = ["--ty", kind, "--na", name, "--st", "inactive", "--au"];
        let silent = place.virtdeclare(&control).expect(0);
        assert_eq!(silent.stdout + &silent.stderr, "");
        let told = place.virtdeclare(&[&control[..], &["-v"]].concat()).expect(0);
        assert!(told.stderr.contains(&format!("{kind} `{name}`: stopping\n")), "{}", told.all());
    }
    // As Python reads uuids, and says what is none; the last of two flags counts.
    let upper = format!("{{{}}}", domain.uuid_string().unwrap().replace('-', "").to_uppercase());
    place.virtdeclare(&["--type", "pool", "--type", "domain", "--uuid", &upper]).expect(0);
    let malformed = place.virtdeclare(&["--type", "domain", "--u", "123"]).expect(1);
    assert!(malformed.stderr.contains("`123` is not a uuid"), "{}", malformed.all());
    place.virtdeclare(&["--type", "domain", "--x", "1", "--name", "test"]).expect(2);
    assert!(place.virtdeclare(&["--h"]).expect(0).stdout.contains("--define"));
}

#[test]
fn what_nixvirt_makes_is_taken() {
    let Some(daemon) = Daemon::start() else { return };
    let checks = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/nixvirt");
    let mut taken = 0;
    for entry in fs::read_dir(checks).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (Some("xml"), Some((kind, _))) =
            (path.extension().and_then(|one| one.to_str()), stem.split_once('-'))
        else {
            continue;
        };
        let place = Place::new(&daemon.uri());
        // Its stand-ins for paths of the store, and what an empty set leaves out.
        let store = fs::read_to_string(&path)
            .unwrap()
            .replace("QEMU_PATH", "/usr")
            .replace("/usr/bin/qemu-kvm", "/usr/bin/qemu-system-x86_64");
        place.write("object.xml", &store);
        let plan = |bundle: serde_json::Value| {
            place.bundle(&bundle);
            place.run("plan", &["--format", "json"])
        };
        let ran = match kind {
            "volume" => plan(
                json!({ "pools": [{ "definition": "pool.xml", "volumes": [{ "definition": "object.xml" }] }] }),
            ),
            _ => plan(
                json!({ format!("{kind}s"): [{ "definition": "object.xml", "active": null, "restart": null }] }),
            ),
        };
        let text = ran.all();
        // They name networks and pools of their author's, which are not here: our only objection.
        let objections: Vec<&str> =
            ran.stderr.lines().filter(|line| !line.contains("objects failed")).collect();
        // Nor is SPICE in every QEMU.
        let of_here = |line: &str| line.contains("[host-lacks]") && line.contains("`spice");
        let fine = objections
            .iter()
            .all(|line| line.contains("which neither exists nor is declared") || of_here(line));
        let empty = stem.ends_with("-empty") && text.contains("neither a name nor a uuid");
        let alone = kind == "volume" && text.contains("pool.xml): cannot read the definition");
        assert!(
            ran.status == 0 || (ran.status == 1 && !objections.is_empty() && (fine || empty || alone)),
            "{stem}: {text}"
        );
        if ran.status == 0 {
            taken += 1;
            let run = ran.json();
            assert_eq!(writes(&run), 0);
            let name = run["objects"][0]["name"].as_str().unwrap().to_owned();
            assert_eq!((actions(&run, &name), changes(&run, &name)), (vec!["create".to_owned()], vec![]));
        }
    }
    assert!(taken >= 5, "only {taken} were taken whole");
}

/// Writes what `nixvirt-compile -o` writes of a network, with an index that says so.
fn compiled(place: &Place, writing: Option<Writing>) {
    let source = br#"{ "networks": [{ "spec": { "name": "lan" } }] }"#;
    let options = CompileOptions::DEFAULT;
    let folder = place.path().display().to_string();
    let (bundle, _) = compile_bundle(
        parse_json(source).unwrap().value,
        options,
        &Around { folder: &folder, ..Around::NOTHING },
    )
    .unwrap();
    let file = &bundle.files[0];
    fs::create_dir_all(place.path().join("networks")).unwrap();
    place.write(&file.path, &file.xml);
    let files = [(file.path.clone(), Hash::of(file.xml.as_bytes()))].into();
    place.write("bundle.json", &Mark { folder, files, writing }.index(bundle.index.clone()));
}

#[test]
fn a_bundle_that_is_not_what_its_index_says_is_refused() {
    let place = Place::new("test:///default");
    compiled(&place, None);
    let planned = place.run("plan", &[]).expect(0);
    assert!(planned.stdout.contains("+ network `lan`: create"), "{}", planned.all());
    let file = place.path().join("networks/lan.xml");
    let xml = fs::read_to_string(&file).unwrap();
    fs::write(&file, &xml[..xml.len() / 2]).unwrap();
    let refused = place.run("plan", &[]).expect(1);
    assert!(refused.stderr.contains("it is being written, or was edited"), "{}", refused.all());
    place.run("apply", &[]).expect(1);
    // While it is being written, even what is whole may be of another run than the rest.
    fs::write(&file, &xml).unwrap();
    compiled(&place, Some(Writing::default()));
    let refused = place.run("plan", &[]).expect(1);
    assert!(refused.stderr.contains("its files are being written"), "{}", refused.all());
    // A bundle of somebody's own has no mark, and its files are as they are.
    place.bundle(&json!({ "networks": [{ "definition": "networks/lan.xml" }] }));
    place.run("plan", &[]).expect(0);
    place.bundle(&json!({ "compiled": { "format": 2 }, "networks": [] }));
    let refused = place.run("plan", &[]).expect(1);
    assert!(refused.stderr.contains("`compiled` is not what `nixvirt-compile` wrote"), "{}", refused.all());
}

#[test]
fn a_plan_that_nobody_can_read_is_an_error() {
    let place = Place::new("test:///default");
    compiled(&place, None);
    let program = env!("CARGO_BIN_EXE_nixvirt-apply");
    let plan = format!(
        "plan --connect test:///default --state-dir {0}/state {0}/bundle.json",
        place.path().display()
    );
    for (arguments, target, status, said) in [
        (&*plan, ">&-", 1, "cannot write to standard output: it is closed"),
        (&*plan, "> /dev/full", 1, "cannot write to standard output: No space left on device"),
        ("--help", ">&-", 1, "cannot write to standard output: it is closed"),
    ] {
        let script = format!("{program} {arguments} {target}");
        let done = Command::new("bash").args(["-c", &script]).output().unwrap();
        let stderr = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(status), "{script}: {stderr}");
        assert!(stderr.contains(said), "{script}: {stderr}");
    }
    // A reader that has enough, as `head` does, ends the program as it ends others: without a word.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let done = place.command("plan", &[]).stdout(writer).output().unwrap();
    assert_eq!((done.status.code(), &*done.stderr), (Some(141), &b""[..]));
}

/// The compiler's warnings are repeated by whoever applies a bundle: nobody sees the log of a build.
#[test]
fn the_compilers_warnings_are_said() {
    let place = Place::new("test:///default");
    place.write("1.xml", &Guest::new(1).xml());
    let warning = json!({
        "object": "domain `guest1`", "path": "os.kernel", "code": "outside-schema", "text": "\"k\" is no path",
    });
    place.bundle(&json!({ "domains": [{ "definition": "1.xml" }], "prune": "none", "warnings": [warning] }));
    let line = "nixvirt-apply: domain `guest1`: os.kernel: \"k\" is no path\n";
    for command in ["plan", "apply"] {
        let ran = place.run(command, &[]).expect(0);
        assert!(ran.stderr.starts_with(line), "{}", ran.all());
    }
    let ran = place.run("plan", &["--format", "json"]).expect(0);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found[0]["warnings"], json!([warning]), "{}", ran.all());
    place.bundle(&json!({ "domains": [], "prune": "none", "warnings": [{ "objekt": 1 }] }));
    let ran = place.run("plan", &[]).expect(1);
    assert!(
        ran.stderr.contains("warnings[0].objekt: unknown key `objekt` in `warnings`; did you mean `object`?"),
        "{}",
        ran.all()
    );
}

/// Two machines of one name have one MAC address, which on one network must not be; a salt tells their hosts apart.
#[test]
fn a_mac_address_on_two_hosts_is_warned_of() {
    let place = Place::new("test:///default");
    let dns = |name: &str, more: &str| {
        format!(
            "<domain type='test'><name>{name}</name><memory>1024</memory><os><type>hvm</type></os>\
             <devices><interface type='network'><source network='default'/></interface>{more}</devices></domain>"
        )
    };
    place.write("dns.xml", &dns("dns", ""));
    let fixed = "<interface type='user'><mac address='52:54:00:AA:00:01'/></interface>";
    place.write("web.xml", &dns("web", fixed));
    place.write("mail.xml", &dns("mail", &fixed.replace("AA", "aa")));
    let run = |a: serde_json::Value, b: serde_json::Value, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
        place.write("a.json", &a.to_string());
        place.write("b.json", &b.to_string());
        let done =
            command.current_dir(place.path()).arg("plan").arg("--state-dir").arg("state").args(arguments);
        String::from_utf8(done.output().unwrap().stderr).unwrap()
    };
    let uris = ["test:///default", "test:///default?b"];
    place.write("hosts.json", &json!({ uris[0]: "a.json", uris[1]: "b.json" }).to_string());
    let connections = ["--connect", uris[0], "a.json", "--connect", uris[1], "b.json"];
    let bundle = |names: &[&str], salt: Option<&str>| {
        let domains: Vec<_> =
            names.iter().map(|name| json!({ "definition": format!("{name}.xml") })).collect();
        json!({ "domains": domains, "prune": "none", "salt": salt })
    };
    for arguments in [&["--hosts", "hosts.json"][..], &connections] {
        let said = run(bundle(&["dns", "web"], None), bundle(&["dns", "mail"], None), arguments);
        let mut shared: Vec<&str> =
            said.lines().filter(|line| line.contains("have the MAC address")).collect();
        shared.sort_unstable();
        assert_eq!(shared.len(), 2, "{said}");
        for (line, first, second) in [(shared[0], "dns", "dns"), (shared[1], "web", "mail")] {
            let begin = format!(
                "nixvirt-apply: domain `{first}` of {} and domain `{second}` of {} have the MAC address 52:54:00:",
                uris[0], uris[1]
            );
            assert!(line.starts_with(&begin) && line.contains("give each connection a `salt`"), "{line}");
        }
        for (a, b) in [(Some("a"), Some("b")), (None, Some("b"))] {
            let said = run(bundle(&["dns", "web"], a), bundle(&["dns"], b), arguments);
            assert!(!said.contains("MAC address"), "{said}");
        }
    }
    let one = run(bundle(&["web", "mail"], None), bundle(&[], None), &connections[..3]);
    assert!(!one.contains("MAC address"), "{one}");
}

/// A definition without a uuid gets the one that a spec of its name would get, with the salt of its host.
#[test]
fn definitions_are_completed_with_the_salt() {
    let place = Place::new("test:///default");
    let definition =
        "<domain type='test'><name>dns</name><memory>1024</memory><os><type>hvm</type></os></domain>";
    place.write("dns.xml", definition);
    let completed = |salt: Option<&str>| {
        let file = place.bundle(&json!({ "domains": [{ "definition": "dns.xml" }], "salt": salt }));
        let bundle = read_bundle(&file).unwrap();
        let state = State::open(place.path().join("none"), false).unwrap();
        let declared = read_all(bundle.entries, bundle.salt.as_deref(), &state).0;
        (declared[0].uuid, declared[0].hash)
    };
    let named = |name: &str| Uuid::new_v5(&nixvirt_compiler::NAMESPACE, name.as_bytes());
    let (none, salted) = (completed(None), completed(Some("lab")));
    assert_eq!((none.0, salted.0), (named("domain/dns"), named("salt:lab/domain/dns")));
    // What was applied without a salt is looked at again.
    assert_ne!(none.1, salted.1);
}

/// One character of each kind that acts on a terminal, or on the direction of what is beside it. XML takes the first two not.
const ACTING: &str = "\u{1b}[31m\u{7}\r\u{7f}\u{85}\u{9b}1m\u{200f}\u{2028}\u{202e}\u{2066}";

#[test]
fn nothing_that_is_printed_acts_on_a_terminal() {
    let place = Place::new("test:///default");
    let in_xml: String = ACTING.chars().filter(|it| !matches!(it, '\u{1b}' | '\u{7}' | '\r')).collect();
    let clean = |ran: &support::Ran| {
        let acts =
            |&character: &char| nixvirt_compiler::printable::acts(character) && !"\n\t".contains(character);
        let all = ran.all();
        assert_eq!(all.chars().find(acts), None, "{all:?}");
        // A program that reads the plan has the names as they are.
        assert!(all.len() < 40_000 || ran.stdout.starts_with('['), "{} bytes: {all:.2000}", all.len());
    };
    let named = |name: &str| {
        format!(
            "<domain type='test'><name>{name}</name><title>{name}</title><memory>32768</memory><os><type>hvm</type></os></domain>"
        )
    };
    // Names, values, files and keys, of what is taken and of what is not; the words of libvirt about a name that it refuses.
    place.write("name.xml", &named(&format!("a{in_xml}b")));
    place.write("slash.xml", &named(&format!("a/{in_xml}")));
    place.write("long.xml", &named(&"x".repeat(100_000)));
    place.write("broken.xml", &format!("<domain type='{in_xml}'><{in_xml}/>"));
    place.write(&format!("file{ACTING}.xml"), &named("file"));
    let long = "k".repeat(100_000);
    for bundle in [
        json!({ "domains": [{ "definition": "name.xml", "active": true }] }),
        json!({ "domains": [{ "definition": "slash.xml", "active": true }] }),
        json!({ "domains": [{ "definition": "long.xml" }] }),
        json!({ "domains": [{ "definition": "broken.xml" }] }),
        json!({ "domains": [{ "definition": format!("file{ACTING}.xml") }] }),
        json!({ "domains": [{ "definition": format!("none{ACTING}.xml"), ACTING: 1 }] }),
        json!({ ACTING: 1, "prune": ACTING, "domains": [{ "definition": 1, &*long: ACTING }] }),
        json!({
            "domains": [],
            "warnings": [{ "object": ACTING, "path": ACTING, "code": ACTING, "text": ACTING.repeat(1000) }],
        }),
        json!({ "networks": [{ "definition": "none.xml", "hooks": { ACTING: "x", "start": [ACTING] } }] }),
    ] {
        place.bundle(&bundle);
        for arguments in [&["plan"][..], &["plan", "--format", "json"], &["apply"], &["apply", "-v"]] {
            clean(&place.run(arguments[0], &arguments[1..]));
        }
    }
    let uri = Place::new(&format!("nosuch{ACTING}:///driver"));
    uri.bundle(&json!({ "domains": [] }));
    clean(&uri.run("plan", &[]));
}

/// libvirt passes over what it does not know without a word: so the run says it before anything is touched.
#[test]
fn what_the_hosts_libvirt_does_not_have_is_said_first() {
    let place = Place::new("test:///default");
    let xml = "<domain type='test'><name>new</name><hwuuid>3d8b3ad6-16f0-49f5-a2ab-2ba3a1dbd6b3</hwuuid>\
               <memory>65536</memory><os><type>hvm</type></os></domain>";
    place.write("new.xml", xml);
    place.write(
        "a.json",
        &json!({ "libvirt": "12.8.0", "domains": [{ "definition": "new.xml" }], "prune": "none" })
            .to_string(),
    );
    let output = Command::new("virsh").arg("--version").output().expect("virsh should run");
    let here = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let lacks = nixvirt_compiler::parse_version(&here).expect("a version")
        < nixvirt_compiler::parse_version("11.7.0").expect("a version");
    for action in ["plan", "apply"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
        let command = command.current_dir(place.path()).args([action, "--state-dir", "state"]);
        let done = command.args(["--connect", "test:///default", "a.json"]).output().expect("it should run");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        let line = format!(
            "the host's libvirt {here} lacks something of domain `new`: hwuuid: `hwuuid` exists since libvirt 11.7.0"
        );
        assert!(done.status.success(), "{said}");
        assert_eq!(said.contains(&line), lacks, "{said}");
    }
}
