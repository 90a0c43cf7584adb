//! Names, identifiers, descriptions and metadata of a machine.
