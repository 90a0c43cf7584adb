//! Words that mean something to the compiler: names and values of libvirt's formats, and what else specs are made of.

use std::collections::BTreeSet;

use nixvirt_schema::{KINDS, TableEntry, visit_entries};

/// Words that no table has.
const MORE: &[&str] = &[
    "kind",
    "spec",
    "template",
    "args",
    "definition",
    "children",
    "active",
    "metadata",
    "elem",
    "attrs",
    "body",
    "nixvirt",
    "allow",
    "exact",
    "hooks",
    "volumes",
    "domains",
    "networks",
    "pools",
    "secrets",
    "nwfilters",
    "linux",
    "windows",
    "bridge",
    "name",
    "uuid",
    "count",
    "unit",
    "null",
    "true",
    "false",
    "-1",
    "0",
    "1",
    "255",
    "65536",
    "4294967296",
    "9223372036854775807",
    "18446744073709551616",
    "-9223372036854775808",
    "1e400",
    "0x10",
    "xmlns:a",
    "urn:a",
    "<a/>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "&#x0;",
    "&amp;",
    "\\u0000",
    "\\ud800",
    "\\u202e",
    "let",
    "in",
    "rec",
    "with",
    "inherit",
    "if",
    "then",
    "else",
    "assert",
    "import",
    "builtins",
    "throw",
    "abort",
    "map",
    "toString",
    "lib",
    "mkIf",
    "mkMerge",
    "mkForce",
    "mkDefault",
    "writeXML",
    "getXML",
    "domain",
    "virtualisation",
    "libvirt",
    "connections",
    "templates",
    "config",
    "pkgs",
    "or",
    "//",
    "++",
    "->",
    "''",
    "${",
    "'''",
    "%edit",
    "%hover",
    "%complete",
    "%define",
    "%act",
    "%format",
    "%close",
    "%open",
    "%raw",
    "52:54:00:4f:fd:56",
    "6d8ab6cf-5f3a-5b3d-8a5e-6a3f5b8f6c5f",
    "10.0.0.1",
    "fe80::1",
    "/var/lib/a.qcow2",
    "../..",
];

/// All of them, each once, in an order that does not change.
pub fn all() -> Vec<&'static str> {
    let mut found: BTreeSet<&'static str> = MORE.iter().copied().collect();
    for kind in KINDS {
        found.extend([kind.name, kind.plural]);
        visit_entries(kind.root, &mut |entry| match entry {
            TableEntry::Element(element, _) => {
                found.insert(element.name);
                found.extend(element.text.iter().flat_map(|text| text.format.words()));
            }
            TableEntry::Attribute(_, attribute) => {
                found.insert(attribute.name);
                found.extend(attribute.format.words());
            }
        });
    }
    found.into_iter().collect()
}
