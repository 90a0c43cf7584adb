//! Texts as they are given to nixvirt: JSON and XML, what these formats ask for, and where a part of an object stands.

pub(crate) mod json;
pub(crate) mod limits;
pub mod locate;
pub(crate) mod places;
pub(crate) mod way;
pub(crate) mod xml;
pub(crate) mod xml_characters;
mod xml_declaration;
pub(crate) mod xml_foreign;
pub(crate) mod xml_names;
pub(crate) mod xml_tag;
pub(crate) mod xml_text;
