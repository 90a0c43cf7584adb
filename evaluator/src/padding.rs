//! Space in long calls, so that the parser takes time linear in them.
//!
//! The parser keeps a table of its nodes with at most three parts. Each time that the table grows, it goes down to the bottom
//! of each of them, and a call of many arguments is a node within a node for each. Where a comment stands in one, that has more
//! parts, and neither it nor what is around it is in the table.

use std::borrow::Cow;

/// The inserted text: two spaces and a comment, each a part of the node.
const PAD: &str = " /**/ ";

/// The places at which space is put into a text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Padding {
    /// The places in the text, in bytes, in order, each with where its space ends in the text that has it.
    places: Vec<(usize, usize)>,
}

impl Padding {
    /// Puts space at a place behind all others.
    pub(crate) fn add(&mut self, place: usize) {
        self.places.push((place, place + (self.places.len() + 1) * PAD.len()));
    }

    /// The first place; nothing where no space is put in.
    pub(crate) fn first(&self) -> Option<usize> {
        self.places.first().map(|(place, _)| *place)
    }

    /// The text with the space in it.
    pub(crate) fn pad<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.places.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut padded = String::with_capacity(text.len() + self.places.len() * PAD.len());
        let mut passed = 0;
        for (place, _) in &self.places {
            padded.push_str(&text[passed..*place]);
            padded.push_str(PAD);
            passed = *place;
        }
        padded.push_str(&text[passed..]);
        Cow::Owned(padded)
    }

    /// Where in the text something is that is at this offset of the text with the space in it.
    pub(crate) fn unpadded(&self, offset: usize) -> usize {
        let before = self.places.partition_point(|(_, end)| *end <= offset);
        let next = self.places.get(before).map_or(usize::MAX, |(place, _)| *place);
        (offset - before * PAD.len()).min(next)
    }
}

#[cfg(test)]
mod tests {
    use super::{PAD, Padding};

    #[test]
    fn places_are_found_again() {
        let text = "f a b c";
        let mut padding = Padding::default();
        assert_eq!(padding.pad(text), text);
        assert_eq!(padding.unpadded(5), 5);
        padding.add(4);
        padding.add(6);
        let padded = padding.pad(text);
        assert_eq!(padded, format!("f a {PAD}b {PAD}c"));
        for word in ["f", "a", "b", "c"] {
            let at = |text: &str| text.find(word).expect("it is there");
            assert_eq!(padding.unpadded(at(&padded)), at(text), "{word}");
            assert_eq!(padding.unpadded(at(&padded) + 1), at(text) + 1, "behind {word}");
        }
        assert_eq!(padding.unpadded(padded.len()), text.len());
    }
}
