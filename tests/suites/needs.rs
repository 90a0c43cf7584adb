//! The required parts of a definition: libvirt's own files with one part left out. The daemon refuses what we call an error; what
//! we call a warning it takes.
//!
//! Only parts of which we say that they are missing are left out. Each is tried in several definitions, of each type and
//! driver that the files have.

use std::collections::{BTreeMap, BTreeSet};

use nixvirt_compiler::{Diagnostic, Problem, Severity, Target, format_xml};
use nixvirt_tests::amount::how_many;
use nixvirt_tests::corpus;
use nixvirt_tests::daemon::Judge;
use nixvirt_tests::markup::{Content, Markup, Namespaces};
use nixvirt_tests::skip;
use nixvirt_tests::verdicts::is_judged;

/// Places where the two differ, with the reason; what stands in brackets is left out. Most are refused for what is left, and
/// not for what is missing.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("domain address[usb,2] @bus", "the port is another device's on the bus that is left"),
    ("domain channel[udp] @type", "a `pty`, which it is then, has no two sources"),
    (
        "volume allocation[] #",
        "all of the volume is allocated then, and the pool of the test has no room for it",
    ),
    ("volume format[qcow2] @type", "a raw volume, which it is then, has no image below it"),
    ("volume volume[] target", "a raw volume, which it is then, has no image below it"),
    ("domain serial[udp] @type", "a `pty`, which it is then, has no two sources"),
    (
        "domain controller[] @type",
        "an `ide` controller, which it is then, has an index or address that another has",
    ),
    ("domain format[raw] @type", "libvirt does not look at the mirror of a definition"),
    (
        "domain interface[ethernet] @type",
        "a card of the type `user`, which it is then, has no device of its own to name",
    ),
    ("domain model[qxl] @type", "libvirt picks `cirrus` then, which is no second device"),
    (
        "domain source[] address",
        "libvirt takes 0000:00:00.0 for it, the host's own bridge, which no guest can have",
    ),
    ("domain iothreads[] #", "a disk names the threads that there are not any more"),
    ("domain memnode[restrictive] @mode", "the memory's mode wants the same of every cell"),
    ("pool pool[logical] source", "a pool without a name is called as its source is"),
    ("pool name[] #", "a pool with an empty name is called as its source is"),
    ("pool option[] @name", "libvirt's test driver, which judges it here, does not read it"),
    ("pool option[] @value", "libvirt's test driver, which judges it here, does not read it"),
];

/// Whether an exception is about a place.
fn excepts(exception: &str, place: &str) -> bool {
    let bare = |text: &str| {
        let (before, rest) = text.split_once('[').unwrap_or((text, ""));
        let (_, after) = rest.split_once(']').unwrap_or(("", rest));
        format!("{before}{after}").replace("rbd:", "")
    };
    exception == place || (exception.contains("[]") && bare(exception) == bare(place))
}

/// A definition without one part.
struct Case {
    /// The part and the element that needs it.
    place: String,
    /// Whether we have an error.
    error: bool,
    xml: String,
}

/// The place of a part: kind, element and part, and the values that a type or driver of the element has.
fn place_of(kind: &str, parent: &Markup, missing: &str) -> String {
    let told = ["type", "mode", "model", "bus", "protocol", "dev"];
    let of = |name: &str| {
        parent.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let values: Vec<String> = told.iter().filter_map(|name| of(name).filter(|_| *name != "dev")).collect();
    format!("{kind} {}[{}] {missing}", parent.name, values.join(","))
}

/// The problem of a definition, where it has one only and that is that something is missing.
fn missing(xml: &str) -> Option<Diagnostic> {
    let mut found = format_xml(xml.as_bytes(), None, Target::NEWEST).diagnostics;
    let one = found.pop().filter(|_| found.is_empty())?;
    matches!(one.problem, Problem::Missing { .. }).then_some(one)
}

/// Every definition that a file gives by leaving out one part which we say is needed.
fn without(
    kind: &'static str,
    root: &Markup,
    namespaces: &Namespaces,
    seen: &mut BTreeMap<String, usize>,
) -> Vec<Case> {
    let most = how_many(1, 6);
    let mut cases = Vec::new();
    let mut consider = |changed: Markup, parent: &Markup, part: &str| {
        let place = place_of(kind, parent, part);
        if seen.get(&place).is_some_and(|count| *count >= most) {
            return;
        }
        let xml = changed.write(namespaces);
        let Some(one) = missing(&xml) else { return };
        *seen.entry(place.clone()).or_default() += 1;
        cases.push(Case { place, error: one.severity == Severity::Error, xml });
    };
    for place in root.places() {
        let element = root.at(&place);
        for (at, (name, _)) in element.attributes.iter().enumerate() {
            let mut changed = root.clone();
            changed.at_mut(&place).attributes.remove(at);
            consider(changed, element, &format!("@{name}"));
        }
        if element.elements().next().is_none() && !element.text().trim().is_empty() {
            let mut changed = root.clone();
            changed.at_mut(&place).content.clear();
            consider(changed, element, "#");
        }
        if let Some((last, holder)) = place.split_last() {
            let mut changed = root.clone();
            let name = element.name.clone();
            // All of that name: the last of several is no less needed than the first.
            changed
                .at_mut(holder)
                .content
                .retain(|other| !matches!(other, Content::Element(other) if other.name == name));
            let _ = last;
            consider(changed, root.at(holder), &name);
        }
    }
    cases
}

#[test]
fn what_is_needed_is_what_the_daemon_needs() {
    let (Some(judge), false) = (Judge::new(), corpus::files().is_empty()) else { return };
    let mut namespaces = Namespaces::new();
    let mut seen = BTreeMap::new();
    let mut cases = Vec::new();
    let files = corpus::files().into_iter().filter(|file| is_judged(file) && !file.refused);
    let mut whole = Vec::new();
    for file in files {
        let xml = String::from_utf8_lossy(&file.xml).into_owned();
        if !format_xml(xml.as_bytes(), None, Target::NEWEST).diagnostics.is_empty() {
            continue;
        }
        let Ok(root) = Markup::read(&xml, &mut namespaces) else { continue };
        let found = without(file.kind, &root, &namespaces, &mut seen);
        if !found.is_empty() {
            whole.push((file.name.clone(), xml));
            cases.extend(found.into_iter().map(|case| (file.name.clone(), case)));
        }
    }
    assert!(cases.len() > 100, "many parts should be needed, not {}", cases.len());
    // What the daemon refuses as it stands says nothing of its parts.
    let refused: BTreeSet<String> =
        judge.verdicts(&whole).into_iter().filter_map(|(name, said)| said.map(|_| name)).collect();
    cases.retain(|(name, _)| !refused.contains(name));
    let definitions: Vec<(String, String)> =
        cases.iter().enumerate().map(|(at, (_, case))| (format!("{at:05}"), case.xml.clone())).collect();
    let verdicts = judge.verdicts(&definitions);
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut listed = BTreeSet::new();
    for ((name, _), (file, case)) in definitions.iter().zip(&cases) {
        let said = &verdicts[name];
        if said.is_some() == case.error {
            continue;
        }
        match EXCEPTIONS.iter().find(|(place, _)| excepts(place, &case.place)) {
            Some((place, _)) => drop(listed.insert(*place)),
            None => wrong.entry(case.place.clone()).or_default().push(match said {
                Some(message) => format!("we warn, and the daemon says: {message} ({file})"),
                None => format!("an error of ours, and the daemon takes it ({file})"),
            }),
        }
    }
    skip::print(&format!("needs: {} definitions, {} places", definitions.len(), seen.len()));
    let wrong: Vec<String> =
        wrong.into_iter().map(|(place, said)| format!("{place}: {}", said.join("; "))).collect();
    assert!(wrong.is_empty(), "{} places:\n{}", wrong.len(), wrong.join("\n"));
    // A usual run tries one definition of each place, and does not meet them all.
    if how_many(1, 6) == 1 {
        return;
    }
    let outdated: Vec<&str> =
        EXCEPTIONS.iter().map(|(place, _)| *place).filter(|place| !listed.contains(place)).collect();
    assert!(outdated.is_empty(), "these exceptions are not wrong any more, take them out: {outdated:#?}");
}
