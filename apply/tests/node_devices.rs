//! Mediated devices: defined, found again, changed, removed. No device of a machine that tests run on can be split, so that none
//! is started.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use nixvirt_compiler::NAMESPACE;
use nixvirt_libvirt_calls::node_device_autostart;
use serde_json::{Value, json};
use support::{Daemon, Place, writes};
use uuid::Uuid;

/// Writes the definition of a mediated device of that type, which gets its UUID from its name.
fn define(place: &Place, parent: &str, kind: &str) {
    let capability = format!("<capability type='mdev'><type id='{kind}'/></capability>");
    let device = format!("<device><name>vgpu</name><parent>{parent}</parent>{capability}</device>");
    place.write("vgpu.xml", &device);
}

/// libvirt's list of the mediated devices that it keeps.
fn kept(daemon: &Daemon) -> Vec<(String, bool)> {
    let all = daemon.connect().list_all_node_devices(0).unwrap().into_iter();
    let mediated = all.filter(|device| device.name().unwrap().starts_with("mdev_"));
    mediated.map(|device| (device.xml_desc(0).unwrap(), node_device_autostart(&device).unwrap())).collect()
}

#[test]
fn a_mediated_device_is_kept_as_declared() {
    let Some(daemon) = Daemon::start() else { return };
    if !support::has_mdevctl() {
        return;
    }
    let parent = support::pci_device(&daemon.connect());
    let place = Place::new(&daemon.uri());
    let bundle = |more: Value| {
        let mut device = json!({ "definition": "vgpu.xml" });
        device.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "nodedevs": [device] })
    };
    define(&place, &parent, "i915-GVTg_V5_4");
    let uuid = Uuid::new_v5(&NAMESPACE, b"nodedev/vgpu").to_string();

    place.apply(&bundle(json!({ "autostart": true })));
    let found = kept(&daemon);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0.contains(&uuid) && found[0].0.contains("i915-GVTg_V5_4") && found[0].1, "{found:?}");
    assert_eq!(writes(&place.apply(&bundle(json!({ "autostart": true })))), 0);

    // Another type is another definition, under the same uuid; autostart stays.
    define(&place, &parent, "i915-GVTg_V5_8");
    place.apply(&bundle(json!({})));
    let found = kept(&daemon);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0.contains(&uuid) && found[0].0.contains("i915-GVTg_V5_8") && found[0].1, "{found:?}");
    assert_eq!(writes(&place.apply(&bundle(json!({})))), 0);

    place.apply(&json!({ "nodedevs": [] }));
    assert_eq!(kept(&daemon), []);
}

#[test]
fn a_definition_that_is_refused_leaves_the_old_one() {
    let Some(daemon) = Daemon::start() else { return };
    if !support::has_mdevctl() {
        return;
    }
    let parent = support::pci_device(&daemon.connect());
    let place = Place::new(&daemon.uri());
    let bundle = json!({ "nodedevs": [{ "definition": "vgpu.xml", "autostart": true }] });
    define(&place, &parent, "a");
    place.apply(&bundle);
    let before = kept(&daemon);
    define(&place, "pci_none", "a");
    place.bundle(&bundle);
    place.run("apply", &[]).expect(1);
    assert_eq!(kept(&daemon), before);
}
