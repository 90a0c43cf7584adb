//! Device leases: what a lock manager holds for the machine.
//!
//! <https://libvirt.org/formatdomain.html#device-leases>; `lease` in domaincommon.rng; `virDomainLeaseDefFormat` in
//! `src/conf/domain_conf.c`.
//!
//! libvirt's schema takes an empty lockspace, key and path, its parser does not.

use crate::Format::Text;
use crate::shared::values::UNSIGNED_INT;
use crate::{Element, attr, child, element, leaf};

static LOCKSPACE: Element = leaf("lockspace", Text, "The lockspace that holds the key.");
static KEY: Element = leaf("key", Text, "The key of the lease.");
static TARGET: Element = element("target", "Where the lock manager keeps the lease.").attributes(&[
    attr("path", Text, "The file of the lockspace.").required(),
    attr("offset", UNSIGNED_INT, "Where in the file the lease is."),
]);

/// `lease`: a lease that the lock manager holds while the machine runs.
pub static LEASE: Element = element("lease", "A lease that the lock manager holds while the machine runs.")
    .page("formatdomain.html#device-leases")
    .children(&[child(&LOCKSPACE).required(), child(&KEY).required(), child(&TARGET).required()]);
