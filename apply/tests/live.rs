//! The changes that a running guest with an operating system gets: the plan says of each what happens.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Daemon, Guest, Place, actions, changes, uuid, writes};
use virt::sys;

fn bundle(guest: &Guest, place: &Place, more: &Value) -> Value {
    place.write("vm.xml", &guest.xml());
    let mut entry = json!({ "definition": "vm.xml", "active": true });
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "domains": [entry], "shutdown": { "method": "destroy" } })
}

fn live(daemon: &Daemon) -> String {
    daemon.domain(1).xml_desc(sys::VIR_DOMAIN_XML_SECURE).unwrap()
}

fn notes(plan: &Value) -> String {
    plan["objects"][0]["notes"].to_string()
}

/// Changes that virsh can make while a machine runs are made without a restart, and what runs has them.
#[test]
fn what_has_a_call_of_its_own_is_changed_while_it_runs() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("a.iso", &"\0".repeat(4096));
    place.write("disk.img", &"\0".repeat(4096));
    let devices = |password: &str, more: &str, period: u32, order: (u32, u32)| {
        format!(
            "<graphics type='vnc' port='5997' autoport='no' passwd='{password}'{more}/>\
             <disk type='file' device='cdrom'><source file='{}'/><target dev='sda' bus='sata'/><readonly/>\
             <boot order='{}'/></disk>\
             <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><boot order='{}'/></interface>\
             <memballoon model='virtio'><stats period='{period}'/></memballoon>\
             <disk type='file'><source file='{}'/><target dev='vda' bus='virtio'/><iotune><total_iops_sec>100</total_iops_sec>\
             <total_iops_sec_max>900</total_iops_sec_max></iotune></disk>",
            place.path().join("a.iso").display(),
            order.0,
            order.1,
            place.path().join("disk.img").display()
        )
    };
    let mut guest = Guest::new(1);
    guest.balloon = String::new();
    guest.vcpu = "<vcpu>2</vcpu>".into();
    guest.top =
        "<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>\
                 <cputune><vcpupin vcpu='0' cpuset='0'/></cputune>"
            .into();
    guest.devices = devices("first", "", 5, (1, 2));
    let all = json!({});
    place.apply(&bundle(&guest, &place, &all));
    let id = daemon.domain(1).id();

    type Step<'s> = (&'s str, Box<dyn Fn(&mut Guest) + 's>, &'s [&'s str]);
    let steps: [Step<'_>; 11] = [
        (
            "a password",
            Box::new(|guest| guest.devices = devices("second", "", 5, (1, 2))),
            &["passwd='second'"],
        ),
        (
            "the expiry of a password",
            Box::new(|guest| {
                guest.devices = devices("second", " passwdValidTo='2040-01-01T00:00:00'", 5, (1, 2))
            }),
            &["passwdValidTo='2040-01-01T00:00:00'"],
        ),
        (
            "a period",
            Box::new(|guest| {
                guest.devices = devices("second", " passwdValidTo='2040-01-01T00:00:00'", 9, (1, 2))
            }),
            &["<stats period='9'/>"],
        ),
        (
            "what ends mean",
            Box::new(|guest| guest.top = guest.top.replace("<on_reboot>restart", "<on_reboot>destroy")),
            &["<on_reboot>destroy</on_reboot>"],
        ),
        (
            "pins",
            Box::new(|guest| {
                guest.top = guest.top.replace(
                    "<vcpupin vcpu='0' cpuset='0'/>",
                    "<vcpupin vcpu='1' cpuset='1'/><emulatorpin cpuset='0-1'/>",
                );
            }),
            &["<vcpupin vcpu='1' cpuset='1'/>", "<emulatorpin cpuset='0-1'/>"],
        ),
        (
            "limits of a disk",
            Box::new(|guest| guest.devices = guest.devices.replace(">100<", ">300<")),
            &["<total_iops_sec>300</total_iops_sec>"],
        ),
        (
            "a limit that goes, and another one",
            Box::new(|guest| {
                guest.devices = guest.devices.replace(
                    "<total_iops_sec>300</total_iops_sec><total_iops_sec_max>900</total_iops_sec_max>",
                    "<read_iops_sec>70</read_iops_sec>",
                );
            }),
            &["<iotune>\n        <read_iops_sec>70</read_iops_sec>\n      </iotune>"],
        ),
        (
            "threads for I/O",
            Box::new(|guest| guest.top += "<iothreads>3</iothreads>"),
            &["<iothreads>3</iothreads>"],
        ),
        (
            "another thread and its pin",
            Box::new(|guest| {
                guest.top = guest.top.replace("<iothreads>3", "<iothreads>4");
                guest.top =
                    guest.top.replace("</cputune>", "<iothreadpin iothread='2' cpuset='1'/></cputune>");
            }),
            &["<iothreads>4</iothreads>", "<iothreadpin iothread='2' cpuset='1'/>"],
        ),
        (
            "threads that go",
            Box::new(|guest| {
                guest.top = guest.top.replace("<iothreads>4", "<iothreads>2");
                guest.top = guest.top.replace("<iothreadpin iothread='2' cpuset='1'/>", "");
            }),
            &["<iothreads>2</iothreads>"],
        ),
        (
            "pins that go",
            Box::new(|guest| {
                let (start, end) =
                    (guest.top.find("<cputune>").unwrap(), guest.top.find("</cputune>").unwrap());
                guest.top.replace_range(start..end + "</cputune>".len(), "");
            }),
            &[],
        ),
    ];
    for (what, change, parts) in steps {
        change(&mut guest);
        let bundle = bundle(&guest, &place, &all);
        let plan = place.plan(&bundle);
        assert_eq!(actions(&plan, "guest1"), ["update"], "{what}: {:#?}", changes(&plan, "guest1"));
        let ran = place.run("apply", &[]);
        assert_eq!(ran.status, 0, "{what}: {}", ran.all());
        assert_eq!(daemon.domain(1).id(), id, "{what}");
        for part in parts {
            assert!(live(&daemon).contains(part), "{what}: no {part} in {}", live(&daemon));
        }
        let plan = place.plan(&bundle);
        assert_eq!(actions(&plan, "guest1"), ["unchanged"], "{what}: {plan:#}");
        assert!(!notes(&plan).contains("waits"), "{what}: {plan:#}");
        assert_eq!(writes(&place.apply(&bundle)), 0, "{what}");
    }
    // libvirt shows one that was taken away as one to every CPU.
    assert!(!live(&daemon).contains("cpuset='1'"), "{}", live(&daemon));

    // libvirt has no call for the boot order of what runs, so that the plan says that it takes a restart.
    guest.devices = guest.devices.replace("<boot order='1'/>", "<boot order='3'/>");
    let bundle = bundle(&guest, &place, &all);
    let plan = place.plan(&bundle);
    assert_eq!(actions(&plan, "guest1"), ["update", "restart"], "{plan:#}");
    place.apply(&bundle);
    assert_ne!(daemon.domain(1).id(), id);
    assert_eq!(writes(&place.apply(&bundle)), 0);
}

#[test]
fn what_is_done_to_a_running_machine_by_hand_is_said() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    guest.devices =
        "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>".into();
    let bundle = bundle(&guest, &place, &json!({}));
    place.apply(&bundle);
    let card = "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><link state='down'/></interface>";
    daemon.domain(1).update_device_flags(card, sys::VIR_DOMAIN_AFFECT_LIVE).unwrap();
    daemon.domain(1).suspend().unwrap();
    let plan = place.plan(&bundle);
    assert_eq!(actions(&plan, "guest1"), ["unchanged"], "{plan:#}");
    for said in ["it is paused", "link.state"] {
        assert!(notes(&plan).contains(said), "no {said} in {plan:#}");
    }
    // It is printed, though nothing changes.
    let ran = place.run("plan", &[]).expect(0);
    assert!(ran.stdout.contains("it is paused"), "{}", ran.all());
    assert_eq!(writes(&place.apply(&bundle)), 0);
    daemon.domain(1).resume().unwrap();
    assert!(!notes(&place.plan(&bundle)).contains("paused"));
}

/// The password of a screen that a file holds, and the value of a secret that is not private: both can be asked for.
#[test]
fn the_value_of_a_secret_is_held_against_its_file() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let id = "99999999-2222-3333-4444-000000000001";
    place.write("open.xml", &format!("<secret ephemeral='no' private='no'><uuid>{id}</uuid><usage type='ceph'><name>c</name></usage></secret>"));
    place.write("value", "first");
    let password = place.write("password", "s3same");
    let mut guest = Guest::new(1);
    guest.top = format!(
        "<metadata><s:secrets xmlns:s='urn:nixvirt:secrets:1'><s:secret path=\"devices.graphics[0].passwd\" file=\"{}\"/>\
         </s:secrets></metadata>",
        password.display()
    );
    guest.devices = "<graphics type='vnc' port='5996' autoport='no'/>".into();
    let mut all = bundle(&guest, &place, &json!({}));
    all["secrets"] = json!([{ "definition": "open.xml", "value": { "file": "value" } }]);
    place.apply(&all);
    let running = daemon.domain(1).id();
    assert!(live(&daemon).contains("passwd='s3same'"), "{}", live(&daemon));
    assert_eq!(writes(&place.apply(&all)), 0);
    let secret = daemon.connect().lookup_secret_by_uuid_string(id).unwrap();
    secret.set_value(b"by hand", 0).unwrap();
    let plan = place.plan(&all);
    assert_eq!(changes(&plan, id), ["value: (secret) -> (secret)"]);
    place.apply(&all);
    assert_eq!(secret.value(0).unwrap(), b"first");
    assert_eq!(writes(&place.apply(&all)), 0);
    // A new password is in force in the running guest.
    fs::write(&password, "another").unwrap();
    let plan = place.plan(&all);
    assert_eq!(changes(&plan, "guest1"), ["devices.graphics[0].passwd: (secret) -> (secret)"], "{plan:#}");
    let said = place.apply(&all).to_string();
    assert!(!said.contains("another") && !said.contains("s3same"));
    assert!(live(&daemon).contains("passwd='another'"), "{}", live(&daemon));
    assert_eq!(daemon.domain(1).id(), running);
    assert_eq!(writes(&place.apply(&all)), 0);
    // So is one that somebody has set by hand.
    let screen = "<graphics type='vnc' port='5996' autoport='no' listen='127.0.0.1' passwd='theirs'>\
                  <listen type='address' address='127.0.0.1'/></graphics>";
    daemon.domain(1).update_device_flags(screen, sys::VIR_DOMAIN_AFFECT_LIVE).unwrap();
    let plan = place.plan(&all);
    assert_eq!(changes(&plan, "guest1"), ["devices.graphics[0].passwd: (secret) -> (secret)"], "{plan:#}");
    place.apply(&all);
    assert!(live(&daemon).contains("passwd='another'"), "{}", live(&daemon));
    assert_eq!(writes(&place.apply(&all)), 0);
    // libvirt repeats what it cannot read.
    fs::write(&password, "pass\u{1}word").unwrap();
    let ran = place.run("apply", &["-v"]).expect(1);
    assert!(!ran.all().contains("word\u{1}") && !ran.all().contains("pass\u{1}"), "{}", ran.all());
    assert!(!ran.all().contains("password'"), "{}", ran.all());
}

#[test]
fn a_plan_goes_straight_from_what_is_there_to_what_is_declared() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    guest.top = "<title>one</title><description>one</description>".into();
    let off = json!({ "active": false });
    place.apply(&bundle(&guest, &place, &off));
    let xml = daemon.domain(1).xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap();
    let by_hand = xml
        .replace("32768", "65536")
        .replace("<title>one", "<title>hand")
        .replace("<description>one", "<description>hand");
    daemon.connect().define_domain_xml(&by_hand).unwrap();
    guest.memory = format!("<uuid>{}</uuid><memory unit='MiB'>64</memory>", uuid(1));
    guest.top = "<title>two</title><description>one</description>".into();
    let bundle = bundle(&guest, &place, &off);
    let plan = place.plan(&bundle);
    assert_eq!(changes(&plan, "guest1"), ["description: hand -> one", "title: hand -> two"], "{plan:#}");
    place.apply(&bundle);
    assert_eq!(writes(&place.apply(&bundle)), 0);
}
