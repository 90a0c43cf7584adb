//! The plan's word is the deed: 60 changes of a running guest with an operating system, each with what the plan says of it
//! and what becomes of it. Nothing happens that was not announced, and what was announced happens.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::amount::{how_many, seed};
use support::{Daemon, Guest, Place, actions, system};

/// Parts of a definition that come, which is one change, and go, which is another one. `IMAGE` and `DISC` stand for files.
const PARTS: [(&str, &str); 30] = [
    ("top", "<title>a title</title>"),
    ("top", "<description>a description</description>"),
    ("top", "<metadata><x:a xmlns:x='urn:x'>1</x:a></metadata>"),
    ("top", "<memoryBacking><nosharepages/></memoryBacking>"),
    ("top", "<on_reboot>destroy</on_reboot>"),
    ("top", "<on_crash>restart</on_crash>"),
    ("top", "<on_poweroff>restart</on_poweroff>"),
    ("top", "<iothreads>2</iothreads>"),
    ("top", "<cputune><vcpupin vcpu='0' cpuset='0'/></cputune>"),
    ("top", "<cputune><emulatorpin cpuset='0-1'/></cputune>"),
    ("top", "<clock offset='localtime'/>"),
    ("top", "<cpu><topology sockets='1' cores='1' threads='1'/></cpu>"),
    ("top", "<currentMemory unit='MiB'>150</currentMemory>"),
    ("top", "<pm><suspend-to-mem enabled='no'/></pm>"),
    (
        "devices",
        "<disk type='file' device='cdrom'><source file='DISC'/><target dev='sda' bus='sata'/><readonly/></disk>",
    ),
    ("devices", "<disk type='file'><source file='IMAGE'/><target dev='vda' bus='virtio'/></disk>"),
    ("devices", "<disk type='file'><source file='IMAGE'/><target dev='sdu' bus='usb'/></disk>"),
    (
        "devices",
        "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>",
    ),
    (
        "devices",
        "<interface type='user'><mac address='52:54:00:00:00:02'/><model type='e1000e'/></interface>",
    ),
    ("devices", "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"),
    ("devices", "<input type='tablet' bus='usb'/>"),
    ("devices", "<input type='keyboard' bus='virtio'/>"),
    (
        "devices",
        "<graphics type='vnc' port='5996' autoport='no'><listen type='address' address='127.0.0.1'/></graphics>",
    ),
    ("devices", "<watchdog model='i6300esb' action='reset'/>"),
    ("devices", "<sound model='ich9'/>"),
    ("devices", "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"),
    ("devices", "<controller type='scsi' index='0' model='virtio-scsi'/>"),
    ("devices", "<panic model='isa'/>"),
    ("devices", "<parallel type='null'/>"),
    ("devices", "<shmem name='s'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem>"),
];

/// Waits until the guest has come up as often as that.
fn wait_for_boots(console: &Path, boots: usize) {
    let started = Instant::now();
    while fs::read_to_string(console).unwrap_or_default().matches("guest is up").count() < boots {
        assert!(started.elapsed() < Duration::from_secs(180), "the guest does not boot");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn waits(place: &Place) -> BTreeSet<String> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"))
        .args(["status", "--format", "json", "--connect", &place.uri, "--state-dir"])
        .arg(place.path().join("state"))
        .output()
        .unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let waits = found[0]["objects"][0]["waits"].as_array().unwrap().iter();
    waits.map(|path| path.as_str().unwrap().to_owned()).collect()
}

/// Says how far it is: the long run takes many minutes.
fn say(what: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{what}");
}

/// The differences between the plan and the run for one change.
fn differences(daemon: &Daemon, place: &Place, bundle: &Value) -> (Vec<String>, bool) {
    let running = || daemon.domain(1).xml_desc(0).unwrap();
    let (id, before, waited) = (daemon.domain(1).id(), running(), waits(place));
    place.bundle(bundle);
    let plan = place.run("plan", &["--format", "json"]).json();
    let ran = place.run("apply", &["--format", "json"]);
    let (restarted, announced) =
        (daemon.domain(1).id() != id, actions(&plan, "guest1").contains(&"restart".to_owned()));
    let mut wrong = Vec::new();
    let mut check = |holds: bool, what: String| wrong.extend((!holds).then_some(what));
    check(restarted == announced, format!("restart: announced {announced}, done {restarted}"));
    check(ran.status == 0, ran.all());
    let waiting = waits(place);
    let changes = plan["objects"][0]["changes"].as_array().unwrap();
    let of_effect = |effect: &str| {
        let found = changes.iter().filter(|change| change["effect"] == effect);
        found.map(|change| change["path"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let (live, later) = (of_effect("live"), of_effect("next start"));
    check(!changes.is_empty(), "the plan says nothing".to_owned());
    let late: Vec<_> = live.intersection(&waiting).collect();
    check(late.is_empty(), format!("announced as live, and waits: {late:?}"));
    let new: Vec<_> =
        waiting.iter().filter(|path| !waited.contains(*path) && !later.contains(*path)).collect();
    check(new.is_empty(), format!("waits, and was not announced: {new:?}"));
    if !restarted && live.is_empty() {
        check(running() == before, "what runs has changed, and nothing was announced".to_owned());
    }
    let again = place.run("plan", &["--format", "json"]).json();
    check(
        actions(&again, "guest1") == ["unchanged"],
        format!("the next plan: {:?}", actions(&again, "guest1")),
    );
    (wrong, restarted)
}

#[test]
fn what_the_plan_says_is_what_happens() {
    let (Some(daemon), Some(system)) = (Daemon::start(), system()) else { return };
    let place = Place::new(&daemon.uri());
    place.write("disk.img", &"\0".repeat(1 << 20));
    place.write("a.iso", &"\0".repeat(1 << 16));
    let console = place.path().join("console");
    let guest = || Guest::with_system(1, &system, &console, "");
    let bundle = |part: Option<(&str, &str)>| {
        let mut guest = guest();
        if let Some((holder, xml)) = part {
            let path = |name: &str| place.path().join(name).display().to_string();
            let xml = xml.replace("IMAGE", &path("disk.img")).replace("DISC", &path("a.iso"));
            let holder = if holder == "top" { &mut guest.top } else { &mut guest.devices };
            holder.push_str(&xml);
        }
        place.write("vm.xml", &guest.xml());
        json!({ "domains": [{ "definition": "vm.xml", "active": true }] })
    };
    place.apply(&bundle(None));
    let mut boots = 1;
    wait_for_boots(&console, boots);
    let count = how_many(3, PARTS.len());
    let first = usize::try_from(seed()).unwrap_or_default() % PARTS.len();
    let (mut kept, mut wrong) = (0, Vec::new());
    for index in 0..count {
        let part = PARTS[(first + index) % PARTS.len()];
        for (word, part_now) in [("+", Some(part)), ("-", None)] {
            let (found, restarted) = differences(&daemon, &place, &bundle(part_now));
            kept += usize::from(found.is_empty());
            let found = found.into_iter().map(|what| format!("{word} {}: {what}", part.1));
            let known = wrong.len();
            wrong.extend(found);
            say(&format!("{kept} of {}: {word} {}", 2 * index + 1 + usize::from(word == "-"), part.1));
            wrong[known..].iter().for_each(|what| say(what));
            boots += usize::from(restarted);
            // A guest that is not up yet lets go of nothing.
            wait_for_boots(&console, boots);
        }
    }
    say(&format!("the plan's word was the deed in {kept} of {} changes", 2 * count));
    assert!(wrong.is_empty(), "{kept} of {}: {}", 2 * count, wrong.join("\n"));
}
