//! Every entry of the tables is reached by a document: by a file of libvirt's, or by one of our own in
//! `snapshots/coverage`, which has what libvirt's files have not.
//!
//! `NIXVIRT_COVER=1` makes documents for what none reaches, out of libvirt's grammar, as small as they can be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::{env, fs};

use nixvirt_compiler::{Document, Policy, Report, Target, format_xml, import_xml, read_xml};
use nixvirt_schema::KINDS;
use nixvirt_tests::grammar::Grammar;
use nixvirt_tests::libvirt::{self, Verdict};
use nixvirt_tests::markup::{Markup, Namespaces};
use nixvirt_tests::random::Random;
use nixvirt_tests::reach::{Entry, all, reached};
use nixvirt_tests::{corpus, place, skip};

/// Entries that no document reaches, by their path, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "domain/os[!bootloader]",
    "it only says where `os` must be; the entry behind it stands for the element",
)];

fn folder() -> PathBuf {
    place::root().join("snapshots/coverage")
}

/// Our own documents, by name.
fn documents() -> BTreeMap<String, String> {
    let files = fs::read_dir(folder()).into_iter().flatten().flatten();
    let named = files.map(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        (name, fs::read_to_string(file.path()).expect("a document should be readable"))
    });
    named.collect()
}

/// Reads a document that must be right.
fn read(xml: &[u8]) -> Option<Document<'_>> {
    format_xml(xml, None, Target::NEWEST).xml?;
    read_xml(xml, None, &mut Report::new(Policy::Libvirt))
}

fn reach(xml: &[u8]) -> BTreeSet<Entry> {
    read(xml).map(|document| reached(&document)).unwrap_or_default()
}

/// The entries that nothing reaches.
fn missing() -> Option<BTreeMap<Entry, String>> {
    let files = corpus::files();
    if files.is_empty() {
        return None;
    }
    let mut missing = all();
    let entries = missing.len();
    for file in files.iter().filter(|file| file.valid) {
        reach(&file.xml).iter().for_each(|entry| drop(missing.remove(entry)));
    }
    let by_files = entries - missing.len();
    for xml in documents().values() {
        reach(xml.as_bytes()).iter().for_each(|entry| drop(missing.remove(entry)));
    }
    skip::print(&format!(
        "coverage: {entries} entries, {by_files} reached by libvirt's files, {} by our own documents, {} by none\n",
        entries - missing.len() - by_files,
        missing.len()
    ));
    Some(missing)
}

#[test]
fn every_entry_is_reached() {
    let Some(missing) = missing() else { return };
    let excepted = |path: &str| EXCEPTIONS.iter().any(|(known, _)| *known == path);
    let open: Vec<&str> = missing.values().map(String::as_str).filter(|path| !excepted(path)).collect();
    let stale = EXCEPTIONS.iter().filter(|(path, _)| !missing.values().any(|known| known == path));
    let stale: Vec<&str> = stale.map(|(path, _)| *path).collect();
    if env::var_os("NIXVIRT_COVER").is_some() {
        cover(missing);
        return;
    }
    assert!(open.is_empty(), "{} entries are reached by no document:\n{}", open.len(), open.join("\n"));
    assert!(stale.is_empty(), "these are reached, and no exceptions any more: {stale:?}");
}

/// Makes documents for entries out of libvirt's grammar, one for what many of them have in common, and writes them down.
fn cover(mut missing: BTreeMap<Entry, String>) {
    fs::create_dir_all(folder()).expect("the folder of the documents");
    for kind in KINDS {
        let of_kind = format!("{}/", kind.root.name);
        if !missing.values().any(|path| path.starts_with(&of_kind)) {
            continue;
        }
        let schema = libvirt::schema(kind.name).expect("libvirt's schema");
        let grammar = Grammar::read(&schema, &Namespaces::new());
        let mut random = Random::new(5);
        for _ in 0..15 {
            // The document that reaches most of each section.
            let mut best: BTreeMap<String, (BTreeSet<Entry>, Markup)> = BTreeMap::new();
            if !missing.values().any(|path| path.starts_with(&of_kind)) {
                break;
            }
            for _ in 0..10_000 {
                let Some(root) = grammar.document(&mut random) else { continue };
                let xml = root.write(&grammar.namespaces);
                let mut found: BTreeMap<String, BTreeSet<Entry>> = BTreeMap::new();
                for entry in reach(xml.as_bytes()) {
                    if let Some(path) = missing.get(&entry) {
                        found.entry(section(path)).or_default().insert(entry);
                    }
                }
                for (section, entries) in found {
                    let known = best.get(&section).map_or(0, |(entries, _)| entries.len());
                    if entries.len() > known {
                        best.insert(section, (entries, root.clone()));
                    }
                }
            }
            for (section, (mut entries, root)) in best {
                // Another section's document may have had them.
                entries.retain(|entry| missing.contains_key(entry));
                let holds = |xml: &str| {
                    reach(xml.as_bytes()).is_superset(&entries)
                        && import_xml(xml.as_bytes(), None, true, Target::NEWEST).spec.is_some()
                };
                let Some(small) = shrink(&root, &grammar.namespaces, holds).filter(|_| !entries.is_empty())
                else {
                    continue;
                };
                let xml = format_xml(small.as_bytes(), None, Target::NEWEST).xml.unwrap_or(small);
                if libvirt::verdicts(&schema, std::slice::from_ref(&xml), 10) != [Verdict::Accepts] {
                    continue;
                }
                let also = reach(xml.as_bytes());
                missing.retain(|entry, _| !also.contains(entry));
                fs::write(folder().join(file_name(&section)), xml).expect("a document");
            }
        }
    }
}

/// The part of an object that an entry belongs to: `domain/features`, `domain/devices/disk`.
fn section(path: &str) -> String {
    let path = path.split(['[', '@', '#']).next().unwrap_or(path).trim_end_matches('/');
    let deep = path.starts_with("domain/devices/") || path.starts_with("filter/rule/");
    path.split('/').take(if deep { 3 } else { 2 }).collect::<Vec<_>>().join("-")
}

/// The name of a section's next file.
fn file_name(section: &str) -> String {
    let mut names = (1..).map(|number| match number {
        1 => format!("{section}.xml"),
        number => format!("{section}-{number}.xml"),
    });
    names.find(|name| !folder().join(name).exists()).unwrap_or_default()
}

/// Takes parts out of a document as long as it stays what it has to be; nothing where it is not from the beginning.
fn shrink(root: &Markup, namespaces: &Namespaces, holds: impl Fn(&str) -> bool) -> Option<String> {
    let mut root = root.clone();
    if !holds(&root.write(namespaces)) {
        return None;
    }
    loop {
        let mut smaller = None;
        for place in root.places() {
            if let Some((last, above)) = place.split_last() {
                let mut less = root.clone();
                less.at_mut(above).content.remove(*last);
                smaller = holds(&less.write(namespaces)).then_some(less);
            }
            let attributes = root.at(&place).attributes.len();
            for index in 0..if smaller.is_some() { 0 } else { attributes } {
                let mut less = root.clone();
                less.at_mut(&place).attributes.remove(index);
                if holds(&less.write(namespaces)) {
                    smaller = Some(less);
                    break;
                }
            }
            if smaller.is_some() {
                break;
            }
        }
        match smaller {
            Some(less) => root = less,
            None => return Some(root.write(namespaces)),
        }
    }
}

/// Every word that the tables have for a value is one that libvirt's schema has there: put into a document in its place,
/// it is accepted by both or by neither.
#[test]
fn every_word_is_libvirts() {
    let files = corpus::files().into_iter().filter(|file| file.valid).map(|file| file.xml);
    let ours = documents().into_values().map(String::into_bytes);
    let texts: Vec<String> =
        files.chain(ours).map(|xml| String::from_utf8_lossy(&xml).into_owned()).collect();
    // The smallest document that reaches an entry, and where it does.
    let mut found: BTreeMap<Entry, (&str, &str, Vec<&str>, usize)> = BTreeMap::new();
    for text in &texts {
        let Some(document) = read(text.as_bytes()) else { continue };
        for (entry, name, words, offset) in worded(&document) {
            let smaller = found.get(&entry).is_none_or(|(_, known, ..)| text.len() < known.len());
            if smaller {
                found.insert(entry, (document.kind.name, text, vec![name], offset));
                found.entry(entry).and_modify(|place| place.2.extend(words));
            }
        }
    }
    let mut documents: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for (kind, text, names, offset) in found.values() {
        for word in &names[1..] {
            if let Some(xml) = with_word(text, *offset, names[0], word) {
                documents.entry(kind).or_default().push((format!("{}={word}", names[0]), xml));
            }
        }
    }
    let (mut problems, mut words) = (Vec::new(), 0);
    for (kind, documents) in documents {
        let Some(schema) = libvirt::schema(kind) else { return };
        words += documents.len();
        for some in documents.chunks(100) {
            let texts: Vec<String> = some.iter().map(|(_, xml)| xml.clone()).collect();
            for ((name, xml), verdict) in some.iter().zip(libvirt::verdicts(&schema, &texts, 20)) {
                let ours = read(xml.as_bytes()).is_some();
                match verdict {
                    // The file's directory goes with GlusterFS alone (`DIR` in schema/src/pool/source.rs).
                    Verdict::Refuses(why) if kind == "pool" && why.contains("Element dir failed") => {}
                    Verdict::Refuses(why) if ours => problems.push(format!("{kind}: {name}: {why}\n{xml}")),
                    Verdict::Accepts if !ours => {
                        problems.push(format!("{kind}: {name} is refused by us alone\n{xml}"))
                    }
                    _ => {}
                }
            }
        }
    }
    skip::print(&format!("coverage: {words} words of choices held against libvirt's schema\n"));
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// The entries of a document whose values are words: the name of the attribute (none for a text), the words, and where
/// the element begins.
fn worded(document: &Document<'_>) -> Vec<(Entry, &'static str, Vec<&'static str>, usize)> {
    let mut found = Vec::new();
    let mut open = vec![&document.root];
    while let Some(node) = open.pop() {
        let offset = node.offset.unwrap_or(0);
        for attribute in &node.attributes {
            let entry = &node.element.attributes[attribute.entry];
            let words = entry.format.words();
            found.push((Entry::attribute(node.element, attribute.entry), entry.name, words, offset));
        }
        if let (Some(_), Some(text)) = (&node.text, node.element.text) {
            found.push((Entry::text(node.element), "", text.format.words(), offset));
        }
        open.extend(&node.children);
    }
    found.retain(|(_, _, words, _)| !words.is_empty());
    found
}

/// The document with another value for an attribute, or the text, of the element that begins at a place.
fn with_word(text: &str, offset: usize, name: &str, word: &str) -> Option<String> {
    let tag = offset + text[offset..].find('>')?;
    let (start, end) = if name.is_empty() {
        (tag + 1, tag + 1 + text[tag + 1..].find('<')?)
    } else {
        let written = ["'", "\""].into_iter().find_map(|quote| {
            let start = text[offset..tag].find(&format!(" {name}={quote}"))? + offset + name.len() + 3;
            Some((start, start + text[start..].find(quote)?))
        });
        written?
    };
    Some(format!("{}{word}{}", &text[..start], &text[end..]))
}

/// Our own documents are valid by libvirt's schema, formatted, and come back from an import.
#[test]
fn our_documents_are_right() {
    let mut problems = Vec::new();
    let mut by_kind: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for (name, xml) in documents() {
        let outcome = format_xml(xml.as_bytes(), None, Target::NEWEST);
        let (Some(kind), Some(formatted)) = (outcome.kind, outcome.xml) else {
            problems.push(format!("{name}: {:?}", outcome.diagnostics));
            continue;
        };
        if formatted != xml {
            problems.push(format!("{name}: fmt would have it\n{formatted}"));
        }
        let import = import_xml(xml.as_bytes(), None, true, Target::NEWEST);
        match import.spec {
            Some(spec) => {
                let options = nixvirt_compiler::CompileOptions {
                    exact: true,
                    allow: nixvirt_compiler::codes::of_rules(),
                    ..nixvirt_compiler::CompileOptions::DEFAULT
                };
                let back = nixvirt_compiler::compile_spec(spec, options);
                if back.xml.as_ref() != Some(&xml) {
                    problems.push(format!("{name}: an import of it compiles to {:?}", back.xml));
                }
            }
            None => problems.push(format!("{name}: it cannot be imported: {:?}", import.diagnostics)),
        }
        by_kind.entry(kind.name).or_default().push((name, xml));
    }
    for (kind, documents) in by_kind {
        let refused = libvirt::refused_by_schema(kind, &documents).unwrap_or_default();
        problems.extend(refused.iter().map(|(name, why)| format!("{name}: xmllint: {why}")));
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
