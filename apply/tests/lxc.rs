//! Containers: libvirt's LXC driver, with real ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::io::Write;

use serde_json::json;
use support::{Daemon, Place, actions, uuid, writes};
use virt::connect::Connect;

/// A container that shares the machine's files.
fn container(memory: u32, title: &str) -> String {
    format!(
        "<domain type='lxc'><name>box</name><uuid>{}</uuid><title>{title}</title><memory unit='MiB'>{memory}</memory>\
         <os><type arch='x86_64'>exe</type><init>/bin/sleep</init><initarg>1000</initarg></os>\
         <devices><console type='pty'/></devices></domain>",
        uuid(1)
    )
}

#[test]
fn a_container_is_declared_changed_and_removed_and_has_hooks() {
    let Some(mut daemon) = Daemon::start() else { return };
    let Ok(connect) = Connect::open(Some(&daemon.lxc())) else {
        let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        assert!(!ci, "CI must have libvirt's LXC driver");
        let _ = writeln!(std::io::stderr().lock(), "SKIPPED: this libvirt has no LXC driver");
        return;
    };
    drop(connect);
    let place = Place::new(&daemon.lxc());
    let log = place.path().join("log");
    let hook = format!("echo \"$1 $2\" >> '{}'", log.display());
    let hooks = json!({ "prepare": hook, "started": hook, "stopped": hook, "release": hook });
    let bundle = json!({ "domains": [{ "definition": "1.xml", "active": true, "hooks": hooks }] });
    place.write("1.xml", &container(64, "one"));
    place.bundle(&bundle);
    place.run("apply", &[]).expect(1);
    daemon.restart();
    place.apply(&bundle);
    assert_eq!(fs::read_to_string(&log).unwrap(), "box prepare\nbox started\n");
    assert_eq!(writes(&place.apply(&bundle)), 0);
    let domain = || Connect::open(Some(&daemon.lxc())).unwrap().lookup_domain_by_name("box").unwrap();
    let id = domain().id().unwrap();
    assert!(daemon.connect().lookup_domain_by_name("box").is_err());
    // What the driver cannot change in a running container takes a restart.
    place.write("1.xml", &container(96, "two"));
    assert_eq!(actions(&place.plan(&bundle), "box"), ["update", "restart"]);
    place.apply(&bundle);
    assert_ne!(domain().id(), Some(id));
    let xml = domain().xml_desc(0).unwrap();
    assert!(xml.contains("<title>two</title>") && xml.contains(">98304</memory>"), "{xml}");
    assert_eq!(writes(&place.apply(&bundle)), 0);
    fs::remove_file(&log).unwrap();
    assert_eq!(actions(&place.plan(&json!({ "domains": [] })), "box"), ["undefine", "stop"]);
    place.apply(&json!({ "domains": [] }));
    // The driver may clean up after a container twice: when it is told to stop it, and when it notices that it is gone.
    let called = fs::read_to_string(&log).unwrap();
    let mut called: Vec<&str> = called.lines().collect();
    called.dedup();
    assert_eq!(called, ["box stopped", "box release"]);
    assert!(Connect::open(Some(&daemon.lxc())).unwrap().list_all_domains(0).unwrap().is_empty());
    assert!(!place.path().join("state/hooks/lxc").exists());
}
