//! Guests of the template `nixos`: real machines that boot a system out of a real Nix store, by the real virtiofsd or from the
//! image of its closure. Debian's kernel and a small initrd stand in for nixpkgs' own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "support/store.rs"]
mod store;
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use store::Store;
use support::{Daemon, Place, actions, changes, uuid};

/// The program of a system, which runs once its store is mounted: it says what it finds, and tries to write where it must not.
const INIT: &str = r#"#!/bin/busybox sh
system=${0%/init}
store=${system%/*}
say() { echo "$*" > /dev/ttyS0; }
say "system $(cat "$system/mark")"
say "paths $(ls "$store" | wc -l)"
mount -o remount,rw "$store" 2> /dev/null
for path in "$store/new" "$system/mark"; do
    if echo written 2> /dev/null > "$path"; then say "written $path"; else say "refused $path"; fi
done
if [ -x /usr/sbin/qemu-ga ]; then
    mkdir -p /run /var/run
    qemu-ga -m virtio-serial -p /dev/$(basename /dev/vport*p1) -t /run -f /run/agent.pid -d 2> /dev/ttyS0
fi
say "guest is up"
while :; do sleep 1000; done
"#;

/// The program by which a system is switched to: it says so, and fails where its mark begins with `bad`.
const SWITCH: &str = r#"#!/bin/busybox sh
system=${0%/bin/*}
echo "switched to $(cat "$system/mark") by $1" > /dev/ttyS0
! grep -q '^bad' "$system/mark"
"#;

/// Adds a system to a store, which says this word when it runs. The answer is its path.
fn system(place: &Place, store: &Store, (kernel, initrd): &(PathBuf, PathBuf), mark: &str) -> String {
    let folder = place.path().join("nixos-system-web");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("bin")).unwrap();
    fs::copy(kernel, folder.join("kernel")).unwrap();
    fs::copy(initrd, folder.join("initrd")).unwrap();
    fs::write(folder.join("kernel-params"), "console=ttyS0 quiet mitigations=off").unwrap();
    fs::write(folder.join("mark"), mark).unwrap();
    fs::write(folder.join("init"), INIT).unwrap();
    fs::write(folder.join("bin/switch-to-configuration"), SWITCH).unwrap();
    for program in ["init", "bin/switch-to-configuration"] {
        fs::set_permissions(folder.join(program), fs::Permissions::from_mode(0o755)).unwrap();
    }
    store.nix(&["--add", folder.to_str().unwrap()])
}

/// The bundle with a machine that boots this system, emulated and with its console in a file.
fn bundle(place: &Place, system: &str, more: &Value, entry: &Value) -> Value {
    let console = place.path().join("console");
    let mut args = json!({
        "name": "web", "uuid": uuid(1), "nixos": system, "type": "qemu", "cpu": null, "net_type": "user",
        "memory": { "count": 256, "unit": "MiB" }, "vcpu": 1, "without": "devices.serial",
        "devices": { "serial": { "type": "file", "source": { "path": console, "append": true } } },
    });
    args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut domain = json!({ "template": "nixos", "args": args, "active": true });
    domain.as_object_mut().unwrap().extend(entry.as_object().unwrap().clone());
    json!({ "domains": [domain] })
}

/// The lines on the guest's console, once it is up.
fn console(place: &Place) -> String {
    let started = Instant::now();
    loop {
        let text = fs::read_to_string(place.path().join("console")).unwrap_or_default();
        if text.contains("guest is up") {
            return text;
        }
        assert!(started.elapsed() < Duration::from_secs(240), "the guest does not come up: {text}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Waits for the guest, which boots this system; it must read it, see so many paths, and be unable to write.
fn boots(place: &Place, system: &str, mark: &str, paths: usize) {
    let text = console(place);
    let folder = Path::new(system).parent().unwrap().display();
    for line in [
        format!("system {mark}"),
        format!("paths {paths}"),
        format!("refused {folder}/new"),
        format!("refused {system}/mark"),
    ] {
        assert!(text.lines().any(|said| said.trim_end() == line), "it does not say `{line}`: {text}");
    }
    assert_eq!(fs::read_to_string(Path::new(system).join("mark")).unwrap(), mark);
    assert!(!Path::new(system).with_file_name("new").exists());
    fs::remove_file(place.path().join("console")).unwrap();
}

/// How many paths the store has that this one is in; what Nix hides there is none.
fn paths_of(path: &str) -> usize {
    let entries = fs::read_dir(Path::new(path).parent().unwrap()).unwrap().flatten();
    entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')).count()
}

#[test]
fn the_whole_store_is_shared_to_read() {
    let Some(virtiofsd) = support::virtiofsd() else { return };
    let Some(daemon) = Daemon::start_with(Some(&virtiofsd)) else { return };
    let Some(debian) = support::system() else { return };
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let first = system(&place, &store, &debian, "one");
    let shared = json!({ "share": "store" });
    store.apply(&place, &bundle(&place, &first, &shared, &json!({})));
    boots(&place, &first, "one", paths_of(&first));

    // It runs with the first and is defined with the second: the collector leaves both.
    let there = |path: &str| Path::new(path).exists();
    let (second, other) =
        (system(&place, &store, &debian, "two"), system(&place, &store, &debian, "nobody's"));
    let waits = json!({ "restart": "never" });
    let next = bundle(&place, &second, &shared, &waits);
    let plan = place.plan(&next);
    assert!(changes(&plan, "web").iter().any(|change| change.starts_with("os.kernel: ")), "{plan:#}");
    assert!(!actions(&plan, "web").contains(&"restart".to_owned()), "{plan:#}");
    store.apply(&place, &next);
    store.collect();
    assert!(there(&first) && there(&second) && !there(&other));

    // With its next start, it is the second, and the first is nobody's.
    daemon.domain(1).destroy().unwrap();
    store.apply(&place, &next);
    boots(&place, &second, "two", paths_of(&second));
    store.collect();
    assert!(!there(&first) && there(&second));
}

#[test]
fn the_image_of_a_closure_is_all_that_a_guest_sees() {
    let Some(daemon) = Daemon::start() else { return };
    let Some(debian) = support::system() else { return };
    if !support::has("mksquashfs", "-version") {
        return;
    }
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let system = system(&place, &store, &debian, "one");
    // As lib-nix/closure-image.nix has it; the Nix tests hold that file to it.
    let image = place.path().join("store.img");
    let mut make = Command::new("mksquashfs");
    make.arg(&system).arg(&image).args(["-keep-as-directory", "-all-root", "-comp", "zstd", "-quiet"]);
    assert!(make.output().unwrap().status.success());
    let image = store.nix(&["--add", image.to_str().unwrap()]);
    store.apply(&place, &bundle(&place, &system, &json!({ "store_image": image }), &json!({})));
    boots(&place, &system, "one", 1);
    store.collect();
    assert!(Path::new(&image).exists() && Path::new(&system).exists());
}

/// Waits until the console has this line.
fn says(place: &Place, line: &str) {
    let started = Instant::now();
    loop {
        let text = fs::read_to_string(place.path().join("console")).unwrap_or_default();
        if text.lines().any(|said| said.trim_end() == line) {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "it does not say `{line}`: {text}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_running_guest_is_switched_by_its_agent() {
    let Some(virtiofsd) = support::virtiofsd() else { return };
    let Some(daemon) = Daemon::start_with(Some(&virtiofsd)) else { return };
    let Some(debian) = support::system_with_agent() else { return };
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let shared = json!({ "share": "store" });
    let asked = json!({ "switch": true });
    let first = system(&place, &store, &debian, "one");
    store.apply(&place, &bundle(&place, &first, &shared, &asked));
    console(&place);
    let connected = |started: Instant| {
        while !daemon.domain(1).xml_desc(0).unwrap().contains("state='connected'") {
            assert!(started.elapsed() < Duration::from_secs(60), "the agent does not come up");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    connected(Instant::now());
    let id = daemon.domain(1).id();

    // The plan says what happens, and nothing is stopped.
    let second = system(&place, &store, &debian, "two");
    let next = bundle(&place, &second, &shared, &asked);
    let plan = place.plan(&next);
    assert_eq!(actions(&plan, "web"), ["update", "switch"], "{plan:#}");
    assert!(
        plan.to_string().contains(&format!("the guest is switched to {second} by its agent")),
        "{plan:#}"
    );
    store.apply(&place, &next);
    says(&place, "switched to two by switch");
    assert_eq!(daemon.domain(1).id(), id);
    // What it was booted with waits for the next start, and the switch is not made again.
    let again = place.plan(&next);
    assert_eq!(actions(&again, "web"), ["unchanged"], "{again:#}");
    assert!(again.to_string().contains("waits for a restart: os.kernel"), "{again:#}");

    // A switch that fails is said. The guest goes on with what it was switched to, which the collector leaves.
    let bad = system(&place, &store, &debian, "bad");
    let next = bundle(&place, &bad, &shared, &asked);
    place.bundle(&next);
    let run = place.command("apply", &[]).envs(store.variables()).output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(
        !run.status.success() && said.contains("[not-switched]") && said.contains("exit status 1"),
        "{said}"
    );
    says(&place, "switched to bad by switch");
    assert_eq!(daemon.domain(1).id(), id);
    store.collect();
    let there = |path: &str| Path::new(path).exists();
    assert!(there(&first) && there(&second) && there(&bad));

    // Its next start is the last one, and nothing else is kept.
    daemon.domain(1).destroy().unwrap();
    fs::remove_file(place.path().join("console")).unwrap();
    store.apply(&place, &next);
    says(&place, "system bad");
    store.apply(&place, &next);
    store.collect();
    assert!(!there(&first) && !there(&second) && there(&bad));
}

#[test]
fn a_guest_that_cannot_be_switched_waits_for_its_next_start() {
    let Some(daemon) = Daemon::start() else { return };
    let Some(debian) = support::system() else { return };
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let image = |name: &str| {
        let path = place.path().join(name);
        fs::write(&path, vec![0; 1 << 20]).unwrap();
        json!({ "store_image": path })
    };
    let asked = json!({ "switch": true });
    let first = system(&place, &store, &debian, "one");
    store.apply(&place, &bundle(&place, &first, &image("one.img"), &asked));
    let id = daemon.domain(1).id();
    let second = system(&place, &store, &debian, "two");
    let next = bundle(&place, &second, &image("two.img"), &asked);
    let plan = place.plan(&next);
    assert_eq!(actions(&plan, "web"), ["update"], "{plan:#}");
    assert!(plan.to_string().contains("it boots its new system at its next start"), "{plan:#}");
    store.apply(&place, &next);
    assert_eq!(daemon.domain(1).id(), id);
    // Without being asked, it is restarted.
    let plan = place.plan(&bundle(&place, &first, &image("one.img"), &json!({})));
    assert!(plan.to_string().contains("restart"), "{plan:#}");
    let other = bundle(&place, &system(&place, &store, &debian, "three"), &image("three.img"), &json!({}));
    assert_eq!(actions(&place.plan(&other), "web"), ["update", "restart"]);
}
