//! The plain values in a spec: attributes and texts, checked against their formats; secrets among them.

use nixvirt_schema::{Format, Scalar};

use crate::diagnostics::Problem;
use crate::document::keys::Plain;
use crate::document::path::Trail;
use crate::document::{AttributeNode, Node, NodeValue};
use crate::read::accept;
use crate::read::mismatch;
use crate::read::spec::Reader;
use crate::secrets;
use crate::source::json::Json;

/// The value of a spec in the place of a scalar.
enum Given<'a> {
    /// There is no value, or `null`.
    Nothing,
    /// A scalar, to be checked against the format.
    Scalar(Scalar<'a>),
    /// Something else, which has been said.
    Wrong,
}

impl Reader<'_> {
    /// Reads a plain value: the node's text, or an attribute to be resolved with the others.
    pub(super) fn read_plain<'a>(
        &mut self,
        node: &mut Node<'a>,
        plain: Plain,
        value: Json<'a>,
        here: &Trail<'_>,
        attributes: &mut Vec<(usize, Scalar<'a>)>,
    ) {
        let element = node.element;
        if let Plain::Attribute(entry) = plain
            && element.attributes[entry].secret
        {
            match secrets::given(&value) {
                Some(secrets::GivenSecret::File(file)) => {
                    return self.secrets.push((secrets::place(self.root, here), file.to_owned()));
                }
                Some(secrets::GivenSecret::Plain) => {
                    let problem = Problem::PlainSecret { name: element.attributes[entry].name };
                    self.report.add(problem, None, || secrets::place(self.root, here));
                }
                None => {}
            }
        }
        match (plain, element.text) {
            (Plain::Attribute(entry), _) if element.attributes[entry].ignored => {
                let problem = Problem::Ignored { name: element.attributes[entry].name, parent: element.name };
                self.report.add(problem, None, || here.path());
            }
            (Plain::Attribute(entry), _) => match self.scalar(&element.attributes[entry].format, value, here)
            {
                Given::Scalar(scalar) => attributes.push((entry, scalar)),
                Given::Wrong => node.attributes.push(AttributeNode { entry, value: NodeValue::WRONG }),
                Given::Nothing => {}
            },
            (Plain::Text, Some(text)) => match self.scalar(&text.format, value, here) {
                Given::Scalar(scalar) => {
                    node.text = Some(accept(&text.format, scalar, self.report, None, || here.path()));
                }
                Given::Wrong => node.text = Some(NodeValue::WRONG),
                Given::Nothing => {}
            },
            (Plain::Text, None) => {}
        }
    }

    /// The scalar that a value is; anything else is said, an empty list is nothing.
    fn scalar<'a>(&mut self, format: &Format, value: Json<'a>, here: &Trail<'_>) -> Given<'a> {
        match value {
            Json::Bool(value) => Given::Scalar(Scalar::Bool(value)),
            Json::Int(value) => Given::Scalar(Scalar::Int(value)),
            Json::Str(text) => Given::Scalar(Scalar::Str(text)),
            Json::Null | Json::Opaque => Given::Nothing,
            Json::List(items) if items.iter().all(|item| *item == Json::Opaque) => Given::Nothing,
            other => {
                self.report.add(mismatch::wrong_scalar(format, &other), None, || here.path());
                Given::Wrong
            }
        }
    }
}
