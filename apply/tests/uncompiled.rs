//! Bundles that were not compiled: specs and templates come to a host as they do when `nixvirt-compile` compiles them, and what
//! is wrong with them is said in its words.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::path::Path;

use nixvirt_compiler::{Around, CompileOptions, Severity, parse_json};
use nixvirt_expand::template::{HostPackages, expand_and_compile};
use nixvirt_ide::check::check_value;
use nixvirt_ide::files::Nowhere;
use serde_json::{Value, json};
use support::{Daemon, Place, actions, uuid, writes};

/// A bundle of specs and templates.
fn bundle(place: &Place) -> Value {
    let images = place.path().join("images");
    json!({
        "domains": [
            { "template": "linux", "args": { "name": "made", "uuid": uuid(1), "memory": { "count": 64, "unit": "MiB" }, "devices": { "graphics": { "type": "vnc" } } } },
            {
                "spec": {
                    "type": "qemu", "name": "plain", "uuid": uuid(2), "memory": 65536,
                    "os": { "type": "hvm", "arch": "x86_64", "machine": "q35" },
                },
                "autostart": true,
            },
        ],
        "networks": [{ "template": "bridge", "args": { "name": "lan", "uuid": uuid(3), "subnet_byte": 71 } }],
        "pools": [{
            "spec": { "type": "dir", "name": "images", "uuid": uuid(4), "target": { "path": images } },
            "active": true,
            "volumes": [
                { "spec": { "name": "disk.raw", "capacity": 65536, "target": { "format": { "type": "raw" } } } },
            ],
        }],
    })
}

/// The same, compiled into a folder.
fn compiled(bundle: &Value, folder: &Path) -> Value {
    let text = bundle.to_string();
    let parsed = parse_json(text.as_bytes()).unwrap();
    let around = Around { folder: folder.to_str().unwrap(), ..Around::NOTHING };
    let compile = || {
        let host = HostPackages::default();
        expand_and_compile(parsed.value, CompileOptions::DEFAULT, &host, &around, &|path| {
            fs::read_to_string(path)
        })
        .unwrap()
        .0
    };
    let compiled = nixvirt_evaluator::with_stack(compile).unwrap();
    for file in &compiled.files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.xml).unwrap();
    }
    serde_json::to_value(&compiled.index).unwrap()
}

#[test]
fn a_bundle_that_was_not_compiled_is_applied_as_the_compiled_one_is() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let bundle = bundle(&place);
    let first = place.apply(&bundle);
    for (name, action) in [("made", "create"), ("plain", "create"), ("lan", "create"), ("images", "create")] {
        assert!(actions(&first, name).contains(&action.to_owned()), "{name}: {first:#}");
    }
    let connect = daemon.connect();
    let domain = connect.lookup_domain_by_uuid_string(&uuid(1)).unwrap();
    assert_eq!(domain.name().unwrap(), "made");
    assert!(place.path().join("images/disk.raw").exists(), "{first:#}");
    let again = place.apply(&bundle);
    assert_eq!(writes(&again), 0, "{again:#}");
    let same = place.apply(&compiled(&bundle, &place.path().join("compiled")));
    assert_eq!(writes(&same), 0, "{same:#}");
}

#[test]
fn what_is_wrong_is_said_in_the_words_of_the_compiler() {
    let place = Place::new("test:///default");
    let bundle = json!({
        "domains": [
            { "template": "linus", "args": { "name": "a" } },
            { "template": "linux", "args": { "name": "b", "memory": "much", "uuid": uuid(1) } },
            { "template": "linux", "args": { "name": "c", "vcpu": { "cuont": 2 } } },
            { "spec": { "type": "kvm", "name": "d", "memory": 65536, "oss": { } }, "actve": true },
            { "spec": { "type": "kvm", "name": "e" }, "template": "linux" },
        ],
        "networks": [{ "definition": "nowhere.xml" }],
        "prune": "ownd",
        "shutdown": { "method": "destroy" },
    });
    place.bundle(&bundle);
    let ran = place.run("plan", &[]).expect(1);
    let text = bundle.to_string();
    let check = || {
        let value = parse_json(text.as_bytes()).unwrap().value;
        let host = HostPackages::default();
        check_value(value, CompileOptions::DEFAULT, Path::new("bundle.json"), &host, &Nowhere).diagnostics
    };
    let found = nixvirt_evaluator::with_stack(check).unwrap();
    let errors: Vec<_> = found.iter().filter(|found| found.severity == Severity::Error).collect();
    assert!(errors.len() >= 7, "{found:#?}");
    for error in errors {
        let said = format!("{}: {}", error.path, error.problem.with_help());
        assert!(ran.stderr.contains(&said), "{said}\n{}", ran.all());
    }
}

/// Nothing that a bundle can say is taken for the file of what is compiled.
#[test]
fn a_definition_of_the_bundles_own_stays_a_file() {
    let place = Place::new("test:///default");
    place.bundle(&json!({
        "domains": [{ "spec": { "type": "test", "name": "a", "memory": 65536, "os": { "type": "hvm" } } }],
        "networks": [{ "definition": "\0compiled/domains/a.xml" }],
    }));
    let ran = place.run("plan", &[]).expect(1);
    assert!(ran.stderr.contains("networks[0].definition: "), "{}", ran.all());
}
