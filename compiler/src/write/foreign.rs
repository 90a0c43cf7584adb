//! Foreign XML as libvirt prints it: with libxml2's `xmlNodeDump`, so that it looks a little different from the rest, with
//! double quotes and no indentation inside an element that holds text.

use crate::document::foreign::{Foreign, ForeignElement};
use crate::write::xml::{escape_foreign, indent};

impl ForeignElement<'_> {
    /// Prints the element as libvirt does.
    pub fn write(&self, out: &mut String, depth: usize, indented: bool) {
        out.push('<');
        out.push_str(&self.name);
        // libxml2 prints namespace declarations before attributes.
        let is_declaration = |name: &str| name == "xmlns" || name.starts_with("xmlns:");
        let (declarations, others): (Vec<_>, Vec<_>) =
            self.attributes.iter().partition(|(name, _)| is_declaration(name));
        for (name, value) in declarations.into_iter().chain(others) {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape_foreign(out, value, true);
            out.push('"');
        }
        if self.body.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        let indented = indented && self.body.iter().all(|piece| !matches!(piece, Foreign::Text(_)));
        for piece in &self.body {
            if indented {
                out.push('\n');
                indent(out, depth + 1);
            }
            match piece {
                Foreign::Text(text) => escape_foreign(out, text, false),
                Foreign::Remark(remark) => out.push_str(&remark.0),
                Foreign::Element(element) => element.write(out, depth + 1, indented),
            }
        }
        if indented {
            out.push('\n');
            indent(out, depth);
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}
