//! Documents that are almost right: valid ones with something renamed, dropped, doubled, moved, added or given another
//! value. What is put in has mostly been seen elsewhere, so that it may well be right there, too.

use std::collections::BTreeMap;

use crate::markup::{Content, Markup, Namespaces};
use crate::random::Random;

/// A document to begin with.
#[derive(Clone, Debug)]
pub struct Base {
    /// Where it comes from.
    pub name: String,
    /// The root of the document.
    pub root: Markup,
}

/// A document that was changed.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Where it comes from.
    pub base: String,
    /// The changes that were made, in words.
    pub changes: Vec<String>,
    /// The root of the changed document.
    pub root: Markup,
}

/// The names and values that the documents of a kind are made of.
#[derive(Debug)]
pub struct Vocabulary {
    bases: Vec<Base>,
    /// Where each path of element names occurs: which document, which place in it.
    paths: Vec<Vec<(usize, Vec<usize>)>>,
    elements: Vec<String>,
    /// The attributes of the elements of a name, and their values.
    attributes: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// The values of attributes of a name, on whatever element.
    values: BTreeMap<String, Vec<String>>,
    /// Texts of the elements of a name.
    texts: BTreeMap<String, Vec<String>>,
    /// The elements in the elements of a name.
    children: BTreeMap<String, Vec<Markup>>,
}

/// No more than so many examples of a thing are kept.
const MOST: usize = 60;

/// Values that are wrong nearly everywhere, or nearly right.
const GARBAGE: &[&str] = &[
    "",
    " ",
    "0",
    "1",
    "-1",
    "2",
    "15",
    "16",
    "31",
    "32",
    "99",
    "100",
    "128",
    "255",
    "256",
    "4095",
    "65535",
    "65536",
    "1048576",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "0x1",
    "0xff",
    "0x100",
    "0xffffffff",
    "0x100000000",
    "0x",
    "0xg",
    "007",
    "08",
    "1.5",
    "1e3",
    "+1",
    "yes",
    "no",
    "on",
    "off",
    "true",
    "default",
    "none",
    "auto",
    "garbage",
    "two words",
    " padded",
    "padded ",
    "line\nbreak",
    "/a",
    "/a/b",
    "a/b",
    "./a",
    "C:\\x",
    ".",
    "..",
    "a,b",
    "a.b",
    "a:b",
    "1-3",
    "1,^2",
    "3-",
    "10.0.0.1",
    "256.0.0.1",
    "10.0.0",
    "::1",
    "fe80::1%eth0",
    "1:2:3",
    "52:54:00:00:00:01",
    "53:54:00:00:00:01",
    "5:4:0:0:0:1",
    "52-54-00-00-00-01",
    "9066901e-c90a-46ad-8b55-c18868cf92ae",
    "9066901ec90a46ad8b55c18868cf92ae",
    "9066901e-c90a46ad-8b55-c18868cf92ae",
    "naa.5123456789abcde0",
    "5123456789abcde0",
    "KiB",
    "ua-mine",
    "vda",
    "iqn.2013-07.com.example:disk",
    "\u{e4}\u{f6}",
    "[store] a b",
    "$VAR",
    "http://example.org/",
];

impl Vocabulary {
    /// Collects the vocabulary of documents.
    pub fn new(bases: Vec<Base>) -> Vocabulary {
        let mut vocabulary = Vocabulary {
            bases: Vec::new(),
            paths: Vec::new(),
            elements: Vec::new(),
            attributes: BTreeMap::new(),
            values: BTreeMap::new(),
            texts: BTreeMap::new(),
            children: BTreeMap::new(),
        };
        let mut paths: BTreeMap<String, Vec<(usize, Vec<usize>)>> = BTreeMap::new();
        for (number, base) in bases.iter().enumerate() {
            for place in base.root.places() {
                vocabulary.learn(base.root.at(&place));
                paths.entry(base.root.path(&place)).or_default().push((number, place));
            }
        }
        vocabulary.elements = vocabulary.attributes.keys().cloned().collect();
        vocabulary.paths = paths.into_values().collect();
        vocabulary.bases = bases;
        vocabulary
    }

    fn learn(&mut self, element: &Markup) {
        fn keep<T: PartialEq>(list: &mut Vec<T>, one: T) {
            if list.len() < MOST && !list.contains(&one) {
                list.push(one);
            }
        }
        let known = self.attributes.entry(element.name.clone()).or_default();
        for (name, value) in &element.attributes {
            keep(known.entry(name.clone()).or_default(), value.clone());
            keep(self.values.entry(name.clone()).or_default(), value.clone());
        }
        if element.elements().next().is_none() {
            keep(self.texts.entry(element.name.clone()).or_default(), element.text());
        }
        let children = self.children.entry(element.name.clone()).or_default();
        for child in element.elements() {
            // The same attributes with other values are the same example.
            let shape = |one: &Markup| {
                let names: Vec<String> = one.attributes.iter().map(|(name, _)| name.clone()).collect();
                let below: Vec<String> = one.elements().map(|element| element.name.clone()).collect();
                (one.name.clone(), names, below)
            };
            let named = children.iter().filter(|known| known.name == child.name).count();
            if named < MOST && !children.iter().any(|known| shape(known) == shape(child)) {
                children.push(child.clone());
            }
        }
    }

    /// A document with one change or a few.
    pub fn mutant(&self, random: &mut Random) -> Mutant {
        loop {
            let (base, place) = match random.below(2) {
                0 => {
                    let base = random.below(self.bases.len());
                    (base, random.pick(&self.bases[base].root.places()).clone())
                }
                // What is rare is as likely as what is not.
                _ => {
                    let occurrences = random.pick(&self.paths);
                    random.pick(occurrences).clone()
                }
            };
            let base = &self.bases[base];
            let mut mutant = Mutant { base: base.name.clone(), changes: Vec::new(), root: base.root.clone() };
            let times = *random.pick(&[1, 1, 1, 1, 2, 3]);
            for time in 0..times {
                let places = mutant.root.places();
                let place = if time == 0 { &place } else { random.pick(&places) };
                let path = mutant.root.path(place);
                if let Some(change) = self.change(&mut mutant.root, place, random) {
                    mutant.changes.push(format!("{path}: {change}"));
                }
            }
            if !mutant.changes.is_empty() && mutant.root != base.root {
                return mutant;
            }
        }
    }

    /// Changes something at a place; nothing where what was drawn is not to be had there.
    fn change(&self, root: &mut Markup, place: &[usize], random: &mut Random) -> Option<String> {
        let element = root.at_mut(place);
        let drawn = random.below(100);
        let attribute = (!element.attributes.is_empty()).then(|| random.below(element.attributes.len()));
        Some(match drawn {
            // Attributes.
            0..7 => {
                let (name, _) = element.attributes.remove(attribute?);
                format!("drop @{name}")
            }
            7..11 => {
                let at = attribute?;
                let known = self.values.keys().collect::<Vec<_>>();
                let name = random.pick(&known).as_str();
                if element.attributes.iter().any(|(known, _)| known == name) {
                    return None;
                }
                let old = std::mem::replace(&mut element.attributes[at].0, name.to_owned());
                format!("rename @{old} to @{name}")
            }
            11..35 => {
                let at = attribute?;
                let (name, old) = element.attributes[at].clone();
                let value = self.value(&element.name, &name, &old, random);
                element.attributes[at].1.clone_from(&value);
                format!("@{name}={old:?} becomes {value:?}")
            }
            35..47 => {
                let known = self.attributes.get(&element.name)?;
                let names: Vec<&String> = match random.below(5) {
                    0 => self.values.keys().collect(),
                    _ => known.keys().collect(),
                };
                let name = (!names.is_empty()).then(|| (*random.pick(&names)).clone())?;
                let value = self.value(&element.name, &name, "1", random);
                element.set(&name, &value);
                format!("set @{name} to {value:?}")
            }
            47..50 => {
                let (name, value) = element.attributes.remove(attribute?);
                let places = root.places();
                let target = random.pick(&places);
                root.at_mut(target).set(&name, &value);
                format!("move @{name} to {}", root.path(target))
            }
            // Elements.
            50..57 => {
                let (last, above) = place.split_last()?;
                root.at_mut(above).content.remove(*last);
                "drop the element".into()
            }
            57..61 => {
                let (last, above) = place.split_last()?;
                let twin = Content::Element(root.at(place).clone());
                let content = &mut root.at_mut(above).content;
                let at = if random.below(2) == 0 { last + 1 } else { random.below(content.len() + 1) };
                content.insert(at, twin);
                "double the element".into()
            }
            61..64 => {
                place.split_last()?;
                let name = random.pick(&self.elements).clone();
                let old = std::mem::replace(&mut element.name, name);
                format!("rename {old} to {}", element.name)
            }
            64..68 => {
                let (last, above) = place.split_last()?;
                let moved = root.at_mut(above).content.remove(*last);
                let places = root.places();
                let target = random.pick(&places);
                let path = root.path(target);
                let content = &mut root.at_mut(target).content;
                content.insert(random.below(content.len() + 1), moved);
                format!("move the element to {path}")
            }
            68..73 => {
                (element.content.len() > 1).then_some(())?;
                random.shuffle(&mut element.content);
                "shuffle what is in it".into()
            }
            73..86 => {
                let name = match random.below(5) {
                    0 => random.pick(&self.elements),
                    _ => &element.name,
                };
                let choices = self.children.get(name).filter(|choices| !choices.is_empty())?;
                let child = random.pick(choices).clone();
                let name = child.name.clone();
                let at = random.below(element.content.len() + 1);
                element.content.insert(at, Content::Element(child));
                format!("add a {name} out of another document")
            }
            86..89 => {
                let names = &["stranger", "foreign:stranger", "metadata", "qemu:commandline"];
                let mut stranger = Markup::new(random.pick::<&str>(names));
                if random.below(2) == 0 {
                    stranger.set("strange", "yes");
                }
                let name = stranger.name.clone();
                let at = random.below(element.content.len() + 1);
                element.content.insert(at, Content::Element(stranger));
                format!("add a foreign {name}")
            }
            89..91 => {
                let name = *random.pick(&["strange", "foreign:strange", "xml:lang"]);
                element.set(name, "yes");
                format!("add a foreign @{name}")
            }
            // Text.
            _ => {
                let name = &element.name;
                let old = element.text();
                let (leaf, blank) = (element.elements().next().is_none(), old.is_empty());
                if blank && random.below(4) != 0 {
                    return None;
                }
                let known = self.texts.get(name).filter(|known| !known.is_empty());
                let text = match (random.below(3), known) {
                    (0, Some(known)) => random.pick(known).clone(),
                    _ => changed(&old, random),
                };
                if leaf {
                    element.content = vec![Content::Text(text.clone())];
                } else {
                    element
                        .content
                        .insert(random.below(element.content.len() + 1), Content::Text(text.clone()));
                }
                format!("text {old:?} becomes {text:?}")
            }
        })
    }

    /// Another value for an attribute.
    fn value(&self, element: &str, attribute: &str, old: &str, random: &mut Random) -> String {
        let here = self.attributes.get(element).and_then(|attributes| attributes.get(attribute));
        let elsewhere = self.values.get(attribute);
        let known = match random.below(20) {
            0..10 => here,
            10..13 => elsewhere,
            13 => self.values.values().nth(random.below(self.values.len())),
            _ => None,
        };
        match known.filter(|known| !known.is_empty()) {
            Some(known) => random.pick(known).clone(),
            None => changed(old, random),
        }
    }
}

/// A value near another one, or far from it.
fn changed(old: &str, random: &mut Random) -> String {
    let (prefix, radix) = if old.starts_with("0x") { (2, 16) } else { (0, 10) };
    match i128::from_str_radix(&old[prefix..], radix) {
        Ok(number) if random.below(2) == 0 => match random.below(9) {
            0 => format!("{}", number + 1),
            1 => format!("{}", number - 1),
            2 => format!("-{number}"),
            3 => format!("{number}0"),
            4 => format!("0{number}"),
            5 => format!("{number:#x}"),
            6 => format!("{number:x}"),
            7 => format!(
                "{}",
                (1_i128 << random.pick(&[4, 5, 8, 12, 16, 21, 24, 31, 32, 63, 64])) + number % 2
            ),
            _ => format!("{number}.5"),
        },
        _ if random.below(4) != 0 => (*random.pick(GARBAGE)).to_owned(),
        _ => match random.below(6) {
            0 => format!("{old}x"),
            1 => format!("{old} "),
            2 => format!(" {old}"),
            3 => old.to_uppercase(),
            4 => format!("{old},{old}"),
            _ => old.chars().skip(1).collect(),
        },
    }
}

/// The namespace of nobody's that mutants use.
pub fn add_foreign(namespaces: &mut Namespaces) {
    namespaces.insert("foreign".into(), "http://example.org/foreign".into());
}
