//! Views of the Nix store: hard links to what a guest needs, which the apply step makes and the guest sees by the real virtiofsd or 9p.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "support/nixos.rs"]
mod nixos;
#[path = "support/store.rs"]
mod store;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nixos::{
    boots, bundle, connected, console, debian, has, is_up, names, run, says, system_with_need, views,
};
use serde_json::{Value, json};
use store::Store;
use support::{Daemon, Place, actions};

/// Asks the agent to write the content of a file on the guest's console.
fn shows(daemon: &Daemon, path: &str) {
    let order = json!({ "execute": "guest-exec", "arguments": {
        "path": "/bin/busybox", "arg": ["sh", "-c", format!("echo \"it reads $(cat {path})\" > /dev/ttyS0")] } });
    daemon.domain(1).qemu_agent_command(&order.to_string(), 30, 0).unwrap();
}

#[test]
fn a_guest_sees_its_closure_and_is_switched_in_place() {
    let Some(virtiofsd) = support::virtiofsd() else { return };
    let Some(daemon) = Daemon::start_with(Some(&virtiofsd)) else { return };
    sees_and_switches(&daemon, &json!({ "share": "view" }));
}

#[test]
fn a_guest_sees_its_closure_by_9p_and_is_switched_in_place() {
    let Some(daemon) = Daemon::start() else { return };
    sees_and_switches(&daemon, &json!({ "share": "view", "driver": "9p" }));
}

fn sees_and_switches(daemon: &Daemon, shared: &Value) {
    let driver = shared["driver"].as_str().unwrap_or_default();
    let Some(debian) = debian(driver).and_then(support::with_agent) else { return };
    let place = Place::new(&daemon.uri());
    let Some(store) = Store::new(&place) else { return };
    let asked = json!({ "switch": true });
    let (first, first_need) = system_with_need(&place, &store, &debian, "one");
    let other = store.nix(&["--add", place.write("other", "nobody's").to_str().unwrap()]);
    // A folder of somebody else's stays.
    fs::create_dir_all(views(&place).join("other/store")).unwrap();
    let bundle_of = |system: &str| bundle(&place, system, shared, &asked);
    store.apply(&place, &bundle_of(&first));
    let text = console(&place);
    let mut sees: Vec<&str> = [&first, &first_need].map(|path| path.rsplit_once('/').unwrap().1).to_vec();
    sees.sort_unstable();
    assert!(
        text.lines().any(|line| line.trim_end() == format!("sees {}", sees.join(" "))),
        "{sees:?}: {text}"
    );
    is_up(&place, &first, "one", 2);
    has(&place, &[&first, &first_need]);
    // The files are the store's own. The folders are as Nix has them.
    let of_view = |path: &str| views(&place).join("web/store").join(path.rsplit_once('/').unwrap().1);
    let look = |path: &Path| fs::symlink_metadata(path).unwrap();
    assert_eq!(look(&of_view(&first_need)).ino(), look(Path::new(&first_need)).ino());
    let (old, new) = (look(Path::new(&first)), look(&of_view(&first)));
    assert_eq!((old.mode(), old.uid(), old.mtime()), (new.mode(), new.uid(), new.mtime()));
    assert_eq!((new.mode() & 0o7777, new.mtime()), (0o555, 1));
    assert_eq!(look(&place.path().join("nix/store")).mode(), look(&views(&place).join("web/store")).mode());
    let again = run(&place, &store, "plan", &bundle_of(&first)).expect(0).json();
    assert_eq!(actions(&again, "web"), ["unchanged"], "{again:#}");

    // What came after the start is in the view before the switch.
    connected(daemon);
    let id = daemon.domain(1).id();
    let (second, second_need) = system_with_need(&place, &store, &debian, "two");
    let plan = run(&place, &store, "plan", &bundle_of(&second)).expect(0).json();
    assert_eq!(actions(&plan, "web"), ["update", "switch"], "{plan:#}");
    assert!(
        plan.to_string().contains(&format!("its view of the store is brought to what {second} needs")),
        "{plan:#}"
    );
    has(&place, &[&first, &first_need]);
    store.apply(&place, &bundle_of(&second));
    says(&place, "with two");
    says(&place, "switched to two by switch");
    assert_eq!(daemon.domain(1).id(), id);
    let all = [&first, &first_need, &second, &second_need];
    has(&place, &all);
    let again = run(&place, &store, "plan", &bundle_of(&second)).expect(0).json();
    assert_eq!(actions(&again, "web"), ["unchanged"], "{again:#}");

    // The collector leaves what is rooted; and what it takes all the same, the guest has in its view.
    store.collect();
    assert!(all.iter().all(|path| Path::new(path).exists()) && !Path::new(&other).exists());
    fs::remove_dir_all(place.path().join("nix/var/gcroots/nixvirt")).unwrap();
    store.collect();
    assert!(!Path::new(&second).exists());
    has(&place, &all);
    shows(daemon, &format!("{first}/mark {second}/mark"));
    says(&place, "it reads onetwo");
    assert_eq!(system_with_need(&place, &store, &debian, "two"), (second.clone(), second_need.clone()));

    // With the next start, what is not needed any more goes.
    daemon.domain(1).destroy().unwrap();
    fs::remove_file(place.path().join("console")).unwrap();
    store.apply(&place, &bundle_of(&second));
    boots(&place, &second, "two", 2);
    has(&place, &[&second, &second_need]);
    // What somebody takes out of the view, and what is left over in it, is seen to.
    fs::remove_file(of_view(&second_need)).unwrap();
    fs::write(views(&place).join("web/new/left"), "").unwrap();
    let plan = run(&place, &store, "plan", &bundle_of(&second)).expect(0).json();
    assert_eq!(actions(&plan, "web"), ["view"], "{plan:#}");
    store.apply(&place, &bundle_of(&second));
    has(&place, &[&second, &second_need]);

    // The view goes with its domain.
    store.apply(&place, &json!({ "domains": [] }));
    assert_eq!(names(&views(&place)), BTreeSet::from(["other".to_owned()]));
    assert!(views(&place).join("other/store").exists() && Path::new(&second).exists());
}
