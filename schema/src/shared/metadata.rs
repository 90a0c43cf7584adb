//! Title, description and metadata.
