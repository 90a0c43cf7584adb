//! The children of an element that have been read so far, with the remarks between them.

use crate::document::Node;
use crate::document::remark::Remark;
use crate::source::xml::Pieces;

/// The children of an element that have been read.
#[derive(Default)]
pub(super) struct Read<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// How many there are of each name.
    counts: Vec<(&'static str, usize)>,
    /// Where the last one ends, in bytes.
    pub(super) end: usize,
    /// The remarks that belong to the next one, or, if there is none, to the end of the element.
    pub(super) remarks: Vec<Remark<'a>>,
}

impl<'a> Read<'a> {
    /// Takes a remark that was just read: what ends the line of a child belongs to that child, anything else to the next.
    pub(super) fn remark(&mut self, remark: Remark<'a>, pieces: &Pieces<'_>) {
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
    pub(super) fn next_index(&mut self, name: &'static str) -> usize {
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
