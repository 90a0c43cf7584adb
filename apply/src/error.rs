//! What can go wrong, as text that says what, where and what to do.

use std::fmt;

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
    move |error| format!("cannot {tried}: {}", error.message())
}
