//! An example for each element: a whole object that compiles without a word, as small as it can be, in Nix and in the XML that
//! the compiler makes of it. The lines of the element itself are known.

mod draft;
mod sample;
mod settle;

use std::ops::Range;

use nixvirt_compiler::{
    CompileOptions, Fit, Json, Lines, Node, Part, Path, PathStep, Policy, Report, Severity, Target,
    child_key, compile_spec, import_xml, nix, offers_in_xml, read_xml, way,
};
use nixvirt_ide::catalogue::{Catalogue, Entry};
use nixvirt_schema::{Child, Element, Kind, Version};

use self::draft::Draft;
use self::settle::{problems, settle};
use crate::evaluated::evaluated;

/// The specs that examples begin with.
const SEEDS: &str = include_str!("example/seeds.nix");
/// How many seeds are tried for one example.
const MOST_SEEDS: usize = 4;
/// How many choices of values are tried for each seed.
const MOST_TURNS: usize = 10;
/// How many optional parts of the element an example shows.
const MOST_SHOWN: usize = 4;

/// A text, and the lines of it that the example is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marked {
    /// The whole text, with a line break at its end.
    pub text: String,
    /// The lines that are about the element, counted from 0.
    pub lines: Range<usize>,
}

/// An example of an element, as a spec and as the XML that the compiler makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Example {
    /// The spec as Nix.
    pub nix: Marked,
    /// The XML of the spec.
    pub xml: Marked,
}

/// The examples of all elements.
pub(crate) struct Examples {
    seeds: Vec<(&'static Kind, Draft)>,
}

impl Examples {
    /// Reads the specs that examples begin with.
    pub(crate) fn new() -> Examples {
        let specs = match evaluated("seeds.nix", SEEDS) {
            Some(Json::List(specs)) => specs,
            _ => Vec::new(),
        };
        let exact = CompileOptions { exact: true, ..CompileOptions::DEFAULT };
        let seed = |spec: Json<'_>| {
            let xml = compile_spec(spec, exact).xml?;
            let document = read_xml(xml.as_bytes(), None, &mut Report::new(Policy::Libvirt))?;
            Some((document.kind, Draft::of(&document.root)))
        };
        Examples { seeds: specs.into_iter().filter_map(seed).collect() }
    }

    /// An example of an element; nothing where none was found.
    pub(crate) fn of(&self, catalogue: &Catalogue, entry: &Entry) -> Option<Example> {
        let target = target(entry)?;
        let mut second = None;
        for chain in chains(catalogue, entry) {
            for seed in self.seeds(entry.kind, &chain) {
                // A seed that has the element says what is to be shown of it.
                let shows = seed.way(&chain).is_none();
                for turn in 0..MOST_TURNS {
                    let mut draft = seed.clone();
                    draft.extend(&chain, turn);
                    let Some(warnings) = settle(&mut draft, entry.kind, target, turn) else { continue };
                    if let Some(way) = draft.way(&chain).filter(|_| warnings == 0 && shows) {
                        show(&mut draft, &way, entry, target, turn);
                    }
                    let Some(example) = finish(&draft, entry, target) else { continue };
                    if warnings == 0 {
                        return Some(example);
                    }
                    second.get_or_insert(example);
                }
            }
        }
        second
    }

    /// The seeds for a chain of elements: those that have most of it first, else in their own order; at last the bare root.
    fn seeds(&self, kind: &'static Kind, chain: &[&'static Child]) -> Vec<Draft> {
        let of_kind = self.seeds.iter().filter(|(known, _)| std::ptr::eq(*known, kind));
        let mut found: Vec<&Draft> = of_kind.map(|(_, draft)| draft).collect();
        found.sort_by_key(|draft| std::cmp::Reverse(draft.depth(chain)));
        let mut found: Vec<Draft> = found.into_iter().take(MOST_SEEDS).cloned().collect();
        found.push(Draft::new(kind.root, true));
        found
    }
}

/// The libvirt that an example is for: the newest that has all of the element's place.
fn target(entry: &Entry) -> Option<Target> {
    let versions = entry.versions();
    let known = [Version::NEWEST, Version::OLDEST];
    known.into_iter().find(|version| versions.contains(*version)).map(|version| Target::of(version).0)
}

/// The chains of entries that lead to an element: the shortest, and others by which it may be reached.
fn chains(catalogue: &Catalogue, entry: &Entry) -> Vec<Vec<&'static Child>> {
    let Some((holder, _)) = entry.holder else { return vec![Vec::new()] };
    let above = |holder: usize| -> Vec<&'static Child> {
        catalogue.trail(&catalogue.entries[holder]).iter().filter_map(|entry| Some(entry.holder?.1)).collect()
    };
    let of_kind = |holder: &usize| std::ptr::eq(catalogue.entries[*holder].kind, entry.kind);
    let others = entry.holders.iter().filter(|(at, _)| *at != holder && of_kind(at));
    let own = entry.holders.iter().filter(|(at, _)| *at == holder);
    own.take(4)
        .chain(others.take(4))
        .map(|(holder, child)| {
            let mut chain = above(*holder);
            chain.push(child);
            chain
        })
        .collect()
}

/// Adds optional parts of the element that the example is about, as long as nothing is wrong with the whole.
fn show(draft: &mut Draft, way: &[usize], entry: &Entry, target: Target, turn: usize) {
    let mut shown = draft.at(way).attributes.len();
    let mut try_part = |draft: &mut Draft, part: &str| {
        for next in 0..3 {
            let mut more = draft.clone();
            if !more.at(way).add(part, turn + next) {
                return;
            }
            if problems(&more.write().0, entry.kind, target).is_empty() {
                *draft = more;
                shown += 1;
                return;
            }
        }
    };
    for attribute in entry.element.attributes {
        if shown_enough(draft, way) || attribute.live || attribute.secret || attribute.ignored {
            continue;
        }
        try_part(draft, &format!("@{}", attribute.name));
    }
    if entry.element.attributes.is_empty() && draft.at(way).children.is_empty() {
        for child in entry.element.children.iter().filter(|child| !child.live) {
            let fits = fitting(draft, way, entry.kind, child.element);
            if draft.at(way).children.len() < 3 && fits {
                try_part(draft, child.element.name);
            }
        }
    }
}

fn shown_enough(draft: &mut Draft, way: &[usize]) -> bool {
    draft.at(way).attributes.len() >= MOST_SHOWN
}

/// Whether a child may stand in the element at a way.
fn fitting(draft: &Draft, way: &[usize], kind: &'static Kind, child: &'static Element) -> bool {
    let (xml, offsets) = draft.write();
    let start = offsets.iter().find(|(_, known)| known == way).map_or(0, |(start, _)| *start);
    let offers = offers_in_xml(xml.as_bytes(), Some(kind), start);
    offers.iter().any(|offer| {
        offer.fit == Fit::Yes
            && matches!(offer.part, Part::Child(entry) if std::ptr::eq(entry.element, child))
    })
}

/// Turns a draft into a spec, and the spec into XML; nothing where the element is not in what comes out.
fn finish(draft: &Draft, entry: &Entry, target: Target) -> Option<Example> {
    let (xml, _) = draft.write();
    let spec = import_xml(xml.as_bytes(), Some(entry.kind), true, target).spec?;
    let printed = nix::print(&spec);
    let options = CompileOptions { kind: Some(entry.kind), target, ..CompileOptions::DEFAULT };
    let outcome = compile_spec(spec, options);
    if outcome.diagnostics.iter().any(|problem| problem.severity == Severity::Error) {
        return None;
    }
    let text = outcome.xml?;
    let document =
        read_xml(text.as_bytes(), Some(entry.kind), &mut Report::new(Policy::Libvirt).for_target(target))?;
    let (path, offset) = find(&document.root, entry.element, Path(Vec::new()))?;
    let xml_lines = xml_lines(&text, offset);
    let nix_lines = nix_lines(&printed, &path);
    Some(Example {
        nix: Marked { lines: nix_lines, text: printed.text },
        xml: Marked { lines: xml_lines, text },
    })
}

/// The path of the first node of an element, as a spec has it, and where the node begins in XML.
fn find(node: &Node<'_>, element: &'static Element, path: Path) -> Option<(Path, usize)> {
    if std::ptr::eq(node.element, element) {
        return Some((path, node.offset?));
    }
    node.children.iter().find_map(|child| {
        let mut below = path.clone();
        if !node.element.children[child.entry].hoisted {
            let key = child_key(node.element, child.element).into_owned();
            below.0.push(PathStep { key, index: child.index });
        }
        find(child, element, below)
    })
}

/// The lines of the element that begins at an offset of canonical XML: to the end tag that stands as far in as it does.
fn xml_lines(text: &str, offset: usize) -> Range<usize> {
    let lines = Lines::of(text);
    let first = lines.line(offset);
    let all: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = all.get(first).copied().unwrap_or_default();
    if own.ends_with("/>") || own.trim_start().contains("</") {
        return first..first + 1;
    }
    let end = all[first + 1..]
        .iter()
        .position(|line| line.trim_start().starts_with("</") && indent(line) == indent(own));
    first..end.map_or(first + 1, |end| first + end + 2)
}

fn nix_lines(printed: &nix::Printed, path: &Path) -> Range<usize> {
    let lines = Lines::of(&printed.text);
    let found = way(&printed.places, path);
    let Some(place) = found.values.last() else { return 0..0 };
    let last = place.value.end.max(place.range.end).saturating_sub(1);
    lines.line(place.range.start)..lines.line(last) + 1
}

#[cfg(test)]
mod tests {
    use nixvirt_compiler::{CompileOptions, Json, compile_spec};

    use super::{Examples, SEEDS};
    use crate::evaluated::evaluated;
    use nixvirt_ide::catalogue::Catalogue;

    #[test]
    fn every_element_has_an_example() {
        let found = nixvirt_evaluator::with_stack(|| {
            let (catalogue, examples) = (Catalogue::of_tables(), Examples::new());
            let lacks = |entry: &&nixvirt_ide::catalogue::Entry| examples.of(&catalogue, entry).is_none();
            let lacking: Vec<String> =
                catalogue.entries.iter().filter(lacks).map(|entry| entry.address.clone()).collect();
            (catalogue.entries.len(), lacking)
        });
        let (all, lacking) = found.expect("a stack");
        assert!(lacking.is_empty(), "{} of {all} elements have no example: {lacking:#?}", lacking.len());
    }

    #[test]
    fn every_seed_compiles_without_a_word() {
        let found = nixvirt_evaluator::with_stack(|| {
            let Some(Json::List(seeds)) = evaluated("seeds.nix", SEEDS) else { panic!("a list of specs") };
            let mut said = Vec::new();
            for (index, seed) in seeds.into_iter().enumerate() {
                let found = compile_spec(seed, CompileOptions::DEFAULT).diagnostics;
                said.extend(
                    found.iter().map(|it| format!("{index}: {}: {}", it.path, it.problem.with_help())),
                );
            }
            said
        });
        let said = found.expect("a stack");
        assert!(said.is_empty(), "{}", said.join("\n"));
    }
}
