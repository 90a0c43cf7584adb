//! The attributes and children that the schema has for an element of XML, given the rest of the XML.

use std::borrow::Cow;

use nixvirt_schema::Kind;

use crate::assist::offer::{attributes, of_child, text};
use crate::assist::part::Offer;
use crate::diagnostics::report::{Policy, Report};
use crate::document::Node;
use crate::document::scope::Scope;
use crate::read::xml;

/// The key of an [`Offer`] that stands for the text of an element.
pub const TEXT: &str = "#";

/// The attributes, the text and the children that may stand in the element that begins at an offset of XML; nothing where the
/// XML is not well-formed, or the schema does not have the element. Each is called as in XML; the text is called [`TEXT`].
pub fn offers_in_xml(source: &[u8], kind: Option<&'static Kind>, offset: usize) -> Vec<Offer> {
    let mut report = Report::new(Policy::Libvirt);
    let Some(document) = xml::read(source, kind, &mut report) else { return Vec::new() };
    let root = &document.root;
    seek(&Scope::of(root, None), root.element.page, offset).unwrap_or_default()
}

/// Looks for the element at an offset, and lists what it may have.
fn seek(scope: &Scope<'_, '_>, page: &'static str, offset: usize) -> Option<Vec<Offer>> {
    let node = scope.node;
    if node.offset == Some(offset) {
        return Some(list(scope, page));
    }
    let before = |child: &&Node<'_>| child.offset.is_some_and(|start| start <= offset);
    // The children are in printing order, and not in that of the text.
    let child = node.children.iter().filter(before).max_by_key(|child| child.offset)?;
    seek(&Scope::of(child, Some(scope)), child.element.page_within(page), offset)
}

fn list(scope: &Scope<'_, '_>, page: &'static str) -> Vec<Offer> {
    let children = scope.node.element.children.iter();
    let children = children.map(|child| of_child(scope, child, Cow::Borrowed(child.element.name), page));
    attributes(scope, page).chain(text(scope, page, |_| TEXT)).chain(children).collect()
}

#[cfg(test)]
mod tests {
    use super::{TEXT, offers_in_xml};
    use crate::assist::part::Fit;

    #[test]
    fn what_the_rest_of_the_xml_rules_out_does_not_fit() {
        let xml = "<domain type='kvm'><devices><disk type='block'><source/></disk></devices></domain>";
        let found = offers_in_xml(xml.as_bytes(), None, xml.find("<source").expect("the element"));
        let fit = |name: &str| found.iter().find(|offer| offer.key == name).map(|offer| offer.fit);
        assert_eq!((fit("dev"), fit("file")), (Some(Fit::Yes), Some(Fit::No)));
        let found = offers_in_xml(xml.as_bytes(), None, 0);
        assert!(found.iter().any(|offer| offer.key == "type" && offer.given), "{found:?}");
        assert!(found.iter().any(|offer| offer.key == "devices" && offer.given), "{found:?}");
        assert!(offers_in_xml(b"<domain><name>", None, 0).is_empty());
        let xml = "<pool type='dir'><name>a</name></pool>";
        let found = offers_in_xml(xml.as_bytes(), None, xml.find("<name").expect("the element"));
        assert_eq!(found.iter().map(|offer| &*offer.key).collect::<Vec<_>>(), [TEXT]);
    }
}
