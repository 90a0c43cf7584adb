//! The problems of the discs that the entries of a bundle ask for.

use nixvirt_schema::Kind;

use super::format::{CLOUD_INIT_KEY, DISCS, IGNITION_KEY, entry_keys};
use crate::diagnostics::Problem;
use crate::diagnostics::codes::UNREADABLE;
use crate::document::path::{Path, PathStep};
use crate::seed::{SeedMachine, SeedProblems, disc, ignition};
use crate::source::json::Json;

/// The keys of an entry that ask for discs.
pub const DISC_KEYS: [&str; 3] = [CLOUD_INIT_KEY, DISCS, IGNITION_KEY];

/// The problems of the content of an entry's discs, each at its place in the entry. `said` gives the value of a key, and `read`
/// the content of a file: one that is not there is the host's, and is read when objects are applied.
pub fn disc_problems<'e>(
    kind: &Kind,
    said: &dyn Fn(&str) -> Option<&'e Json<'e>>,
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Vec<(Path, Problem)> {
    if !entry_keys(kind).any(|key| key.name == DISCS) {
        return Vec::new();
    }
    let read = |path: &str| read(path).ok_or_else(String::new);
    let machine = SeedMachine { uuid: Some("the machine's"), name: None };
    let problems = |value: &Json<'_>, name: &str, place: &[&str]| {
        let found = disc(value, name, machine, &read).map_or_else(|found| found, |(_, found)| found);
        at(place, found)
    };
    let mut found = Vec::new();
    if let Some(seed @ (Json::Set(_) | Json::Open(_))) = said(CLOUD_INIT_KEY) {
        found.extend(problems(seed, CLOUD_INIT_KEY, &[CLOUD_INIT_KEY]));
    }
    if let Some(Json::Set(discs) | Json::Open(discs)) = said(DISCS) {
        let discs = discs.iter().filter(|(_, value)| matches!(value, Json::Set(_) | Json::Open(_)));
        for (name, value) in discs {
            found.extend(problems(value, name, &[DISCS, name]));
        }
    }
    if let Some(config @ (Json::Set(_) | Json::Open(_))) = said(IGNITION_KEY) {
        let problems = ignition(config, &read).map_or_else(|found| found, |(_, found)| found);
        found.extend(at(&[IGNITION_KEY], problems));
    }
    found
}

/// Problems of a disc as those of its entry. A file that is not there is none.
fn at(place: &[&str], problems: SeedProblems) -> Vec<(Path, Problem)> {
    let step = |key: &&str| PathStep { key: (*key).to_owned(), index: None };
    let place: Vec<PathStep> = place.iter().map(step).collect();
    let known = problems.into_iter().filter(|(_, problem)| problem.code().name != UNREADABLE.name);
    known.map(|(path, problem)| (Path([&*place, &path.0].concat()), problem)).collect()
}
