//! Writing a document as canonical XML: byte for byte what libvirt's own formatter prints for that content.
//!
//! `virBufferEscapeString` and `virXMLFormatElement` in libvirt's `src/util`: two spaces a level, single quotes, `/>`
//! on empty elements.

use std::fmt::Write as _;

use nixvirt_schema::{Namespace, Version};

use crate::document::foreign::Foreign;
use crate::document::remark::Remark;
use crate::document::{Node, Valid};

/// The canonical XML of a valid document as a version of libvirt prints it, with a final line break.
pub fn to_xml(document: &Valid<'_>, libvirt: Version) -> String {
    let root = &document.document().root;
    let mut namespaces = Vec::new();
    collect_namespaces(root, &mut namespaces);
    let mut out = String::with_capacity(4096);
    write_node(&mut out, root, 0, &namespaces, libvirt);
    write_lines(&mut out, &document.document().behind, 0);
    out
}

/// The XML of a part of an object, as libvirt's calls for single devices take it. What stands in it was read from XML
/// that libvirt printed or will judge, so that there is nothing to validate.
pub fn fragment(node: &Node<'_>) -> String {
    let mut out = String::new();
    write_node(&mut out, node, 0, &[], Version::NEWEST);
    out
}

/// The namespaces that the root has to declare, in printing order.
fn collect_namespaces(node: &Node<'_>, found: &mut Vec<&'static Namespace>) {
    for child in &node.children {
        match child.element.namespace {
            Some(namespace) if !found.contains(&namespace) => found.push(namespace),
            _ => {}
        }
        collect_namespaces(child, found);
    }
}

fn write_node(
    out: &mut String,
    node: &Node<'_>,
    depth: usize,
    declare: &[&'static Namespace],
    libvirt: Version,
) {
    if let Some(remarks) = &node.remarks {
        write_lines(out, &remarks.before, depth);
    }
    indent(out, depth);
    out.push('<');
    write_name(out, node);
    for attribute in &node.attributes {
        out.push(' ');
        out.push_str(node.attribute_entry(attribute).name);
        out.push_str("='");
        escape(out, &attribute.value.text, true);
        out.push('\'');
    }
    for namespace in declare {
        let _ = write!(out, " xmlns:{}='{}'", namespace.prefix, namespace.uri);
    }
    // As libxml2 prints them.
    for (name, value) in &node.declared {
        let _ = write!(out, " {name}=\"");
        escape_foreign(out, value, true);
        out.push('"');
    }
    let remarks = node.remarks.as_deref();
    let (first, last) = remarks.map_or((&[][..], &[][..]), |remarks| (&remarks.first, &remarks.last));
    let text = node.text.as_ref().map_or("", |text| &text.text);
    // Line breaks in an element that can have a text would be its text.
    let remarks_alone = node.element.text.is_some() && node.children.is_empty() && node.foreign.is_empty();
    match text {
        text if !text.is_empty() || (remarks_alone && !(first.is_empty() && last.is_empty())) => {
            out.push('>');
            first.iter().for_each(|remark| out.push_str(&remark.0));
            escape(out, text, false);
            last.iter().for_each(|remark| out.push_str(&remark.0));
        }
        _ if node.children.is_empty()
            && node.foreign.is_empty()
            && !node.element.end_tag.is_some_and(|versions| versions.contains(libvirt))
            && first.is_empty()
            && last.is_empty() =>
        {
            out.push_str("/>");
            end_line(out, node);
            return;
        }
        _ => {
            out.push_str(">\n");
            write_lines(out, first, depth + 1);
            write_below(out, node, depth + 1, libvirt);
            write_lines(out, last, depth + 1);
            indent(out, depth);
        }
    }
    out.push_str("</");
    write_name(out, node);
    out.push('>');
    end_line(out, node);
}

/// Writes the children and the foreign XML of a node.
fn write_below(out: &mut String, node: &Node<'_>, depth: usize, libvirt: Version) {
    // libvirt does not keep metadata without anything in it.
    let kept = |child: &Node<'_>| !(child.element.foreign && child.foreign.is_empty());
    for child in &node.children {
        match (kept(child), &child.remarks) {
            (true, _) => write_node(out, child, depth, &[], libvirt),
            (false, Some(remarks)) => {
                write_lines(out, &remarks.before, depth);
                write_lines(out, &remarks.after, depth);
            }
            (false, None) => {}
        }
    }
    for piece in &node.foreign {
        match piece {
            Foreign::Element(element) => {
                indent(out, depth);
                element.write(out, depth, true);
                out.push('\n');
            }
            Foreign::Remark(remark) => write_lines(out, std::slice::from_ref(remark), depth),
            Foreign::Text(_) => {}
        }
    }
}

/// Ends the line of an element, with the remarks behind it.
fn end_line(out: &mut String, node: &Node<'_>) {
    for remark in node.remarks.iter().flat_map(|remarks| &remarks.after) {
        out.push(' ');
        out.push_str(&remark.0);
    }
    out.push('\n');
}

/// Writes remarks, each on lines of its own.
fn write_lines(out: &mut String, remarks: &[Remark<'_>], depth: usize) {
    for remark in remarks {
        indent(out, depth);
        out.push_str(&remark.0);
        out.push('\n');
    }
}

fn write_name(out: &mut String, node: &Node<'_>) {
    if let Some(namespace) = node.element.namespace {
        out.push_str(namespace.prefix);
        out.push(':');
    }
    out.push_str(node.element.name);
}

/// Two spaces a level.
pub(crate) fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// Escapes text as libvirt does. A line break or tab in an attribute, which libvirt prints raw so that the next reader
/// turns it into a space, becomes a character reference: nothing is lost.
fn escape(out: &mut String, text: &str, in_attribute: bool) {
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        let reference = match byte {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'\'' => "&apos;",
            b'"' => "&quot;",
            b'\n' if in_attribute => "&#10;",
            b'\t' if in_attribute => "&#9;",
            b'\r' => "&#13;",
            _ => continue,
        };
        out.push_str(&text[start..at]);
        out.push_str(reference);
        start = at + 1;
    }
    out.push_str(&text[start..]);
}

/// Escapes text as libxml2 does, for foreign XML.
pub(crate) fn escape_foreign(out: &mut String, text: &str, in_attribute: bool) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\n' if in_attribute => out.push_str("&#10;"),
            '\t' if in_attribute => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}
