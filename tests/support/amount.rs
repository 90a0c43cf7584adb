//! How much a random test takes on, and with which numbers. `tests/run` takes a small sample with a new seed each time;
//! `tests/run nightly` sets `NIXVIRT_NIGHTLY=1` and takes the long counts.

use std::env;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// Whether the long counts were asked for.
pub fn nightly() -> bool {
    env::var_os("NIXVIRT_NIGHTLY").is_some_and(|value| !value.is_empty() && value != "0")
}

/// How many of something a test tries: the first number in a usual run, the second one in a nightly run.
pub fn how_many(sample: usize, long: usize) -> usize {
    if nightly() { long } else { sample }
}

/// The seed of a test's random numbers, which it prints: `NIXVIRT_SEED`, or else a new one.
///
/// # Panics
/// If `NIXVIRT_SEED` is no number.
pub fn seed() -> u64 {
    let seed = match env::var("NIXVIRT_SEED") {
        Ok(given) => {
            given.parse().unwrap_or_else(|_| panic!("NIXVIRT_SEED should be a number, not {given:?}"))
        }
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            // Small enough to be typed.
            u64::from(now.subsec_nanos()) ^ (now.as_secs() & 0xf_ffff)
        }
    };
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("a test");
    // The test harness swallows what a passing test prints with `eprintln!`. Nobody may be listening.
    let _ = writeln!(std::io::stderr().lock(), "{name}: NIXVIRT_SEED={seed} gives the same run again");
    seed
}
