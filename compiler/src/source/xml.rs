//! XML as nixvirt reads it: events out of quick-xml, borrowed from the source, with everything refused that libvirt's
//! formats have no use for (document types, entities of one's own, other encodings) and bounds on depth and size.
//!
//! quick-xml takes much that is no XML. What XML 1.0 (5th edition) asks for beyond it is checked here; what Namespaces in
//! XML asks for, in `xml_names.rs`.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::diagnostics::Problem;
use crate::diagnostics::printable::Name;
use crate::document::remark::Remark;
use crate::source::limits::{MAX_DEPTH, too_deep};
use crate::source::xml_characters::{is_char, is_name};
use crate::source::xml_declaration;
use crate::source::xml_tag::{Start, XmlFault};

/// A piece of a document.
#[derive(Clone, Debug)]
pub(crate) enum Piece<'a> {
    /// The start tag of an element.
    Start(Start<'a>),
    /// The element that began last and is still open ends.
    End,
    /// A text, with its references replaced.
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
