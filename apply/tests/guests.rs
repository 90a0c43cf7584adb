//! Guests of the template `nixos`: real machines that boot a system out of a real Nix store, by the real virtiofsd or from the
//! image of its closure. Debian's kernel and a small initrd stand in for nixpkgs' own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "support/nixos.rs"]
mod nixos;
#[path = "support/store.rs"]
mod store;
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use nixos::{boots, bundle, connected, console, debian, paths_of, says, system};
use serde_json::{Value, json};
use store::Store;
use support::{Daemon, Place, actions, changes};

#[test]
fn the_whole_store_is_shared_to_read() {
    let Some(virtiofsd) = support::virtiofsd() else { return };
    let Some(daemon) = Daemon::start_with(Some(&virtiofsd)) else { return };
    the_whole_store(&daemon, &json!({ "share": "store" }));
}

#[test]
fn the_whole_store_is_shared_to_read_by_9p() {
    let Some(daemon) = Daemon::start() else { return };
    the_whole_store(&daemon, &json!({ "share": "store", "driver": "9p" }));
}

fn the_whole_store(daemon: &Daemon, shared: &Value) {
    let Some(debian) = debian(shared["driver"].as_str().unwrap_or_default()) else { return };
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let first = system(&place, &store, &debian, "one");
    store.apply(&place, &bundle(&place, &first, shared, &json!({})));
    boots(&place, &first, "one", paths_of(&first));

    // It runs with the first and is defined with the second: the collector leaves both.
    let there = |path: &str| Path::new(path).exists();
    let (second, other) =
        (system(&place, &store, &debian, "two"), system(&place, &store, &debian, "nobody's"));
    let waits = json!({ "restart": "never" });
    let next = bundle(&place, &second, shared, &waits);
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

#[test]
fn a_running_guest_is_switched_by_its_agent() {
    let Some(virtiofsd) = support::virtiofsd() else { return };
    let Some(daemon) = Daemon::start_with(Some(&virtiofsd)) else { return };
    let Some(debian) = support::system().and_then(support::with_agent) else { return };
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let shared = json!({ "share": "store" });
    let asked = json!({ "switch": true });
    let first = system(&place, &store, &debian, "one");
    store.apply(&place, &bundle(&place, &first, &shared, &asked));
    console(&place);
    connected(&daemon);
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

/// The mounts that the guest's half of the template has with these settings, as the guest's kernel is told them: the root first.
fn mounts(place: &Place, settings: &str) -> Option<String> {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lib-nix/modules/guest.nix");
    // Of nixpkgs' lib, the module takes so little that a test can have it without.
    let expression = format!(
        "let
           lib = {{
             mkDefault = value: value;
             mkIf = is: value: if is then value else {{ }};
             mkMerge = builtins.foldl' (all: one: all // one) {{ }};
             mkOption = option: option;
             optional = is: value: if is then [ value ] else [ ];
             types = {{ enum = _: null; nullOr = _: null; path = null; bool = null; }};
           }};
           defaults = builtins.mapAttrs (_: option: option.default) module.options.nixvirt.guest;
           module = import {} {{
             inherit lib;
             pkgs.stdenv.hostPlatform.isx86 = true;
             config = {{ nixvirt.guest = defaults // {settings}; services.qemuGuest.enable = true; }};
           }};
         in module.config.fileSystems",
        module.display()
    );
    if !support::has("nix-instantiate", "--version") {
        return None;
    }
    let mut evaluate = Command::new("nix-instantiate");
    evaluate.args(["--eval", "--strict", "--json", "--expr", &expression]);
    evaluate
        .env("NIX_STORE_DIR", place.path().join("evaluated"))
        .env("NIX_STATE_DIR", place.path().join("evaluated"));
    let output = evaluate.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut mounts: Vec<(&String, &Value)> = all.as_object().unwrap().iter().collect();
    // What is laid over others comes after them.
    mounts.sort_by_key(|(place, mount)| (mount["overlay"].is_object(), place.len()));
    let word = |(place, mount): (&String, &Value)| {
        let overlay = &mount["overlay"];
        if overlay.is_object() {
            let text = |key: &str| overlay[key].as_str().unwrap().to_owned();
            let (lower, upper, work) = (&overlay["lowerdir"][0], text("upperdir"), text("workdir"));
            let lower = lower.as_str().unwrap();
            return format!("mount=overlay|{place}|overlay|lowerdir={lower},upperdir={upper},workdir={work}");
        }
        let options: Vec<&str> = mount["options"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|option| option.as_str().unwrap())
            .collect();
        let options = if options.is_empty() { "rw".to_owned() } else { options.join(",") };
        let (device, kind) = (mount["device"].as_str().unwrap(), mount["fsType"].as_str().unwrap());
        format!("mount={device}|{place}|{kind}|{options}")
    };
    let words: Vec<String> = mounts.into_iter().map(word).collect();
    // The store of the test is elsewhere.
    Some(words.join(" ").replace("/nix/", &format!("{}/nix/", place.path().display())))
}

/// Boots a guest that may write to its store, twice. The second time, its system has `mark`.
fn writes_to_its_store(
    place: &Place,
    store: &Store,
    daemon: &Daemon,
    args: &Value,
    settings: &str,
    mark: &str,
) {
    let Some(debian) = support::system() else { return };
    let system = system(place, store, &debian, "one");
    let Some(mounts) = mounts(place, settings) else { return };
    assert!(mounts.contains("|overlay|") && mounts.contains(".ro-store"), "{mounts}");
    let mut args = args.clone();
    args["kernel_params"] = json!(format!("console=ttyS0 quiet mitigations=off {mounts}"));
    let bundle = bundle(place, &system, &args, &json!({}));
    for mark in ["one", mark] {
        store.apply(place, &bundle);
        let text = console(place);
        let folder = Path::new(&system).parent().unwrap().display();
        for line in
            [format!("system {mark}"), format!("written {folder}/new"), format!("written {system}/mark")]
        {
            assert!(text.lines().any(|said| said.trim_end() == line), "it does not say `{line}`: {text}");
        }
        assert_eq!(fs::read_to_string(Path::new(&system).join("mark")).unwrap(), "one");
        assert!(!Path::new(&system).with_file_name("new").exists());
        fs::remove_file(place.path().join("console")).unwrap();
        daemon.domain(1).destroy().unwrap();
    }
}

#[test]
fn a_guest_writes_to_a_store_of_its_own_in_memory() {
    let Some(virtiofsd) = support::virtiofsd() else { return };
    let Some(daemon) = Daemon::start_with(Some(&virtiofsd)) else { return };
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let settings = "{ share = \"view\"; stateDirectory = null; writableStore = true; }";
    writes_to_its_store(&place, &store, &daemon, &json!({ "share": "view" }), settings, "one");
}

#[test]
fn a_guest_writes_to_a_store_of_its_own_on_its_disk() {
    let Some(virtiofsd) = support::virtiofsd() else { return };
    let Some(daemon) = Daemon::start_with(Some(&virtiofsd)) else { return };
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    if !support::has("mkfs.ext4", "-V") {
        return;
    }
    let (raw, disk) = (place.path().join("state.raw"), place.path().join("state.qcow2"));
    fs::write(&raw, vec![0; 64 << 20]).unwrap();
    let made = |command: &mut Command| assert!(command.status().unwrap().success());
    made(Command::new("mkfs.ext4").arg("-q").arg(&raw));
    made(Command::new("qemu-img").args(["convert", "-O", "qcow2"]).arg(&raw).arg(&disk));
    let args = json!({ "share": "store", "storage_vol": disk });
    writes_to_its_store(
        &place,
        &store,
        &daemon,
        &args,
        "{ share = \"store\"; writableStore = true; }",
        "written",
    );
}
