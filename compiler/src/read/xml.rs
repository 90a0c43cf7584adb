//! Reading XML into a document.

use std::borrow::Cow;

use nixvirt_schema::{Element, Kind, Need, Occurs, Relation, Scalar, all_kinds};

use crate::diagnostics::printable::Name;
use crate::diagnostics::report::Report;
use crate::diagnostics::suggest;
use crate::diagnostics::{Instead, Problem};
use crate::document::foreign::Foreign;
use crate::document::keys::child_key;
use crate::document::path::{Path, Trail};
use crate::document::remark::Remark;
use crate::document::scope::{GuardVerdict, Scope};
use crate::document::{Document, Node, NodeValue};
use crate::read::{accept, choose_child, mismatch, resolve_attributes};
use crate::source::json::BYTE_ORDER_MARK;
use crate::source::places::boundary;
use crate::source::xml::{Piece, Pieces, RawAttributes, Start, XmlFault, check_depth, text_of};
use crate::source::xml_characters::is_blank;
use crate::source::xml_names::{Namespaces, declared_prefix};

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

/// The children of an element that have been read.
#[derive(Default)]
struct Read<'a> {
    nodes: Vec<Node<'a>>,
    /// How many there are of each name.
    counts: Vec<(&'static str, usize)>,
    /// Where the last one ends, in bytes.
    end: usize,
    /// The remarks that belong to the next one, or, if there is none, to the end of the element.
    remarks: Vec<Remark<'a>>,
}

impl<'a> Read<'a> {
    /// Takes a remark that was just read: what ends the line of a child belongs to that child, anything else to the next.
    fn remark(&mut self, remark: Remark<'a>, pieces: &Pieces<'_>) {
        let begin = pieces.position().saturating_sub(remark.0.len());
        // Looking back to the child comes last: of many remarks on one line, only the last ends it.
        let ends_line =
            self.remarks.is_empty() && pieces.at_end_of_line() && !pieces.line_ends_within(self.end..begin);
        match self.nodes.last_mut() {
            Some(last) if ends_line => last.remarks_mut().after.push(remark),
            _ => self.remarks.push(remark),
        }
    }

    /// The index of the next child of that name.
    fn next_index(&mut self, name: &'static str) -> usize {
        match self.counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => {
                *count += 1;
                *count - 1
            }
            None => {
                self.counts.push((name, 1));
                0
            }
        }
    }
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

    /// Takes the attributes of a tag and the namespaces that it declares.
    fn open(&mut self, start: Start<'a>, depth: usize) -> Result<Opened<'a>, XmlFault> {
        check_depth(depth, start.offset)?;
        let mut attributes = std::mem::take(&mut self.spare_attributes);
        start.attributes(&mut attributes)?;
        let mut wrong = Ok(());
        if attributes.iter().any(|(name, _)| declared_prefix(name).is_some()) {
            attributes.retain(|(name, value)| {
                let Cow::Borrowed(name) = name else { return true };
                let Some(prefix) = declared_prefix(name) else { return true };
                if wrong.is_ok() {
                    wrong = self.namespaces.declare(depth, prefix, value.clone());
                }
                false
            });
        }
        let names = || attributes.iter().map(|(name, _)| &**name);
        let wrong = wrong.and_then(|()| match self.namespaces.same(names()) {
            Some((one, other)) => {
                Err(format!("the attributes `{}` and `{}` have the same name", Name(one), Name(other)))
            }
            None => Ok(()),
        });
        wrong.map_err(|message| (Problem::Syntax { language: "XML", message }, start.offset))?;
        Ok(Opened { start, attributes })
    }

    /// The namespace and local name that a name with a prefix stands for. An undeclared prefix stands for itself.
    fn identify<'n>(&self, name: &'n str) -> (Option<&str>, &'n str) {
        let (prefix, local) = match name.bytes().position(|byte| byte == b':') {
            Some(colon) => (&name[..colon], &name[colon + 1..]),
            None if self.namespaces.is_empty() => return (None, name),
            None => ("", name),
        };
        match self.namespaces.of(prefix) {
            Some("") => (None, local),
            Some(uri) => (Some(uri), local),
            None => (Some("undeclared"), local),
        }
    }

    /// The namespaces that an element declares for the foreign XML in it: its own, and those of elements around it that
    /// are used there. libvirt prints them on the same element (`xmlCopyNode` brings them along).
    fn declared_for(&self, foreign: &[Foreign<'a>], depth: usize) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        let attribute = |prefix: &str| Cow::Owned(format!("xmlns:{prefix}"));
        let own = self.namespaces.at(depth);
        let mut declared: Vec<_> = own.map(|(prefix, uri)| (attribute(prefix), uri.clone())).collect();
        for piece in foreign {
            let Foreign::Element(element) = piece else { continue };
            for prefix in element.undeclared_prefixes() {
                let name = attribute(&prefix);
                if let Some(uri) = self.namespaces.of(&prefix)
                    && !declared.iter().any(|(known, _)| *known == name)
                {
                    declared.push((name, Cow::Owned(uri.to_owned())));
                }
            }
        }
        declared
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

    /// Gives a node its text.
    fn take_text(&mut self, node: &mut Node<'a>, found: Cow<'a, str>, trail: &Trail<'_>) {
        let blank = is_blank(&found);
        match node.element.text {
            Some(text)
                if !(blank
                    && (found.is_empty() || !node.children.is_empty() || text.need == Need::Optional)) =>
            {
                if let Some((number, unit)) = mismatch::amount(node.element, found.trim())
                    && node.attribute("unit").is_none()
                {
                    let problem = Problem::BadValue {
                        value: format!("{:?}", found.trim()),
                        expected: text.format.describe(),
                        hint: Some(Instead::Words(format!(
                            "write `<{name} unit='{unit}'>{number}</{name}>`",
                            name = node.element.name
                        ))),
                    };
                    self.report.add(problem, node.offset, || trail.path());
                    node.text = Some(NodeValue::WRONG);
                    return;
                }
                let place =
                    || if node.element.is_leaf() { trail.path() } else { trail.step(text.key, None).path() };
                node.text = Some(accept(&text.format, Scalar::Str(found), self.report, node.offset, place));
            }
            None if !blank => {
                let text = found.trim().chars().take(40).collect();
                let problem =
                    Problem::UnexpectedText { text, parent: node.element.name, values: absent(node) };
                self.report.add(problem, node.offset, || trail.path());
            }
            _ => {}
        }
    }

    /// Says where children stand in an order that libvirt's schema does not have.
    fn say_disorder(&mut self, node: &Node<'a>, parent: Option<&Scope<'_, 'a>>, trail: &Trail<'_>) {
        for rule in node.element.rules {
            let Relation::InOrder(names) = rule.relation else { continue };
            let ranks = node
                .children
                .iter()
                .filter_map(|child| names.iter().position(|name| *name == child.element.name));
            let holds = Scope::of(node, parent).decide(&rule.guard) == GuardVerdict::Holds;
            if holds && rule.versions.contains(self.report.libvirt()) && !ranks.is_sorted() {
                let problem = Problem::Broken { relation: rule.relation, parent: node.element.name };
                self.report.add(problem, node.offset, || trail.path());
            }
        }
    }

    fn say_unknown(
        &mut self,
        element: &'static Element,
        parent: Option<&Scope<'_, 'a>>,
        name: &str,
        child: bool,
        trail: &Trail<'_>,
        offset: usize,
    ) {
        let around = || std::iter::successors(parent, |scope| scope.parent).map(|scope| scope.node.element);
        let hint = match self.report.is_full() {
            true => None,
            false => {
                suggest::for_xml(around().last().unwrap_or(element), element, around().next(), child, name)
            }
        };
        let problem = Problem::Unknown { element: child, name: name.to_owned(), parent: element.name, hint };
        self.report.add(problem, Some(offset), || trail.step(name, None).path());
    }

    fn syntax(&self, message: &str) -> XmlFault {
        (Problem::Syntax { language: "XML", message: message.into() }, self.pieces.position())
    }
}

/// The attributes that a node must have and has not, as they are written; where it has all, those that it may have.
fn absent(node: &Node<'_>) -> Vec<String> {
    const MOST: usize = 4;
    let absent = || node.element.attributes.iter().filter(|entry| node.attribute(entry.name).is_none());
    let required: Vec<_> = absent().filter(|entry| entry.need != Need::Optional).collect();
    let meant = if required.is_empty() { absent().collect() } else { required };
    meant.iter().take(MOST).map(|entry| format!("`{}='...'`", entry.name)).collect()
}

/// Whether two names are the same; most that are not differ in their length or beginning, which is seen sooner.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.as_bytes().first() == other.as_bytes().first() && one == other
}
