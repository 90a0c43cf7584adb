//! Volumes that are made of other volumes of the host, and new images beside those that stay.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "support/images.rs"]
mod images;
mod support;

use std::fs;
use std::path::PathBuf;

use images::{UUID, bundle, content, file, pool, read};
use nixvirt_apply::kind::ObjectKind;
use nixvirt_apply::state::{self, State};
use serde_json::{Value, json};
use support::{Daemon, Guest, Place, writes};

const OTHER: &str = "99999999-2222-3333-4444-666666666666";

/// The lines of a plan about volumes.
fn volumes(run: &Value) -> Vec<String> {
    let objects = run["objects"].as_array().unwrap().iter();
    let volumes = objects.flat_map(|object| object["volumes"].as_array().unwrap());
    let said = volumes
        .map(|volume| format!("{} {}", volume["action"].as_str().unwrap(), volume["name"].as_str().unwrap()));
    said.collect()
}

#[test]
fn a_volume_of_the_host_is_copied_once() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    file(&place, "one.img", &content(1));
    file(&place, "other.img", &content(2));
    let size = content(1).len() as u64;
    let of = |volume: &str| json!({ "volume": volume, "pool": "templates" });
    // The pool with the copies is declared first, and so are copies of copies.
    let declared = |image: &str| {
        json!({ "pools": [
            pool(&place, "images", UUID, &[
                ("c.qcow2", "qcow2", 0, json!({ "volume": "a.img", "pool": "images" })),
                ("a.img", "raw", 2 * size, of("base.qcow2")),
                ("b.qcow2", "qcow2", 2 * size, json!({ "volume": "base.qcow2", "pool": "templates", "overlay": true })),
            ]),
            pool(&place, "templates", OTHER, &[("base.qcow2", "qcow2", 0, json!({ "image": image, "onChange": "replace" }))]),
        ] })
    };
    let bundle = declared("one.img");
    place.apply(&bundle);
    let folder = place.path().join("images");
    for (name, format, twice) in
        [("a.img", "raw", true), ("b.qcow2", "qcow2", true), ("c.qcow2", "qcow2", true)]
    {
        let found = read(&folder.join(name), format);
        assert_eq!(found.len() as u64, if twice { 2 * size } else { size }, "{name}");
        assert!(found[..size as usize] == content(1), "{name}");
        assert!(found[size as usize..].iter().all(|byte| *byte == 0), "{name}");
    }
    assert_eq!(writes(&place.apply(&bundle)), 0);
    // What it was copied of may become another one.
    fs::remove_file(folder.join("b.qcow2")).unwrap();
    let mut other = declared("other.img");
    other["pools"][0]["volumes"].as_array_mut().unwrap().pop();
    assert_eq!(volumes(&place.plan(&other)), ["replace base.qcow2"]);
    place.apply(&other);
    assert!(read(&folder.join("a.img"), "raw")[..size as usize] == content(1));
    // And may go.
    let pools = other["pools"].as_array_mut().unwrap();
    pools[1]["volumes"] = json!([{ "name": "base.qcow2", "present": false }]);
    place.apply(&other);
    assert_eq!(writes(&place.apply(&other)), 0);
    // A copy that was not whole is made anew; here there is nothing left to copy.
    let path = state::path_of(&place.path().join("state"), &place.uri, "state");
    let mut state = State::open(path, true).unwrap();
    let key = (ObjectKind::Pool, UUID.parse().unwrap());
    let mut record = state.get(key).unwrap().clone();
    record.contents.iter_mut().filter(|content| content.volume == "c.qcow2").for_each(|it| it.whole = false);
    let texts = state.texts(key).unwrap();
    state.put(key, &record, &texts).unwrap();
    drop(state);
    assert_eq!(volumes(&place.plan(&other)), ["replace c.qcow2"]);
    fs::write(folder.join("c.qcow2"), "half").unwrap();
    place.apply(&other);
    assert!(read(&folder.join("c.qcow2"), "qcow2")[..size as usize] == content(1));
    assert_eq!(writes(&place.apply(&other)), 0);
}

#[test]
fn what_cannot_be_copied_is_said_in_the_plan() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    file(&place, "one.img", &content(3));
    let base = ("base.img", "raw", 0, json!({ "image": "one.img" }));
    let mut guest = Guest::new(1);
    guest.devices = format!(
        "<disk type='file'><driver name='qemu' type='raw'/><source file='{}'/><target dev='vda' bus='virtio'/></disk>",
        place.path().join("images/base.img").display()
    );
    place.write("1.xml", &guest.xml());
    let mut first = bundle(&place, std::slice::from_ref(&base));
    first["domains"] = json!([{ "definition": "1.xml", "active": true }]);
    place.apply(&first);
    for (source, capacity, expected, code) in [
        (json!({ "volume": "missing.img" }), 0, "its pool has no volume `missing.img`", "[source-missing]"),
        (json!({ "volume": "copy.img" }), 0, "its pool has no volume `copy.img`", "[source-missing]"),
        (
            json!({ "volume": "base.img", "pool": "nowhere" }),
            0,
            "there is no pool `nowhere`",
            "[source-missing]",
        ),
        (
            json!({ "volume": "base.img" }),
            0,
            "runs with its source `base.img` and writes to it",
            "[volume-in-use]",
        ),
        (json!({ "volume": "base.img", "overlay": true }), 0, "runs with its source", "[volume-in-use]"),
    ] {
        let mut declared = bundle(&place, &[base.clone(), ("copy.img", "qcow2", capacity, source.clone())]);
        declared["domains"] = first["domains"].clone();
        place.bundle(&declared);
        let said = place.run("plan", &[]).expect(1).all();
        assert!(said.contains(expected) && said.contains(code), "{source}: {said}");
        let said = place.run("apply", &[]).expect(1).all();
        assert!(said.contains(expected) && said.contains(code), "{source}: {said}");
        assert!(!place.path().join("images/copy.img").exists(), "{source}");
    }
    // A machine that is off writes nothing.
    first["domains"][0]["active"] = json!(false);
    place.apply(&first);
    let small = bundle(&place, &[base.clone(), ("copy.img", "raw", 512, json!({ "volume": "base.img" }))]);
    place.bundle(&small);
    let said = place.run("apply", &[]).expect(1).all();
    assert!(said.contains("its capacity is 512 bytes, and its source has 3145728"), "{said}");
    place.apply(&bundle(&place, &[base.clone(), ("copy.img", "raw", 0, json!({ "volume": "base.img" }))]));
    assert!(fs::read(place.path().join("images/copy.img")).unwrap() == content(3));
    for source in [
        json!({ "volume": "base.img", "image": "one.img" }),
        json!({ "volume": "base.img", "onChange": "replace" }),
        json!({ "volume": "base.img", "format": "raw" }),
        json!({ "image": "one.img", "pool": "images" }),
        json!({ "backing": "one.img", "overlay": true }),
        json!({ "backing": "one.img", "onChange": "new" }),
    ] {
        place.bundle(&bundle(&place, &[("web.img", "raw", 0, source.clone())]));
        let said = place.run("plan", &[]).expect(1).all();
        assert!(
            said.contains("pools[0].volumes[0].source: ") && said.contains("[volume-source]"),
            "{source}: {said}"
        );
    }
}

#[test]
fn a_new_image_comes_beside_the_volume_for_what_is_made_of_it_later() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    for seed in [4, 5, 6] {
        file(&place, &format!("{seed}.img"), &content(seed));
    }
    let size = content(4).len() as u64;
    let base =
        |seed: u8| ("base.qcow2", "qcow2", 0, json!({ "image": format!("{seed}.img"), "onChange": "new" }));
    let on_top = |name| (name, "qcow2", 0, json!({ "volume": "base.qcow2", "overlay": true }));
    let folder = place.path().join("images");
    let holds = |name: &str, seed: u8| {
        assert!(read(&folder.join(name), "qcow2")[..size as usize] == content(seed), "{name}");
    };
    let beside = || -> Vec<PathBuf> {
        let found = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        found.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("base-")).collect()
    };
    place.apply(&bundle(&place, &[base(4), on_top("a.qcow2")]));
    let two = bundle(&place, &[on_top("b.qcow2"), base(5), on_top("a.qcow2")]);
    let said = place.plan(&two);
    let planned = volumes(&said);
    assert!(
        planned.len() == 2 && planned[0].starts_with("create base-") && planned[1] == "create b.qcow2",
        "{said:#}"
    );
    place.apply(&two);
    assert_eq!(beside().len(), 1);
    holds("base.qcow2", 4);
    holds("a.qcow2", 4);
    holds("b.qcow2", 5);
    assert_eq!(writes(&place.apply(&two)), 0);
    // Another path of the same content.
    file(&place, "6.img", &content(5));
    let same = bundle(&place, &[on_top("b.qcow2"), base(6), on_top("a.qcow2")]);
    assert_eq!(writes(&place.apply(&same)), 0);
    assert_eq!(writes(&place.apply(&same)), 0);
    // A third one, and back to the first.
    file(&place, "5.img", &content(7));
    let three = bundle(&place, &[base(5), on_top("a.qcow2"), on_top("b.qcow2"), on_top("c.qcow2")]);
    place.apply(&three);
    assert_eq!(beside().len(), 2);
    let back = bundle(
        &place,
        &[base(4), on_top("a.qcow2"), on_top("b.qcow2"), on_top("c.qcow2"), on_top("d.qcow2")],
    );
    place.apply(&back);
    assert_eq!(beside().len(), 2);
    for (name, seed) in [("a.qcow2", 4), ("b.qcow2", 5), ("c.qcow2", 7), ("d.qcow2", 4)] {
        holds(name, seed);
    }
    assert_eq!(writes(&place.apply(&back)), 0);
    // One that is gone is made again, and somebody else's is not touched.
    beside().iter().for_each(|path| fs::remove_file(path).unwrap());
    daemon.connect().lookup_storage_pool_by_name("images").unwrap().refresh(0).unwrap();
    place.apply(&bundle(&place, &[base(5)]));
    assert_eq!(beside().len(), 1);
    file(&place, "4.img", &content(8));
    let fresh = bundle(&place, &[base(4)]);
    let name = volumes(&place.plan(&fresh))[0].strip_prefix("create ").unwrap().to_owned();
    fs::write(folder.join(&name), "of somebody else").unwrap();
    daemon.connect().lookup_storage_pool_by_name("images").unwrap().refresh(0).unwrap();
    place.bundle(&fresh);
    let said = place.run("apply", &[]).expect(1).all();
    assert!(said.contains("[name-taken]") && said.contains("that was not made here"), "{said}");
    assert_eq!(fs::read(folder.join(&name)).unwrap(), b"of somebody else");
}
