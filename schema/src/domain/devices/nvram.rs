//! The NVRAM device of a pSeries guest.
//!
//! <https://libvirt.org/formatdomain.html#nvram-device>; `nvram` in domaincommon.rng; `virDomainNVRAMDefFormat` in
//! `src/conf/domain_conf.c`.

use crate::shared::address::ADDRESS_CHILD;
use crate::{Element, element};

/// `nvram`: the NVRAM device of a pSeries guest. (The file with UEFI's variables is `os.nvram`.)
pub static NVRAM: Element = element("nvram", "The NVRAM of a pSeries guest.")
    .page("formatdomain.html#nvram-device")
    .children(&[ADDRESS_CHILD]);
