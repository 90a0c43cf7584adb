//! XML while it is being written: its elements with their places, as far as they can be told.

use std::ops::Range;

/// Elements within elements more deeply than this are left out, as the compiler does.
const MAX_DEPTH: usize = 150;

/// An element, or the whole text, which has no name.
#[derive(Debug, Default)]
pub(super) struct TextElement {
    /// The range of its name, in bytes.
    pub name: Range<usize>,
    /// Its opening tag, from `<` on.
    pub tag: Range<usize>,
    /// Whether the opening tag has its `>`.
    pub is_finished: bool,
    /// The attributes, in the order of the text.
    pub attributes: Vec<TextAttribute>,
    /// The elements in it, in the order of the text.
    pub children: Vec<TextElement>,
    /// The ranges of text between its children.
    pub texts: Vec<Range<usize>>,
    /// The offset after its end tag, or where it ends otherwise.
    pub end: usize,
    /// Whether it ends by itself, and not with the element around it or the text.
    pub is_closed: bool,
}

/// An attribute in the text, which may have no value yet.
#[derive(Debug)]
pub(super) struct TextAttribute {
    /// The range of its name, in bytes.
    pub name: Range<usize>,
    /// The range between its quotes, as far as it has a value.
    pub value: Option<Range<usize>>,
}

/// The elements of a text, and the names of those that are open at its end.
#[derive(Debug)]
pub(super) struct ElementTree {
    /// The root of the tree, which stands for the whole text.
    pub document: TextElement,
    /// The names, from the outside in.
    pub open: Vec<Range<usize>>,
    /// The ranges without elements: comments, declarations and CDATA.
    pub hidden: Vec<Range<usize>>,
}

/// The elements of a text that may be half-written: whatever cannot be told is left out.
pub(super) fn parse(text: &str) -> ElementTree {
    let mut parser =
        TagReader { text, at: 0, stack: vec![TextElement::default()], skipped: 0, hidden: Vec::new() };
    while parser.at < text.len() {
        parser.step();
    }
    let open = parser.stack[1..].iter().map(|element| element.name.clone()).collect();
    while parser.stack.len() > 1 {
        parser.close(text.len(), false);
    }
    let mut document = parser.stack.pop().unwrap_or_default();
    document.end = text.len();
    document.is_finished = true;
    ElementTree { document, open, hidden: parser.hidden }
}

/// Whether a character may stand in a name.
pub(super) fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | ':' | '-' | '.')
}

struct TagReader<'t> {
    text: &'t str,
    at: usize,
    /// The open elements, the whole text first.
    stack: Vec<TextElement>,
    /// How many elements are open that lie too deep.
    skipped: usize,
    hidden: Vec<Range<usize>>,
}

impl TagReader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Goes on behind a text, or to the end where there is none.
    fn hide(&mut self, what: &str) {
        let start = self.at;
        self.at = self.rest().find(what).map_or(self.text.len(), |found| self.at + found + what.len());
        self.hidden.push(start..self.at);
    }

    /// The range of the characters that follow, as long as they are of a kind.
    fn while_(&mut self, is_meant: impl Fn(char) -> bool) -> Range<usize> {
        let start = self.at;
        let length = self.rest().find(|other| !is_meant(other)).unwrap_or(self.rest().len());
        self.at += length;
        start..self.at
    }

    fn step(&mut self) {
        let rest = self.rest();
        if !rest.starts_with('<') {
            let text = self.while_(|other| other != '<');
            if let (Some(element), 0) = (self.stack.last_mut(), self.skipped) {
                element.texts.push(text);
            }
        } else if rest.starts_with("<!--") {
            self.hide("-->");
        } else if rest.starts_with("<![CDATA[") {
            self.hide("]]>");
        } else if rest.starts_with("<?") {
            self.hide("?>");
        } else if rest.starts_with("<!") {
            self.hide(">");
        } else if rest.starts_with("</") {
            self.end_tag();
        } else {
            self.start_tag();
        }
    }

    fn end_tag(&mut self) {
        self.at += 2;
        let name = self.while_(is_name);
        self.while_(char::is_whitespace);
        self.at += usize::from(self.rest().starts_with('>'));
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        let (text, end) = (self.text, self.at);
        let named = |element: &TextElement| text[element.name.clone()] == text[name.clone()];
        // Unclosed elements end with the element around them; an end tag without its element is ignored.
        if let Some(at) = self.stack.iter().skip(1).rposition(named) {
            while self.stack.len() > at + 2 {
                self.close(name.start.saturating_sub(2), false);
            }
            self.close(end, true);
        }
    }

    /// Ends the innermost open element at an offset.
    fn close(&mut self, end: usize, is_closed: bool) {
        if let Some(mut element) = self.stack.pop()
            && let Some(holder) = self.stack.last_mut()
        {
            element.end = end;
            element.is_closed = is_closed;
            holder.children.push(element);
        }
    }

    fn start_tag(&mut self) {
        let start = self.at;
        self.at += 1;
        let name = self.while_(is_name);
        let mut element = TextElement { name, ..TextElement::default() };
        let (mut is_finished, mut is_empty) = (false, true);
        loop {
            let before = self.at;
            self.while_(char::is_whitespace);
            match self.rest().chars().next() {
                Some('>') => {
                    self.at += 1;
                    (is_finished, is_empty) = (true, false);
                    break;
                }
                Some('/') if self.rest().starts_with("/>") => {
                    self.at += 2;
                    is_finished = true;
                    break;
                }
                None | Some('<') => break,
                Some(other) if is_name(other) => element.attributes.push(self.attribute()),
                Some(other) => self.at += other.len_utf8(),
            }
            debug_assert!(self.at > before, "each turn takes something");
        }
        element.tag = start..self.at;
        element.is_finished = is_finished;
        element.is_closed = is_finished && is_empty;
        element.end = self.at;
        // One that has no `>` yet holds nothing: what follows stands beside it.
        match (is_empty, self.stack.len() > MAX_DEPTH) {
            (false, true) => self.skipped += 1,
            (false, false) => self.stack.push(element),
            (true, _) => {
                if let Some(holder) = self.stack.last_mut() {
                    holder.children.push(element);
                }
            }
        }
    }

    fn attribute(&mut self) -> TextAttribute {
        let name = self.while_(is_name);
        let behind = self.at;
        self.while_(char::is_whitespace);
        if !self.rest().starts_with('=') {
            self.at = behind;
            return TextAttribute { name, value: None };
        }
        self.at += 1;
        self.while_(char::is_whitespace);
        let Some(quote) = self.rest().chars().next().filter(|quote| matches!(quote, '"' | '\'')) else {
            return TextAttribute { name, value: None };
        };
        self.at += 1;
        // One that is not closed ends with its line or its tag.
        let value = self.while_(|other| other != quote && !matches!(other, '<' | '\n'));
        if self.rest().starts_with(quote) {
            self.at += 1;
        } else {
            let length = self.text[value.clone()].find(['>', '/']).unwrap_or(value.len());
            self.at = value.start + length;
            return TextAttribute { name, value: Some(value.start..self.at) };
        }
        TextAttribute { name, value: Some(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::{TextElement, parse};

    fn shape(text: &str, element: &TextElement) -> String {
        let children: Vec<String> = element.children.iter().map(|child| shape(text, child)).collect();
        let attributes: Vec<&str> =
            element.attributes.iter().map(|attribute| &text[attribute.name.clone()]).collect();
        format!("{}[{}]({})", &text[element.name.clone()], attributes.join(","), children.join(" "))
    }

    #[test]
    fn what_is_half_written_keeps_its_place() {
        for (text, wanted) in [
            ("<a><b x='1'/><c>t</c></a>", "[](a[](b[x]() c[]()))"),
            ("<?xml?><!-- <x> --><a>", "[](a[]())"),
            ("<a><b <c/></a>", "[](a[](b[]() c[]()))"),
            ("<a><b><c></a>", "[](a[](b[](c[]())))"),
            ("<a></x><b/></a>", "[](a[](b[]()))"),
            ("<a><", "[](a[]([]()))"),
            ("<a x y=\"1 z='2'><b/></a>", "[](a[x,y](b[]()))"),
            ("</a>", "[]()"),
        ] {
            assert_eq!(shape(text, &parse(text).document), wanted, "{text}");
        }
        let deep = "<a>".repeat(10_000);
        assert_eq!(parse(&deep).document.children.len(), 1);
    }
}
