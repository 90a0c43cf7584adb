//! The filter binding format: which network filter an interface of a machine has. libvirt makes and prints it; nobody
//! declares it.
//!
//! <https://libvirt.org/formatnwfilter.html>; nwfilterbinding.rng; `virNWFilterBindingDefFormatBuf` in
//! `src/conf/virnwfilterbindingdef.c`.

use crate::Format::Text;
use crate::domain::devices::interface::FILTERREF;
use crate::networkport::{MAC, OWNER};
use crate::{Element, attr, child, element};

static PORT: Element = element("portdev", "The interface that the filter is for.").attributes(&[attr(
    "name",
    Text,
    "The name of the interface on the host.",
)
.required()]);
static LINK: Element = element("linkdev", "The interface that it is linked to.").attributes(&[attr(
    "name",
    Text,
    "The name of the interface on the host.",
)
.required()]);
static BACKEND: Element =
    element("backend", "What filters.")
        .attributes(&[attr("name", Text, "The name of the backend.").required()]);

/// A binding of a filter to an interface.
pub static FILTER_BINDING: Element = element("filterbinding", "The filter that an interface has.")
    .page("formatnwfilter.html#usage-of-variables-in-filters")
    .children(&[
        child(&OWNER).required(),
        child(&PORT).required(),
        child(&LINK),
        child(&MAC).required(),
        child(&FILTERREF).required(),
        child(&BACKEND).since("12.8.0"),
    ]);
