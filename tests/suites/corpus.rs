//! libvirt's own test files: what its schema accepts is accepted, what it refuses is refused, and what its formatter
//! wrote comes back byte for byte. `corpus-exceptions.tsv` beside this file lists by name what is not so yet, with the
//! reason; the test fails when a file gets better or worse than that. Without the corpus it is skipped, aloud.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::time::Instant;

use nixvirt_compiler::{Severity, Target, format_xml};
use nixvirt_tests::corpus::{files, target};
use nixvirt_tests::tree::{Difference, Tree};
use nixvirt_tests::{libvirt, skip};

/// The exceptions: file, what goes wrong with it, why.
const EXCEPTIONS: &str = include_str!("corpus-exceptions.tsv");

/// Files that the schema of a later libvirt refuses, though nothing in its parser has changed: libvirt 12.8's wants the port
/// of a USB device, which no older one printed.
const SINCE_REFUSED: &[&str] = &["device/nodedevschemadata/usb_device_1d6b_1_0000_00_1d_0.xml"];

/// The results for the files of a kind: how many of how many went right.
#[derive(Default)]
struct Row {
    accepted: (usize, usize),
    refused: (usize, usize),
    exact: (usize, usize),
}

fn count(cell: &mut (usize, usize), right: bool) {
    cell.0 += usize::from(right);
    cell.1 += 1;
}

#[test]
fn every_file_is_as_libvirt_has_it() {
    let files = files();
    if files.is_empty() {
        return;
    }
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    // Each thing that is wrong, and what is to be said of it.
    let mut wrong: BTreeMap<(&str, &str), String> = BTreeMap::new();
    let begin = Instant::now();
    for file in &files {
        let row = rows.entry(file.kind).or_default();
        let outcome = format_xml(&file.xml, None, Target::NEWEST);
        let errors = outcome.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        let errors: Vec<String> = errors
            .map(|error| format!("{}: {}: {}", error.problem.code().name, error.path, error.problem))
            .collect();
        let right = errors.is_empty() == file.valid;
        count(if file.valid { &mut row.accepted } else { &mut row.refused }, right);
        if !right {
            let what = if file.valid { "refused" } else { "accepted" };
            wrong.insert((&file.name, what), errors.join("\n    "));
        }
        // A canonical file that libvirt's schema refuses is to be refused, not printed.
        if file.canonical && file.valid {
            // As the libvirt prints it whose test file it is.
            let outcome = format_xml(&file.xml, None, target());
            let exact = outcome.xml.as_deref().is_some_and(|xml| xml.as_bytes() == file.xml);
            count(&mut row.exact, exact);
            if let (false, Some(xml)) = (exact, &outcome.xml) {
                wrong.insert((&file.name, "differs"), first_difference(xml, &file.xml));
            }
        }
    }
    let mut table = String::from("kind       accepted       refused   byte-exact\n");
    for (kind, row) in &rows {
        let cell =
            |(right, all): (usize, usize)| if all == 0 { "-".into() } else { format!("{right}/{all}") };
        let (accepted, refused, exact) = (cell(row.accepted), cell(row.refused), cell(row.exact));
        let _ = writeln!(table, "{kind:<9} {accepted:>9}     {refused:>9}    {exact:>9}");
    }
    skip::print(&format!("corpus: {} files in {:.1?}\n{table}", files.len(), begin.elapsed()));

    let mut listed = BTreeSet::new();
    for line in EXCEPTIONS.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (Some(file), Some(what), Some(_)) = (columns.next(), columns.next(), columns.next()) else {
            panic!("an exception is a file, `accepted`, `refused` or `differs`, and a reason, not: {line}");
        };
        assert!(listed.insert((file, what)), "{file} is listed twice");
    }
    let mut problems: Vec<String> = Vec::new();
    let unlisted = wrong.iter().filter(|(key, _)| !listed.contains(*key));
    problems.extend(unlisted.map(|((file, what), said)| format!("{what}: {file}\n    {said}")));
    let stale = listed.iter().filter(|key| !wrong.contains_key(*key));
    problems.extend(
        stale.map(|(file, what)| format!("{file} is listed as {what}, and is not any more: take it out")),
    );
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// The first line in which two texts differ.
fn first_difference(ours: &str, theirs: &[u8]) -> String {
    let theirs = String::from_utf8_lossy(theirs);
    let mut lines = ours.lines().zip(theirs.lines()).enumerate();
    match lines.find(|(_, (ours, theirs))| ours != theirs) {
        Some((at, (ours, theirs))) => format!("line {}: {ours:?} instead of {theirs:?}", at + 1),
        None => format!("{} bytes instead of {}", ours.len(), theirs.len()),
    }
}

/// Whether a value is only spelt otherwise, as libvirt itself prints it: the suite `daemon` holds the spellings against its own.
fn is_spelt_anew(difference: &Difference) -> bool {
    let Difference { place, first: Some(ours), second: Some(given) } = difference else { return false };
    let last = place.trim_end_matches("/#").rsplit('/').next().unwrap_or("");
    let bytes = |text: &str| -> Option<Vec<u8>> {
        let bytes = text.split(':').map(|byte| u8::from_str_radix(byte, 16).ok());
        bytes.collect::<Option<Vec<u8>>>().filter(|bytes| bytes.len() == 6)
    };
    let bits = |mask: &str| match mask.parse::<IpAddr>().ok()? {
        IpAddr::V4(mask) => Some(u32::from(mask).count_ones()),
        IpAddr::V6(mask) => Some(u128::from(mask).count_ones()),
    };
    let plain = |variable: &str| variable.replace([' '], "").trim_end_matches("[@0]").to_owned();
    match last {
        "@dstipmask" | "@srcipmask" => ours.parse().is_ok_and(|ours: u32| bits(given) == Some(ours)),
        "@nodeset" | "@cpuset" => numbers(ours) == numbers(given),
        "@ipsetflags" => ours.eq_ignore_ascii_case(given),
        "@statematch" => (&**ours, &**given) == ("false", "0"),
        "@opcode" => (&**ours, &**given) == ("Request", "1"),
        "@loadparm" => given.to_ascii_uppercase() == *ours,
        "path" => Path::new(ours) == Path::new(given),
        _ if given.starts_with('$') => plain(given) == *ours,
        _ => bytes(ours).is_some() && bytes(ours) == bytes(given),
    }
}

/// The numbers of a set such as `0-3,^2`.
fn numbers(text: &str) -> BTreeSet<u32> {
    let number = |text: &str| text.parse::<u32>().expect("a number");
    let mut found = BTreeSet::new();
    for part in text.split(',') {
        match (part.strip_prefix('^'), part.split_once('-')) {
            (Some(without), _) => drop(found.remove(&number(without))),
            (None, Some((from, to))) => found.extend(number(from)..=number(to)),
            (None, None) => drop(found.insert(number(part))),
        }
    }
    found
}

/// Formatting twice changes nothing more, keeps the content, and libvirt's schema accepts the result.
#[test]
fn formatted_files_stay_what_they_are() {
    let files = files();
    let mut problems = Vec::new();
    let mut formatted: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.valid) {
        let Some(xml) = format_xml(&file.xml, None, Target::NEWEST).xml else { continue };
        if format_xml(xml.as_bytes(), None, Target::NEWEST).xml.as_ref() != Some(&xml) {
            problems.push(format!("{}: formatting it again changes it", file.name));
        }
        let read = |xml: &str| Tree::read(xml).map_err(|error| format!("{}: {error}", file.name));
        match (read(&xml), read(&String::from_utf8_lossy(&file.xml))) {
            (Ok(ours), Ok(theirs)) => {
                let differences = ours.differences(&theirs);
                let other = differences.iter().filter(|difference| !is_spelt_anew(difference));
                problems.extend(other.map(|difference| format!("{}: {difference}", file.name)));
            }
            (Err(error), _) | (_, Err(error)) => problems.push(error),
        }
        if !SINCE_REFUSED.contains(&&*file.name) {
            formatted.entry(file.kind).or_default().push((file.name.clone(), xml));
        }
    }
    for (kind, documents) in formatted {
        let Some(refused) = libvirt::refused_by_schema(kind, &documents) else { break };
        problems.extend(refused.into_iter().map(|(name, said)| format!("{name}: {said}")));
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
