//! How much longer four times the input takes, for each construct that somebody may write much of. Aim: six times at most.
//! The test suite of the same name holds that in instructions and bytes; this is the time.
//!
//! `cargo bench -p nixvirt-tests --bench growth`

#![expect(clippy::print_stdout, reason = "that is what a benchmark is for")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nixvirt_tests::command::{Dir, binary};
use nixvirt_tests::growth::CONSTRUCTS;
use nixvirt_tests::timing::shown;

/// The larger source is of about this many of the construct, so that it is more than starting a program.
const LARGER: usize = 16;

fn main() {
    let dir = Dir::new();
    println!("\n{:<42} {:>8} {:>12} {:>12} {:>7}", "construct", "count", "once", "four times", "ratio");
    for construct in CONSTRUCTS {
        let count = construct.count * LARGER / 4;
        let times = [1, count, 4 * count].map(|count| {
            let file = dir.write(&format!("growth.{}", construct.ending), (construct.source)(count));
            let mut times: Vec<Duration> = (0..5)
                .map(|_| {
                    let mut command = Command::new(binary());
                    command.arg("check").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
                    let begin = Instant::now();
                    assert!(command.status().is_ok_and(|status| status.code().is_some()), "it should run");
                    begin.elapsed()
                })
                .collect();
            times.sort();
            times[2]
        });
        let [none, some, more] = times;
        let ratio =
            more.saturating_sub(none).as_secs_f64() / some.saturating_sub(none).as_secs_f64().max(1e-6);
        println!("{:<42} {count:>8} {:>12} {:>12} {ratio:>7.1}", construct.name, shown(some), shown(more));
    }
}
