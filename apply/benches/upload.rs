//! How long an image takes to be in a volume, against `virsh vol-upload` of the same image, in one run.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    reason = "a measurement prints, and ends where it cannot go on"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use support::{Daemon, Place};

/// The bytes of the image, none of them zeros.
const SIZE: usize = 1 << 30;
const RUNS: usize = 5;

fn median(mut runs: Vec<Duration>) -> f64 {
    runs.sort();
    runs[runs.len() / 2].as_secs_f64()
}

fn main() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let folder = place.path().join("images");
    let image = place.path().join("image.raw");
    let bytes: Vec<u8> = (0..SIZE).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8 | 1).collect();
    fs::write(&image, bytes).unwrap();
    place.write(
        "pool.xml",
        &format!(
            "<pool type='dir'><name>images</name><target><path>{}</path></target></pool>",
            folder.display()
        ),
    );
    let volume = |name: &str| format!("<volume><name>{name}</name><capacity>{SIZE}</capacity></volume>");
    place.write("ours.xml", &volume("ours"));
    let theirs = place.write("theirs.xml", &volume("theirs"));
    let entry =
        |volumes| json!({ "pools": [{ "definition": "pool.xml", "active": true, "volumes": volumes }] });
    place.apply(&entry(json!([])));
    let virsh = |arguments: &[&str]| {
        let ran = Command::new("virsh").args(["-q", "-c", &place.uri]).args(arguments).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    let (mut our_runs, mut their_runs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let started = Instant::now();
        place.apply(&entry(json!([{ "definition": "ours.xml", "source": { "image": "image.raw" } }])));
        our_runs.push(started.elapsed());
        place.apply(&entry(json!([{ "name": "ours", "present": false }])));
        let started = Instant::now();
        virsh(&["vol-create", "images", theirs.to_str().unwrap()]);
        virsh(&["vol-upload", "--pool", "images", "--sparse", "theirs", image.to_str().unwrap()]);
        their_runs.push(started.elapsed());
        virsh(&["vol-delete", "--pool", "images", "theirs"]);
    }
    let (ours, theirs) = (median(our_runs), median(their_runs));
    let speed = |seconds: f64| SIZE as f64 / 1e6 / seconds;
    println!("apply, hash included   {ours:.2} s  {:.0} MB/s", speed(ours));
    println!("virsh vol-upload       {theirs:.2} s  {:.0} MB/s", speed(theirs));
    println!("speed of ours          {:.0} % of virsh's", theirs / ours * 100.0);
}
