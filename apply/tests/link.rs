//! Problems between objects, compared with a real libvirtd: it refuses the second object of each error, and takes the
//! others. right, it takes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::io::Write;

use nixvirt_compiler::{Around, CompileOptions, Severity, compile_bundle, parse_json};
use serde_json::json;
use support::Daemon;
use virt::connect::Connect;

const ONE: &str = "11111111-2222-3333-4444-555555555551";
const OTHER: &str = "11111111-2222-3333-4444-555555555552";

/// Two objects of a kind, and whether the second one is refused for the first.
struct Case {
    plural: &'static str,
    what: String,
    one: String,
    other: String,
    code: Option<&'static str>,
}

fn case(
    plural: &'static str,
    code: Option<&'static str>,
    form: impl Fn(&str, &str, &str) -> String,
    [one, other]: [(&str, &str, &str); 2],
) -> Case {
    let make = |(name, uuid, more): (&str, &str, &str)| form(name, uuid, more);
    Case {
        plural,
        what: format!("{plural} {code:?} {one:?} {other:?}"),
        one: make(one),
        other: make(other),
        code,
    }
}

fn cases() -> Vec<Case> {
    let network = |name: &str, uuid: &str, more: &str| {
        format!("<network><name>{name}</name><uuid>{uuid}</uuid>{more}</network>")
    };
    let pool = |name: &str, uuid: &str, more: &str| {
        let (kind, more) = more.split_once(' ').unwrap();
        format!("<pool type='{kind}'><name>{name}</name><uuid>{uuid}</uuid>{more}</pool>")
    };
    let secret = |_: &str, uuid: &str, more: &str| format!("<secret><uuid>{uuid}</uuid>{more}</secret>");
    let filter =
        |name: &str, uuid: &str, _: &str| format!("<filter name='{name}'><uuid>{uuid}</uuid></filter>");
    let domain = |name: &str, uuid: &str, _: &str| {
        format!(
            "<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid><memory>65536</memory>\
             <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>"
        )
    };
    let (name, uuid) = (Some("name-twice"), Some("uuid-twice"));
    let (bridge, place) = (Some("network-bridge-twice"), Some("pool-place-twice"));
    let br = |mode: &str, address: &str| format!("<forward mode='{mode}'/><bridge name='virbr7'/>{address}");
    let ip = |net: u8| format!("<ip address='10.7.{net}.1' prefix='24'/>");
    let bridged = |mode: &str, code| {
        let [one, other] =
            [1, 2].map(|net| br(mode, &if mode == "bridge" { String::new() } else { ip(net) }));
        case("networks", code, network, [("a", ONE, &one), ("b", OTHER, &other)])
    };
    let pools =
        |code, one: &str, other: &str| case("pools", code, pool, [("a", ONE, one), ("b", OTHER, other)]);
    let dir = |path: &str| format!("dir <target><path>{path}</path></target>");
    let nfs = |host: &str, path: &str| {
        format!(
            "netfs <source><host name='{host}'/><dir path='{path}'/><format type='nfs'/></source>\
             <target><path>/mnt</path></target>"
        )
    };
    let device = |kind: &str, path: &str, format: &str| {
        format!(
            "{kind} <source><device path='{path}'/><format type='{format}'/></source><target><path>/mnt</path></target>"
        )
    };
    let iscsi = |initiator: &str| {
        format!(
            "iscsi <source><host name='san'/><device path='iqn.2013-06.com.example:pool'/>{initiator}</source>\
             <target><path>/dev/disk/by-path</path></target>"
        )
    };
    let asking =
        |name: &str| iscsi(&format!("<initiator><iqn name='iqn.2013-06.com.example:{name}'/></initiator>"));
    let gluster = |name: &str, dir: &str| {
        format!("gluster <source><host name='nas'/><dir path='{dir}'/><name>{name}</name></source>")
    };
    let usage = |kind: &str, name: &str| format!("<usage type='{kind}'><name>{name}</name></usage>");
    let two_uses =
        |code, one: &str, other: &str| case("secrets", code, secret, [("", ONE, one), ("", OTHER, other)]);
    vec![
        case("networks", name, network, [("a", ONE, ""), ("a", OTHER, "")]),
        case("networks", uuid, network, [("a", ONE, ""), ("b", ONE, "")]),
        case("networks", None, network, [("a", ONE, ""), ("b", OTHER, "")]),
        case("domains", name, domain, [("a", ONE, ""), ("a", OTHER, "")]),
        case("domains", uuid, domain, [("a", ONE, ""), ("b", ONE, "")]),
        case("domains", None, domain, [("a", ONE, ""), ("b", OTHER, "")]),
        case("nwfilters", name, filter, [("a", ONE, ""), ("a", OTHER, "")]),
        case("nwfilters", uuid, filter, [("a", ONE, ""), ("b", ONE, "")]),
        case("pools", name, pool, [("a", ONE, &dir("/x")), ("a", OTHER, &dir("/y"))]),
        case("pools", uuid, pool, [("a", ONE, &dir("/x")), ("b", ONE, &dir("/y"))]),
        case(
            "networks",
            bridge,
            network,
            [("a", ONE, "<bridge name='virbr7'/>"), ("b", OTHER, "<bridge name='virbr7'/>")],
        ),
        bridged("nat", bridge),
        bridged("route", bridge),
        bridged("open", bridge),
        bridged("bridge", None),
        pools(place, &dir("/srv/x"), &dir("/srv/x")),
        pools(place, &dir("/srv/x"), &dir("/srv//x/")),
        pools(None, &dir("/srv/x"), &dir("//srv/x")),
        pools(None, &dir("/srv/x"), &dir("/srv/y")),
        pools(place, &nfs("nas", "/a"), &nfs("nas", "/a")),
        pools(None, &nfs("nas", "/a"), &nfs("nas", "/b")),
        pools(None, &nfs("nas", "/a"), &nfs("other", "/a")),
        pools(None, &dir("/mnt"), &nfs("nas", "/a")),
        pools(place, &device("fs", "/dev/vdx", "ext4"), &device("disk", "/dev/vdx", "gpt")),
        pools(None, &device("fs", "/dev/vdx", "ext4"), &device("fs", "/dev/vdy", "ext4")),
        pools(place, &iscsi(""), &iscsi("")),
        pools(place, &asking("one"), &asking("one")),
        pools(None, &asking("one"), &asking("two")),
        pools(place, &gluster("v", "/"), &gluster("v", "/")),
        pools(None, &gluster("v", "/"), &gluster("w", "/")),
        two_uses(Some("secret-usage-twice"), &usage("ceph", "a"), &usage("ceph", "a")),
        two_uses(None, &usage("ceph", "a"), &usage("ceph", "b")),
        two_uses(None, &usage("ceph", "a"), &usage("tls", "a")),
    ]
}

/// Defines an object; gives what takes it away again.
fn define(host: &Connect, plural: &str, xml: &str) -> Result<Box<dyn FnOnce()>, virt::error::Error> {
    Ok(match plural {
        "domains" => {
            let made = host.define_domain_xml(xml)?;
            Box::new(move || made.undefine().unwrap())
        }
        "networks" => {
            let made = host.define_network_xml(xml)?;
            Box::new(move || made.undefine().unwrap())
        }
        "pools" => {
            let made = host.define_storage_pool_xml(xml, 0)?;
            Box::new(move || made.undefine().unwrap())
        }
        "secrets" => {
            let made = host.define_secret_xml(xml, 0)?;
            Box::new(move || made.undefine().unwrap())
        }
        _ => {
            let made = host.define_nwfilter_xml(xml)?;
            Box::new(move || made.undefine().unwrap())
        }
    })
}

/// The codes of the errors that the compiler finds between two objects.
fn found(case: &Case) -> Vec<&'static str> {
    let bundle = json!({ case.plural: [{ "definition": "one" }, { "definition": "other" }] }).to_string();
    let read =
        |path: &str| Some(if path == "one" { case.one.clone() } else { case.other.clone() }.into_bytes());
    let around = Around { folder: "", from: None, read: &read };
    let options = CompileOptions::DEFAULT;
    let found = compile_bundle(parse_json(bundle.as_bytes()).unwrap().value, options, &around);
    let found = found.map_or_else(|found| found, |(_, warnings)| warnings);
    let errors = found.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| found.problem.code().name).collect()
}

#[test]
fn libvirt_refuses_what_is_an_error_between_two_objects_and_nothing_else() {
    let Some(daemon) = Daemon::start() else { return };
    let host = daemon.connect();
    let mut faults = Vec::new();
    for case in cases() {
        let expected: Vec<&str> = case.code.into_iter().collect();
        let said = found(&case);
        if said != expected {
            faults.push(format!("{}: the compiler says {said:?}", case.what));
        }
        let first = match define(&host, case.plural, &case.one) {
            Ok(first) => first,
            // Distributions have the drivers of some storage in packages of their own.
            Err(error) if nixvirt_apply::error::said(&error).contains("missing backend") => {
                let _ = writeln!(
                    std::io::stderr().lock(),
                    "SKIPPED: {}: {}",
                    case.what,
                    nixvirt_apply::error::said(&error)
                );
                continue;
            }
            Err(error) => panic!("{}: libvirt refuses the first one: {error}", case.what),
        };
        match (define(&host, case.plural, &case.other), case.code) {
            (Ok(second), code) => {
                second();
                if code.is_some() {
                    faults.push(format!("{}: libvirt takes it", case.what));
                }
            }
            (Err(_), Some(_)) => {}
            (Err(error), None) => faults.push(format!("{}: libvirt says {error}", case.what)),
        }
        first();
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
