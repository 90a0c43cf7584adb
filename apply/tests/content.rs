//! Volumes that get their content from an image: filled once, whole or not at all, and never behind anybody's back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "support/images.rs"]
mod images;
mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use images::{UUID, bundle, content, file, qemu_img, read};
use nixvirt_apply::content::{Image, each_block};
use nixvirt_apply::kind::ObjectKind;
use nixvirt_apply::state::{self, State};
use serde_json::{Value, json};
use support::{Daemon, Guest, Place, writes};

#[test]
fn packed_or_of_another_format_it_is_the_same_content() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let bytes = content(1);
    let raw = file(&place, "plain.img", &bytes);
    let qcow2 = place.path().join("plain.qcow2");
    qemu_img(&["convert", "-f", "raw", "-O", "qcow2", raw.to_str().unwrap(), qcow2.to_str().unwrap()]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&bytes).unwrap();
    file(&place, "plain.img.gz", &gzip.finish().unwrap());
    file(&place, "plain.img.zst", &zstd::encode_all(&*bytes, 1).unwrap());
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(&fs::read(&qcow2).unwrap()).unwrap();
    file(&place, "plain.qcow2.xz", &xz.finish().unwrap());
    let size = bytes.len() as u64;
    let declared = [
        ("a.img", "raw", size, json!({ "image": "plain.img" })),
        ("b.img", "raw", 2 * size, json!({ "image": "plain.img.gz", "format": "raw" })),
        ("c.qcow2", "qcow2", 0, json!({ "image": "plain.img.zst" })),
        ("d.qcow2", "qcow2", 2 * size, json!({ "image": "plain.qcow2", "format": "qcow2" })),
        ("e.img", "raw", 0, json!({ "image": "plain.qcow2.xz" })),
    ];
    let bundle = bundle(&place, &declared);
    place.apply(&bundle);
    for (name, format, capacity, _) in &declared {
        let found = read(&place.path().join("images").join(name), format);
        let size = (*capacity).max(size) as usize;
        assert_eq!(found.len(), size, "{name}");
        assert!(
            found[..bytes.len()] == bytes && found[bytes.len()..].iter().all(|byte| *byte == 0),
            "{name}"
        );
    }
    assert_eq!(writes(&place.apply(&bundle)), 0);
}

#[test]
fn holes_are_not_sent() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let image = file(&place, "large.img", &content(10));
    // More than the host has room for.
    let size = 1 << 40;
    fs::File::options().write(true).open(&image).unwrap().set_len(size).unwrap();
    place.apply(&bundle(&place, &[("large.img", "raw", size, json!({ "image": "large.img" }))]));
    let found = fs::metadata(place.path().join("images/large.img")).unwrap();
    assert_eq!(found.len(), size);
    let taken = std::os::unix::fs::MetadataExt::blocks(&found) * 512;
    assert!(taken < 16 << 20, "{taken} bytes are taken");
}

#[test]
fn what_cannot_be_is_said_and_leaves_nothing_behind() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let small = file(&place, "small.img", &content(2));
    let top = place.path().join("top.qcow2");
    let below =
        ["create", "-q", "-f", "qcow2", "-b", small.to_str().unwrap(), "-F", "raw", top.to_str().unwrap()];
    qemu_img(&below);
    for (source, capacity, expected, code) in [
        (json!({ "image": "missing.img" }), 0, "missing.img: No such file", "[cannot-read-image]"),
        (json!({ "image": "." }), 0, "it is no regular file", "[cannot-read-image]"),
        (
            json!({ "image": "small.img" }),
            512,
            "its capacity is 512 bytes, and its image has 3145728",
            "[capacity-too-small]",
        ),
        (
            json!({ "image": "small.img", "format": "qcow2" }),
            0,
            "its first bytes say `raw`",
            "[image-format]",
        ),
        (
            json!({ "image": "small.img", "format": "vmdk" }),
            0,
            "it cannot be converted from `vmdk`",
            "[cannot-convert-image]",
        ),
        (json!({ "image": "top.qcow2" }), 0, "expected an image that stands alone", "[image-not-alone]"),
    ] {
        place.bundle(&bundle(&place, &[("web.img", "raw", capacity, source.clone())]));
        let said = place.run("apply", &[]).expect(1).all();
        assert!(said.contains(expected) && said.contains(code), "{source}: {said}");
        assert!(!place.path().join("images/web.img").exists(), "{source}");
    }
    for source in [json!({}), json!({ "image": "small.img", "backing": "small.img" })] {
        place.bundle(&bundle(&place, &[("web.img", "raw", 0, source)]));
        let said = place.run("plan", &[]).expect(1).all();
        assert!(said.contains("pools[0].volumes[0].source: expected one of `image`"), "{said}");
    }
}

#[test]
fn an_image_that_changes_is_put_into_the_volume_only_where_that_is_asked_for() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    file(&place, "one.img", &content(3));
    file(&place, "same.img", &content(3));
    file(&place, "other.img", &content(4));
    let volume = place.path().join("images/web.img");
    let size = content(3).len() as u64;
    let mut guest = Guest::new(1);
    guest.devices = format!(
        "<disk type='file'><driver name='qemu' type='raw'/><source file='{}'/><target dev='vda' bus='virtio'/></disk>",
        volume.display()
    );
    place.write("1.xml", &guest.xml());
    let declared = |source: Value| {
        let mut bundle = bundle(&place, &[("web.img", "raw", size, source)]);
        bundle["domains"] =
            json!([{ "definition": "1.xml", "active": true, "shutdown": { "method": "destroy" } }]);
        bundle
    };
    place.apply(&declared(json!({ "image": "one.img" })));
    // Another store path of the same content.
    let same = declared(json!({ "image": "same.img" }));
    assert_eq!(writes(&place.apply(&same)), 0);
    assert_eq!(writes(&place.apply(&same)), 0);
    let other = declared(json!({ "image": "other.img" }));
    let said = place.plan(&other).to_string();
    assert!(said.contains("it keeps what it has"), "{said}");
    assert_eq!(writes(&place.apply(&other)), 0);
    assert!(fs::read(&volume).unwrap() == content(3));
    // Its content was read once: the state knows it by its name, size and time, and says the same again.
    let path = state::path_of(&place.path().join("state"), &place.uri, "state");
    let known = State::open(path, false).unwrap();
    let contents = known.get((ObjectKind::Pool, UUID.parse().unwrap())).unwrap().contents.clone();
    assert_eq!(contents[0].other, Some(Image::open(&place.path().join("other.img")).unwrap().stamp));
    let said = place.plan(&other).to_string();
    assert!(said.contains("it keeps what it has"), "{said}");
    let replaced = declared(json!({ "image": "other.img", "onChange": "replace" }));
    let said = place.plan(&replaced).to_string();
    assert!(said.contains("stopped and started again: domain `") && said.contains("\"replace\""), "{said}");
    let id = daemon.domain(1).id();
    place.apply(&replaced);
    assert!(fs::read(&volume).unwrap() == content(4));
    assert!(daemon.domain(1).is_active().unwrap() && daemon.domain(1).id() != id);
    assert_eq!(writes(&place.apply(&replaced)), 0);
    // A domain that is not ours to stop.
    file(&place, "other.img", &content(5));
    let mut alone = replaced.clone();
    alone["domains"][0]["restart"] = json!("never");
    place.bundle(&alone);
    let said = place.run("apply", &[]).expect(1).all();
    assert!(said.contains("which is not ours to stop [volume-in-use]"), "{said}");
    assert!(fs::read(&volume).unwrap() == content(4));
}

#[test]
fn a_volume_that_is_not_whole_is_made_anew() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    file(&place, "one.img", &content(6));
    let bundle = bundle(&place, &[("web.img", "raw", 0, json!({ "image": "one.img" }))]);
    place.apply(&bundle);
    let volume = place.path().join("images/web.img");
    // As a kill leaves it.
    fs::write(&volume, &content(6)[..1 << 19]).unwrap();
    let path = state::path_of(&place.path().join("state"), &place.uri, "state");
    let mut state = State::open(path, true).unwrap();
    let key = (ObjectKind::Pool, UUID.parse().unwrap());
    let mut record = state.get(key).unwrap().clone();
    record.contents[0].whole = false;
    let texts = state.texts(key).unwrap();
    state.put(key, &record, &texts).unwrap();
    drop(state);
    let said = place.plan(&bundle).to_string();
    assert!(said.contains("was ended before all was in it"), "{said}");
    place.apply(&bundle);
    assert!(fs::read(&volume).unwrap() == content(6));
    assert_eq!(writes(&place.apply(&bundle)), 0);
}

#[test]
fn an_upload_that_is_killed_is_repeated() {
    let Some(mut daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let bytes: Vec<u8> = (0..40).flat_map(|part| content(part)[..1 << 20].to_vec()).collect();
    file(&place, "one.img", &bytes);
    let there = bundle(&place, &[("web.img", "raw", 0, json!({ "image": "one.img" }))]);
    let mut gone = there.clone();
    gone["pools"][0]["volumes"] = json!([{ "name": "web.img", "present": false }]);
    let volume = place.path().join("images/web.img");
    place.apply(&there);
    let nightly = std::env::var_os("NIXVIRT_NIGHTLY").is_some_and(|value| !value.is_empty());
    let kills = if nightly { 20 } else { 5 };
    let mut halfway = 0;
    for kill in 1..=kills {
        place.apply(&gone);
        place.bundle(&there);
        let mut run =
            place.command("apply", &[]).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        // The sending begins once the volume is there.
        while !volume.exists() && run.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(5 * kill));
        run.kill().unwrap();
        run.wait().unwrap();
        daemon.revive();
        halfway += u32::from(volume.exists() && fs::read(&volume).unwrap() != bytes);
        place.apply(&there);
        assert!(fs::read(&volume).unwrap() == bytes, "after kill {kill}");
        assert_eq!(writes(&place.apply(&there)), 0);
    }
    assert!(halfway > 0, "no kill came while the image was sent");
}

#[test]
fn volumes_on_top_of_one_image_share_it() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    file(&place, "base.img", &content(7));
    let size = content(7).len() as u64;
    let on_top = |name| (name, "qcow2", 2 * size, json!({ "backing": "base.img" }));
    place.apply(&bundle(&place, &[on_top("a.qcow2"), on_top("b.qcow2")]));
    let folder = place.path().join("images");
    let bases = || -> Vec<PathBuf> {
        let found = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        found.filter(|path| path.to_str().unwrap().contains("nixvirt-base-")).collect()
    };
    assert_eq!(bases().len(), 1, "{:?}", bases());
    for name in ["a.qcow2", "b.qcow2"] {
        let found = read(&folder.join(name), "qcow2");
        assert!(found.len() as u64 == 2 * size && found[..size as usize] == content(7), "{name}");
    }
    // Another content: those that are there stay on what they are on.
    file(&place, "base.img", &content(8));
    let two = bundle(&place, &[on_top("a.qcow2"), on_top("c.qcow2")]);
    place.apply(&two);
    assert_eq!(bases().len(), 2);
    assert!(read(&folder.join("a.qcow2"), "qcow2")[..size as usize] == content(7));
    assert!(read(&folder.join("c.qcow2"), "qcow2")[..size as usize] == content(8));
    assert_eq!(writes(&place.apply(&two)), 0);
    // An image that nothing lies on top of any more goes.
    let mut gone = bundle(&place, &[on_top("c.qcow2")]);
    let volumes = gone["pools"][0]["volumes"].as_array_mut().unwrap();
    volumes.extend(["a.qcow2", "b.qcow2"].map(|name| json!({ "name": name, "present": false })));
    place.apply(&gone);
    place.apply(&gone);
    assert_eq!(bases().len(), 1, "{:?}", bases());
    assert!(read(&folder.join("c.qcow2"), "qcow2")[..size as usize] == content(8));
    assert_eq!(writes(&place.apply(&gone)), 0);
}

#[test]
fn the_hash_is_of_the_content_and_not_of_its_holes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = content(9);
    let dense = folder.path().join("dense");
    fs::write(&dense, &bytes).unwrap();
    let sparse = folder.path().join("sparse");
    let file = fs::File::create(&sparse).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes[..1 << 20], 0).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes[(3 << 20) - 1..], (3 << 20) - 1).unwrap();
    let hash = |path: &Path| Image::open(path).unwrap().hash().unwrap();
    assert_eq!(hash(&dense), hash(&sparse));
    let shorter = folder.path().join("shorter");
    fs::write(&shorter, &bytes[..bytes.len() - 1]).unwrap();
    assert_ne!(hash(&dense), hash(&shorter));
    let mut seen = Vec::new();
    each_block(&fs::File::open(&sparse).unwrap(), &mut |at, block| {
        assert_eq!(at, seen.len() as u64);
        seen.extend(block.map_or(vec![0; 1 << 16], <[u8]>::to_vec));
        Ok(())
    })
    .unwrap();
    assert!(seen == bytes);
}
