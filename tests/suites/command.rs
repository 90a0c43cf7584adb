//! The binary as a product: what it prints where, its exit status, and the files that it leaves, each test in an empty
//! directory. Exit status: 0 fine, 1 the input is wrong, 2 it could not run.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use nixvirt_tests::command::{Dir, Done, domain};
use nixvirt_tests::tree::Tree;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const GOOD: &str =
    r#"{ "name": "vm", "type": "kvm", "memory": { "count": 1, "unit": "GiB" }, "os": { "type": "hvm" } }"#;
const GOOD_XML: &str = "<domain type='kvm'>
  <name>vm</name>
  <uuid>2a4bc82e-0860-508c-bc82-fdab49e31cd9</uuid>
  <memory unit='GiB'>1</memory>
  <os>
    <type>hvm</type>
  </os>
</domain>
";
const BAD: &str = r#"{ "name": "vm", "type": "kmv", "memory": { "count": 1, "unit": "GiB" }, "os": { "type": "hvm" }, "titel": "x" }"#;

// --- One object.

#[test]
fn a_spec_goes_to_standard_output() {
    let dir = Dir::new();
    dir.write("vm.json", GOOD);
    dir.run(["vm.json"]).succeeds().prints(GOOD_XML).silent().leaves(&["vm.json"]);
}

#[test]
fn a_hyphen_is_standard_input() {
    let dir = Dir::new();
    dir.run(["-"]).stdin(GOOD).succeeds().prints(GOOD_XML).silent().leaves(&[]);
    dir.run(["-"]).stdin(BAD).fails(1).prints("").says("<stdin>");
}

#[test]
fn wrong_input_prints_nothing_but_problems() {
    let dir = Dir::new();
    dir.write("vm.json", BAD);
    dir.run(["vm.json"]).fails(1).prints("").says("did you mean \"kvm\"?").says("did you mean `title`?");
}

#[test]
fn output_goes_to_a_file() {
    let dir = Dir::new();
    dir.write("vm.json", GOOD);
    dir.run(["-o", "vm.xml", "vm.json"]).succeeds().prints("").silent().leaves(&["vm.json", "vm.xml"]);
    assert_eq!(dir.read("vm.xml"), GOOD_XML);
    dir.run(["vm.json", "--output", "other.xml"]).succeeds().leaves(&["other.xml", "vm.json", "vm.xml"]);
}

#[test]
fn an_existing_file_is_replaced_whole() {
    let dir = Dir::new();
    dir.write("vm.json", GOOD);
    dir.write("vm.xml", "old ".repeat(10_000));
    // A hard link shows that the old file itself stays as it was: there is a new one under the name.
    fs::hard_link(dir.path().join("vm.xml"), dir.path().join("kept.xml")).expect("a hard link");
    dir.run(["-o", "vm.xml", "vm.json"]).succeeds().leaves(&["kept.xml", "vm.json", "vm.xml"]);
    assert_eq!(dir.read("vm.xml"), GOOD_XML);
    assert!(dir.read("kept.xml").starts_with("old "));
}

#[test]
fn an_existing_file_stays_where_the_input_is_wrong() {
    let dir = Dir::new();
    dir.write("vm.json", BAD);
    dir.write("vm.xml", "old");
    dir.run(["-o", "vm.xml", "vm.json"]).fails(1).leaves(&["vm.json", "vm.xml"]);
    assert_eq!(dir.read("vm.xml"), "old");
    dir.run(["-o", "new.xml", "vm.json"]).fails(1).leaves(&["vm.json", "vm.xml"]);
}

#[test]
fn files_have_the_permissions_of_the_umask() {
    let dir = Dir::new();
    dir.write("vm.json", GOOD);
    dir.write("host.json", json!({ "domains": [{ "spec": domain("vm", json!({})) }] }).to_string());
    for (umask, file, folder) in [("022", 0o644, 0o755), ("077", 0o600, 0o700), ("002", 0o664, 0o775)] {
        let script = format!("umask {umask}; \"$0\" -o {umask}.xml vm.json && \"$0\" -o {umask} host.json");
        let done = dir.shell(&script).succeeds();
        let mode = |name: &str| {
            let path = dir.path().join(name);
            let found = fs::metadata(&path).unwrap_or_else(|error| panic!("{name}: {error}\n{done}"));
            found.permissions().mode() & 0o777
        };
        let expected = [
            (format!("{umask}.xml"), file),
            (umask.to_owned(), folder),
            (format!("{umask}/domains"), folder),
            (format!("{umask}/domains/vm.xml"), file),
            (format!("{umask}/bundle.json"), file),
        ];
        for (name, expected) in expected {
            assert_eq!(mode(&name), expected, "{name} is {:o} instead of {expected:o}", mode(&name));
        }
    }
}

#[test]
fn a_file_that_cannot_be_written_is_said() {
    let dir = Dir::new();
    dir.write("vm.json", GOOD);
    dir.write("folder/file", "");
    dir.run(["-o", "no/such/vm.xml", "vm.json"])
        .fails(2)
        .says("no/such/vm.xml")
        .leaves(&["folder/file", "vm.json"]);
    dir.run(["-o", "folder", "vm.json"]).fails(2).says("folder").leaves(&["folder/file", "vm.json"]);
    dir.run(["-o", "vm.json/x", "vm.json"]).fails(2).leaves(&["folder/file", "vm.json"]);
}

#[test]
fn a_file_that_cannot_be_read_is_said() {
    let dir = Dir::new();
    dir.write("folder/vm.json", GOOD);
    dir.run(["missing.json"]).fails(2).prints("").says("cannot read missing.json");
    dir.run(["folder"]).fails(2).prints("").says("cannot read folder");
    dir.run(["check", "missing.json"]).fails(2).says("missing.json");
    dir.run(["fmt", "missing.xml"]).fails(2).says("missing.xml");
}

#[test]
fn without_arguments_it_says_how() {
    let dir = Dir::new();
    dir.run([]).fails(2).prints("").says("Usage");
    dir.run(["--no-such-option"]).fails(2).prints("").says("--no-such-option");
    dir.run(["check"]).fails(2).says("FILE");
    dir.run(["-o", "a.xml"]).fails(2);
    dir.run(["--kind", "domian", "vm.json"]).fails(2).says("domain");
    dir.run(["fmt", "--check", "--write", "a.xml"]).fails(2).says("cannot be used with");
}

#[test]
fn options_may_stand_before_a_subcommand() {
    let dir = Dir::new();
    dir.write("bad.json", BAD);
    dir.run(["--color", "always", "check", "bad.json"]).fails(1).says("\x1b[");
    dir.run(["--format", "short", "check", "bad.json"]).fails(1).says("bad.json:1:");
    // Those of compiling are none of a check's.
    for options in [
        &["-o", "x.xml"][..],
        &["--exact"],
        &["--kind", "pool"],
        &["--template", "linux"],
        &["--qemu", "/q"],
        &["vm.json"],
    ] {
        let arguments = options.iter().chain(&["check", "bad.json"]).copied();
        dir.run(arguments).fails(2).says("do not go before a subcommand").leaves(&["bad.json"]);
    }
}

#[test]
fn xml_is_no_spec() {
    let dir = Dir::new();
    dir.write("vm.xml", GOOD_XML);
    dir.run(["vm.xml"]).fails(2).prints("").says("fmt");
}

// --- The kind.

#[test]
fn the_kind_is_an_option_or_in_the_spec() {
    let dir = Dir::new();
    dir.write("bare.json", r#"{ "name": "net" }"#);
    dir.write("named.json", r#"{ "kind": "network", "name": "net" }"#);
    let bare = dir.run(["--kind", "network", "bare.json"]).succeeds().silent();
    let named = dir.run(["named.json"]).succeeds().silent();
    let both = dir.run(["--kind", "network", "named.json"]).succeeds().silent();
    assert!(bare.stdout.starts_with("<network>"), "{bare}");
    assert_eq!(bare.stdout, named.stdout);
    assert_eq!(bare.stdout, both.stdout);
    dir.run(["bare.json"]).fails(1).says("`domain` needs `type`");
}

#[test]
fn two_kinds_do_not_agree() {
    let dir = Dir::new();
    dir.write("named.json", r#"{ "kind": "network", "name": "net" }"#);
    let options = ["--format", "short", "--kind", "pool", "named.json"];
    dir.run(options).fails(1).prints("").says("kind: \"network\" is not allowed here; expected `pool`");
}

// --- What is derived.

fn mac_of(uuid: Uuid, index: u32) -> String {
    let mut bytes = uuid.as_bytes().to_vec();
    bytes.extend(index.to_be_bytes());
    let hash = Sha256::digest(&bytes);
    format!("52:54:00:{:02x}:{:02x}:{:02x}", hash[0], hash[1], hash[2])
}

fn tree(done: &Done) -> Tree {
    Tree::read(&done.stdout).unwrap_or_else(|error| panic!("{error}\n{done}"))
}

#[test]
fn a_uuid_and_macs_are_derived() {
    let dir = Dir::new();
    let interfaces = json!([{ "type": "user" }, { "type": "user", "mac": { "address": "52:54:00:00:00:01" } }, { "type": "user" }]);
    for name in ["vm", "größe", "a b/c"] {
        dir.write("vm.json", domain(name, json!({ "interface": interfaces })).to_string());
        let object = tree(&dir.run(["--allow", "name-slash", "vm.json"]).succeeds().silent());
        let uuid = Uuid::new_v5(&Uuid::from_bytes(*b"nixvirt-objects:"), format!("domain/{name}").as_bytes());
        assert_eq!(object.child("uuid").map(|uuid| &*uuid.text), Some(&*uuid.to_string()));
        let devices = object.child("devices").expect("devices");
        let macs = devices.children_named("interface").map(|interface| interface.child("mac"));
        let macs: Vec<_> = macs.map(|mac| mac.map(|mac| mac.attributes["address"].clone())).collect();
        assert_eq!(macs, [Some(mac_of(uuid, 0)), Some("52:54:00:00:00:01".into()), Some(mac_of(uuid, 2))]);
    }
}

/// A machine of one name on two hosts is one machine, unless a salt tells the hosts apart.
#[test]
fn a_salt_goes_into_what_is_derived() {
    let dir = Dir::new();
    let made = |salt: Option<&str>, uuid: Option<&str>| {
        let mut spec = domain("dns", json!({ "interface": [{ "type": "user" }] }));
        spec["salt"] = json!(salt);
        spec["uuid"] = json!(uuid);
        dir.write("vm.json", spec.to_string());
        let object = tree(&dir.run(["vm.json"]).succeeds().silent());
        let interface = object.child("devices").and_then(|devices| devices.child("interface"));
        let mac = interface.and_then(|interface| interface.child("mac")).expect("a MAC address");
        (object.child("uuid").expect("a uuid").text.clone(), mac.attributes["address"].clone())
    };
    let named = |name: &str| Uuid::new_v5(&Uuid::from_bytes(*b"nixvirt-objects:"), name.as_bytes());
    let none = made(None, None);
    assert_eq!(none, (named("domain/dns").to_string(), mac_of(named("domain/dns"), 0)));
    let (a, b) = (made(Some("a"), None), made(Some("b"), None));
    assert_eq!(a.0, named("salt:a/domain/dns").to_string());
    for (one, other) in [(&none, &a), (&none, &b), (&a, &b)] {
        assert!(one.0 != other.0 && one.1 != other.1, "{one:?} {other:?}");
    }
    assert_eq!(a, made(Some("a"), None));
    // A uuid that is given stays, and what is derived of it has the salt all the same.
    let given = "2904419d-b283-4cfd-9f2c-7c3713ff8100";
    let (unsalted, salted) = (made(None, Some(given)), made(Some("a"), Some(given)));
    assert_eq!((&*unsalted.0, &*salted.0), (given, given));
    assert_ne!(unsalted.1, salted.1);
    for (wrong, says) in
        [(json!(""), "salt: \"\" is not allowed here"), (json!(7), "salt: an integer cannot stand here")]
    {
        dir.write(
            "wrong.json",
            json!({ "kind": "pool", "name": "a", "type": "dir", "salt": wrong }).to_string(),
        );
        dir.run(["wrong.json"]).fails(1).says(says);
    }
}

#[test]
fn a_network_has_its_mac_by_its_mode() {
    let dir = Dir::new();
    let uuid = "2904419d-b283-4cfd-9f2c-7c3713ff8100";
    let expected = mac_of(Uuid::parse_str(uuid).expect("a uuid"), 0);
    for (mode, has) in [
        (None, true),
        (Some("nat"), true),
        (Some("route"), true),
        (Some("open"), false),
        (Some("bridge"), false),
    ] {
        let forward = mode.map(|mode| json!({ "mode": mode }));
        let mut net = json!({ "kind": "network", "name": "net", "uuid": uuid, "forward": forward });
        if matches!(mode, Some("nat" | "route")) {
            net["ip"] = json!({ "address": "192.0.2.1", "prefix": 24 });
        }
        dir.write("net.json", net.to_string());
        let object = tree(&dir.run(["net.json"]).succeeds());
        let mac = object.child("mac").map(|mac| mac.attributes["address"].clone());
        assert_eq!(mac, has.then(|| expected.clone()), "with the mode {mode:?}");
    }
}

#[test]
fn exact_adds_nothing() {
    let dir = Dir::new();
    dir.write("vm.json", domain("vm", json!({ "interface": { "type": "user" } })).to_string());
    let done = dir.run(["--exact", "vm.json"]).succeeds();
    assert!(!done.stdout.contains("uuid") && !done.stdout.contains("<mac"), "nothing may be derived\n{done}");
}

// --- How problems are printed.

#[test]
fn unknown_may_be_a_warning() {
    let dir = Dir::new();
    dir.write("vm.json", GOOD.replace("\"name\"", "\"colour\": \"red\", \"name\""));
    dir.run(["vm.json"]).fails(1).prints("").says("unknown-attribute");
    let done = dir.run(["--unknown=warn", "vm.json"]).succeeds().prints(GOOD_XML);
    done.says("unknown-attribute").says("1 warning in vm.json");
    dir.run(["--unknown", "deny", "vm.json"]).fails(1);
    dir.run(["check", "--unknown=warn", "vm.json"]).succeeds().says("1 warning in vm.json");
}

#[test]
fn warnings_do_not_stop_it() {
    let dir = Dir::new();
    let disk = json!({ "type": "file", "source": { "file": "relative.img" }, "target": { "dev": "vda" } });
    dir.write("vm.json", domain("vm", json!({ "disk": disk })).to_string());
    dir.run(["vm.json"]).succeeds().mentions("file='relative.img'").says("outside-schema");
    dir.run(["check", "vm.json"]).succeeds().says("1 warning in vm.json");
}

#[test]
fn warnings_may_be_denied() {
    let dir = Dir::new();
    let disk = json!({ "type": "file", "source": { "file": "relative.img" }, "target": { "dev": "vda" } });
    let spec = domain("vm", json!({ "disk": disk }));
    dir.write("vm.json", spec.to_string());
    dir.write("host.json", json!({ "domains": [{ "spec": spec }] }).to_string());
    dir.write("good.json", GOOD);
    let files = ["good.json", "host.json", "vm.json"];
    dir.run(["--deny-warnings", "vm.json"]).fails(1).prints("").says("outside-schema");
    dir.run(["--deny-warnings", "-o", "vm.xml", "vm.json"]).fails(1).leaves(&files);
    dir.run(["--deny-warnings", "-o", "host", "host.json"]).fails(1).says("1 warning").leaves(&files);
    dir.run(["check", "--deny-warnings", "good.json", "vm.json"]).fails(1).says("1 warning in vm.json");
    dir.run(["--deny-warnings", "good.json"]).succeeds().prints(GOOD_XML);
}

#[test]
fn short_is_a_line_each() {
    let dir = Dir::new();
    dir.write("vm.json", "{\n  \"name\": \"vm\",\n  \"type\": \"kmv\",\n  \"memory\": 1,\n  \"os\": { \"type\": \"hvm\", \"bot\": 1 }\n}\n");
    let done = dir.run(["--format", "short", "vm.json"]).fails(1).prints("");
    let lines: Vec<&str> = done.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{done}");
    assert!(lines[0].starts_with("vm.json:3:3: bad-value: type: \"kmv\" is not allowed here"), "{done}");
    assert!(
        lines[1].starts_with("vm.json:5:26: unknown-attribute: os.bot: unknown attribute `bot`"),
        "{done}"
    );
    assert!(lines[0].ends_with("(did you mean \"kvm\"?)"), "{done}");
}

#[test]
fn a_byte_order_mark_moves_nothing() {
    let dir = Dir::new();
    for text in [&b""[..], b"\xef\xbb\xbf"] {
        dir.write("vm.json", [text, BAD.as_bytes()].concat());
        dir.run(["--format", "short", "vm.json"]).fails(1).says("vm.json:1:17: bad-value: type:");
        dir.write("vm.json", [text, b"{ \"name\": nonsense }"].concat());
        dir.run(["--format", "short", "vm.json"]).fails(1).says("vm.json:1:12: syntax:");
        dir.write("vm.xml", [text, b"<domain typ='kvm'/>"].concat());
        dir.run(["check", "--format", "short", "vm.xml"])
            .fails(1)
            .says("vm.xml:1:9: unknown-attribute: typ:");
    }
}

#[test]
fn json_is_for_tools() {
    let dir = Dir::new();
    dir.write("vm.json", BAD);
    let done = dir.run(["--format", "json", "vm.json"]).fails(1).prints("");
    let problems: Value =
        serde_json::from_str(done.for_tools()).unwrap_or_else(|error| panic!("{error}\n{done}"));
    let problems = problems.as_array().unwrap_or_else(|| panic!("it should be a list\n{done}"));
    assert_eq!(problems.len(), 2, "{done}");
    let keys = [
        "code",
        "column",
        "end_column",
        "end_line",
        "file",
        "help",
        "line",
        "message",
        "notes",
        "path",
        "related",
        "severity",
    ];
    for problem in problems {
        let found: Vec<&String> =
            problem.as_object().map(|object| object.keys().collect()).unwrap_or_default();
        assert_eq!(found, keys, "{done}");
    }
    let first = &problems[0];
    assert_eq!(first["code"], "bad-value", "{done}");
    assert_eq!(first["severity"], "error");
    assert_eq!(first["path"], "type");
    assert_eq!(first["file"], "vm.json");
    assert_eq!((&first["line"], &first["column"]), (&json!(1), &json!(17)), "{done}");
    assert_eq!(first["help"], "did you mean \"kvm\"?");
    // Where nothing is wrong, a check says so in JSON, too.
    dir.write("good.json", GOOD);
    let done = dir.run(["check", "--format", "json", "good.json"]).succeeds();
    assert_eq!(serde_json::from_str::<Value>(&done.stdout).ok(), Some(json!([])), "{done}");
    done.silent();
    // Compiling prints XML there.
    dir.run(["--format", "json", "vm.json"]).fails(1).prints("").says("\"bad-value\"");
}

#[test]
fn colour_is_for_terminals() {
    let dir = Dir::new();
    dir.write("vm.json", BAD);
    dir.run(["vm.json"]).fails(1).does_not_say("\x1b[");
    dir.run(["--color", "never", "vm.json"]).fails(1).does_not_say("\x1b[");
    dir.run(["--color", "always", "vm.json"]).fails(1).says("\x1b[");
    dir.run(["--color", "always", "vm.json"]).env("NO_COLOR", "1").fails(1).says("\x1b[");
}

// --- Check and fmt.

#[test]
fn check_takes_several_files() {
    let dir = Dir::new();
    dir.write("good.json", GOOD);
    dir.write("good.xml", GOOD_XML);
    dir.write("bad.json", BAD);
    dir.write("bad.xml", GOOD_XML.replace("kvm", "kmv"));
    dir.write("host.json", json!({ "domains": [{ "spec": domain("vm", json!({})) }] }).to_string());
    dir.run(["check", "good.json", "good.xml", "host.json"]).succeeds().prints("").finds_nothing();
    let done = dir.run(["check", "bad.xml", "good.json", "bad.json"]).fails(1).prints("");
    done.says("nixvirt-compile: 2 errors in bad.json")
        .says("nixvirt-compile: 1 error in bad.xml")
        .does_not_say("good.json");
    dir.run(["check", "-"]).stdin(GOOD_XML).succeeds().finds_nothing();
    dir.run(["check", "--kind", "network", "good.xml"]).fails(1);
}

#[test]
fn check_says_where_in_xml() {
    let dir = Dir::new();
    dir.write("vm.xml", GOOD_XML.replace("<memory unit='GiB'>", "<memory unit='GiB' slotz='1'>"));
    let done = dir.run(["check", "--format", "short", "vm.xml"]).fails(1);
    done.says("vm.xml:4:22: unknown-attribute: memory.slotz: unknown attribute `slotz`");
}

#[test]
fn fmt_prints_checks_and_writes() {
    let dir = Dir::new();
    dir.write("good.xml", GOOD_XML);
    let ugly = "<domain type=\"kvm\"><os><type>hvm</type></os><name>vm</name><memory unit='GiB'>1</memory>\n\
        <uuid>2A4BC82E-0860-508C-BC82-FDAB49E31CD9</uuid></domain>";
    dir.write("ugly.xml", ugly);
    dir.run(["fmt", "ugly.xml"]).succeeds().prints(GOOD_XML).silent();
    dir.run(["fmt", "-"]).stdin(ugly).succeeds().prints(GOOD_XML);
    dir.run(["fmt", "--check", "ugly.xml"]).fails(1).prints("");
    assert_eq!(dir.read("ugly.xml"), ugly);
    dir.run(["fmt", "--check", "good.xml"]).succeeds().prints("").silent();
    dir.run(["fmt", "--write", "ugly.xml"]).succeeds().prints("").leaves(&["good.xml", "ugly.xml"]);
    assert_eq!(dir.read("ugly.xml"), GOOD_XML);
    dir.write("bad.xml", "<domain type='kvm'><nmae/></domain>");
    dir.run(["fmt", "--write", "bad.xml"]).fails(1).prints("").says("nmae");
    assert_eq!(dir.read("bad.xml"), "<domain type='kvm'><nmae/></domain>");
    // Of several, one that is wrong keeps no other back.
    dir.write("ugly.xml", ugly);
    dir.run(["fmt", "--check", "bad.xml", "good.xml", "ugly.xml"])
        .fails(1)
        .says("nmae")
        .says("ugly.xml is not formatted");
    dir.run(["fmt", "--write", "bad.xml", "good.xml", "ugly.xml"]).fails(1).prints("").says("nmae");
    assert_eq!(dir.read("ugly.xml"), GOOD_XML);
    dir.run(["fmt", "good.xml", "ugly.xml"]).fails(2).prints("").says("`--write` or `--check`");
}

#[test]
fn fmt_writes_through_a_link() {
    let dir = Dir::new();
    dir.write("real/vm.xml", GOOD_XML.replace("  ", " "));
    symlink("real/vm.xml", dir.path().join("vm.xml")).expect("a symbolic link");
    dir.run(["fmt", "--write", "vm.xml"]).succeeds();
    assert_eq!(dir.read("real/vm.xml"), GOOD_XML);
}

/// A definition may hold a password, and who made it unreadable for others meant it.
#[test]
fn an_existing_file_keeps_its_permissions() {
    let dir = Dir::new();
    dir.write("vm.json", GOOD);
    let file = dir.write("vm.xml", GOOD_XML.replace("  ", " "));
    for mode in [0o600, 0o640] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("permissions");
        dir.run(["fmt", "--write", "vm.xml"]).succeeds();
        dir.run(["-o", "vm.xml", "vm.json"]).succeeds();
        assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o777, mode);
    }
}

/// A rename would put a file in the place of the device.
#[test]
fn a_device_stays_a_device() {
    let dir = Dir::new();
    dir.write("vm.json", GOOD);
    symlink("/dev/null", dir.path().join("null")).expect("a symbolic link");
    dir.run(["-o", "null", "vm.json"]).succeeds().leaves(&["null", "vm.json"]);
    let link = fs::symlink_metadata(dir.path().join("null")).expect("the link");
    assert!(link.is_symlink(), "the link should still be one");
    dir.shell("mkfifo pipe && { cat pipe > read & } && \"$0\" -o pipe vm.json && wait").succeeds();
    assert_eq!(dir.read("read"), GOOD_XML);
}

// --- What it says of itself.

#[test]
fn version_and_help() {
    let dir = Dir::new();
    dir.run(["--version"]).succeeds().prints("nixvirt-compile 0.1.0\n");
    dir.run(["--help"])
        .succeeds()
        .mentions("Exit status: 0 fine, 1 the input is wrong, 2 could not run.")
        .silent();
    dir.run(["-h"]).succeeds().mentions("Usage");
    dir.run(["check", "--help"]).succeeds().mentions("FILE");
}

#[test]
fn completions_for_three_shells() {
    let dir = Dir::new();
    for (shell, part) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef nixvirt-compile"),
        ("fish", "complete -c nixvirt-compile"),
    ] {
        let done = dir.run(["completions", shell]).succeeds().silent().mentions(part);
        for word in ["check", "explain", "unknown", "exact"] {
            assert!(done.stdout.contains(word), "{shell} should complete {word}\n{done}");
        }
    }
    dir.run(["completions", "tcl"]).fails(2).says("tcl");
}

#[test]
fn bash_takes_the_completions() {
    let dir = Dir::new();
    dir.shell("\"$0\" completions bash > c && bash -n c").succeeds().silent();
}

#[test]
fn the_man_page_has_every_option() {
    let dir = Dir::new();
    let done = dir.run(["man"]).succeeds().silent().mentions(".TH nixvirt-compile 1");
    for option in ["unknown", "exact", "kind", "output", "format", "color"] {
        assert!(done.stdout.contains(&format!("\\-\\-{option}")), "the page should have --{option}\n{done}");
    }
    let pages = done.stdout.lines().filter_map(|line| {
        line.strip_prefix("nixvirt\\-compile\\-").and_then(|rest| rest.strip_suffix("(1)"))
    });
    let pages: Vec<&str> = pages.collect();
    assert!(pages.contains(&"check"), "the page should name those of the commands: {pages:?}");
    for page in pages {
        dir.run(["man", page]).succeeds().silent().mentions(&format!(".TH nixvirt-compile-{page} 1"));
    }
    dir.run(["man", "check"]).succeeds().mentions("\\-\\-skip\\-foreign");
    dir.run(["man", "chek"]).fails(2).says("there is no command `chek`; there is check, hosts, import");
}

#[test]
fn explain_says_what_may_stand_there() {
    let dir = Dir::new();
    let done = dir.run(["explain", "devices.disk.driver"]).succeeds().silent();
    done.mentions("cache").mentions("`writeback`").mentions("https://libvirt.org/");
    let done = dir.run(["explain", "devices.disk[0].driver.cache"]).succeeds().mentions("`writeback`");
    done.mentions("unsafe: the host caches all, and ignores the guest's flushes");
    dir.run(["explain", "on_reboot"])
        .succeeds()
        .mentions("where it is missing: restart (virDomainDefParseXML");
    dir.run(["explain"]).succeeds().mentions("devices");
    dir.run(["explain", "--kind", "network", "forward"]).succeeds().mentions("mode");
    dir.run(["explain", "os.machine"]).succeeds();
    dir.run(["explain", "features.acpi"]).succeeds().mentions("`true`");
}

#[test]
fn explain_knows_what_was_meant() {
    let dir = Dir::new();
    let done = dir.run(["explain", "devices.disk.drivr"]).done();
    assert_ne!(done.status, 0, "{done}");
    done.says("did you mean `driver`?").prints("");
    let done = dir.run(["explain", "devices.disk.driver.cache.more"]).done();
    assert_ne!(done.status, 0, "{done}");
}

// --- Pipes.

/// Whoever reads the output may stop reading: `nixvirt-compile ... | head -1`. The program ends as `cat` does then.
#[test]
fn a_reader_that_has_enough_gets_no_message() {
    let dir = Dir::new();
    let letter = |number: u8| char::from(b'a' + number % 26);
    let disk = |number: u8, other: u8| {
        let dev: String = ['v', 'd', letter(number / 26), letter(number), letter(other)].iter().collect();
        json!({ "source": { "file": format!("/{dev}.img") }, "target": { "dev": dev } })
    };
    let disks: Vec<Value> =
        (0..192).flat_map(|number| (0..26).map(move |other| disk(number, other))).collect();
    dir.write("vm.json", domain("vm", json!({ "disk": disks })).to_string());
    let mut child = dir.run(["vm.json"]).command();
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it should start");
    let mut line = String::new();
    let mut stdout = BufReader::with_capacity(64, child.stdout.take().expect("a pipe"));
    stdout.read_line(&mut line).expect("a line");
    drop(stdout);
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    let status = child.wait().expect("it should end");
    assert!(line.starts_with("<domain"), "{line:?}");
    assert!(status.code() == Some(141) && said.is_empty(), "{status}: {said}");
}

#[test]
fn a_full_disk_is_an_error() {
    let dir = Dir::new();
    dir.write("vm.json", GOOD);
    dir.shell("\"$0\" vm.json > /dev/full").fails(2);
}
