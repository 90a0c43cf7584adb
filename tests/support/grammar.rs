//! libvirt's RELAX NG read as a grammar, to make documents out of it that no test file has.
//!
//! It knows the part of RELAX NG that libvirt uses. Whether a document that it makes is valid is for xmllint to say: the
//! grammar here picks from choices and gives values to formats, it does not judge.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::markup::{Content, Markup, Namespaces};
use crate::random::Random;
use crate::sample::sample;

/// A RELAX NG grammar, from which documents are generated.
#[derive(Debug)]
pub struct Grammar {
    start: Pattern,
    definitions: BTreeMap<String, Pattern>,
    /// The namespaces that its elements are in, by a prefix made up where nobody gave one.
    pub namespaces: Namespaces,
}

#[derive(Clone, Debug)]
enum Pattern {
    Empty,
    Text,
    NotAllowed,
    Element(String, Box<Pattern>),
    Attribute(String, Box<Pattern>),
    Group(Vec<Pattern>),
    Interleave(Vec<Pattern>),
    Choice(Vec<Pattern>),
    Optional(Box<Pattern>),
    Repeat(usize, Box<Pattern>),
    Ref(String),
    Value(String),
    Data { name: String, parameters: Vec<(String, String)> },
}

/// The XML that a pattern generated so far.
#[derive(Default)]
struct Made {
    attributes: Vec<(String, String)>,
    content: Vec<Content>,
}

impl Grammar {
    /// Reads a schema and what it includes. `namespaces` are those that have a prefix already.
    ///
    /// # Panics
    /// Where a schema cannot be read or has what libvirt's do not have.
    pub fn read(schema: &Path, namespaces: &Namespaces) -> Grammar {
        let mut grammar = Grammar {
            start: Pattern::NotAllowed,
            definitions: BTreeMap::new(),
            namespaces: namespaces.clone(),
        };
        grammar.add(schema, true);
        grammar
    }

    fn add(&mut self, schema: &Path, top: bool) {
        let text = fs::read_to_string(schema).unwrap_or_else(|error| panic!("{}: {error}", schema.display()));
        let document = roxmltree::Document::parse(&text).expect("a schema should be XML");
        for part in document.root_element().children().filter(roxmltree::Node::is_element) {
            match part.tag_name().name() {
                "include" => {
                    let href = part.attribute("href").expect("an include should name a file");
                    self.add(&schema.with_file_name(href), false);
                }
                "start" if top => self.start = self.sequence(part),
                "start" => {}
                "define" => {
                    let name = part.attribute("name").expect("a definition should have a name").to_owned();
                    let pattern = self.sequence(part);
                    let pattern = match self.definitions.remove(&name) {
                        Some(before) => Pattern::Choice(vec![before, pattern]),
                        None => pattern,
                    };
                    self.definitions.insert(name, pattern);
                }
                other => panic!("{}: <{other}> is not understood", schema.display()),
            }
        }
    }

    fn parts(&mut self, node: roxmltree::Node<'_, '_>) -> Vec<Pattern> {
        let names = ["name", "anyName", "nsName", "param", "except"];
        let parts =
            node.children().filter(|part| part.is_element() && !names.contains(&part.tag_name().name()));
        parts.map(|part| self.pattern(part)).collect()
    }

    fn sequence(&mut self, node: roxmltree::Node<'_, '_>) -> Pattern {
        Pattern::Group(self.parts(node))
    }

    fn pattern(&mut self, node: roxmltree::Node<'_, '_>) -> Pattern {
        let inner = |grammar: &mut Grammar| Box::new(grammar.sequence(node));
        match node.tag_name().name() {
            "empty" => Pattern::Empty,
            "text" => Pattern::Text,
            "notAllowed" => Pattern::NotAllowed,
            "group" => self.sequence(node),
            "interleave" => Pattern::Interleave(self.parts(node)),
            "choice" => Pattern::Choice(self.parts(node)),
            "optional" => Pattern::Optional(inner(self)),
            "zeroOrMore" => Pattern::Repeat(0, inner(self)),
            "oneOrMore" => Pattern::Repeat(1, inner(self)),
            "ref" => Pattern::Ref(node.attribute("name").unwrap_or_default().to_owned()),
            "value" => Pattern::Value(node.text().unwrap_or_default().to_owned()),
            "data" => {
                let parameters =
                    node.children().filter(|part| part.tag_name().name() == "param").map(|part| {
                        let name = part.attribute("name").unwrap_or_default().to_owned();
                        (name, part.text().unwrap_or_default().to_owned())
                    });
                let name = node.attribute("type").unwrap_or_default().to_owned();
                Pattern::Data { name, parameters: parameters.collect() }
            }
            "element" => Pattern::Element(self.name(node, true), inner(self)),
            "attribute" => {
                let value = match self.parts(node) {
                    parts if parts.is_empty() => Pattern::Text,
                    parts => Pattern::Group(parts),
                };
                Pattern::Attribute(self.name(node, false), Box::new(value))
            }
            other => panic!("<{other}> is not understood"),
        }
    }

    /// The name of an element or attribute, with a prefix; any name is one of a namespace of nobody's.
    fn name(&mut self, node: roxmltree::Node<'_, '_>, element: bool) -> String {
        let child =
            node.children().find(|part| part.tag_name().name() == "name").and_then(|part| part.text());
        let Some(name) = node.attribute("name").or(child) else {
            self.namespaces.insert("any".into(), "http://example.org/any".into());
            return if element { "any:thing".into() } else { "any".into() };
        };
        let inherited = node.ancestors().find_map(|above| above.attribute("ns"));
        let uri = if element { inherited } else { node.attribute("ns") }.filter(|uri| !uri.is_empty());
        let Some(uri) = uri else { return name.to_owned() };
        let prefix =
            self.namespaces.iter().find(|(_, known)| *known == uri).map(|(prefix, _)| prefix.clone());
        let prefix = prefix.unwrap_or_else(|| {
            let prefix = format!("n{}", self.namespaces.len());
            self.namespaces.insert(prefix.clone(), uri.to_owned());
            prefix
        });
        format!("{prefix}:{name}")
    }

    /// A document that the grammar describes, as far as picking at random goes.
    pub fn document(&self, random: &mut Random) -> Option<Markup> {
        let mut made = Made::default();
        self.make(&self.start, &mut made, 0, random)?;
        made.content.into_iter().find_map(|piece| match piece {
            Content::Element(element) => Some(element),
            Content::Text(_) => None,
        })
    }

    /// Adds what a pattern describes; nothing where it cannot be had.
    fn make(&self, pattern: &Pattern, made: &mut Made, depth: usize, random: &mut Random) -> Option<()> {
        match pattern {
            Pattern::Empty => {}
            Pattern::NotAllowed => return None,
            Pattern::Text => made.content.push(Content::Text(free_text(random))),
            Pattern::Value(value) => made.content.push(Content::Text(value.clone())),
            Pattern::Data { name, parameters } => {
                made.content.push(Content::Text(data(name, parameters, random)));
            }
            Pattern::Ref(name) => self.make(self.definitions.get(name)?, made, depth, random)?,
            Pattern::Element(name, inside) => {
                let mut inner = Made::default();
                self.make(inside, &mut inner, depth + 1, random)?;
                let Made { attributes, content } = inner;
                made.content.push(Content::Element(Markup { name: name.clone(), attributes, content }));
            }
            Pattern::Attribute(name, value) => {
                let mut inner = Made::default();
                self.make(value, &mut inner, depth, random)?;
                let holder = Markup { content: inner.content, ..Markup::default() };
                if made.attributes.iter().any(|(known, _)| known == name) {
                    return None;
                }
                made.attributes.push((name.clone(), holder.text()));
            }
            Pattern::Group(parts) => {
                for part in parts {
                    self.make(part, made, depth, random)?;
                }
            }
            Pattern::Interleave(parts) => {
                let mut order: Vec<usize> = (0..parts.len()).collect();
                // libxml2 has trouble with some interleaved documents: half of them are left in order.
                if random.below(2) == 0 {
                    random.shuffle(&mut order);
                }
                for at in order {
                    self.make(&parts[at], made, depth, random)?;
                }
            }
            Pattern::Choice(parts) => {
                let mut order: Vec<usize> = (0..parts.len()).collect();
                random.shuffle(&mut order);
                let tries = order.into_iter().find_map(|at| self.attempt(&parts[at], depth, random));
                made.take(tries?);
            }
            Pattern::Optional(inside) => {
                let wanted = random.below(100) < likelihood(depth);
                if let Some(inner) = wanted.then(|| self.attempt(inside, depth, random)).flatten() {
                    made.take(inner);
                }
            }
            Pattern::Repeat(least, inside) => {
                let mut times = 0;
                while times < *least || (times < 3 && random.below(100) < likelihood(depth)) {
                    match self.attempt(inside, depth, random) {
                        Some(inner) => made.take(inner),
                        None if times < *least => return None,
                        None => break,
                    }
                    times += 1;
                }
            }
        }
        Some(())
    }

    fn attempt(&self, pattern: &Pattern, depth: usize, random: &mut Random) -> Option<Made> {
        let mut made = Made::default();
        self.make(pattern, &mut made, depth, random).map(|()| made)
    }
}

impl Made {
    fn take(&mut self, other: Made) {
        for (name, value) in other.attributes {
            if !self.attributes.iter().any(|(known, _)| *known == name) {
                self.attributes.push((name, value));
            }
        }
        self.content.extend(other.content);
    }
}

/// How likely an optional part is, in percent: an object has many, a device some, a chain of images must end.
fn likelihood(depth: usize) -> usize {
    match depth {
        0 | 1 => 12,
        2 => 20,
        3..8 => 45,
        8..14 => 20,
        _ => 0,
    }
}

fn free_text(random: &mut Random) -> String {
    (*random.pick(&["some", "a text", "x<y & 'z'", "1", "/a/b", "", "\u{fc}ber"])).to_owned()
}

fn data(name: &str, parameters: &[(String, String)], random: &mut Random) -> String {
    let parameter = |wanted: &str| {
        let found = parameters.iter().find(|(name, _)| name == wanted);
        found.and_then(|(_, value)| value.trim().parse::<i128>().ok())
    };
    if let Some((_, pattern)) = parameters.iter().find(|(name, _)| name == "pattern") {
        // Where a type has bounds as well as a pattern, a few tries find a value within.
        for _ in 0..20 {
            let text = sample(pattern, random);
            let number = text.parse::<i128>().ok();
            let low = parameter("minInclusive").zip(number).is_some_and(|(least, number)| number < least);
            let high = parameter("maxInclusive").zip(number).is_some_and(|(most, number)| number > most);
            if !low && !high {
                return text;
            }
        }
    }
    let (least, most) = match name {
        "unsignedShort" => (0, u16::MAX.into()),
        "unsignedInt" => (0, u32::MAX.into()),
        "unsignedLong" => (0, u64::MAX.into()),
        "short" => (i16::MIN.into(), i16::MAX.into()),
        "int" => (i32::MIN.into(), i32::MAX.into()),
        "long" => (i64::MIN.into(), i64::MAX.into()),
        "integer" => (i64::MIN.into(), i64::MAX.into()),
        "positiveInteger" => (1, i64::MAX.into()),
        "dateTime" => return "2025-01-31T23:59:59Z".into(),
        "NCName" => return "name".into(),
        "anyURI" => return "http://example.org/a".into(),
        _ => return free_text(random),
    };
    let least = parameter("minInclusive").unwrap_or(least);
    let most = parameter("maxInclusive").unwrap_or(most);
    let within = |number: i128| number.clamp(least, most);
    let near = i128::from(random.any() % 1000);
    random.pick(&[least, most, within(0), within(1), within(near), within(least + near)]).to_string()
}
