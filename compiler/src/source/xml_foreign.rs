//! Foreign XML, of which nothing is known but that it is XML.

use std::borrow::Cow;

use crate::diagnostics::Problem;
use crate::diagnostics::printable::Name;
use crate::document::foreign::{Foreign, ForeignElement};
use crate::source::xml::{Piece, Pieces, check_depth};
use crate::source::xml_characters::is_blank;
use crate::source::xml_tag::{Start, XmlFault};
use crate::source::xml_text::text_of;

impl<'a> Pieces<'a> {
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

/// Adds text to what came before it.
fn push_text<'a>(body: &mut Vec<Foreign<'a>>, text: Cow<'a, str>) {
    match body.last_mut() {
        Some(Foreign::Text(before)) => before.to_mut().push_str(&text),
        _ => body.push(Foreign::Text(text)),
    }
}
