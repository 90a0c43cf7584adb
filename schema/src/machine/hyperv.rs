//! Which of Hyper-V's enlightenments need others.
//!
//! Source: `kvm_hyperv_properties` and `hyperv_handle_properties` in QEMU's `target/i386/kvm/kvm.c`, QEMU 10.

/// The timer that stands for the enlightenment of the clock.
pub const CLOCK: &str = "hypervclock";

/// An enlightenment that needs others.
#[derive(Debug)]
pub struct Enlightenment {
    /// The child of `hyperv`.
    pub name: &'static str,
    /// The children of `hyperv` that it needs, or [`CLOCK`].
    pub needs: &'static [&'static str],
}

/// Every enlightenment that needs others.
pub static ENLIGHTENMENTS: &[Enlightenment] = &[
    Enlightenment { name: "synic", needs: &["vpindex"] },
    Enlightenment { name: "stimer", needs: &["synic", CLOCK] },
    Enlightenment { name: "tlbflush", needs: &["vpindex"] },
    Enlightenment { name: "ipi", needs: &["vpindex"] },
    Enlightenment { name: "evmcs", needs: &["vapic"] },
];
