//! The words that options take.

use clap::ValueEnum;

/// The treatment of attributes and elements that libvirt's formats do not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum UnknownPolicy {
    /// It is an error
    #[default]
    Deny,
    /// It is a warning, and left out
    Warn,
}

/// The language of a spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum To {
    /// A Nix expression
    Nix,
    /// JSON
    Json,
}

/// How problems are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// With the lines around the place
    Human,
    /// `FILE:LINE:COL: CODE: message`, one line each; a warning has `warning: ` before its code
    Short,
    /// A JSON list
    Json,
    /// SARIF 2.1.0, for code hosts
    Sarif,
}

/// Whether to print in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
