//! The files of the Nix store that machines need outlast its garbage collector: with the real Nix, on a store of the
//! test's own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "support/store.rs"]
mod store;
mod support;

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use store::Store;
use support::{Daemon, Guest, Place};

#[test]
fn what_a_machine_was_defined_started_and_saved_with_is_kept() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let bundle = |emulator: &str, more: Value| {
        let mut guest = Guest::new(1);
        guest.devices = format!("<emulator>{emulator}</emulator>");
        place.write("vm.xml", &guest.xml());
        let mut entry = json!({ "definition": "vm.xml", "active": true });
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "domains": [entry] })
    };
    let add = |number: u32| {
        let script = place.script(&format!("qemu-{number}"), "exec qemu-system-x86_64 \"$@\"\n");
        store.nix(&["--add", script.to_str().unwrap()])
    };
    let there = |path: &str| Path::new(path).exists();
    let (first, other) = (add(1), add(9));
    store.apply(&place, &bundle(&first, json!({})));
    store.collect();
    assert!(there(&first) && !there(&other), "the collector works, and leaves what is defined");

    // It runs with the first one and is defined with the second.
    let second = add(2);
    store.apply(&place, &bundle(&second, json!({})));
    store.collect();
    assert!(there(&first) && there(&second));
    daemon.domain(1).managed_save(0).unwrap();
    store.apply(&place, &bundle(&second, json!({ "active": null })));
    store.collect();
    // Its saved state was brought to the second.
    assert!(!there(&first) && there(&second));
    store.apply(&place, &bundle(&second, json!({})));
    assert!(daemon.domain(1).is_active().unwrap());

    // An image below that of a disk.
    std::fs::write(place.path().join("base"), vec![0; 1 << 20]).unwrap();
    let base = store.nix(&["--add", place.path().join("base").to_str().unwrap()]);
    let image = place.path().join("over.qcow2");
    let mut make = Command::new("qemu-img");
    make.args(["create", "-q", "-f", "qcow2", "-F", "raw", "-b", &base]).arg(&image);
    assert!(make.status().unwrap().success());
    let mut guest = Guest::new(1);
    guest.devices = format!(
        "<emulator>{second}</emulator><disk type='file'><driver name='qemu' type='qcow2'/><source file='{}'/><target dev='vda'/></disk>",
        image.display()
    );
    place.write("vm.xml", &guest.xml());
    store.apply(&place, &json!({ "domains": [{ "definition": "vm.xml", "active": false }] }));
    store.collect();
    assert!(there(&base) && there(&second));
    store.apply(&place, &json!({ "domains": [{ "definition": "vm.xml", "active": true }] }));

    // Nothing is kept for what is gone.
    store.apply(&place, &json!({ "domains": [] }));
    store.collect();
    assert!(!there(&base) && !there(&second));
}
