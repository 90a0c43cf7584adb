//! Mistakes that people make, each with the advice that they get: `tests/fixtures/advice.tsv` has a line for each, the part of a
//! machine (or an object of another kind) in JSON, the place, and the help. `NIXVIRT_BLESS=1` writes the help; read the difference.
//! `tests/fixtures/second-reader.txt` has sixty more, which were written down before the messages were looked at.

use std::fs;

use nixvirt_tests::command::Dir;
use nixvirt_tests::place;
use serde_json::{Value, json};

#[test]
fn mistakes_get_the_right_advice() {
    let file = place::root().join("tests/fixtures/advice.tsv");
    let table = fs::read_to_string(&file).expect("the fixtures");
    let dir = Dir::new();
    let mut wrong = Vec::new();
    let mut new = String::new();
    for line in table.lines() {
        if line.starts_with('#') {
            new.push_str(&format!("{line}\n"));
            continue;
        }
        let mut columns = line.split('\t');
        let (part, path) = (columns.next().expect("a part"), columns.next().expect("a place"));
        let help = columns.next().unwrap_or("");
        let written = if part.starts_with('<') {
            dir.write("spec.xml", part);
            "spec.xml"
        } else {
            dir.write("spec.json", spec(part).to_string());
            "spec.json"
        };
        let done = dir.run(["check", "--format", "json", written]).done();
        let found: Vec<Value> =
            serde_json::from_str(done.for_tools()).unwrap_or_else(|error| panic!("{error}\n{done}"));
        let at_place = found.iter().find(|located| located["path"] == path);
        let said = at_place.and_then(|located| located["help"].as_str()).unwrap_or("");
        if said.is_empty() || said != help {
            wrong.push(format!("{line}\n    but: {found:#?}"));
        }
        new.push_str(&format!("{part}\t{path}\t{said}\n"));
    }
    if std::env::var_os("NIXVIRT_BLESS").is_some() {
        fs::write(&file, new).expect("the fixtures can be written");
        wrong.retain(|wrong| wrong.contains("\"help\": Null"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_first_line_says_what_to_write() {
    let file = place::root().join("tests/fixtures/second-reader.txt");
    let cases = fs::read_to_string(&file).expect("the fixtures");
    let dir = Dir::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases.split("\n=== ").skip(1) {
        let (head, rest) = case.split_once('\n').expect("a head");
        let (document, wanted) = rest.rsplit_once("\n--- ").expect("what the line has to say");
        let (name, _) = head.split_once(' ').expect("a name");
        dir.write(name, document.replace("BASE", base(name)));
        let done = dir.run(["check", "--format", "short", name]).done();
        let said = done.stderr.lines().next().unwrap_or("");
        let wanted = wanted.trim_end();
        let says = |words: &str| words.split(" & ").all(|word| said.contains(word.trim()));
        if !wanted.replace("||", "|").split(" | ").any(says) {
            wrong.push(format!("{head}\n  wanted: {wanted}\n  said: {said}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, 60);
}

/// A small machine without devices, in the language of a file, to be put into an object.
fn base(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("json") => {
            r#""type": "kvm", "name": "vm", "memory": 1048576, "vcpu": 1, "os": { "type": "hvm", "arch": "x86_64", "machine": "q35" }"#
        }
        Some("nix") => {
            r#"type = "kvm"; name = "vm"; memory = 1048576; vcpu = 1; os = { type = "hvm"; arch = "x86_64"; machine = "q35"; }"#
        }
        _ => {
            "<name>vm</name><memory>1048576</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>"
        }
    }
}

/// The object that a part of a machine, or an object of another kind, is given as.
fn spec(part: &str) -> Value {
    let part: Value = serde_json::from_str(part).expect("JSON");
    let mut spec = match part.get("kind") {
        Some(_) => json!({ "name": "a" }),
        None => json!({ "name": "a", "type": "kvm", "memory": 65536, "os": { "type": "hvm" } }),
    };
    for (key, value) in part.as_object().expect("a set") {
        match (spec.get_mut(key).and_then(Value::as_object_mut), value.as_object()) {
            (Some(there), Some(more)) => there.extend(more.clone()),
            _ => spec[key] = value.clone(),
        }
    }
    spec
}

/// Objects with one mistake that shows at several places: the code, and how many places besides the first one are named.
const ONE_CAUSE: &[(&str, &str, usize)] = &[
    (
        r#"{ BASE, "features": { "hyperv": { "mode": "passthrough", "relaxed": { "state": true }, "vapic": { "state": true }, "spinlocks": { "state": true } } } }"#,
        "misplaced",
        2,
    ),
    (
        r#"{ BASE, "cpu": { "mode": "custom" }, "devices": { "graphics": { "type": "sdl", "port": 5900, "tlsPort": 5901, "autoport": false } } }"#,
        "misplaced",
        2,
    ),
    (
        r#"{ BASE, "devices": { "channel": { "type": "spicevmc", "target": { "type": "virtio", "name": "com.redhat.spice.0" } },
            "redirdev": [ { "type": "spicevmc", "bus": "usb" }, { "type": "spicevmc", "bus": "usb" } ] } }"#,
        "spice-without-graphics",
        2,
    ),
    (
        r#"{ BASE, "devices": { "controller": { "type": "usb", "model": "none" }, "input": [ { "type": "tablet", "bus": "usb" }, { "type": "mouse", "bus": "usb" } ] } }"#,
        "usb-without-bus",
        2,
    ),
    (
        "<domain type='kvm'>BASE<metadata><app:a>1</app:a><app:b app:c='2'/></metadata></domain>",
        "undeclared-prefix",
        0,
    ),
    (
        "<domain type='kvm'>BASE<features><hyperv mode='passthrough'><relaxed state='on'/><vapic state='on'/></hyperv></features></domain>",
        "misplaced",
        1,
    ),
];

#[test]
fn one_cause_is_said_once_with_its_other_places() {
    let dir = Dir::new();
    for (document, code, places) in ONE_CAUSE {
        let name = if document.starts_with('<') { "vm.xml" } else { "vm.json" };
        dir.write(name, document.replace("BASE", base(name)));
        let done = dir.run(["check", "--format", "json", name]).done();
        let found: Vec<Value> =
            serde_json::from_str(done.for_tools()).unwrap_or_else(|error| panic!("{error}\n{done}"));
        let of_code: Vec<&Value> = found.iter().filter(|located| located["code"] == *code).collect();
        let [one] = of_code.as_slice() else { panic!("{document}\n{found:#?}") };
        let related = one["related"].as_array().map_or(&[][..], Vec::as_slice);
        assert!(found.len() == 1 || *places > 0, "{document}\n{found:#?}");
        // USB that is switched off is a place of its own.
        assert_eq!(related.len(), *places, "{document}\n{one:#?}");
        let mut lines: Vec<_> = related.iter().map(|place| place.to_string()).collect();
        lines.dedup();
        assert_eq!(lines.len(), related.len(), "each is at a place of its own: {one:#?}");
    }
}

#[test]
fn a_networks_keys_without_a_kind_are_said_once() {
    let dir = Dir::new();
    let network = r#"{ "name": "lan", "forward": { "mode": "nat" }, "bridge": { "name": "virbr9" }, "ip": { "address": "10.0.0.1", "prefix": 24 } }"#;
    dir.write("net.json", network);
    let said = dir.run(["check", "--format", "short", "net.json"]).fails(1).stderr;
    let problems: Vec<_> = said.lines().filter(|line| line.starts_with("net.json:")).collect();
    let [one] = problems.as_slice() else { panic!("{said}") };
    assert!(one.contains(r#"write `"kind": "network"` in it, or compile it with `--kind network`"#), "{one}");
}

#[test]
fn what_is_derived_contradicts_nothing_that_is_written() {
    let dir = Dir::new();
    let uuid = "1ccfd97d-5eb4-478a-bbe6-88d254c16db7";
    let system = json!({ "type": "smbios", "system": { "entry": [{ "name": "uuid", "value": uuid }] } });
    let told = spec(&json!({ "sysinfo": system }).to_string());
    dir.write("vm.json", told.to_string());
    dir.run(["vm.json"]).succeeds().mentions(&format!("<uuid>{uuid}</uuid>"));
    dir.write("filter.json", r#"{ "kind": "nwfilter", "name": "clean" }"#);
    let filter = dir.run(["filter.json"]).succeeds();
    filter.mentions("<filter name='clean'").mentions("<uuid>");
}
