//! Whose an object is: however the host's URI is spelt, whoever asks, and whichever of several bundles declares it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use support::{Daemon, Guest, Place, actions, writes};

fn guests(place: &Place, numbers: &[u32], more: Value) -> Value {
    let entries = numbers.iter().map(|number| {
        place.write(&format!("{number}.xml"), &Guest::new(*number).xml());
        json!({ "definition": format!("{number}.xml") })
    });
    let mut bundle = json!({ "domains": entries.collect::<Vec<_>>() });
    bundle.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    bundle
}

fn count(daemon: &Daemon) -> usize {
    daemon.connect().list_all_domains(0).unwrap().len()
}

fn state_files(place: &Place) -> Vec<(String, bool)> {
    let all = fs::read_dir(place.path().join("state")).unwrap().flatten();
    let mut found: Vec<_> = all
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path().is_symlink()))
        .filter(|(name, _)| name.ends_with(".state"))
        .collect();
    found.sort();
    found
}

#[test]
fn another_spelling_of_the_uri_is_the_same_host() {
    let Some(daemon) = Daemon::start() else { return };
    let mut place = Place::new(&daemon.uri());
    let first = place.uri.clone();
    place.apply(&guests(&place, &[1, 2], json!({})));
    let other = format!("{first}&mode=direct");
    place.uri.clone_from(&other);
    // It is known there, too, for the plan as for the run.
    let plan = place.plan(&guests(&place, &[1], json!({})));
    assert_eq!(actions(&plan, "guest2"), ["undefine"], "{plan:#}");
    assert_eq!(actions(&plan, "guest1"), ["unchanged"], "{plan:#}");
    place.apply(&guests(&place, &[1], json!({})));
    assert_eq!(count(&daemon), 1);
    // An earlier release finds it under each name.
    let files = state_files(&place);
    assert_eq!(files.len(), 2, "{files:?}");
    assert_eq!(files.iter().filter(|(_, is_link)| *is_link).count(), 1, "{files:?}");
    let path = nixvirt_apply::state::path_of(&place.path().join("state"), &other, "state");
    assert!(fs::read(path).unwrap().starts_with(b"nixvirt-state 1\n"));
    place.uri = first;
    assert_eq!(writes(&place.apply(&guests(&place, &[1], json!({})))), 0);

    // Two states of an earlier release, which knew nothing of that, become one.
    let folder = place.path().join("state");
    let own = nixvirt_apply::state::path_of(&folder, &place.uri, "state");
    let second = nixvirt_apply::state::path_of(&folder, &other, "state");
    fs::remove_file(&second).unwrap();
    fs::rename(&own, folder.join("kept")).unwrap();
    place.uri.clone_from(&other);
    place.apply(&guests(&place, &[3], json!({})));
    fs::rename(folder.join("kept"), &own).unwrap();
    assert!(!second.is_symlink());
    let plan = place.apply(&guests(&place, &[3], json!({})));
    assert!(plan["notes"].is_array(), "{plan:#}");
    assert_eq!(count(&daemon), 1, "guest1 was ours under the other name");
    assert_eq!(state_files(&place).iter().filter(|(_, is_link)| *is_link).count(), 1);
}

#[test]
fn bundles_with_names_leave_each_other_alone() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let lab = |numbers: &[u32]| guests(&place, numbers, json!({ "owner": "lab" }));
    place.apply(&guests(&place, &[1, 2], json!({})));
    place.apply(&lab(&[3, 4]));
    assert_eq!(count(&daemon), 4);
    place.apply(&guests(&place, &[1], json!({})));
    assert_eq!(count(&daemon), 3);
    place.apply(&lab(&[3]));
    assert_eq!(count(&daemon), 2);
    assert_eq!(writes(&place.apply(&guests(&place, &[1], json!({})))), 0);
    // Who declares what was another one's has it from then on.
    let plan = place.plan(&lab(&[1, 3]));
    assert!(plan.to_string().contains("so far it belongs to a bundle without a name"), "{plan:#}");
    place.apply(&lab(&[1, 3]));
    place.apply(&guests(&place, &[], json!({})));
    assert_eq!(count(&daemon), 2);
    place.apply(&lab(&[]));
    assert_eq!(count(&daemon), 0);
}

#[test]
fn what_is_protected_stays() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let protected = |value: bool| {
        let mut bundle = guests(&place, &[1, 2], json!({}));
        bundle["domains"][0]["protect"] = json!(value);
        bundle
    };
    place.apply(&protected(false));
    // Saying it changes nothing on the host.
    assert_eq!(writes(&place.apply(&protected(true))), 0);
    place.bundle(&guests(&place, &[], json!({})));
    for command in ["plan", "apply"] {
        let ran = place.run(command, &["--format", "json"]).expect(1);
        assert!(ran.all().contains("it is protected") && ran.all().contains("[protected]"), "{}", ran.all());
    }
    assert_eq!(count(&daemon), 1, "the other one is gone");
    place.apply(&protected(false));
    place.apply(&guests(&place, &[], json!({})));
    assert_eq!(count(&daemon), 0);
}

/// A user whose plan cannot see what root remembers is told so.
#[test]
fn a_plan_without_the_state_is_none() {
    let place = Place::new("qemu:///system");
    place.write("1.xml", &Guest::new(1).xml());
    place.bundle(&json!({ "domains": [{ "definition": "1.xml" }] }));
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let script = "mkdir -p /var/lib/nixvirt && mount -t tmpfs -o mode=700 none /var/lib/nixvirt && \
                  exec setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nonexistent \"$@\"";
    let output = Command::new("unshare")
        .args([
            "--mount",
            "sh",
            "-ec",
            script,
            "sh",
            env!("CARGO_BIN_EXE_nixvirt-apply"),
            "plan",
            "--connect",
        ])
        .arg(&place.uri)
        .arg(place.path().join("bundle.json"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("/var/lib/nixvirt") && said.contains("as root"), "{said}");
    assert!(said.contains("[state-of-root]"), "{said}");
}
