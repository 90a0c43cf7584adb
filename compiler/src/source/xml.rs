//! XML as nixvirt reads it: events out of quick-xml, borrowed from the source, with everything refused that libvirt's
//! formats have no use for (document types, entities of one's own, other encodings) and bounds on depth and size.
//!
//! quick-xml takes much that is no XML. What XML 1.0 (5th edition) asks for beyond it is checked here; what Namespaces in
//! XML asks for, in `names.rs`.

use std::borrow::Cow;

use quick_xml::events::attributes::{AttrError, Attributes};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::diagnostics::Problem;
use crate::diagnostics::printable::Name;
use crate::document::foreign::{Foreign, ForeignElement};
use crate::document::remark::Remark;
use crate::source::json::BYTE_ORDER_MARK;
use crate::source::limits::{MAX_BYTES, MAX_DEPTH, too_deep};
use crate::source::xml_characters::{is_blank, is_char, is_name};
use crate::source::xml_declaration;

/// How many attributes an element may have. libvirt's own have at most thirty.
const MAX_ATTRIBUTES: usize = 1000;

/// A problem and its place in bytes.
pub(crate) type XmlFault = (Problem, usize);

/// The attributes of a tag: names and unescaped values, in document order.
pub(crate) type RawAttributes<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// The start of an element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'a> {
    /// The name, with its prefix.
    pub name: &'a str,
    /// The rest of the tag: the attributes.
    attributes: &'a str,
    /// Where the tag begins, in bytes.
    pub offset: usize,
    /// Whether the element ends with the tag.
    pub empty: bool,
}

/// A piece of a document.
#[derive(Clone, Debug)]
pub(crate) enum Piece<'a> {
    /// The start tag of an element.
    Start(Start<'a>),
    /// The element that began last and is still open ends.
    End,
    /// A text, unescaped.
    Text(Cow<'a, str>),
    /// A comment or a processing instruction.
    Remark(Remark<'a>),
    /// The end of the document.
    Eof,
}

/// Reads pieces of a document.
#[derive(Debug)]
pub(crate) struct Pieces<'a> {
    source: &'a str,
    reader: Reader<&'a [u8]>,
    /// How many elements are open.
    open: usize,
    /// Whether any line end is not the one that XML has.
    has_returns: bool,
    /// Whether the end of a CDATA section stands anywhere, be it one or not.
    has_section_ends: bool,
}

/// Checks the source as a whole, before it is parsed: its size, encoding and characters.
///
/// # Errors
/// A source that is too large, in another encoding than UTF-8, or with characters that XML forbids.
pub(crate) fn text_of(source: &[u8]) -> Result<&str, XmlFault> {
    let syntax = |message: &str| Problem::Syntax { language: "XML", message: message.into() };
    if source.len() > MAX_BYTES {
        let what = format!("the source has {} bytes; at most {MAX_BYTES} are read", source.len());
        return Err((Problem::Limit { what }, 0));
    }
    let body = source.strip_prefix(BYTE_ORDER_MARK).unwrap_or(source);
    let text = std::str::from_utf8(body).map_err(|error| match body {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, ..] | [_, 0, ..] => {
            (syntax("it is UTF-16 or UTF-32; expected UTF-8: convert it with `iconv -f UTF-16 -t UTF-8`"), 0)
        }
        _ => (syntax(&xml_declaration::not_utf8(body)), error.valid_up_to()),
    })?;
    if text.starts_with('\u{feff}') {
        return Err((syntax("it begins with two byte order marks; there can be one"), 0));
    }
    let forbidden = |byte: u8| (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
    // Without an early end, many bytes are looked at in one go; where it is comes after.
    if text.bytes().fold(false, |found, byte| found | forbidden(byte)) {
        let at = text.bytes().position(forbidden).unwrap_or(0);
        return Err((syntax("it holds a control character, which XML cannot carry"), at));
    }
    let noncharacter = if text.is_ascii() { None } else { text.find(['\u{fffe}', '\u{ffff}']) };
    match noncharacter {
        Some(at) => Err((syntax("it holds a noncharacter, which XML cannot carry"), at)),
        None => Ok(text),
    }
}

impl<'a> Pieces<'a> {
    /// Begins to read a source from its first byte.
    pub(crate) fn new(source: &'a str) -> Pieces<'a> {
        let mut reader = Reader::from_str(source);
        reader.config_mut().check_comments = true;
        let has_section_ends = source.contains("]]>");
        Pieces { source, reader, open: 0, has_returns: source.contains('\r'), has_section_ends }
    }

    /// The next piece.
    ///
    /// # Errors
    /// XML that is not well-formed at the place.
    pub(crate) fn next_piece(&mut self) -> Result<Piece<'a>, XmlFault> {
        loop {
            let before = self.position();
            let event = self.reader.read_event();
            let fault = |message: String| (Problem::Syntax { language: "XML", message }, before);
            return Ok(match event.map_err(|error| fault(error.to_string()))? {
                Event::Start(tag) => {
                    self.open += 1;
                    Piece::Start(self.start(&tag, before, false)?)
                }
                Event::Empty(tag) => Piece::Start(self.start(&tag, before, true)?),
                Event::End(_) => {
                    self.open = self.open.saturating_sub(1);
                    Piece::End
                }
                Event::Text(text) => {
                    let text = text.into_inner();
                    if self.has_section_ends && text.contains("]]>") {
                        return Err(fault("its text holds `]]>`; write `]]&gt;`".into()));
                    }
                    Piece::Text(self.normalise(text))
                }
                Event::CData(_) | Event::GeneralRef(_) if self.open == 0 => {
                    return Err(fault("there is text outside of its elements".into()));
                }
                Event::CData(text) => Piece::Text(self.normalise(text.into_inner())),
                Event::GeneralRef(reference) => Piece::Text(match character(&reference) {
                    Some(Some(character)) => Cow::Owned(character.to_string()),
                    Some(None) => return Err(fault(format!("`&{};` is no character", Name(&reference)))),
                    None => match quick_xml::escape::resolve_predefined_entity(&reference) {
                        Some(text) => Cow::Borrowed(text),
                        None => return Err(fault(format!("`&{};` is not known", Name(&reference)))),
                    },
                }),
                Event::DocType(_) => return Err(fault("document type declarations are not taken".into())),
                Event::Decl(_) | Event::PI(_) => {
                    let content =
                        self.source.get(before + 2..self.position().saturating_sub(2)).unwrap_or("");
                    let xml = content.split([' ', '\t', '\r', '\n']).next() == Some("xml");
                    let checked = match before == 0 && xml {
                        true => xml_declaration::read(content).and_then(|encoding| match encoding {
                            Some(encoding) => xml_declaration::check_encoding(encoding, self.source),
                            None => Ok(()),
                        }),
                        false => xml_declaration::check_instruction(content),
                    };
                    checked.map_err(fault)?;
                    if before == 0 && xml {
                        continue;
                    }
                    self.remark(before)
                }
                Event::Comment(_) => self.remark(before),
                Event::Eof => Piece::Eof,
            });
        }
    }

    /// The source since an offset, as a remark.
    fn remark(&self, before: usize) -> Piece<'a> {
        let text = self.source.get(before..self.position()).unwrap_or("");
        Piece::Remark(Remark(self.normalise(Cow::Borrowed(text))))
    }

    /// Whether what follows is the end of the line, once what stands on it was read.
    pub(crate) fn at_end_of_line(&self) -> bool {
        let rest = &self.source[self.position()..];
        rest.trim_start_matches([' ', '\t']).starts_with(['\n', '\r'])
    }

    /// Whether a line ends between two offsets.
    pub(crate) fn line_ends_within(&self, range: std::ops::Range<usize>) -> bool {
        self.source.get(range).is_some_and(|text| text.contains(['\n', '\r']))
    }

    /// Reads on until the element that was begun ends, and drops it all.
    ///
    /// # Errors
    /// XML that is not well-formed at the place.
    pub(crate) fn skip(&mut self, start: &Start<'a>) -> Result<(), XmlFault> {
        let mut open = usize::from(!start.empty);
        while open > 0 {
            match self.next_piece()? {
                Piece::Start(start) => open += usize::from(!start.empty),
                Piece::End => open -= 1,
                Piece::Text(_) | Piece::Remark(_) => {}
                Piece::Eof => return Err(self.ended_early()),
            }
        }
        Ok(())
    }

    /// Reads a foreign element.
    ///
    /// # Errors
    /// XML that is not well-formed at the place.
    pub(crate) fn foreign(
        &mut self,
        start: &Start<'a>,
        depth: usize,
    ) -> Result<ForeignElement<'a>, XmlFault> {
        check_depth(depth, start.offset)?;
        let mut element = ForeignElement { name: Cow::Borrowed(start.name), ..Default::default() };
        start.attributes(&mut element.attributes)?;
        if !start.empty {
            loop {
                match self.next_piece()? {
                    Piece::Start(start) => {
                        element.body.push(Foreign::Element(self.foreign(&start, depth + 1)?))
                    }
                    Piece::Text(text) => push_text(&mut element.body, text),
                    Piece::Remark(remark) => element.body.push(Foreign::Remark(remark)),
                    Piece::End => break,
                    Piece::Eof => return Err(self.ended_early()),
                }
            }
        }
        element.drop_indentation();
        Ok(element)
    }

    /// Line ends as XML has them.
    fn normalise(&self, text: Cow<'a, str>) -> Cow<'a, str> {
        match self.has_returns && text.contains('\r') {
            true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
            false => text,
        }
    }

    /// Where the reader is, in bytes.
    pub(crate) fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.source.len())
    }

    /// The fault of a document that ends while elements are open.
    pub(crate) fn ended_early(&self) -> XmlFault {
        (Problem::Syntax { language: "XML", message: "it ends in the middle".into() }, self.source.len())
    }

    fn start(&self, tag: &BytesStart<'_>, offset: usize, empty: bool) -> Result<Start<'a>, XmlFault> {
        // The event borrows from itself; the same text out of the source lives as long as the source.
        let content = &self.source[offset + 1..offset + 1 + tag.len()];
        let (name, attributes) = content.split_at(tag.name().into_inner().len());
        match is_name(name) {
            true => Ok(Start { name, attributes, offset, empty }),
            false => {
                let message = format!("`<{}` begins no element, for that is no name", Name(name));
                Err((Problem::Syntax { language: "XML", message }, offset))
            }
        }
    }
}

/// Where the parser of attributes stumbled, from the end of the element's name.
fn place_of(error: &AttrError) -> usize {
    match error {
        AttrError::ExpectedEq(at)
        | AttrError::ExpectedValue(at)
        | AttrError::UnquotedValue(at)
        | AttrError::ExpectedQuote(at, _)
        | AttrError::Duplicated(at, _) => *at,
    }
}

impl<'a> Start<'a> {
    /// The attributes, unescaped, namespace declarations included, added to none.
    ///
    /// # Errors
    /// A malformed attribute, or one that stands twice.
    pub(crate) fn attributes(&self, found: &mut RawAttributes<'a>) -> Result<(), XmlFault> {
        let fault = |message: String| (Problem::Syntax { language: "XML", message }, self.offset);
        found.clear();
        // quick-xml's own check for duplicates takes time quadratic in their number.
        for attribute in Attributes::new(self.attributes, 0).with_checks(false) {
            if found.len() == MAX_ATTRIBUTES {
                let what = format!("the element has more than {MAX_ATTRIBUTES} attributes");
                return Err((Problem::Limit { what }, self.offset));
            }
            let attribute = attribute.map_err(|error: AttrError| {
                let text = error.to_string();
                let message = text.split_once(": ").map_or(&*text, |(_, message)| message).to_owned();
                (
                    Problem::Syntax { language: "XML", message },
                    self.offset + 1 + self.name.len() + place_of(&error),
                )
            })?;
            // quick-xml does not mind where nothing stands between two attributes; XML does.
            let key = attribute.key.into_inner();
            let before = key.as_ptr().addr() - self.attributes.as_ptr().addr();
            if !self.attributes[..before].ends_with([' ', '\t', '\n', '\r']) {
                return Err(fault(format!("there is no space before the attribute `{}`", Name(key))));
            }
            if !is_name(key) {
                return Err(fault(format!("{:?} is no name of an attribute", Name(key).to_string())));
            }
            if !attribute.value.bytes().any(|byte| matches!(byte, b'<' | b'&' | b'\t' | b'\n' | b'\r')) {
                found.push((Cow::Borrowed(key), attribute.value));
                continue;
            }
            if attribute.value.contains('<') {
                return Err(fault(format!("the value of `{}` holds a `<`", Name(key))));
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| fault(error.to_string()))?;
            if !value.chars().all(is_char) {
                return Err(fault(format!("the value of `{}` is not text of XML", Name(key))));
            }
            found.push((Cow::Borrowed(key), value));
        }
        match twice(found) {
            Some(name) => Err(fault(format!("the attribute `{}` stands twice", Name(name)))),
            None => Ok(()),
        }
    }
}

/// The name that two attributes have, if any do.
fn twice<'n>(attributes: &'n RawAttributes<'_>) -> Option<&'n str> {
    if attributes.len() <= 8 {
        let mut names = attributes.iter().enumerate().map(|(at, (name, _))| (at, &**name));
        let before = |at: usize, name: &str| attributes[..at].iter().any(|(other, _)| other == name);
        return names.find(|(at, name)| before(*at, name)).map(|(_, name)| name);
    }
    let mut names: Vec<&str> = attributes.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// Reads a piece of foreign XML out of a string, the result free of it.
///
/// # Errors
/// XML that is not well-formed.
pub(crate) fn fragment(source: &str) -> Result<Vec<Foreign<'static>>, Problem> {
    let read = || -> Result<Vec<Foreign<'_>>, XmlFault> {
        let text = text_of(source.as_bytes())?;
        let mut pieces = Pieces::new(text);
        let mut found = Vec::new();
        loop {
            match pieces.next_piece()? {
                Piece::Start(start) => found.push(Foreign::Element(pieces.foreign(&start, 0)?)),
                Piece::Remark(remark) => found.push(Foreign::Remark(remark)),
                Piece::Text(text) if is_blank(&text) => {}
                Piece::Text(text) => {
                    let message =
                        format!("the text {:?} stands outside any element", Name(text.trim()).to_string());
                    return Err((Problem::Syntax { language: "XML", message }, 0));
                }
                Piece::End => return Err(pieces.ended_early()),
                Piece::Eof => return Ok(found),
            }
        }
    };
    match read() {
        Ok(pieces) => Ok(pieces.into_iter().map(Foreign::into_owned).collect()),
        Err((problem, _)) => Err(problem),
    }
}

/// Refuses what is nested too deep.
///
/// # Errors
/// The limit.
pub(crate) fn check_depth(depth: usize, offset: usize) -> Result<(), XmlFault> {
    match depth < MAX_DEPTH {
        true => Ok(()),
        false => Err((too_deep(), offset)),
    }
}

/// Adds text to what came before it.
fn push_text<'a>(body: &mut Vec<Foreign<'a>>, text: Cow<'a, str>) {
    match body.last_mut() {
        Some(Foreign::Text(before)) => before.to_mut().push_str(&text),
        _ => body.push(Foreign::Text(text)),
    }
}

/// The character that a reference stands for by its number, if it does; nothing in place of the character where it is none
/// that XML has.
fn character(reference: &str) -> Option<Option<char>> {
    let number = reference.strip_prefix('#')?;
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // `from_str_radix` takes a sign.
    let code = digits.chars().all(|digit| digit.is_digit(radix)).then(|| u32::from_str_radix(digits, radix));
    Some(code.and_then(Result::ok).and_then(char::from_u32).filter(|character| is_char(*character)))
}
