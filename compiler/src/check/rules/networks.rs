//! Networks: what each forward mode allows.

mod forwarding;
mod mode;
mod parts;

use crate::check::Rule;

pub(super) const RULES: &[&Rule] = &[
    &forwarding::FORWARD_BRIDGE_AND_DEV,
    &forwarding::FORWARD_DEV,
    &forwarding::FORWARD_DEVICES,
    &forwarding::FORWARD_WITHOUT_ADDRESS,
    &forwarding::NAT_IN_MODE,
    &parts::NETWORK_ADDRESS_IN_MODE,
    &parts::NETWORK_MAC_IN_MODE,
    &parts::NETWORK_PART_IN_MODE,
    &parts::PORTGROUP_TWICE,
    &parts::VLAN_ON_NETWORK,
];
