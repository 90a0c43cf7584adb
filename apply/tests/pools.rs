//! The folders of pools: made for a new pool, and never for one that was there before.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;

use nixvirt_apply::kind::ObjectKind;
use nixvirt_apply::state::{self, Record, State, Texts};
use serde_json::{Value, json};
use support::{Daemon, Guest, Place, writes};

const UUID: &str = "88888888-2222-3333-4444-555555555555";

fn pool(place: &Place, kind: &str) -> String {
    let path = place.path().join("var/lib/images");
    format!(
        "<pool type='{kind}'><name>images</name><uuid>{UUID}</uuid><source><device path='/dev/null'/></source>\
         <target><path>{}</path></target></pool>",
        path.display()
    )
}

#[test]
fn a_new_pool_has_its_folder_made_with_a_machine_on_it() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("pool.xml", &pool(&place, "dir"));
    place.write("web.qcow2", "<volume><name>web.qcow2</name><capacity unit='GiB'>1</capacity><target><format type='qcow2'/></target></volume>");
    let mut guest = Guest::new(1);
    guest.devices =
        "<disk type='volume'><driver name='qemu' type='qcow2'/><source pool='images' volume='web.qcow2'/>\
                     <target dev='vda' bus='virtio'/></disk>"
            .into();
    place.write("1.xml", &guest.xml());
    let bundle = json!({
        "pools": [{ "definition": "pool.xml", "active": true, "volumes": [{ "definition": "web.qcow2" }] }],
        "domains": [{ "definition": "1.xml", "active": true }],
    });
    let folder = place.path().join("var/lib/images");
    let said = place.plan(&bundle).to_string();
    assert!(said.contains(&format!("{} is made where it is missing", folder.display())), "{said}");
    assert!(!folder.exists());
    place.apply(&bundle);
    assert!(folder.join("web.qcow2").exists());
    assert_eq!(writes(&place.apply(&bundle)), 0);
}

#[test]
fn the_folder_of_a_pool_that_was_there_is_not_made() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("pool.xml", &pool(&place, "dir"));
    let bundle = |more: Value| {
        let mut pool = json!({ "definition": "pool.xml", "active": true });
        pool.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "pools": [pool] })
    };
    let folder = place.path().join("var/lib/images");
    let fails = |bundle: &Value| {
        place.bundle(bundle);
        let ran = place.run("apply", &[]).expect(1);
        assert!(ran.stderr.contains("its folder is made only for a new pool"), "{}", ran.all());
        assert!(!folder.exists());
    };
    // Not where it is asked not to be.
    fails(&bundle(json!({ "build": false })));
    // It was never active: with `build` again, it is as new as it was, and the plan says what becomes of its folder.
    let said = place.plan(&bundle(json!({}))).to_string();
    assert!(said.contains("is made where it is missing"), "{said}");
    place.apply(&bundle(json!({})));
    assert!(folder.exists());
    assert_eq!(writes(&place.apply(&bundle(json!({})))), 0);
    // Its disk is mounted late: the pool is not started, and nothing hides what is on the disk.
    let pool_of = || daemon.connect().lookup_storage_pool_by_name("images").unwrap();
    pool_of().destroy().unwrap();
    fs::remove_dir(&folder).unwrap();
    fails(&bundle(json!({})));
    // The same where somebody has undefined it.
    pool_of().undefine().unwrap();
    // Runs that are not about pools do not forget it.
    let path = place.write("1.xml", &Guest::new(1).xml()).display().to_string();
    place.virtdeclare(&["--type", "domain", "--define", &path]).expect(0);
    place.apply(&json!({ "domains": [] }));
    fails(&bundle(json!({})));
    // A stranger's pool is taken over as it is.
    let path = state::path_of(&place.path().join("state"), &place.uri, "state");
    fs::remove_file(&path).unwrap();
    assert!(!pool_of().is_active().unwrap());
    fails(&bundle(json!({})));
    // A run that was killed between the definition and the folder is made good.
    let mut state = State::open(path, true).unwrap();
    let key = (ObjectKind::Pool, UUID.parse().unwrap());
    let mut begun = Record::default();
    (begun.name, begun.owned, begun.pending, begun.new) = ("images".into(), true, true, true);
    state.put(key, &begun, &Texts::default()).unwrap();
    drop(state);
    place.apply(&bundle(json!({})));
    assert!(folder.exists() && pool_of().is_active().unwrap());
}

#[test]
fn nothing_is_made_for_a_pool_of_another_type() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    // libvirt would make its mount point, too.
    place.write("pool.xml", &pool(&place, "fs"));
    let bundle = json!({ "pools": [{ "definition": "pool.xml" }] });
    assert!(!place.plan(&bundle).to_string().contains("is made where"));
    place.apply(&bundle);
    assert!(daemon.connect().lookup_storage_pool_by_name("images").is_ok());
    assert!(!place.path().join("var").exists());
    place.bundle(&json!({ "domains": [{ "definition": "pool.xml", "build": true }] }));
    assert!(place.run("plan", &[]).expect(1).stderr.contains("`build` does not go with a domain"));
}

#[test]
fn a_folder_that_another_pool_has_is_said_in_the_plan() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let xml = pool(&place, "dir");
    let other =
        xml.replace("images</name>", "other</name>").replace(UUID, "88888888-2222-3333-4444-666666666666");
    let stranger = daemon.connect().define_storage_pool_xml(&other, 0).unwrap();
    place.write("pool.xml", &xml);
    place.bundle(&json!({ "pools": [{ "definition": "pool.xml" }] }));
    for command in ["plan", "apply"] {
        let ran = place.run(command, &[]).expect(1);
        let said =
            "the pool `other` of the host has the same storage; choose another one, or undefine that pool";
        assert!(ran.all().contains(said), "{command}: {}", ran.all());
    }
    assert_eq!(daemon.connect().list_all_storage_pools(0).unwrap().len(), 1);
    // With the other one gone, it is defined; and itself it is no obstacle to.
    stranger.undefine().unwrap();
    place.run("apply", &[]).expect(0);
    place.write(
        "pool.xml",
        &xml.replace("<source>", "<!-- the same --><source>").replace("</pool>", "</pool>\n"),
    );
    place.run("apply", &[]).expect(0);
    assert_eq!(daemon.connect().list_all_storage_pools(0).unwrap().len(), 1);
}
