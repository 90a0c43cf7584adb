//! The tables state all that libvirt's daemon fills in where an attribute or a text is missing: the value, or in words what it
//! depends on.
//!
//! The daemon prints what it takes. Of each print, one attribute or text is left out, and the daemon is asked again: what it
//! prints at that place now is what it fills in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use nixvirt_compiler::{Document, Node, Policy, Report, read_xml};
use nixvirt_schema::Default;
use nixvirt_tests::amount::{how_many, nightly, seed};
use nixvirt_tests::daemon::{JUDGED, Judge};
use nixvirt_tests::markup::{Content, Markup, Namespaces};
use nixvirt_tests::random::Random;
use nixvirt_tests::{corpus, place, skip};

/// Places at which the daemon fills in something that the tables leave out, or something else than they say, each with the reason.
const EXCEPTIONS: &str = include_str!("filled-in.tsv");

/// An attribute (by its number) or the text of an element, by the address of the table.
type Entry = (usize, Option<usize>);

/// One place of a print that has an entry.
struct Site {
    /// The number of the print.
    print: usize,
    /// The way from the root: the number of the child at each step.
    way: Vec<usize>,
    /// The path by names, for messages and exceptions.
    path: String,
    /// The name of the attribute; none for the text.
    attribute: Option<&'static str>,
    /// The default that the tables state.
    default: Option<Default>,
    /// Whether its absence says that libvirt picks or makes up the value.
    made_up: bool,
}

/// The children of a node in the order of the document.
fn in_order<'n, 'a>(node: &'n Node<'a>) -> Vec<&'n Node<'a>> {
    let mut children: Vec<&Node<'_>> = node.children.iter().collect();
    children.sort_by_key(|child| child.offset);
    children
}

fn sites(print: usize, document: &Document<'_>) -> Vec<(Entry, Site)> {
    fn visit(node: &Node<'_>, site: &dyn Fn() -> Site, found: &mut Vec<(Entry, Site)>) {
        let address = std::ptr::from_ref(node.element).addr();
        for attribute in &node.attributes {
            let entry = node.attribute_entry(attribute);
            if entry.live {
                continue;
            }
            found.push((
                (address, Some(attribute.entry)),
                Site {
                    path: format!("{}/@{}", site().path, entry.name),
                    attribute: Some(entry.name),
                    default: entry.default,
                    made_up: entry.picked.is_some() || site().made_up,
                    ..site()
                },
            ));
        }
        if let (Some(text), true) = (node.element.text, node.text.is_some()) {
            found.push(((address, None), Site { default: text.default, ..site() }));
        }
        for (index, child) in in_order(node).into_iter().enumerate() {
            let entry = node.child_entry(child);
            if entry.live {
                continue;
            }
            let here = || {
                let above = site();
                Site {
                    way: [&above.way[..], &[index]].concat(),
                    path: format!("{}/{}", above.path, child.element.name),
                    made_up: entry.filled_by_libvirt || entry.derived.is_some(),
                    ..above
                }
            };
            visit(child, &here, found);
        }
    }
    let root = || Site {
        print,
        way: Vec::new(),
        path: document.root.element.name.to_owned(),
        attribute: None,
        default: None,
        made_up: false,
    };
    let mut found = Vec::new();
    visit(&document.root, &root, &mut found);
    found
}

/// The print without what stands at a site.
fn without(print: &str, site: &Site) -> Option<String> {
    let mut namespaces = Namespaces::new();
    let mut root = Markup::read(print, &mut namespaces).ok()?;
    let here = root.at_mut(&site.way);
    match site.attribute {
        Some(name) => here.attributes.retain(|(known, _)| known != name),
        None => here.content.retain(|content| !matches!(content, Content::Text(_))),
    }
    Some(root.write(&namespaces))
}

/// The value at the site in the answer to a question, if the answer has the same elements on the way there.
fn value(question: &str, answer: &str, site: &Site) -> Option<String> {
    let asked = Markup::read(question, &mut Namespaces::new()).ok()?;
    let answered = Markup::read(answer, &mut Namespaces::new()).ok()?;
    let (mut there, mut here) = (&asked, &answered);
    for index in &site.way {
        let names = |markup: &Markup| markup.elements().map(|child| child.name.clone()).collect::<Vec<_>>();
        if names(there) != names(here) {
            return None;
        }
        (there, here) = (there.elements().nth(*index)?, here.elements().nth(*index)?);
    }
    match site.attribute {
        Some(name) => here.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()),
        None => Some(here.text().trim().to_owned()).filter(|text| !text.is_empty()),
    }
}

/// Definitions to begin with, by name: libvirt's own test files, and our documents for what those do not have.
fn definitions() -> Vec<(String, String)> {
    let files = corpus::files().into_iter().filter(|file| file.valid && JUDGED.contains(&file.kind));
    let files = files.filter_map(|file| Some((file.name, String::from_utf8(file.xml).ok()?)));
    let folder = fs::read_dir(place::root().join("snapshots/coverage")).expect("our documents");
    let mut entries: Vec<_> = folder.flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    let ours = entries.into_iter().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let kind = name.split(['-', '.']).next()?;
        JUDGED.iter().find(|judged| **judged == kind || (kind == "filter" && **judged == "nwfilter"))?;
        Some((name, fs::read_to_string(entry.path()).ok()?))
    });
    files.chain(ours).collect()
}

#[test]
fn what_the_daemon_fills_in_is_in_the_tables() {
    let (Some(judge), false) = (Judge::new(), corpus::files().is_empty()) else { return };
    let mut random = Random::new(seed());
    let mut definitions = definitions();
    let wanted = how_many(250, definitions.len());
    while definitions.len() > wanted {
        definitions.swap_remove(random.below(definitions.len()));
    }
    let (names, prints): (Vec<String>, Vec<String>) =
        judge.prints(&definitions).into_iter().filter_map(|(name, print)| Some((name, print?))).unzip();
    let mut entries: BTreeMap<Entry, Vec<Site>> = BTreeMap::new();
    for (index, print) in prints.iter().enumerate() {
        let Some(document) = read_xml(print.as_bytes(), None, &mut Report::new(Policy::Libvirt)) else {
            continue;
        };
        for (entry, site) in sites(index, &document) {
            entries.entry(entry).or_default().push(site);
        }
    }
    let few = how_many(2, 16);
    let mut asked: Vec<(Site, String)> = Vec::new();
    // Addresses differ from run to run; the order of the prints does not, so that a seed gives the same run again.
    let mut entries: Vec<Vec<Site>> = entries.into_values().collect();
    entries.sort_by(|one, other| (one[0].print, &one[0].path).cmp(&(other[0].print, &other[0].path)));
    for mut sites in entries {
        for _ in 0..few.min(sites.len()) {
            let site = sites.swap_remove(random.below(sites.len()));
            if let Some(xml) = without(&prints[site.print], &site) {
                asked.push((site, xml));
            }
        }
    }
    let questions: Vec<(String, String)> =
        asked.iter().enumerate().map(|(index, (_, xml))| (index.to_string(), xml.clone())).collect();
    let answers = judge.prints(&questions);
    let reasons: BTreeMap<&str, &str> = EXCEPTIONS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').expect("a place and a reason"))
        .collect();
    let (mut filled, mut wrong, mut met) = (0, Vec::new(), BTreeSet::new());
    for (index, (site, question)) in asked.iter().enumerate() {
        let Some(found) =
            answers[&index.to_string()].as_deref().and_then(|answer| value(question, answer, site))
        else {
            continue;
        };
        filled += 1;
        let listed = reasons.keys().find(|listed| is_at(listed, &site.path));
        let right = match site.default {
            Some(default) if default.always => default.value == found,
            Some(_) => true,
            None => site.made_up,
        };
        match (right, listed) {
            (true, _) => {}
            (false, Some(listed)) => drop(met.insert(*listed)),
            (false, None) => wrong.push(format!(
                "{}: libvirt fills in {found:?}, the tables say {:?} (in a print of {})",
                site.path,
                site.default.map(|default| default.value),
                names[site.print],
            )),
        }
    }
    skip::print(&format!("defaults: {} places asked, {filled} filled in by libvirt", asked.len()));
    assert!(filled > asked.len() / 20, "libvirt fills in only {filled} of {}", asked.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if nightly() {
        let idle: Vec<_> = reasons.keys().filter(|listed| !met.contains(*listed)).collect();
        assert!(idle.is_empty(), "these are in the tables by now: {idle:?}");
    }
}

/// Whether an exception speaks of a path: of all that begin so where a star is behind it.
fn is_at(listed: &str, path: &str) -> bool {
    listed.strip_suffix('*').map_or(path == listed, |begin| path.starts_with(begin))
}
