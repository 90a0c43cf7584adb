//! What kind of machine is booted: what libvirt's parser needs though its schema does without.

use nixvirt_schema::child_name;
use nixvirt_schema::domain::DOMAIN;

use crate::check::{Holds, Rule, lacks};
use crate::diagnostics::Severity;
use crate::diagnostics::codes::{Code, Example};

pub(super) const RULES: &[&Rule] = &[&OS_MISSING];

static OS_MISSING: Rule = Rule {
    code: Code {
        name: "os-missing",
        severity: Severity::Error,
        summary: "The machine does not say what kind of machine it is.",
        explanation: "libvirt needs `os.type`, mostly `hvm`. Its schema does without, so that this is said of XML; a spec without it \
                      lacks `os`.",
        wrong: Example::Xml("<domain type='kvm'><name>web</name><memory>65536</memory></domain>"),
        right: Example::Xml(
            "<domain type='kvm'><name>web</name><memory>65536</memory><os><type>hvm</type></os></domain>",
        ),
    },
    kind: "domain",
    mirrors: "virDomainDefParseCaps in src/conf/domain_conf.c",
    holds: Holds::Always,
    check: |check| {
        let (os, bootloader) = (child_name!(DOMAIN, "os"), child_name!(DOMAIN, "bootloader"));
        if check.only_schema() && lacks(check.root(), os) && lacks(check.root(), bootloader) {
            let help = "write `<os><type>hvm</type></os>`";
            check.finding(check.root(), None, "the domain needs `os`".to_owned()).help(help).add();
        }
    },
};
