//! The codes of rules, and the small machine of their examples.

use crate::diagnostics::codes::{self, Code};

/// The code of a rule that libvirt refuses the object for.
pub(super) const fn refused(
    name: &'static str,
    summary: &'static str,
    explanation: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Code {
    codes::error(name, summary, explanation).nix(wrong, right)
}

/// The code of a rule that warns.
pub(super) const fn warned(
    name: &'static str,
    summary: &'static str,
    explanation: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Code {
    refused(name, summary, explanation, wrong, right).warning()
}

/// A small machine with a part of its own, for an example.
macro_rules! machine {
    ($part:literal) => {
        machine!("os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; };", $part)
    };
    ($os:literal, $part:literal) => {
        concat!(
            "{\n  type = \"kvm\"; name = \"web\"; memory = 1048576; vcpu = 2;\n  ",
            $os,
            "\n  ",
            $part,
            "\n}"
        )
    };
}
pub(super) use machine;
