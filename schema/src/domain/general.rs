//! Names and identifiers of a machine, and a container's mapping of users.
//!
//! <https://libvirt.org/formatdomain.html#general-metadata> and `#container-boot`; `domaincontents` and `idmap` in
//! domaincommon.rng; `virDomainDefFormatInternalSetRootName` in `src/conf/domain_conf.c`.

use crate::Format::{Line, Uuid};
use crate::shared::values::{UNSIGNED_INT, UUID_OR_EMPTY};
use crate::{Attribute, Element, attr, child, element, leaf};

/// The schema allows a slash; libvirt refuses it for most hypervisors (`VIR_DOMAIN_DEF_FEATURE_NAME_SLASH`).
pub static NAME: Element = leaf("name", Line, "The name of the machine, unique on its host.").required_text();

/// libvirt makes one up where there is none; ours is made of the name.
pub static UUID: Element = leaf("uuid", Uuid, "The UUID of the machine.");

/// QEMU shows it to the guest in place of the UUID.
pub static HWUUID: Element =
    leaf("hwuuid", Uuid, "The UUID that the guest's hardware shows, where that is not the machine's own.");

/// The empty element, `true` in a spec, asks libvirt for one of its own making.
pub static GENID: Element =
    leaf("genid", UUID_OR_EMPTY, "The generation ID, by which a guest notices that it was copied.").flag();

/// The attributes of one range of user or group ids of a container, and of the host ids that it maps to.
const MAPPING: &[Attribute] = &[
    attr("start", UNSIGNED_INT, "The first identifier in the container.").required(),
    attr("target", UNSIGNED_INT, "The identifier on the host that it stands for.").required(),
    attr("count", UNSIGNED_INT, "How many identifiers are mapped.").required(),
];

static UID: Element =
    element("uid", "Users of the container and what they are on the host.").attributes(MAPPING);
static GID: Element =
    element("gid", "Groups of the container and what they are on the host.").attributes(MAPPING);

/// libvirt's parser wants both kinds, each with an entry that starts at 0, and sorts the entries by `start`
/// (`virDomainIdmapDefParseXML`); its schema does not mind.
pub static IDMAP: Element = element("idmap", "How users and groups of a container map to the host's.")
    .page("formatdomain.html#container-boot")
    .children(&[child(&UID).many(), child(&GID).many()]);
