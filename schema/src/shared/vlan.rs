//! VLAN tags.
