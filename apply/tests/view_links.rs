//! How views of the Nix store are made: whole under all kills, from a store that is mounted read-only, and not where they cannot be.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "support/nixos.rs"]
mod nixos;
#[path = "support/store.rs"]
mod store;
mod support;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nixos::{bundle, has, names, run, views};
use serde_json::{Value, json};
use store::Store;
use support::amount::{how_many, seed};
use support::{Daemon, Place, Ran, actions, continued, uuid};

/// A system of many files, which is not to boot, and its bundle.
fn many(place: &Place, store: &Store, mark: &str) -> (String, Value) {
    let folder = place.path().join("nixos-system-many");
    let _ = fs::remove_dir_all(&folder);
    for number in 0..60 {
        let below = folder.join(format!("{number}/deep"));
        fs::create_dir_all(&below).unwrap();
        for file in 0..20 {
            fs::write(below.join(file.to_string()), format!("{mark} {number}")).unwrap();
        }
        std::os::unix::fs::symlink("/nowhere", below.join("link")).unwrap();
    }
    for file in ["kernel", "initrd", "kernel-params"] {
        fs::write(folder.join(file), mark).unwrap();
    }
    let system = store.nix(&["--add", folder.to_str().unwrap()]);
    let shared = json!({ "share": "view" });
    (system.clone(), bundle(place, &system, &shared, &json!({ "active": false })))
}

/// Holds each path of the view to be whole.
#[track_caller]
fn is_whole(place: &Place) {
    for name in names(&views(place).join("web/store")) {
        let (ours, theirs) =
            (views(place).join("web/store").join(&name), place.path().join("nix/store").join(&name));
        let compared =
            Command::new("diff").args(["-r", "--no-dereference"]).arg(&ours).arg(&theirs).output().unwrap();
        assert!(compared.status.success(), "{name}: {}", String::from_utf8_lossy(&compared.stdout));
        let modes = |folder: &Path| {
            let listed = Command::new("find")
                .arg(".")
                .args(["-printf", "%P %m %U %T@\n"])
                .current_dir(folder)
                .output();
            let mut lines: Vec<String> =
                String::from_utf8(listed.unwrap().stdout).unwrap().lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(modes(&ours), modes(&theirs), "{name}");
    }
}

#[test]
fn a_killed_run_leaves_whole_paths_and_the_next_one_ends_it() {
    let Some(mut daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let systems = ["one", "two"].map(|mark| many(&place, &store, mark));
    let mut random = seed() | 1;
    let mut halves = 0;
    for turn in 0..how_many(12, 2000) {
        let (system, bundle) = &systems[turn % 2];
        place.bundle(bundle);
        let mut killed = place.command("apply", &[]).envs(store.variables()).spawn().unwrap();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        // From the moment when something is linked, or that of the start.
        let begun = Instant::now();
        while turn % 3 != 0
            && names(&views(&place).join("web/new")).is_empty()
            && begun.elapsed() < Duration::from_secs(2)
        {
            if killed.try_wait().unwrap().is_some() {
                break;
            }
        }
        std::thread::sleep(Duration::from_micros(random % 40_000));
        killed.kill().unwrap();
        killed.wait().unwrap();
        daemon.revive();
        halves += usize::from(!names(&views(&place).join("web/new")).is_empty());
        is_whole(&place);
        if !random.is_multiple_of(3) {
            store.apply(&place, bundle);
            has(&place, &[system]);
            is_whole(&place);
            let plan = run(&place, &store, "plan", bundle).expect(0).json();
            assert_eq!(actions(&plan, "web"), ["unchanged"], "{plan:#}");
        }
    }
    assert!(halves > 0, "no run was killed while it made links");
}

/// The command of a run where these commands have changed the mounts that it sees.
fn with_mounts(mounts: &str, command: &Command) -> Command {
    let mut inside = Command::new("unshare");
    inside
        .args(["--mount", "sh", "-ec", &format!("{mounts}\nexec \"$0\" \"$@\"")])
        .arg(command.get_program());
    continued(inside, command)
}

/// The command of a run with these of root's rights.
fn with_rights(rights: &str, command: &Command) -> Command {
    let mut program = Command::new("setpriv");
    program
        .args([format!("--bounding-set={rights}"), format!("--inh-caps={rights}")])
        .arg(command.get_program());
    continued(program, command)
}

/// The rights of the service on a host where a guest has a view.
fn rights() -> String {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lib-nix/modules/systemd.nix");
    let text = fs::read_to_string(unit).unwrap();
    let (_, linking) = text.split_once("linking = {").unwrap();
    let (_, set) = linking.split_once("CapabilityBoundingSet = \"").unwrap();
    let words = set.split('"').next().unwrap().split(' ');
    let all: Vec<String> = words.map(|word| word.replace("CAP_", "+").to_lowercase()).collect();
    format!("-all,{}", all.join(","))
}

#[test]
fn a_store_that_is_mounted_read_only_is_linked_all_the_same() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let (system, bundle) = many(&place, &store, "one");
    place.bundle(&bundle);
    let nix = place.path().join("nix");
    let (folder, above) = (nix.join("store"), nix.join("var"));
    // As on NixOS; ordinary links cannot be made there.
    let as_nixos = format!(
        "mount --bind {0} {0}\nmount -o remount,ro,bind {0}\n! ln {system}/kernel {1}/link 2> /dev/null",
        folder.display(),
        above.display()
    );
    let apply = with_rights(&rights(), &place.command("apply", &[]));
    let mut apply = with_mounts(&as_nixos, &apply);
    Ran::of(apply.envs(store.variables()).output().unwrap()).expect(0);
    has(&place, &[&system]);
    is_whole(&place);

    // Without the right to do that, and on two file systems, it is said before anything is touched.
    let other = many(&place, &store, "two");
    place.bundle(&other.1);
    for (mounts, expected) in [
        (as_nixos.clone(), "CAP_SYS_ADMIN"),
        (
            format!("mkdir -p {0}/nixvirt\nmount -t tmpfs none {0}/nixvirt", above.display()),
            "are on two file systems",
        ),
    ] {
        for command in ["plan", "apply"] {
            let dropped = with_rights("-sys_admin", &place.command(command, &["--format", "json"]));
            let ran =
                Ran::of(with_mounts(&mounts, &dropped).envs(store.variables()).output().unwrap()).expect(1);
            let said = ran.json()["objects"][0]["blocked"].to_string();
            assert!(said.contains(expected) && said.contains("write `share = "), "{}", ran.all());
        }
    }
    has(&place, &[&system]);
    assert!(daemon.domain(1).xml_desc(0).unwrap().contains(&system));
}

#[test]
fn a_view_that_cannot_be_had_is_refused() {
    let Some(mut daemon) = Daemon::start() else { return };
    let mut place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let (system, bundle) = many(&place, &store, "one");
    let blocked = |ran: Ran| {
        assert!(
            ran.all().contains("[no-store-view]") || ran.stdout.contains("no-store-view"),
            "{}",
            ran.all()
        );
        ran.expect(1).json()["objects"][0]["blocked"].to_string()
    };
    // Somebody else's folder, and another domain's view.
    let web = views(&place).join("web");
    fs::create_dir_all(web.join("store")).unwrap();
    fs::write(web.join("store/file"), "mine").unwrap();
    for command in ["plan", "apply"] {
        assert!(blocked(run(&place, &store, command, &bundle)).contains("was not made here"));
    }
    assert_eq!(fs::read_to_string(web.join("store/file")).unwrap(), "mine");
    fs::remove_dir_all(&web).unwrap();
    run(&place, &store, "apply", &bundle).expect(0);
    let mut second = bundle.clone();
    let mut other = second["domains"][0].clone();
    other["args"]["name"] = json!("other");
    other["args"]["uuid"] = json!(uuid(2));
    other["args"]["share"] = json!("store");
    other["args"]["devices"]["filesystem"] =
        json!([{ "source": { "dir": web.join("store") }, "target": { "dir": "web" }, "readonly": true }]);
    second["domains"].as_array_mut().unwrap().push(other);
    let ran = run(&place, &store, "plan", &second);
    assert!(ran.all().contains("is the view of the domain `web`"), "{}", ran.all());

    // A path with more links than the file system counts is copied.
    let file = Path::new(&system).join("kernel");
    let links = place.path().join("links");
    fs::create_dir(&links).unwrap();
    fs::remove_dir_all(&web).unwrap();
    let full = (0..70_000).any(|number| fs::hard_link(&file, links.join(number.to_string())).is_err());
    run(&place, &store, "apply", &bundle).expect(0);
    is_whole(&place);
    let copy = web.join("store").join(system.rsplit_once('/').unwrap().1).join("kernel");
    assert_eq!(full, fs::metadata(copy).unwrap().ino() != fs::metadata(&file).unwrap().ino());

    // A host elsewhere.
    daemon.listen("listen_tls = 0\nlisten_tcp = 1\ntcp_port = \"26517\"\nlisten_addr = \"127.0.0.1\"\nauth_tcp = \"none\"\n");
    place.uri = "qemu+tcp://127.0.0.1:26517/system".to_owned();
    place.bundle(&bundle);
    let plan = place.command("plan", &["--format", "json"]);
    let mut plan = daemon.in_its_network(&plan);
    let said = blocked(Ran::of(plan.envs(store.variables()).output().unwrap()));
    assert!(said.contains("is another one"), "{said}");
}
