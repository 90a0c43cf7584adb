//! The codes of what `nixvirt-apply` says is wrong: each with a situation on a host and what to do about it.
//!
//! They are here, and not in `apply/`, so that `nixvirt-compile explain` knows them without linking libvirt. They are not
//! problems of an object's text, so that [`crate::codes::all`] does not have them: no compiler gives them, and no rule of
//! SARIF stands for them. What is wrong with the text of a bundle or definition has the compiler's code there, too.

mod content;
mod objects;
mod run;

pub use self::content::*;
pub use self::objects::*;
pub use self::run::*;
use crate::diagnostics::codes::Code;

/// Writes codes as statics, and lists them.
macro_rules! codes {
    ($all:ident: $($name:ident = $severity:ident $text:literal {
        summary: $summary:literal,
        explanation: $explanation:literal,
        when: $when:literal,
        then: $then:literal $(,)?
    })*) => {
        $(
            #[doc = $summary]
            pub static $name: Code = Code {
                name: $text,
                severity: Severity::$severity,
                summary: $summary,
                explanation: $explanation,
                wrong: Example::Words($when),
                right: Example::Words($then),
            };
        )*
        /// The codes of this file, in its order.
        pub(super) static $all: &[&Code] = &[$(&$name),*];
    };
}
use codes;

/// Every code that only `nixvirt-apply` gives.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [RUN, OBJECTS, CONTENT].into_iter().flatten().copied()
}

/// The code of that name.
pub fn code(name: &str) -> Option<&'static Code> {
    all().find(|code| code.name == name)
}
