//! What can go wrong, as text that says what, where and what to do.

use std::fmt;

use crate::secrets;

/// Problems, all of those that one run could find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl Problems {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one.
    pub fn add(&mut self, problem: impl Into<String>) {
        self.0.push(problem.into());
    }
}

impl From<String> for Problems {
    fn from(problem: String) -> Problems {
        Problems(vec![problem])
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.join("\n"))
    }
}

/// What libvirt says, with what was tried.
pub fn libvirt(tried: &str) -> impl FnOnce(virt::error::Error) -> String + '_ {
    move |error| format!("cannot {tried}: {}", said(&error))
}

/// What libvirt says, without the secrets that it may repeat. These words come from here and from nowhere else.
#[expect(clippy::disallowed_methods, reason = "secrets are taken out here")]
pub fn said(error: &virt::error::Error) -> String {
    secrets::without(error.message())
}
