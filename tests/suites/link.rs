//! The objects of one host together: each finder on both of its sides, the places that are shown, and how a finding is
//! silenced. The examples of the codes are held by the suite `codes`; that libvirt refuses what is an error, by the suite `link`
//! of the apply step.

use nixvirt_compiler::{Around, CompileOptions, Diagnostic, Severity, compile_bundle, parse_json};
use nixvirt_tests::command::{Dir, domain};
use serde_json::{Value, json};

/// The problems between the objects of a bundle.
fn said(bundle: &Value) -> Vec<Diagnostic> {
    let source = bundle.to_string();
    let bundle = parse_json(source.as_bytes()).expect("JSON").value;
    compile_bundle(bundle, CompileOptions::DEFAULT, &Around::NOTHING)
        .map_or_else(|found| found, |(_, warnings)| warnings)
}

/// The codes of what is said of a bundle.
fn codes(bundle: &Value) -> Vec<&'static str> {
    // What libvirt's schema alone misses is no matter of other objects.
    let codes = said(bundle).into_iter().map(|found| found.problem.code().name);
    codes.filter(|code| *code != "missing").collect()
}

/// A bundle of domains that run, with these devices.
fn running(devices: &[Value]) -> Value {
    let numbered = devices.iter().enumerate();
    let domains: Vec<Value> = numbered
        .map(|(index, devices)| json!({ "active": true, "spec": domain(&format!("vm{index}"), devices.clone()) }))
        .collect();
    json!({ "domains": domains })
}

fn network(name: &str, more: Value) -> Value {
    let mut spec = json!({ "name": name });
    for (key, value) in more.as_object().expect("a set") {
        spec[key] = value.clone();
    }
    json!({ "spec": spec })
}

fn pool(name: &str, more: Value) -> Value {
    network(name, more)
}

#[test]
fn what_only_one_of_two_that_run_can_have() {
    let disk = |source: Value, more: Value| {
        let mut disk = json!({ "source": source, "target": { "dev": "vda" } });
        for (key, value) in more.as_object().expect("a set") {
            disk[key] = value.clone();
        }
        json!({ "disk": [disk] })
    };
    let file = |path: &str| disk(json!({ "file": path }), json!({}));
    let vnc = |port: i64, listen: &str| {
        json!({ "graphics": [{ "type": "vnc", "port": port, "listen": { "type": "address", "address": listen },
            "passwd": "x" }] })
    };
    let serial = |mode: &str| {
        let source = json!({ "mode": mode, "host": "127.0.0.1", "service": "4555" });
        json!({ "serial": [{ "type": "tcp", "source": source, "protocol": { "type": "raw" } }] })
    };
    let pci = |slot: u8| {
        let address = json!({ "domain": 0, "bus": 3, "slot": slot, "function": 0 });
        json!({ "hostdev": [{ "mode": "subsystem", "type": "pci", "managed": true, "source": { "address": address } }] })
    };
    let usb = |vendor: u16| {
        let source = json!({ "vendor": { "id": vendor }, "product": { "id": 1 } });
        json!({ "hostdev": [{ "mode": "subsystem", "type": "usb", "source": source }] })
    };
    let nic = |mac: &str| json!({ "interface": [{ "type": "user", "mac": { "address": mac } }] });
    let cid = |cid: Value| json!({ "vsock": { "cid": cid } });
    let cases: [(&str, Value, Value, bool); 21] = [
        ("image-in-use-twice", file("/a.img"), file("/a.img"), true),
        ("image-in-use-twice", file("/a.img"), file("/b.img"), false),
        (
            "image-in-use-twice",
            file("/a.img"),
            disk(json!({ "file": "/a.img" }), json!({ "readonly": true })),
            false,
        ),
        (
            "image-in-use-twice",
            file("/a.img"),
            disk(json!({ "file": "/a.img" }), json!({ "shareable": true })),
            false,
        ),
        (
            "image-in-use-twice",
            file("/a.iso"),
            json!({ "disk": [{ "device": "cdrom", "source": { "file": "/a.iso" }, "target": { "dev": "sda", "bus": "sata" } }] }),
            false,
        ),
        ("port-in-use-twice", vnc(5901, "127.0.0.1"), vnc(5901, "127.0.0.1"), true),
        ("port-in-use-twice", vnc(5901, "127.0.0.1"), vnc(5901, "0.0.0.0"), true),
        ("port-in-use-twice", vnc(5901, "0.0.0.0"), vnc(5901, "127.0.0.1"), true),
        ("port-in-use-twice", vnc(5901, "127.0.0.1"), vnc(5901, "127.0.0.2"), false),
        ("port-in-use-twice", vnc(5901, "127.0.0.1"), vnc(5902, "127.0.0.1"), false),
        ("port-in-use-twice", vnc(-1, "127.0.0.1"), vnc(-1, "127.0.0.1"), false),
        ("port-in-use-twice", serial("bind"), serial("bind"), true),
        ("port-in-use-twice", serial("bind"), serial("connect"), false),
        ("host-device-in-use-twice", pci(1), pci(1), true),
        ("host-device-in-use-twice", pci(1), pci(2), false),
        ("host-device-in-use-twice", usb(0x1234), usb(0x1234), true),
        ("host-device-in-use-twice", usb(0x1234), usb(0x1235), false),
        ("mac-in-use-twice", nic("52:54:00:00:00:0A"), nic("52:54:00:00:00:0a"), true),
        ("mac-in-use-twice", nic("52:54:00:00:00:0a"), nic("52:54:00:00:00:0b"), false),
        ("vsock-cid-in-use-twice", cid(json!({ "address": 7 })), cid(json!({ "address": 7 })), true),
        (
            "vsock-cid-in-use-twice",
            cid(json!({ "address": 7 })),
            cid(json!({ "address": 7, "auto": true })),
            false,
        ),
    ];
    for (code, one, other, twice) in cases {
        let mut bundle = running(&[one.clone(), other.clone()]);
        assert_eq!(codes(&bundle).contains(&code), twice, "{bundle}: {:?}", said(&bundle));
        // As long as one of them rests, there is nothing to say.
        for active in [json!(false), json!(null)] {
            bundle["domains"][1]["active"] = active;
            assert!(!codes(&bundle).contains(&code), "{bundle}");
        }
        // And what one machine has twice is its own business.
        let alone = running(&[one]);
        assert!(!codes(&alone).contains(&code), "{alone}");
    }
}

#[test]
fn a_volume_and_the_path_of_its_file_are_one_image() {
    let by_path =
        json!({ "disk": [{ "source": { "file": "/srv/images/web" }, "target": { "dev": "vda" } }] });
    let by_name = json!({ "disk": [
        { "type": "volume", "source": { "pool": "images", "volume": "web" }, "target": { "dev": "vda" } }
    ] });
    let mut bundle = running(&[by_path, by_name]);
    assert_eq!(codes(&bundle), [""; 0]);
    bundle["pools"] = json!([pool("images", json!({ "type": "dir", "target": { "path": "/srv/images/" } }))]);
    assert_eq!(codes(&bundle), ["image-in-use-twice"]);
}

#[test]
fn names_and_uuids() {
    let uuid = "def734bb-e2ca-44ee-80f5-0ea0f2593aaa";
    let two = |one: Value, other: Value| codes(&json!({ "networks": [one, other] }));
    let one = network("lan", json!({ "bridge": { "name": "virbr1" } }));
    assert_eq!(two(one.clone(), network("lan", json!({ "bridge": { "name": "virbr2" } }))), ["name-twice"]);
    assert_eq!(
        two(network("a", json!({ "uuid": uuid })), network("b", json!({ "uuid": uuid }))),
        ["uuid-twice"]
    );
    let upper = uuid.to_uppercase();
    assert_eq!(
        two(network("a", json!({ "uuid": uuid })), network("b", json!({ "uuid": upper }))),
        ["uuid-twice"]
    );
    // A network and a domain are of different kinds.
    let domain = domain("lan", json!({}));
    assert_eq!(codes(&json!({ "networks": [one.clone()], "domains": [{ "spec": domain }] })), [""; 0]);
    // Nobody can allow it: one of the two would be lost.
    let mut bundle = json!({ "networks": [one.clone(), one], "allow": ["network-bridge-twice"] });
    assert_eq!(codes(&bundle), ["name-twice"]);
    bundle["allow"] = json!(["name-twice"]);
    let all = codes(&bundle);
    assert!(all.contains(&"name-twice") && all.contains(&"bad-value"), "{all:?}");
    // Nothing is written over anything else.
    let volumes =
        json!([{ "spec": { "name": "a", "capacity": 1 } }, { "spec": { "name": "a", "capacity": 2 } }]);
    let mut images = pool("images", json!({ "type": "dir", "target": { "path": "/x" } }));
    images["volumes"] = volumes;
    assert_eq!(codes(&json!({ "pools": [images] })), ["name-twice"]);
}

#[test]
fn bridges_of_networks() {
    let bridge = |mode: Value| {
        let more = |name: &str| {
            let mut network = network(name, json!({ "bridge": { "name": "br0" } }));
            if !mode.is_null() {
                network["spec"]["forward"] = json!({ "mode": mode });
                if mode == "nat" || mode == "route" {
                    let address = if name == "a" { "10.0.0.1" } else { "10.0.1.1" };
                    network["spec"]["ip"] = json!({ "address": address, "prefix": 24 });
                }
            }
            network
        };
        codes(&json!({ "networks": [more("a"), more("b")] }))
    };
    for mode in [json!(null), json!("nat"), json!("route"), json!("open")] {
        assert_eq!(bridge(mode.clone()), ["network-bridge-twice"], "{mode}");
    }
    assert_eq!(bridge(json!("bridge")), [""; 0]);
}

#[test]
fn places_of_pools() {
    let two = |one: Value, other: Value| codes(&json!({ "pools": [pool("a", one), pool("b", other)] }));
    let dir = |path: &str| json!({ "type": "dir", "target": { "path": path } });
    let target = json!({ "path": "/mnt" });
    let nfs = |host: &str, port: Option<u16>, dir: &str| {
        let mut host = json!({ "name": host });
        if let Some(port) = port {
            host["port"] = json!(port);
        }
        json!({ "type": "netfs", "source": { "host": host, "dir": { "path": dir } }, "target": target })
    };
    let device = |kind: &str, path: &str| {
        let source = json!({ "device": { "path": path }, "format": { "type": if kind == "fs" { "ext4" } else { "gpt" } } });
        json!({ "type": kind, "source": source, "target": target })
    };
    let iscsi = |initiator: Option<&str>| {
        let mut source =
            json!({ "host": { "name": "san" }, "device": { "path": "iqn.2013-06.com.example:pool" } });
        if let Some(initiator) = initiator {
            source["initiator"] = json!({ "iqn": { "name": initiator } });
        }
        json!({ "type": "iscsi", "source": source, "target": { "path": "/dev/disk/by-path" } })
    };
    let cases = [
        (dir("/srv"), dir("/srv/"), true),
        (dir("/srv"), dir("/srv/x"), false),
        (nfs("nas", None, "/a"), nfs("nas", None, "/a"), true),
        (nfs("nas", None, "/a"), nfs("nas", None, "/b"), false),
        (nfs("nas", None, "/a"), nfs("nas2", None, "/a"), false),
        // The folder of a pool that is mounted there may be another one's.
        (dir("/mnt"), nfs("nas", None, "/a"), false),
        (device("fs", "/dev/sdb"), device("disk", "/dev/sdb"), true),
        (device("fs", "/dev/sdb"), device("fs", "/dev/sdc"), false),
        (iscsi(None), iscsi(None), true),
        (iscsi(Some("iqn.2013-06.com.example:one")), iscsi(Some("iqn.2013-06.com.example:two")), false),
    ];
    for (one, other, twice) in cases {
        let found = two(one.clone(), other.clone());
        assert_eq!(found.contains(&"pool-place-twice"), twice, "{one} {other}: {found:?}");
    }
}

#[test]
fn formats_of_volumes() {
    let bundle = |format: Value, driver: Value, by_path: bool| {
        let mut volume = json!({ "name": "web", "capacity": 1_000_000 });
        if !format.is_null() {
            volume["target"] = json!({ "format": { "type": format } });
        }
        let mut images = pool("images", json!({ "type": "dir", "target": { "path": "/srv" } }));
        images["volumes"] = json!([{ "spec": volume }]);
        let mut disk = match by_path {
            true => json!({ "source": { "file": "/srv/web" }, "target": { "dev": "vda" } }),
            false => {
                json!({ "type": "volume", "source": { "pool": "images", "volume": "web" }, "target": { "dev": "vda" } })
            }
        };
        if !driver.is_null() {
            disk["driver"] = json!({ "name": "qemu", "type": driver });
        }
        json!({ "pools": [images], "domains": [{ "spec": domain("web", json!({ "disk": [disk] })) }] })
    };
    for by_path in [true, false] {
        for (format, driver, wrong) in [
            (json!("qcow2"), json!("qcow2"), false),
            (json!("qcow2"), json!("raw"), true),
            (json!("qcow2"), json!(null), true),
            (json!(null), json!(null), false),
            (json!(null), json!("raw"), false),
            (json!(null), json!("qcow2"), true),
            (json!("iso"), json!("raw"), false),
            (json!("vmdk"), json!("qcow2"), true),
        ] {
            let mut bundle = bundle(format, driver, by_path);
            let expected: &[&str] = if wrong { &["disk-format-of-volume"] } else { &[] };
            assert_eq!(codes(&bundle), expected, "{bundle}");
            bundle["warn"] = json!(["disk-format-of-volume"]);
            assert!(said(&bundle).iter().all(|found| found.severity == Severity::Warning), "{bundle}");
            bundle["warn"] = json!(null);
            bundle["domains"][0]["allow"] = json!(["disk-format-of-volume"]);
            assert_eq!(codes(&bundle), [""; 0], "{bundle}");
        }
    }
}

#[test]
fn references() {
    let on = |network: &str| {
        domain("web", json!({ "interface": [{ "type": "network", "source": { "network": network } }] }))
    };
    let bundle = |network: &str| json!({ "domains": [{ "active": true, "spec": on(network) }] });
    // What is not declared may be the host's.
    assert_eq!(codes(&bundle("default")), [""; 0]);
    let mut declared = bundle("gusets");
    declared["networks"] = json!([network("guests", json!({}))]);
    assert_eq!(codes(&declared), ["misspelt-reference"]);
    let mut other = bundle("default");
    other["networks"] = declared["networks"].clone();
    assert_eq!(codes(&other), [""; 0]);
    other["external"] = json!({ "networks": ["lan"] });
    assert_eq!(codes(&other), ["unknown-reference"]);
    other["external"] = json!({ "networks": ["default"] });
    assert_eq!(codes(&other), [""; 0]);
    other["external"] = json!({ "pools": [] });
    assert_eq!(codes(&other), [""; 0], "another kind says nothing about networks");
    for wrong in
        [json!([]), json!({ "networks": "default" }), json!({ "networks": [1] }), json!({ "network": [] })]
    {
        other["external"] = wrong.clone();
        assert_eq!(codes(&other).len(), 1, "{wrong}");
    }
    other["external"] = json!(null);
    for (active, expected) in
        [(json!(false), vec!["inactive-reference"]), (json!(true), vec![]), (json!(null), vec![])]
    {
        let mut bundle = bundle("guests");
        bundle["networks"] = json!([network("guests", json!({}))]);
        bundle["networks"][0]["active"] = active;
        assert_eq!(codes(&bundle), expected, "{bundle}");
    }
    // Secrets go by their UUID, volumes by their pool.
    let uuid = "def734bb-e2ca-44ee-80f5-0ea0f2593aaa";
    let disk = json!({ "disk": [
        { "type": "volume", "source": { "pool": "images", "volume": "weeb" }, "target": { "dev": "vda" } }
    ] });
    let mut bundle = running(&[disk]);
    let mut images = pool("images", json!({ "type": "dir", "target": { "path": "/srv" } }));
    images["volumes"] = json!([{ "spec": { "name": "web", "capacity": 1 } }]);
    bundle["pools"] = json!([images]);
    assert_eq!(codes(&bundle), ["misspelt-reference"]);
    let tpm = json!({ "tpm": { "model": "tpm-crb", "backend": { "type": "emulator", "version": "2.0",
        "encryption": { "secret": uuid } } } });
    let mut bundle = running(&[tpm]);
    bundle["external"] = json!({ "secrets": [] });
    assert_eq!(codes(&bundle), ["unknown-reference"]);
    bundle["external"] = json!({ "secrets": [uuid.to_uppercase()] });
    assert_eq!(codes(&bundle), [""; 0]);
}

#[test]
fn addresses_of_networks() {
    let ip = |address: &str, prefix: u8, dhcp: Value| json!({ "ip": [{ "family": if address.contains(':') { "ipv6" } else { "ipv4" }, "address": address, "prefix": prefix, "dhcp": dhcp }] });
    let one = |dhcp: Value| codes(&json!({ "networks": [network("lan", ip("10.0.0.1", 24, dhcp))] }));
    let range = |start: &str, end: &str| json!({ "start": start, "end": end });
    let host = |mac: &str, ip: &str| json!({ "mac": mac, "ip": ip });
    let (a, b) = ("52:54:00:00:00:0a", "52:54:00:00:00:0b");
    assert_eq!(
        one(json!({ "range": [range("10.0.0.2", "10.0.0.9"), range("10.0.0.10", "10.0.0.19")] })),
        [""; 0]
    );
    assert_eq!(
        one(json!({ "range": [range("10.0.0.2", "10.0.0.9"), range("10.0.0.9", "10.0.0.19")] })),
        ["dhcp-ranges-overlap"]
    );
    assert_eq!(one(json!({ "range": [range("10.0.0.1", "10.0.0.9")] })), ["dhcp-ranges-overlap"]);
    assert_eq!(one(json!({ "host": [host(a, "10.0.0.2"), host(b, "10.0.0.3")] })), [""; 0]);
    assert_eq!(one(json!({ "host": [host(a, "10.0.0.2"), host(b, "10.0.0.2")] })), ["reservation-twice"]);
    assert_eq!(one(json!({ "host": [host(a, "10.0.0.2"), host(a, "10.0.0.3")] })), ["reservation-twice"]);
    assert_eq!(one(json!({ "host": [host(a, "10.0.1.2")] })), ["reservation-outside"]);
    let two = |one: Value, other: Value| {
        codes(&json!({ "networks": [network("lan", one), network("lab", other)] }))
    };
    let bare = |address: &str, prefix: u8| ip(address, prefix, json!(null));
    assert_eq!(two(bare("10.0.0.1", 24), bare("10.0.1.1", 24)), [""; 0]);
    assert_eq!(two(bare("10.0.0.1", 16), bare("10.0.1.1", 24)), ["subnets-overlap"]);
    assert_eq!(two(bare("fd00::1", 64), bare("fd00::2", 64)), ["subnets-overlap"]);
    assert_eq!(two(bare("fd00::1", 64), bare("fd00:0:0:1::1", 64)), [""; 0]);
    let mut resting =
        json!({ "networks": [network("lan", bare("10.0.0.1", 16)), network("lab", bare("10.0.1.1", 24))] });
    resting["networks"][1]["active"] = json!(false);
    assert_eq!(codes(&resting), [""; 0]);
    // Of nobody: said where declared machines are on the network, and all of them are known.
    let mut bundle =
        json!({ "networks": [network("lan", ip("10.0.0.1", 24, json!({ "host": [host(a, "10.0.0.2")] })))] });
    assert_eq!(codes(&bundle), [""; 0]);
    let nic = |mac: &str| json!({ "interface": [{ "type": "network", "source": { "network": "lan" }, "mac": { "address": mac } }] });
    bundle["domains"] = json!([{ "spec": domain("web", nic(b)) }]);
    assert_eq!(codes(&bundle), ["reservation-of-nobody"]);
    bundle["networks"][0]["spec"]["nixvirt"] = json!({ "allow": ["reservation-of-nobody"] });
    assert_eq!(codes(&bundle), [""; 0]);
    bundle["networks"][0]["spec"]["nixvirt"] = json!(null);
    bundle["domains"] = json!([{ "spec": domain("web", nic(&a.to_uppercase())) }]);
    assert_eq!(codes(&bundle), [""; 0]);
}

/// A network that keeps addresses, beside machines on it.
fn reserving(reservations: Value) -> Value {
    let ip = json!({ "address": "10.0.0.1", "prefix": 24, "dhcp": { "range": { "start": "10.0.0.2", "end": "10.0.0.99" },
        "host": { "mac": "52:54:00:00:00:0a", "ip": "10.0.0.200", "name": "printer" } } });
    let six = json!({ "family": "ipv6", "address": "fd00::1", "prefix": 64 });
    let card =
        |network: &str| json!({ "interface": [{ "type": "network", "source": { "network": network } }] });
    let mut bundle = json!({
        "networks": [network("lan", json!({ "ip": [six, ip], "nixvirt": { "allow": ["reservation-of-nobody"] } })), network("lab", json!({ "bridge": { "name": "virbr9" } }))],
        "domains": [
            { "spec": domain("web", card("lan")) },
            { "spec": domain("mail_1", card("lan")) },
            { "spec": domain("alone", card("lab")) },
        ],
    });
    bundle["networks"][0]["reservations"] = reservations;
    bundle
}

#[test]
fn addresses_are_kept_for_the_mac_addresses_of_domains() {
    let bundle = reserving(json!({ "web": "10.0.0.10", "mail_1": "10.0.0.11" })).to_string();
    let bundle = parse_json(bundle.as_bytes()).expect("JSON").value;
    let (compiled, _) =
        compile_bundle(bundle, CompileOptions::DEFAULT, &Around::NOTHING).expect("a good bundle");
    let xml = |path: &str| &compiled.files.iter().find(|file| file.path == path).expect(path).xml;
    let mac = |name: &str| {
        let xml = xml(&format!("domains/{name}.xml"));
        xml.split("<mac address='").nth(1).and_then(|rest| rest.split('\'').next()).expect("a MAC address")
    };
    let lan = xml("networks/lan.xml");
    // A name with an underscore is none of a host.
    for expected in [
        "<host mac='52:54:00:00:00:0a' name='printer' ip='10.0.0.200'/>".to_owned(),
        format!("<host mac='{}' name='web' ip='10.0.0.10'/>", mac("web")),
        format!("<host mac='{}' ip='10.0.0.11'/>", mac("mail_1")),
    ] {
        assert!(lan.contains(&expected), "{expected} in {lan}");
    }
    assert!(!format!("{:?}", compiled.index).contains("reservations"), "{:?}", compiled.index);

    let wrong = |reservations: Value| -> Vec<(String, &str, String)> {
        let found = said(&reserving(reservations)).into_iter();
        let found = found.map(|it| (it.path.to_string(), it.problem.code().name, it.problem.with_help()));
        found.filter(|(_, code, _)| *code != "missing").collect()
    };
    let check = |reservations: Value, place: &str, code: &str, expected: &str| {
        let found = wrong(reservations.clone());
        let [(path, said, text)] = &found[..] else { panic!("{reservations}: {found:?}") };
        assert_eq!((&**path, *said), (&*format!("networks[0].reservations{place}"), code), "{text}");
        assert!(text.contains(expected), "{text}");
    };
    let of = |domain: &str, address: &str| json!({ domain: address });
    check(of("wbe", "10.0.0.10"), ".wbe", "reserved-for-unknown", "did you mean `web`?");
    check(of("other", "10.0.0.10"), ".other", "reserved-for-unknown", "no domain `other` is declared");
    let elsewhere = "the domain `alone` has no interface on the network `lan` (it is on `lab`)";
    check(of("alone", "10.0.0.10"), ".alone", "reserved-for-unknown", elsewhere);
    check(
        of("web", "10.0.1.10"),
        ".web",
        "reserved-address",
        "10.0.1.10 is not within the network's 10.0.0.1/24",
    );
    check(of("web", "10.0.0.1"), ".web", "reserved-address", "the host's own address");
    check(of("web", "10.0.0.255"), ".web", "reserved-address", "is no machine's");
    check(
        of("web", "10.0.0.200"),
        ".web",
        "reserved-address",
        "reserves 10.0.0.200 for 52:54:00:00:00:0a already",
    );
    check(of("web", "10.0.0"), ".web", "reserved-address", "expected an IPv4 address");
    check(of("web", "fd00::7"), ".web", "reserved-address", "an address of IPv6");
    check(
        json!({ "mail_1": "10.0.0.7", "web": "10.0.0.7" }),
        ".web",
        "reserved-address",
        "kept for `mail_1` already",
    );
    check(json!({ "web": 7 }), ".web", "wrong-shape", "a text");
    check(json!("10.0.0.7"), "", "wrong-shape", "a set with an address for each domain");
    // More domains than are known may be declared elsewhere.
    let mut open = reserving(of("other", "10.0.0.10"));
    open["domains"] = json!(null);
    assert_eq!(codes(&open), ["reserved-for-unknown"]);
    // Into a file that somebody else has written, nothing is put.
    let mut file = reserving(of("web", "10.0.0.10"));
    file["networks"][0] = json!({ "definition": "/lan.xml", "reservations": { "web": "10.0.0.10" } });
    assert_eq!(codes(&file), ["wrong-shape"]);
}

#[test]
fn what_an_entry_names_is_shown_in_nix_where_it_stands() {
    let dir = Dir::new();
    dir.write(
        "host.nix",
        "{\n  virtualisation.libvirt.connections.\"qemu:///system\" = {\n    networks.lan = {\n      template = \"bridge\";\n      \
         args.subnet_byte = 74;\n      reservations.wbe = \"192.168.74.10\";\n    };\n    domains.web = {\n      template = \"linux\";\n      \
         args = {\n        memory = { count = 1; unit = \"GiB\"; };\n        net_iface_mac = \"52:54:00:00:00:0a\";\n      };\n    };\n    \
         pools.images = {\n      spec = { type = \"dir\"; target.path = \"/srv/images\"; };\n      volumes.\"debian.qcow2\".spec = { capacity = 0; target.format.type = \"qcow2\"; };\n      \
         volumes.\"web.qcow2\" = {\n        spec = { capacity = 0; target.format.type = \"qcow2\"; };\n        source.volume = \"debain.qcow2\";\n      };\n    };\n  };\n}\n",
    );
    let done = dir.run(["check", "--format", "json", "host.nix"]).fails(1);
    let found: Value = serde_json::from_str(done.for_tools()).expect("JSON");
    let found: Vec<(&str, u64)> = found
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| (it["code"].as_str().expect("a code"), it["line"].as_u64().expect("a line")))
        .collect();
    assert_eq!(found, [("reserved-for-unknown", 6), ("misspelt-reference", 20)], "{done}");
}

#[test]
fn both_places_are_shown_whatever_the_language() {
    let dir = Dir::new();
    dir.write("lab.xml", "<network>\n  <name>lab</name>\n  <bridge name='virbr1'/>\n</network>\n");
    dir.write(
        "host.nix",
        "{\n  networks = [\n    { spec = { name = \"lan\"; bridge.name = \"virbr1\"; }; }\n    { definition = \"lab.xml\"; }\n  ];\n}\n",
    );
    dir.write(
        "host.json",
        "{ \"networks\": [\n{ \"spec\": { \"name\": \"lan\",\n \"bridge\": { \"name\": \"virbr1\" } } },\n{ \"definition\": \"lab.xml\" } ] }",
    );
    for (file, command) in [("host.nix", vec!["-o", "host"]), ("host.json", vec!["check"])] {
        let arguments = command.into_iter().chain(["--format", "json", file]);
        let done = dir.run(arguments).fails(1);
        let found: Value = serde_json::from_str(done.for_tools()).expect("JSON");
        assert_eq!(found[0]["code"], "network-bridge-twice", "{done}");
        assert_eq!((&found[0]["file"], &found[0]["line"]), (&json!("lab.xml"), &json!(3)), "{done}");
        let related = &found[0]["related"][0];
        assert_eq!((&related["file"], &related["line"]), (&json!(file), &json!(3)), "{done}");
        // And the other way round.
        let text = dir.read(file);
        let swapped = match file {
            "host.nix" => {
                "{ networks = [ { definition = \"lab.xml\"; }\n { spec = { name = \"lan\"; bridge.name = \"virbr1\"; }; } ]; }"
            }
            _ => {
                "{ \"networks\": [ { \"definition\": \"lab.xml\" },\n { \"spec\": { \"name\": \"lan\", \"bridge\": { \"name\": \"virbr1\" } } } ] }"
            }
        };
        dir.write(file, swapped);
        let arguments = if file == "host.nix" { vec!["-o", "host"] } else { vec!["check"] };
        let done = dir.run(arguments.into_iter().chain(["--format", "json", file])).fails(1);
        let found: Value = serde_json::from_str(done.for_tools()).expect("JSON");
        let related = &found[0]["related"][0];
        assert_eq!(
            (&found[0]["line"], &related["file"], &related["line"]),
            (&json!(2), &json!("lab.xml"), &json!(3)),
            "{done}"
        );
        dir.write(file, text);
    }
}

#[test]
fn a_finding_is_silenced_by_either_object_its_entry_the_bundle_or_the_run() {
    let code = "network-bridge-twice";
    let two = json!({ "networks": [
        network("lan", json!({ "bridge": { "name": "virbr1" } })),
        network("lab", json!({ "bridge": { "name": "virbr1" } })),
    ] });
    let levels = [("allow", 0), ("warn", 1)];
    let places: [fn(&mut Value) -> &mut Value; 5] = [
        |bundle| bundle,
        |bundle| &mut bundle["networks"][0],
        |bundle| &mut bundle["networks"][1],
        |bundle| &mut bundle["networks"][0]["spec"]["nixvirt"],
        |bundle| &mut bundle["networks"][1]["spec"]["nixvirt"],
    ];
    let dir = Dir::new();
    for (key, left) in levels {
        for place in places {
            let mut bundle = two.clone();
            place(&mut bundle)[key] = json!([code]);
            let found = said(&bundle);
            assert_eq!(found.len(), left, "{bundle}: {found:?}");
            assert!(found.iter().all(|found| found.severity == Severity::Warning), "{bundle}");
            // The apply step is told none of it.
            dir.write("host.json", bundle.to_string());
            dir.run(["-o", "host", "host.json"]).succeeds();
            let index: Value = serde_json::from_str(&dir.read("host/bundle.json")).expect("JSON");
            let mut index = index.as_object().expect("a set").clone();
            let warnings =
                index.remove("warnings").map_or(0, |warnings| warnings.as_array().map_or(0, Vec::len));
            assert_eq!(warnings, left);
            let index = Value::from(index).to_string();
            assert!(!index.contains("allow") && !index.contains("warn"), "{index}");
        }
        dir.write("host.json", two.to_string());
        let option = format!("--{key}");
        dir.run(["check", &option, code, "host.json"]).succeeds();
        dir.run(["check", &option, "network-bridge-twise", "host.json"]).fails(2).says("did you mean");
        for place in places {
            let mut bundle = two.clone();
            place(&mut bundle)[key] = json!(["network-bridge-twise"]);
            dir.write("host.json", bundle.to_string());
            dir.run(["check", "host.json"]).fails(1).says("did you mean \"network-bridge-twice\"?");
        }
    }
}
