//! Pools with volumes that are made of images, and what a guest reads of them.

#![allow(dead_code, reason = "each suite uses its own part of it")]
#![allow(unreachable_pub, reason = "its files are those of a library")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::Place;

/// The uuid of the pool of [`bundle`].
pub const UUID: &str = "99999999-2222-3333-4444-555555555555";

/// The volumes of a pool, each a name, a format, a capacity in bytes and a source.
pub type Volumes<'v> = [(&'v str, &'v str, u64, Value)];

/// A pool with volumes of it.
pub fn pool(place: &Place, name: &str, uuid: &str, volumes: &Volumes<'_>) -> Value {
    let folder = place.path().join(name);
    let own = format!("{name}.pool.xml");
    place.write(
        &own,
        &format!(
            "<pool type='dir'><name>{name}</name><uuid>{uuid}</uuid><target><path>{}</path></target></pool>",
            folder.display()
        ),
    );
    let of_pool = name;
    let volumes = volumes.iter().map(|(name, format, capacity, source)| {
        let file = format!("{of_pool}.{name}.xml");
        place.write(
            &file,
            &format!(
                "<volume><name>{name}</name><capacity>{capacity}</capacity><target><format type='{format}'/></target></volume>"
            ),
        );
        json!({ "definition": file, "source": source })
    });
    json!({ "definition": own, "active": true, "volumes": volumes.collect::<Vec<_>>() })
}

pub fn bundle(place: &Place, volumes: &Volumes<'_>) -> Value {
    json!({ "pools": [pool(place, "images", UUID, volumes)] })
}

/// Bytes that no packing makes much smaller, with a hole in their midst.
pub fn content(seed: u8) -> Vec<u8> {
    let mut bytes = vec![0; 3 << 20];
    let mut state = u32::from(seed) + 1;
    for byte in bytes[..1 << 20].iter_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    bytes[(3 << 20) - 1] = seed;
    bytes
}

pub fn qemu_img(args: &[&str]) {
    let ran = Command::new("qemu-img").args(args).output().expect("qemu-img");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// The bytes that a guest reads of an image.
pub fn read(image: &Path, format: &str) -> Vec<u8> {
    let raw = image.with_extension("read");
    qemu_img(&["convert", "-f", format, "-O", "raw", image.to_str().unwrap(), raw.to_str().unwrap()]);
    let bytes = fs::read(&raw).unwrap();
    fs::remove_file(raw).unwrap();
    bytes
}

pub fn file(place: &Place, name: &str, bytes: &[u8]) -> PathBuf {
    let path = place.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}
