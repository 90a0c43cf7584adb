//! Seeds, discs and configurations for the first boot: one verdict on them, whoever gives it, and what editors offer there.

use nixvirt_compiler::nix::print;
use nixvirt_compiler::parse_json;
use nixvirt_tests::command::Dir;
use nixvirt_tests::editor::{Marked, labels, start};
use serde_json::{Value, json};

/// The places and codes of what is wrong with a domain that has these keys, by what a run says of a file.
fn said(dir: &Dir, file: &str, holder: &str) -> Vec<(String, String)> {
    let done = dir.run(["check", file, "--format", "json"]).done();
    let found: Vec<Value> =
        serde_json::from_str(done.for_tools()).unwrap_or_else(|error| panic!("{error}\n{done}"));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let place = |found: &Value| text(&found["path"]).trim_start_matches(holder).to_owned();
    let mut found: Vec<_> = found.iter().map(|found| (place(found), text(&found["code"]))).collect();
    found.sort();
    found
}

#[test]
fn a_nix_file_and_a_bundle_get_one_verdict() {
    let dir = Dir::new();
    let version = json!({ "version": "3.4.0" });
    let config =
        |key: &str, value: Value| json!({ "ignition": { "config": { "ignition": version, key: value } } });
    let cases = [
        (
            json!({ "cloudInit": { "userData": { "users": [{ "name": "a", "ssh_authorised_keys": [] }] } } }),
            "cloud-config-key",
        ),
        (json!({ "cloudInit": { "userData": { "users": [{ "shell": "/bin/sh" }] } } }), "cloud-config-value"),
        (json!({ "cloudInit": { "userData": "packages: [curl]" } }), "cloud-config-header"),
        (json!({ "cloudInit": { "vendorData": "#cloud-config\npackages: [" } }), "cloud-config-syntax"),
        (json!({ "cloudInit": { "usrData": {} } }), "unknown-attribute"),
        (json!({ "cloudInit": { "userData": 1 } }), "wrong-shape"),
        (json!({ "cloudInit": { "userData": {}, "networkConfig": { "version": 3 } } }), "cloud-config-value"),
        (json!({ "cloudInit": { "networkConfig": { "ethernets": {} } } }), "cloud-config-value"),
        (json!({ "ignition": { "config": { "storage": {} } } }), "ignition-version"),
        (json!({ "ignition": { "pool": "images" } }), "missing"),
        (json!({ "discs": { "a": { "files": { "b": 1 } } } }), "wrong-shape"),
        (json!({ "discs": { "a": { "files": {}, "label": "a label" } } }), "bad-value"),
        (json!({ "discs": { "a": { "file": {} } } }), "unknown-attribute"),
        (json!({ "ignition": { "config": { "ignition": { "version": "2.3.0" } } } }), "ignition-version"),
        (json!({ "ignition": { "config": { "ignition": { "version": 3 } } } }), "ignition-version"),
        (json!({ "ignition": { "config": { "variant": "fcos", "version": "1.5.0" } } }), "ignition-butane"),
        (json!({ "ignition": { "config": "variant: fcos\nversion: 1.5.0\n" } }), "ignition-butane"),
        (json!({ "ignition": { "config": "#cloud-config\n" } }), "ignition-syntax"),
        (json!({ "ignition": { "config": "{ \"ignition\": { } }" } }), "ignition-version"),
        (json!({ "ignition": { "confg": {} } }), "unknown-attribute"),
        (json!({ "ignition": { "config": { "ignition": version }, "name": "etc/ignition" } }), "bad-value"),
        (config("system", json!({})), "ignition-key"),
        (config("storage", json!({ "file": [] })), "ignition-key"),
        (config("storage", json!({ "files": [{ "path": "/a", "mode": "0644" }] })), "ignition-value"),
        (config("storage", json!({ "files": [{ "mode": 420 }] })), "ignition-value"),
        (config("systemd", json!({ "units": [{ "name": "a.service", "enable": true }] })), "ignition-key"),
        (
            config(
                "passwd",
                json!({ "users": [{ "name": "core", "sshAuthorizedKeys": "ssh-ed25519 AAAA" }] }),
            ),
            "ignition-value",
        ),
        (config("kernelArguments", json!({ "shouldExist": "quiet" })), "ignition-value"),
    ];
    for (keys, code) in cases {
        let spec = json!({ "name": "web", "type": "kvm", "memory": 65536, "os": { "type": "hvm" } });
        let mut entry = json!({ "spec": spec });
        entry.as_object_mut().expect("a set").extend(keys.as_object().expect("a set").clone());
        dir.write("bundle.json", json!({ "domains": [entry] }).to_string());
        let bundle = dir.read("bundle.json");
        let nix = print(&parse_json(bundle.as_bytes()).expect("JSON").value).text;
        let option = format!("{{ virtualisation.libvirt.connections.\"qemu:///system\" = {nix}; }}");
        dir.write("module.nix", option);
        let of_bundle = said(&dir, "bundle.json", "domains[0].");
        assert!(of_bundle.iter().any(|(_, found)| found == code), "{keys}: {of_bundle:?}");
        assert_eq!(said(&dir, "module.nix", ""), of_bundle, "{keys}");
    }
}

#[test]
fn editors_know_what_a_machine_reads_at_its_first_boot() {
    let (_dir, mut editor) = start();
    let domain = |inner: &str| {
        format!("{{ virtualisation.libvirt.connections.\"qemu:///system\".domains.web = {{ {inner} }}; }}")
    };
    for (inner, wanted) in [
        ("cloudInit = { | };", &["userData", "networkConfig", "instanceId", "pool"][..]),
        ("discs.answers = { | };", &["files", "label"]),
        ("ignition = { | };", &["config", "name", "pool"]),
    ] {
        let items = editor.offered("x.nix", &domain(inner));
        let labels = labels(&items);
        wanted.iter().for_each(|label| assert!(labels.contains(label), "{label} in {inner}: {labels:?}"));
    }
    let Marked { text, offset } = Marked::new(&domain("cloudInit.instance|Id = \"content\";"));
    let uri = editor.open("y.nix", &text);
    let shown = editor.hover(&uri, offset).expect("a hover");
    assert!(shown.contains("cloud-init does what it does once"), "{shown}");
    let uri = editor.open("z.nix", &domain("cloudInit.userData.package = [ ];"));
    let found = editor.diagnostics(&uri, 1);
    assert!(found.iter().any(|found| found.message.contains("did you mean `packages`?")), "{found:?}");
    assert_eq!(editor.finish(), Some(0));
}
