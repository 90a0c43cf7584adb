//! How much the apply step adds to the calls of libvirt's that it cannot do without, on a daemon of its own.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and ends where it cannot go on"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use nixvirt_apply::run::{Options, read_bundle, run};
use serde_json::json;
use support::{Daemon, Guest, Place};
use virt::connect::Connect;
use virt::sys;

/// How many domains there are where nobody says otherwise with `NIXVIRT_DOMAINS`, e.g. 10000. A tenth of them should take a tenth
/// as long.
const COUNT: u32 = 200;

fn count() -> u32 {
    std::env::var("NIXVIRT_DOMAINS").ok().and_then(|count| count.parse().ok()).unwrap_or(COUNT)
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let done = work();
    (started.elapsed(), done)
}

/// The median of some runs.
fn median(mut runs: Vec<Duration>) -> Duration {
    runs.sort();
    runs[runs.len() / 2]
}

fn main() {
    let count = count();
    let (Some(few), Some(many)) = (measure(count / 10), measure(count)) else { return };
    let growth = many.as_secs_f64() / few.as_secs_f64();
    println!("no-op run of {count} domains: {growth:.1} times as long as of a tenth of them");
}

/// Measures with so many domains; gives how long a run takes that has nothing to do.
fn measure(count: u32) -> Option<Duration> {
    let daemon = Daemon::start()?;
    let place = Place::new(&daemon.uri());
    let definitions: Vec<String> = (1..=count).map(|number| Guest::new(number).xml()).collect();
    for (number, xml) in definitions.iter().enumerate() {
        place.write(&format!("{number}.xml"), xml);
    }
    let entries: Vec<_> = (0..count).map(|number| json!({ "definition": format!("{number}.xml") })).collect();
    let bundle = |entries: &[serde_json::Value]| place.bundle(&json!({ "domains": entries }));
    let options = Options {
        state: place.path().join("state"),
        live: true,
        plan: false,
        patience: Duration::ZERO,
        owned: true,
        hooks: None,
        interrupt: Default::default(),
        answer: nixvirt_apply::host::PATIENCE,
        expected: None,
    };
    let ours = |entries: &[serde_json::Value]| {
        let path = bundle(entries);
        let (time, outcome) =
            timed(|| run(&place.uri, read_bundle(&path).unwrap(), &options, &mut |_| ()).unwrap());
        assert_eq!(outcome.failed, 0);
        (time, outcome.writes)
    };
    let connect = daemon.connect();
    let undefine = || {
        for domain in connect.list_all_domains(0).unwrap() {
            domain.undefine().unwrap();
        }
    };
    let (mut bare, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        bare.push(
            timed(|| definitions.iter().for_each(|xml| drop(connect.define_domain_xml(xml).unwrap()))).0,
        );
        undefine();
        let (time, writes) = ours(&entries);
        assert_eq!(writes, u64::from(count));
        whole.push(time);
        ours(&[]);
    }
    report("first define", count, median(bare), median(whole));
    ours(&entries);
    let (mut bare, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..15 {
        bare.push(
            timed(|| {
                let connect = Connect::open(Some(&place.uri)).unwrap();
                for domain in connect.list_all_domains(0).unwrap() {
                    domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap();
                }
            })
            .0,
        );
        let (time, writes) = ours(&entries);
        assert_eq!(writes, 0);
        whole.push(time);
    }
    let whole = median(whole);
    report("no-op run", count, median(bare), whole);
    Some(whole)
}

fn report(what: &str, count: u32, bare: Duration, ours: Duration) {
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    println!("{what} of {count} domains: bare calls {bare:.1?}, ours {ours:.1?}, {ratio:.2} times");
}
