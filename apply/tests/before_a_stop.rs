//! The obstacles to starting a machine or network again are found before it is stopped: the plan names them, with the
//! entry and the way out, and what runs goes on.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use serde_json::{Value, json};
use support::{Daemon, Guest, Place, actions, uuid};

/// A run where the daemon is: its bridges are not those of the test.
fn beside(daemon: &Daemon, place: &Place, command: &str) -> Output {
    let run = place.command(command, &["--format", "json"]);
    let mut entered = Command::new("nsenter");
    entered.arg(format!("--net={}", daemon.network_namespace().display()));
    entered.arg(run.get_program()).args(run.get_args()).env("LC_ALL", "C").env_remove("JOURNAL_STREAM");
    entered.output().unwrap()
}

fn object(output: &Output) -> Value {
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    all[0]["objects"][0].clone()
}

fn with_memory(guest: &mut Guest, megabytes: u32) {
    guest.memory = format!("<uuid>{}</uuid><memory unit='MiB'>{megabytes}</memory>", uuid(1));
}

#[test]
fn what_a_machine_cannot_start_with_is_in_the_plan() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    let bundle = |guest: &Guest, more: Value| {
        place.write("vm.xml", &guest.xml());
        let mut entry = json!({ "definition": "vm.xml", "active": true });
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        place.bundle(&json!({ "domains": [entry] }));
    };
    bundle(&guest, json!({}));
    place.run("apply", &[]).expect(0);
    let id = daemon.domain(1).id();
    with_memory(&mut guest, 48);
    let card = |source: &str, target: &str| {
        format!(
            "<interface type='bridge'><source bridge='{source}'/>{target}<model type='virtio'/></interface>"
        )
    };
    let share = |driver: &str, folder: &str, more: &str| {
        format!(
            "<filesystem type='mount' accessmode='passthrough'><driver type='{driver}'/>{more}<source dir='{folder}'/>\
             <target dir='share'/></filesystem>"
        )
    };
    let host_device = "<hostdev mode='subsystem' type='pci' managed='yes'><source>\
                       <address domain='0x0000' bus='0xfe' slot='0x1f' function='0x7'/></source></hostdev>";
    let usb = "<hostdev mode='subsystem' type='usb'><source><vendor id='0xfefe'/><product id='0x0101'/></source></hostdev>";
    let cases = [
        (
            card("nixvirt-none", ""),
            "the bridge `nixvirt-none` does not exist on the host (`devices.interface[0].source.bridge`)",
        ),
        (
            card("lo", "<target dev='a-name-that-is-long'/>"),
            "the name `a-name-that-is-long` is too long for a network interface",
        ),
        (
            "<interface type='direct'><source dev='no-card' mode='bridge'/></interface>".to_owned(),
            "the network card `no-card`",
        ),
        (
            "<interface type='network'><source network='none'/></interface>".to_owned(),
            "it needs the network `none`",
        ),
        (host_device.to_owned(), "the host has no PCI device 0000:fe:1f.7 (`devices.hostdev[0].source`)"),
        (usb.to_owned(), "the host has no USB device fefe:0101"),
        (
            "<disk type='file'><source file='/nowhere/at/all.img'/><target dev='vda' bus='virtio'/></disk>"
                .to_owned(),
            "its image /nowhere/at/all.img does not exist (`devices.disk[0].source`)",
        ),
        (
            share("path", "/nowhere/at/all", ""),
            "its shared folder /nowhere/at/all does not exist (`devices.filesystem[0].source`)",
        ),
        (
            share("virtiofs", "/", "<binary path='/nowhere/virtiofsd'/>"),
            "its virtiofsd /nowhere/virtiofsd does not exist (`devices.filesystem[0].binary.path`)",
        ),
        (share("virtiofs", "/", ""), "the host has no virtiofsd"),
    ];
    for (devices, expected) in cases {
        guest.devices = devices;
        if expected.contains("virtiofsd") {
            guest.top =
                "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>".to_owned();
        }
        bundle(&guest, json!({}));
        for command in ["plan", "apply"] {
            let output = beside(&daemon, &place, command);
            let said = object(&output)["blocked"].to_string();
            assert!(said.contains(expected), "{command}: no {expected} in {said}");
            assert_eq!(output.status.code(), Some(1), "{command}: {said}");
        }
        assert_eq!(daemon.domain(1).id(), id, "{expected}");
    }
    // Seen from elsewhere, nothing is said of bridges: they are those of another network.
    guest.devices = card("nixvirt-none", "");
    bundle(&guest, json!({}));
    let ran = place.run("plan", &["--format", "json"]);
    assert!(!ran.stdout.contains("does not exist on the host"), "{}", ran.all());

    // Hooks: what libvirt would call as root.
    guest.devices = String::new();
    let open = place.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let script = |name: &str, text: &str, mode: u32| {
        let path = place.write(name, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path.display().to_string()
    };
    let hooks = [
        ("/nowhere/hook".to_owned(), "No such file"),
        (script("plain", "#!/bin/sh\n", 0o644), "it is not executable"),
        (script("odd", "#!/nowhere/sh\n", 0o755), "its interpreter /nowhere/sh does not exist"),
        (script("open/hook", "#!/bin/sh\n", 0o755), "everybody can write to the folder"),
        (script("writable", "#!/bin/sh\n", 0o777), "everybody can write to it"),
    ];
    for (hook, expected) in hooks {
        bundle(&guest, json!({ "hooks": { "started": hook } }));
        let ran = place.run("plan", &["--format", "json"]).expect(1);
        assert!(ran.json()["objects"][0]["blocked"].to_string().contains(expected), "{}", ran.all());
        place.run("apply", &[]).expect(1);
        assert_eq!(daemon.domain(1).id(), id, "{expected}");
    }
}

#[test]
fn what_a_network_cannot_start_with_is_in_the_plan() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let network = |name: &str, number: u32, bridge: &str, more: &str, subnet: u32| {
        format!(
            "<network><name>{name}</name><uuid>99999999-2222-3333-4444-{number:012}</uuid>{more}<bridge name='{bridge}'/>\
             <ip address='10.99.{subnet}.1' netmask='255.255.255.0'/></network>"
        )
    };
    let bundle = |xml: &str| {
        place.write("net.xml", xml);
        place.bundle(&json!({ "networks": [{ "definition": "net.xml", "active": true }] }));
    };
    let other = daemon.connect().define_network_xml(&network("other", 2, "virbr72", "", 2)).unwrap();
    other.create().unwrap();
    bundle(&network("inner", 1, "virbr71", "", 1));
    place.run("apply", &[]).expect(0);
    let active = || daemon.connect().lookup_network_by_name("inner").unwrap().xml_desc(0).unwrap();
    let cases = [
        (network("inner", 1, "virbr71", "", 2), "its subnet 10.99.2.0/24 is in use by the network `other`"),
        (
            network("inner", 1, "virbr-with-a-long-name", "", 1),
            "too long for a network interface (`bridge.name`)",
        ),
        (
            network("inner", 1, "virbr71", "<forward mode='nat' dev='no-card'/>", 1),
            "the network card `no-card` does not exist on the host (`forward.dev`)",
        ),
    ];
    for (xml, expected) in cases {
        bundle(&xml);
        for command in ["plan", "apply"] {
            let output = beside(&daemon, &place, command);
            let said = object(&output)["blocked"].to_string();
            assert!(said.contains(expected), "{command}: no {expected} in {said}");
        }
        assert!(active().contains("10.99.1.1"), "{}", active());
    }
    // A route of the host itself.
    let add = Command::new("nsenter")
        .arg(format!("--net={}", daemon.network_namespace().display()))
        .args(["ip", "addr", "add", "10.99.3.1/24", "dev", "lo"])
        .status();
    let route = Command::new("nsenter")
        .arg(format!("--net={}", daemon.network_namespace().display()))
        .args(["ip", "route", "add", "10.99.3.0/24", "dev", "lo"])
        .status();
    assert!(add.unwrap().success() && route.unwrap().success());
    bundle(&network("inner", 1, "virbr71", "", 3));
    let said = object(&beside(&daemon, &place, "plan"))["blocked"].to_string();
    assert!(said.contains("its subnet 10.99.3.0/24 is in use on the host by the interface `lo`"), "{said}");
    // One that is free is taken.
    bundle(&network("inner", 1, "virbr71", "", 4));
    let output = beside(&daemon, &place, "apply");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(active().contains("10.99.4.1"));
    let plan = place.run("plan", &["--format", "json"]).expect(0).json();
    assert_eq!(actions(&plan, "inner"), ["unchanged"]);
}
