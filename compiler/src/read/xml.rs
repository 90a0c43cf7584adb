//! Reading XML into a document.

mod children;
mod content;
mod names;

use std::borrow::Cow;

use nixvirt_schema::{Kind, Occurs, Scalar, all_kinds};

use crate::diagnostics::Problem;
use crate::diagnostics::report::Report;
use crate::diagnostics::suggest;
use crate::document::foreign::Foreign;
use crate::document::keys::child_key;
use crate::document::path::{Path, Trail};
use crate::document::scope::Scope;
use crate::document::{Document, Node};
use crate::read::xml::children::Read;
use crate::read::{choose_child, resolve_attributes};
use crate::source::json::BYTE_ORDER_MARK;
use crate::source::places::boundary;
use crate::source::xml::{Piece, Pieces};
use crate::source::xml_characters::is_blank;
use crate::source::xml_names::Namespaces;
use crate::source::xml_tag::{RawAttributes, Start, XmlFault};
use crate::source::xml_text::text_of;

/// Reads a document out of XML. `kind` is what the caller asks for; else the root element tells.
pub fn read<'a>(source: &'a [u8], kind: Option<&'static Kind>, report: &mut Report) -> Option<Document<'a>> {
    if source.starts_with(BYTE_ORDER_MARK) {
        report.begin_at(BYTE_ORDER_MARK.len());
    }
    let read = text_of(source).and_then(|text| {
        let read = Reader::new(text, report).document(kind);
        read.map_err(|(problem, offset)| (problem, boundary(text, offset)))
    });
    match read {
        Ok(document) => document,
        Err((problem, offset)) => {
            report.add(problem, Some(offset), Path::default);
            None
        }
    }
}

struct Reader<'a, 'r> {
    pieces: Pieces<'a>,
    /// The namespaces declared by the open elements.
    namespaces: Namespaces<'a>,
    /// Memory that the attributes of one element leave to those of the next.
    spare_attributes: RawAttributes<'a>,
    /// The same, once their entries are known.
    spare_entries: Vec<(usize, Scalar<'a>)>,
    report: &'r mut Report,
}

/// An element whose start tag has been read: its namespace prefix may be declared on itself.
struct Opened<'a> {
    start: Start<'a>,
    attributes: RawAttributes<'a>,
}

impl<'a, 'r> Reader<'a, 'r> {
    fn new(text: &'a str, report: &'r mut Report) -> Reader<'a, 'r> {
        Reader {
            pieces: Pieces::new(text),
            namespaces: Namespaces::default(),
            spare_attributes: RawAttributes::new(),
            spare_entries: Vec::new(),
            report,
        }
    }

    fn document(&mut self, kind: Option<&'static Kind>) -> Result<Option<Document<'a>>, XmlFault> {
        let mut before = Vec::new();
        let start = loop {
            match self.pieces.next_piece()? {
                Piece::Start(start) => break start,
                Piece::Remark(remark) => before.push(remark),
                Piece::Text(text) if is_blank(&text) => {}
                _ => return Err(self.syntax("there is no element in it")),
            }
        };
        let opened = self.open(start, 0)?;
        let kind = match kind {
            Some(kind) => kind,
            None => match all_kinds().find(|kind| kind.root.name == start.name) {
                Some(kind) => kind,
                None => {
                    let problem = Problem::UnknownKind { kind: start.name.to_owned() };
                    self.report.add(problem, Some(start.offset), Path::default);
                    return Ok(None);
                }
            },
        };
        if self.identify(start.name) != (None, kind.root.name) {
            let name = start.name.to_owned();
            let hint = suggest::nearest([kind.root.name].into_iter(), &name);
            let problem = Problem::Unknown { element: true, name, parent: "document", hint };
            self.report.add(problem, Some(start.offset), Path::default);
            return Ok(None);
        }
        let mut root = Node::new(kind.root, 0);
        self.element(&mut root, opened, &Trail::ROOT, None, 0)?;
        if !before.is_empty() {
            root.remarks_mut().before = before;
        }
        let mut behind = Vec::new();
        loop {
            match self.pieces.next_piece()? {
                Piece::Eof => return Ok(Some(Document { kind, root, salt: None, behind })),
                Piece::Remark(remark) => behind.push(remark),
                Piece::Text(text) if is_blank(&text) => {}
                _ => {
                    return Err(
                        self.syntax("something stands behind its root element; write one object a file")
                    );
                }
            }
        }
    }

    /// Reads an element whose tag has been read into its node.
    fn element(
        &mut self,
        node: &mut Node<'a>,
        opened: Opened<'a>,
        trail: &Trail<'_>,
        parent: Option<&Scope<'_, 'a>>,
        depth: usize,
    ) -> Result<(), XmlFault> {
        let Opened { start, mut attributes } = opened;
        let element = node.element;
        node.offset = Some(start.offset);
        let mut raw = std::mem::take(&mut self.spare_entries);
        for (name, value) in attributes.drain(..) {
            match element.attributes.iter().position(|entry| same(entry.name, &name)) {
                Some(entry) if element.attributes[entry].ignored => {
                    let problem =
                        Problem::Ignored { name: element.attributes[entry].name, parent: element.name };
                    self.report.add(problem, node.offset, || trail.step(&name, None).path());
                }
                Some(entry) => raw.push((entry, Scalar::Str(value))),
                None => self.say_unknown(element, parent, &name, false, trail, start.offset),
            }
        }
        resolve_attributes(node, &mut raw, parent, self.report, &|name| trail.step(name, None).path());
        (self.spare_attributes, self.spare_entries) = (attributes, raw);
        let mut text: Cow<'a, str> = Cow::Borrowed("");
        if !start.empty {
            let scope = Scope { node, parent, complete: false };
            let mut read = Read::default();
            let mut first = Vec::new();
            let mut foreign = Vec::new();
            loop {
                match self.pieces.next_piece()? {
                    Piece::Start(start) if element.foreign => {
                        foreign.push(Foreign::Element(self.pieces.foreign(&start, depth + 1)?));
                    }
                    Piece::Start(start) => self.child(&scope, start, trail, depth + 1, &mut read)?,
                    Piece::Remark(remark) if element.foreign => foreign.push(Foreign::Remark(remark)),
                    Piece::Remark(remark) if element.text.is_some() && is_blank(&text) => first.push(remark),
                    Piece::Remark(remark) => read.remark(remark, &self.pieces),
                    // Indentation, where it cannot be anything else.
                    Piece::Text(more) if element.text.is_none() && is_blank(&more) => {}
                    Piece::Text(more) if text.is_empty() => text = more,
                    Piece::Text(more) => text.to_mut().push_str(&more),
                    Piece::End => break,
                    Piece::Eof => return Err(self.pieces.ended_early()),
                }
            }
            node.children = read.nodes;
            if !(first.is_empty() && read.remarks.is_empty()) {
                let remarks = node.remarks_mut();
                (remarks.first, remarks.last) = (first, read.remarks);
            }
            if !foreign.is_empty() {
                node.declared = self.declared_for(&foreign, depth);
            }
            node.foreign = foreign;
        }
        self.namespaces.close(depth);
        self.take_text(node, text, trail);
        self.say_disorder(node, parent, trail);
        node.sort();
        Ok(())
    }

    /// Reads a child whose tag has been read.
    fn child(
        &mut self,
        scope: &Scope<'_, 'a>,
        start: Start<'a>,
        trail: &Trail<'_>,
        depth: usize,
        read: &mut Read<'a>,
    ) -> Result<(), XmlFault> {
        let opened = self.open(start, depth)?;
        let element = scope.node.element;
        let (uri, local) = self.identify(start.name);
        let first = element.children.iter().position(|child| {
            same(child.element.name, local) && child.element.namespace.map(|namespace| namespace.uri) == uri
        });
        let Some(first) = first else {
            self.say_unknown(element, scope.parent, start.name, true, trail, start.offset);
            return self.pieces.skip(&start);
        };
        let entry = choose_child(scope, element, first, self.report.libvirt());
        let child = &element.children[entry];
        let mut node = Node::new(child.element, entry);
        if child.occurs != Occurs::Once {
            node.index = Some(read.next_index(child.element.name));
        }
        let key = child_key(element, child.element);
        let below = if child.hoisted { *trail } else { trail.step(&key, node.index) };
        self.element(&mut node, opened, &below, Some(scope), depth)?;
        if !read.remarks.is_empty() {
            node.remarks_mut().before = std::mem::take(&mut read.remarks);
        }
        read.end = self.pieces.position();
        read.nodes.push(node);
        Ok(())
    }

    fn syntax(&self, message: &str) -> XmlFault {
        (Problem::Syntax { language: "XML", message: message.into() }, self.pieces.position())
    }
}

/// Whether two names are the same; most that are not differ in their length or beginning, which is seen sooner.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.as_bytes().first() == other.as_bytes().first() && one == other
}
