//! HTML that is well-formed and escaped by construction: text and values of attributes are escaped wherever they come from,
//! and an element is closed where the closure ends that fills it.

/// Elements that have no end tag.
const VOID: &[&str] = &["meta", "link", "input", "br"];

/// A piece of HTML that grows.
#[derive(Debug, Default)]
pub(crate) struct Html(String);

/// The attributes of an element: names and values.
pub(crate) type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Html {
    /// The text of the piece, as a file holds it.
    pub(crate) fn into_text(self) -> String {
        self.0
    }

    /// Adds an element and fills it.
    pub(crate) fn el(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        fill: impl FnOnce(&mut Html),
    ) {
        self.open(name, attributes);
        if !VOID.contains(&name) {
            fill(self);
            self.0.push_str("</");
            self.0.push_str(name);
            self.0.push('>');
        }
    }

    /// Adds an element that holds a text.
    pub(crate) fn leaf(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.el(name, attributes, |html| html.text(text));
    }

    /// Adds an element that holds prose: a text in which backticks mark code.
    pub(crate) fn prose(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.el(name, attributes, |html| html.marked(text));
    }

    /// Adds a link to a page.
    pub(crate) fn link(&mut self, href: &str, text: &str) {
        self.leaf("a", &[("href", href)], text);
    }

    /// Adds a link whose text is code.
    pub(crate) fn code_link(&mut self, href: &str, code: &str) {
        self.el("a", &[("href", href)], |html| html.leaf("code", &[], code));
    }

    /// Adds text, with all that means something in HTML escaped.
    pub(crate) fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                other => self.0.push(other),
            }
        }
    }

    /// Adds text in which backticks mark code. A backtick without its partner stands for itself.
    pub(crate) fn marked(&mut self, text: &str) {
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('`') {
            let Some((code, after)) = behind.split_once('`') else { break };
            self.text(before);
            self.leaf("code", &[], code);
            rest = after;
        }
        self.text(rest);
    }

    /// Adds a script that is part of this program. It is not escaped, and must not have an end tag in it.
    pub(crate) fn script(&mut self, script: &'static str) {
        self.el("script", &[], |html| html.0.push_str(script));
    }

    /// Adds a line break to the source, which browsers show as a space at most.
    pub(crate) fn line(&mut self) {
        self.0.push('\n');
    }

    /// Adds another piece behind this one.
    pub(crate) fn append(&mut self, other: Html) {
        self.0.push_str(&other.0);
    }

    fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            self.0.push(' ');
            self.0.push_str(attribute);
            if !value.is_empty() {
                self.0.push_str("=\"");
                self.text(value);
                self.0.push('"');
            }
        }
        self.0.push('>');
    }
}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn whatever_is_added_is_escaped() {
        let mut html = Html::default();
        html.prose("p", &[("title", "\"<&>")], "a < `b & <i>` and ` alone");
        let expected =
            "<p title=\"&quot;&lt;&amp;&gt;\">a &lt; <code>b &amp; &lt;i&gt;</code> and ` alone</p>";
        assert_eq!(html.into_text(), expected);
    }
}
