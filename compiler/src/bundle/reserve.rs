//! Addresses that a network keeps for domains: read from its entry, and put into its spec.

use std::borrow::Cow;

use nixvirt_schema::network::NETWORK;
use nixvirt_schema::way;

use crate::bundle::format::RESERVATIONS;
use crate::document::path::PathStep;
use crate::link::{DhcpHost, ReservedAddress};
use crate::source::json::Json;

/// The addresses that an entry keeps for domains. What is not of the format has been reported.
pub fn reserved_addresses(value: &Json<'_>) -> Vec<ReservedAddress> {
    let (Json::Set(entries) | Json::Open(entries)) = value else { return Vec::new() };
    let step = |key: &str| PathStep { key: key.to_owned(), index: None };
    let found = entries.iter().filter_map(|(domain, address)| {
        let way = vec![step(RESERVATIONS), step(domain)];
        Some(ReservedAddress {
            domain: domain.clone().into_owned(),
            address: address.as_str()?.to_owned(),
            way,
        })
    });
    found.collect()
}

const fn last(way: &[&'static str]) -> &'static str {
    way[way.len() - 1]
}

const DHCP: &str = last(way!(NETWORK, "ip", "dhcp"));
const HOST: &str = last(way!(NETWORK, "ip", "dhcp", "host"));
const MAC: &str = last(way!(NETWORK, "ip", "dhcp", "host", "mac"));
const NAME: &str = last(way!(NETWORK, "ip", "dhcp", "host", "name"));
const ADDRESS: &str = last(way!(NETWORK, "ip", "dhcp", "host", "ip"));

/// Puts reservations into the spec of a network.
pub(super) fn put(spec: &mut Json<'_>, hosts: &[DhcpHost]) {
    for host in hosts {
        let Some((_, subnet)) = host.subnet.split_last() else { continue };
        let ip = subnet.iter().try_fold(&mut *spec, |holder, step| value_at(holder, step));
        let Some(Json::Set(ip)) = ip else { continue };
        let Some(Json::Set(dhcp)) = first(entry(ip, DHCP)) else { continue };
        let text = |text: String| Json::Str(Cow::Owned(text));
        let name = host.name.clone().map(|name| (Cow::Borrowed(NAME), text(name)));
        let fields = [
            (Cow::Borrowed(MAC), text(host.mac.clone())),
            (Cow::Borrowed(ADDRESS), text(host.address.to_string())),
        ];
        let made = Json::Set(fields.into_iter().chain(name).collect());
        match entry(dhcp, HOST) {
            Json::List(hosts) => hosts.push(made),
            none @ Json::Null => *none = Json::List(vec![made]),
            only => *only = Json::List(vec![std::mem::replace(only, Json::Null), made]),
        }
    }
}

/// The value of a step of a path.
fn value_at<'j, 'a>(holder: &'j mut Json<'a>, step: &PathStep) -> Option<&'j mut Json<'a>> {
    let Json::Set(fields) = holder else { return None };
    match fields.iter_mut().find(|(key, _)| *key == step.key).map(|(_, value)| value)? {
        Json::List(items) => items.get_mut(step.index.unwrap_or(0)),
        value => Some(value),
    }
}

/// The value of a key, which is added where it is missing.
fn entry<'j, 'a>(fields: &'j mut Vec<(Cow<'a, str>, Json<'a>)>, key: &'static str) -> &'j mut Json<'a> {
    let at = fields.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
        fields.push((Cow::Borrowed(key), Json::Null));
        fields.len() - 1
    });
    &mut fields[at].1
}

/// The only element of its name, which may stand in a list, and is made where there is none.
fn first<'j, 'a>(value: &'j mut Json<'a>) -> Option<&'j mut Json<'a>> {
    if matches!(value, Json::Null) || matches!(value, Json::List(items) if items.is_empty()) {
        *value = Json::Set(Vec::new());
    }
    match value {
        Json::List(items) => items.first_mut(),
        value => Some(value),
    }
}
