//! References to network filters, which interfaces and filters share.
//!
//! <https://libvirt.org/formatnwfilter.html#references-to-other-filters>; `filterref-node-attributes` in
//! nwfilter_params.rng; `virNWFilterParseParamAttributes` in `src/conf/nwfilter_params.c`.

use crate::Format::{Chars, Pattern};
use crate::{Element, Format, attr, element};

/// A name without colons (`xsd:NCName`).
pub const NC_NAME: Format = Pattern {
    what: "a name of letters, digits, `_`, `-` and `.` that begins with a letter or `_`",
    pattern: "[a-zA-Z_\u{c0}-\u{d6}\u{d8}-\u{f6}\u{f8}-\u{2ff}\u{370}-\u{37d}\u{37f}-\u{1fff}\u{200c}\u{200d}\
        \u{2070}-\u{218f}\u{2c00}-\u{2fef}\u{3001}-\u{d7ff}\u{f900}-\u{fdcf}\u{fdf0}-\u{fffd}]\
        [a-zA-Z0-9_.\u{b7}\u{c0}-\u{d6}\u{d8}-\u{f6}\u{f8}-\u{37d}\u{37f}-\u{1fff}\u{200c}\u{200d}\
        \u{203f}\u{2040}\u{2070}-\u{218f}\u{2c00}-\u{2fef}\u{3001}-\u{d7ff}\u{f900}-\u{fdcf}\u{fdf0}-\u{fffd}-]*",
    example: "clean-traffic",
};

/// A variable of the filter. libvirt's parser passes over one without name or value.
pub static PARAMETER: Element = element("parameter", "A variable of the filter.").attributes(&[
    attr(
        "name",
        Chars { what: "a name of letters, digits and `_`", set: "a-zA-Z0-9_", min: 1, max: usize::MAX },
        "The name of the variable.",
    )
    .by_schema(),
    attr(
        "value",
        Chars {
            what: "a value of letters, digits, `_`, `.` and `:`",
            set: "a-zA-Z0-9_.:",
            min: 1,
            max: usize::MAX,
        },
        "The value of the variable.",
    )
    .by_schema(),
]);
