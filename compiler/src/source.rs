//! Texts as they are given to nixvirt: JSON and XML, what these formats ask for, and where a part of an object stands.

pub mod json;
pub mod limits;
pub mod locate;
pub mod places;
pub mod way;
pub mod xml;
pub mod xml_characters;
mod xml_declaration;
pub mod xml_names;
