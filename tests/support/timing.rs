//! Measuring things against one another.
//!
//! The candidates run in turns, a few milliseconds each, so that whatever else the machine does hits both alike;
//! criterion and divan run one after the other, and keep their figures to themselves.

#![expect(clippy::print_stdout, reason = "that is what a benchmark is for")]

use std::time::{Duration, Instant};

/// One that runs in turns with others: what it is called and what it does.
pub type Runner<'r> = (&'r str, &'r mut dyn FnMut());

/// The median time of each, all of them run in turns.
pub fn in_turns<const N: usize>(rounds: usize, mut runners: [Runner<'_>; N]) -> [Duration; N] {
    const TURN: Duration = Duration::from_millis(3);
    let mut repeats = [1u32; N];
    for (repeats, (_, run)) in repeats.iter_mut().zip(&mut runners) {
        run();
        let begin = Instant::now();
        run();
        let once = begin.elapsed().max(Duration::from_nanos(100));
        *repeats = u32::try_from(TURN.as_nanos() / once.as_nanos()).unwrap_or(1).clamp(1, 100_000);
    }
    let mut times: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::with_capacity(rounds));
    for _ in 0..rounds {
        for (index, (_, run)) in runners.iter_mut().enumerate() {
            let begin = Instant::now();
            for _ in 0..repeats[index] {
                run();
            }
            times[index].push(begin.elapsed() / repeats[index]);
        }
    }
    let medians = times.map(|mut times| {
        times.sort();
        times[times.len() / 2]
    });
    for ((name, _), median) in runners.iter().zip(medians) {
        println!("  {name:<44} {:>12}", shown(median));
    }
    medians
}

/// A time as people read it.
pub fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 1000.0 { format!("{micros:.2} us") } else { format!("{:.2} ms", micros / 1000.0) }
}

/// Prints the ratio of two times, and what it should be.
pub fn ratio(what: &str, one: Duration, other: Duration, aim: &str) {
    println!("  {what:<44} {:>12.2}   (aim: {aim})", one.as_secs_f64() / other.as_secs_f64());
}
