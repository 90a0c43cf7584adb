//! Discs of domains on a host that is reached by ssh.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "support/images.rs"]
mod images;
#[path = "support/ssh.rs"]
mod ssh;
mod support;

use std::fs;
use std::path::Path;

use images::bundle;
use serde_json::{Value, json};
use ssh::{has_ssh, know, run, sshd};
use support::{Daemon, Guest, Place, writes};

#[test]
fn a_seed_and_a_config_come_by_ssh() {
    if !has_ssh() {
        return;
    }
    let Some(daemon) = Daemon::start() else { return };
    let mut place = Place::new("");
    place.uri = sshd(&daemon, &place);
    know(&place, "host_key");
    // The secret is on this machine; the host gets it in its volumes alone.
    place.write("password", "sesame-of-this-machine\n");
    let (guest, config) = (Guest::new(1), json!({ "ignition": { "version": "3.4.0" } }));
    place.write("guest1.xml", &guest.xml());
    let with = |package: &str| {
        let user = json!({ "packages": [package], "password": { "file": "password" } });
        let mut bundle = bundle(&place, &[]);
        bundle["domains"] = json!([{
            "definition": "guest1.xml",
            "active": true,
            "cloudInit": { "userData": user, "pool": "images" },
            "ignition": { "config": config, "pool": "images" },
        }]);
        bundle
    };
    let apply = |bundle: &Value| {
        place.bundle(bundle);
        run(&daemon, &place, "apply").expect(0).json()
    };
    let volume = |part: &str| {
        let found = fs::read_dir(place.path().join("images")).unwrap().map(|entry| entry.unwrap().path());
        let found: Vec<_> = found.filter(|path| path.to_string_lossy().contains(part)).collect();
        assert_eq!(found.len(), 1, "{part}: {found:?}");
        found[0].clone()
    };
    apply(&with("curl"));
    let seed = volume("guest1-cidata-");
    let bytes = fs::read(&seed).unwrap();
    assert_eq!(bytes.len() % 2048, 0);
    assert!(String::from_utf8_lossy(&bytes).contains("- curl\npassword: sesame-of-this-machine\n"));
    assert_eq!(fs::read_to_string(volume("guest1-ignition-")).unwrap(), config.to_string());
    let id = daemon.domain(1).id();
    let has = |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        daemon.domain(1).xml_desc(0).unwrap().contains(name)
    };
    assert!(has(&seed) && has(&volume("guest1-ignition-")));
    assert_eq!(writes(&apply(&with("curl"))), 0);
    // Another seed is another medium of the running machine.
    place.bundle(&with("git"));
    assert!(run(&daemon, &place, "plan").expect(0).all().contains("does not run again"));
    apply(&with("git"));
    let other = volume("guest1-cidata-");
    assert!(other != seed && has(&other) && daemon.domain(1).id() == id);
    assert!(String::from_utf8_lossy(&fs::read(other).unwrap()).contains("- git"));
    assert_eq!(writes(&apply(&with("git"))), 0);
    apply(&json!({ "pools": bundle(&place, &[])["pools"], "domains": [] }));
    assert_eq!(fs::read_dir(place.path().join("images")).unwrap().count(), 0);
}
