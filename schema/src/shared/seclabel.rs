//! Security labels: of a domain, and those that override it for one device.
//!
//! <https://libvirt.org/formatdomain.html#security-label>; `seclabel` and `devSeclabel` in domaincommon.rng.

use crate::Format::{Choice, Text, YesNo};
use crate::{Attribute, Child, Element, Relation, attr, child, element, leaf, rule};

const PAGE: &str = "formatdomain.html#security-label";

const MODEL: Attribute = attr("model", Text, "The security driver: `selinux`, `apparmor` or `dac`.")
    .default_in_words(
        "the host's first security driver",
        "virSecurityManagerGenLabel in src/security/security_manager.c",
    );

static LABEL: Element = leaf("label", Text, "The label itself.");
static BASE_LABEL: Element = leaf("baselabel", Text, "The label that a dynamic one is built from.");
static IMAGE_LABEL: Element =
    leaf("imagelabel", Text, "The label of the machine's images; libvirt fills it in.");

/// The label of a whole domain.
pub static SECLABEL: Element = element("seclabel", "How the machine's process is confined.")
    .page(PAGE)
    .attributes(&[
        attr("type", Choice(&["dynamic", "static", "none"]), "Where the label comes from.")
            .default_in_words(
                "dynamic, or none where the model is none",
                "virSecurityLabelDefParseXML in src/conf/domain_conf.c",
            )
            .words(&[
                ("dynamic", "libvirt makes one up, so that no two guests have the same"),
                ("static", "it is given in `label`"),
                ("none", "there is none: the machine is not confined"),
            ])
            .implied("dynamic"),
        MODEL,
        attr("relabel", Choice(&["yes"]), "Whether files are relabelled; a dynamic label needs it.")
            .default("yes", "virSecurityLabelDefParseXML in src/conf/domain_conf.c")
            .words(&[("yes", "the machine's files get its label when it starts")])
            .when("type", &["dynamic"]),
        attr("relabel", YesNo, "Whether files are relabelled.")
            .default("no", "virSecurityLabelDefParseXML in src/conf/domain_conf.c")
            .when("type", &["static"]),
        attr("relabel", Choice(&["no"]), "Whether files are relabelled; without a label they are not.")
            .default("no", "virSecurityLabelDefParseXML in src/conf/domain_conf.c")
            .words(&[("no", "files keep their labels")])
            .when("type", &["none"]),
    ])
    .children(&[
        child(&LABEL).when("type", &["dynamic"]).live(),
        child(&LABEL).required().when("type", &["static"]),
        child(&IMAGE_LABEL).when("type", &["dynamic", "static"]).live(),
        child(&BASE_LABEL).when("type", &["dynamic"]),
    ]);

/// The label of one device, where it differs (`devSeclabel`; `virSecurityDeviceLabelDefFormat`).
static DEVICE_SECLABEL: Element =
    element("seclabel", "How this file or device is labelled, unlike the rest.")
        .page(PAGE)
        .attributes(&[
            MODEL,
            attr("labelskip", Choice(&["yes"]), "Whether labelling was skipped; libvirt fills it in.")
                .words(&[("yes", "it was, as the storage takes no labels")])
                .without("relabel"),
            attr("relabel", YesNo, "Whether it is relabelled.").default_in_words(
                "yes, where there is a label",
                "virSecurityDeviceLabelDefParseXML in src/conf/domain_conf.c",
            ),
        ])
        .children(&[
            child(&LABEL).many().by_schema().without("labelskip").without("relabel"),
            child(&LABEL).many().required().when("relabel", &["yes"]),
        ])
        .rules(&[rule(Relation::AtMostOne(&["@labelskip", "@relabel"]))]);

/// The labels of one device.
pub const DEVICE_SECLABELS: Child = child(&DEVICE_SECLABEL).many();
