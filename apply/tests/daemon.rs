//! Objects on a real libvirtd: what is written, what is restarted, what is put back, what is removed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use serde_json::{Value, json};
use support::{Daemon, Guest, Place, actions, changes, uuid, writes};
use virt::sys;

const NETWORK: &str = "<network><name>inner</name><uuid>99999999-2222-3333-4444-555555555555</uuid>\
                       <bridge name='virbr77'/><ip address='10.77.0.1' netmask='255.255.255.0'/></network>";

fn pool(place: &Place) -> String {
    let target = place.path().join("pool");
    std::fs::create_dir_all(&target).unwrap();
    format!(
        "<pool type='dir'><name>store</name><uuid>88888888-2222-3333-4444-555555555555</uuid>\
         <target><path>{}</path></target></pool>",
        target.display()
    )
}

fn one(guest: &Guest, place: &Place, more: Value) -> Value {
    place.write("vm.xml", &guest.xml());
    let mut entry = json!({ "definition": "vm.xml" });
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "domains": [entry] })
}

#[test]
fn a_second_run_writes_nothing_whatever_the_kind() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    guest.devices = "<interface type='network'><source network='inner'/><model type='virtio'/><filterref filter='quiet'/></interface>".into();
    place.write("vm.xml", &guest.xml());
    place.write("net.xml", NETWORK);
    place.write("pool.xml", &pool(&place));
    place.write("vol.xml", "<volume><name>disk.qcow2</name><capacity unit='MiB'>2</capacity><target><format type='qcow2'/></target></volume>");
    place.write("filter.xml", "<filter name='quiet' chain='root'><uuid>77777777-2222-3333-4444-555555555555</uuid><filterref filter='clean-traffic'/></filter>");
    place.write(
        "filter2.xml",
        "<filter name='clean-traffic'><uuid>77777777-2222-3333-4444-555555555556</uuid></filter>",
    );
    place.write("secret.xml", "<secret ephemeral='no' private='no'><uuid>66666666-2222-3333-4444-555555555555</uuid><usage type='ceph'><name>ceph</name></usage></secret>");
    place.write("value", "not for plans");
    let bundle = json!({
        "secrets": [{ "definition": "secret.xml", "value": { "file": "value" } }],
        "nwfilters": [{ "definition": "filter2.xml" }, { "definition": "filter.xml" }],
        "networks": [{ "definition": "net.xml", "active": true, "restart": null }],
        "pools": [{ "definition": "pool.xml", "active": true, "autostart": true, "volumes": [{ "definition": "vol.xml", "name": null, "present": true }] }],
        "domains": [{ "definition": "vm.xml", "active": true, "restart": null }],
    });
    let plan = place.plan(&bundle);
    assert_eq!(writes(&plan), 0);
    assert!(!plan.to_string().contains("not for plans"));
    let first = place.apply(&bundle);
    assert!(writes(&first) >= 11, "{first:#}");
    let id = daemon.domain(1).id();
    let xml = daemon.domain(1).xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap();
    let second = place.apply(&bundle);
    assert_eq!(writes(&second), 0, "{second:#}");
    for name in ["guest1", "inner", "store", "quiet"] {
        assert_eq!(actions(&second, name), ["unchanged"]);
    }
    // White space, comments and units are no change; nothing is written and nothing restarted.
    guest.memory = format!("<uuid>{}</uuid><!-- the same -->\n\n<memory unit='KiB'>32768</memory>", uuid(1));
    place.write("vm.xml", &guest.xml());
    let third = place.apply(&bundle);
    assert_eq!((writes(&third), actions(&third, "guest1")), (0, vec!["unchanged".to_owned()]), "{third:#}");
    assert_eq!(daemon.domain(1).id(), id);
    assert_eq!(daemon.domain(1).xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap(), xml);
    // A secret's new value is a change, and is not shown.
    place.write("value", "another one");
    let plan = place.plan(&bundle);
    assert!(!plan.to_string().contains("another one"));
    let fourth = place.apply(&bundle);
    assert_eq!(writes(&fourth), 2, "{fourth:#}");
    let secret =
        daemon.connect().lookup_secret_by_uuid_string("66666666-2222-3333-4444-555555555555").unwrap();
    assert_eq!(secret.value(0).unwrap(), b"another one");
}

#[test]
fn a_hand_edit_is_said_and_put_back_without_a_restart() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let bundle = one(&Guest::new(1), &place, json!({ "active": true }));
    place.apply(&bundle);
    let id = daemon.domain(1).id();
    let xml = daemon.domain(1).xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap();
    let edited = xml.replace("<on_crash>destroy</on_crash>", "<on_crash>restart</on_crash>");
    assert_ne!(xml, edited);
    daemon.connect().define_domain_xml(&edited).unwrap();
    let plan = place.plan(&bundle);
    assert_eq!(changes(&plan, "guest1"), ["on_crash: restart -> destroy"]);
    assert_eq!(actions(&plan, "guest1"), ["update"], "what runs never had the edit");
    assert!(plan.to_string().contains("changed by hand"));
    place.apply(&bundle);
    assert_eq!(daemon.domain(1).xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap(), xml);
    assert_eq!(daemon.domain(1).id(), id, "the running domain never had the edit");
    assert_eq!(writes(&place.apply(&bundle)), 0);
    // Removed by hand, too.
    daemon.domain(1).destroy().unwrap();
    daemon.domain(1).undefine().unwrap();
    assert_eq!(actions(&place.apply(&bundle), "guest1"), ["create", "start"]);
    assert!(daemon.domain(1).is_active().unwrap());
    assert_eq!(writes(&place.apply(&bundle)), 0);
}

#[test]
fn what_can_be_changed_live_is() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("a.iso", &"\0".repeat(4096));
    place.write("b.iso", &"\0".repeat(4096));
    let iso = |name: &str| place.path().join(name).display().to_string();
    let base = |iso: &str, link: &str| {
        format!(
            "<controller type='pci' model='pcie-root'/><controller type='pci' model='pcie-root-port'/><controller type='pci' model='pcie-root-port'/>\
             <controller type='pci' model='pcie-root-port'/><controller type='pci' model='pcie-root-port'/>\
             <disk type='file' device='cdrom'><source file='{iso}'/><target dev='sda' bus='sata'/><readonly/></disk>\
             <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><link state='{link}'/></interface>"
        )
    };
    let mut guest = Guest::new(1);
    guest.vcpu = "<vcpu current='1'>3</vcpu>".into();
    guest.top = "<title>one</title>".into();
    guest.memory = format!("<uuid>{}</uuid><memory unit='MiB'>64</memory>", uuid(1));
    guest.devices = base(&iso("a.iso"), "up");
    let apply = |guest: &Guest| {
        let bundle = one(guest, &place, json!({ "active": true }));
        let plan = place.plan(&bundle);
        (plan, place.apply(&bundle))
    };
    apply(&guest);
    let id = daemon.domain(1).id();
    guest.top =
        "<title>two</title><metadata><n:note xmlns:n='https://example.org/n'>kept</n:note></metadata>".into();
    guest.memory = format!(
        "<uuid>{}</uuid><memory unit='MiB'>64</memory><currentMemory unit='MiB'>48</currentMemory>",
        uuid(1)
    );
    guest.vcpu = "<vcpu current='2'>3</vcpu>".into();
    guest.devices = base(&iso("b.iso"), "down")
        + "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>";
    let (plan, _) = apply(&guest);
    assert_eq!(actions(&plan, "guest1"), ["update"], "{:#?}", changes(&plan, "guest1"));
    let live = daemon.domain(1).xml_desc(0).unwrap();
    assert_eq!(daemon.domain(1).id(), id, "no restart");
    for part in
        ["<title>two</title>", "current='2'>3<", "b.iso", "link state='down'", "/dev/urandom", ">kept<"]
    {
        assert!(live.contains(part), "no {part} in {live}");
    }
    assert_eq!(writes(&apply(&guest).1), 0);
    // More than the maximum takes a restart.
    guest.memory = format!("<uuid>{}</uuid><memory unit='MiB'>96</memory>", uuid(1));
    let (plan, _) = apply(&guest);
    assert_eq!(actions(&plan, "guest1"), ["update", "restart"]);
    let restarted = daemon.domain(1).id();
    assert_ne!(restarted, id);
    assert!(daemon.domain(1).xml_desc(0).unwrap().contains("<memory unit='KiB'>98304</memory>"));
    // Without live changes, a title is one that takes a restart.
    guest.top = "<title>three</title>".into();
    one(&guest, &place, json!({ "active": true }));
    place.run("apply", &["--no-live"]).expect(0);
    assert_ne!(daemon.domain(1).id(), restarted);
}

#[test]
fn restart_is_as_asked_and_a_guest_has_its_time() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    place.apply(&one(&guest, &place, json!({ "active": true })));
    let first = daemon.domain(1).id();
    // Never.
    guest.memory = format!("<uuid>{}</uuid><memory unit='MiB'>40</memory>", uuid(1));
    place.apply(&one(&guest, &place, json!({ "active": true, "restart": false })));
    assert_eq!(daemon.domain(1).id(), first);
    assert!(daemon.domain(1).xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap().contains("40960"));
    // Always, changed or not; a guest without an operating system does not hear the power button.
    let begun = std::time::Instant::now();
    let shutdown = json!({ "method": "acpi", "timeout": 2, "then": "destroy" });
    place.apply(&one(&guest, &place, json!({ "active": true, "restart": true, "shutdown": shutdown })));
    assert!(begun.elapsed().as_secs() >= 2);
    let second = daemon.domain(1).id();
    assert_ne!(second, first);
    // What is not to be destroyed is not.
    let shutdown = json!({ "method": "acpi", "timeout": 1, "then": "fail" });
    place.bundle(&one(&guest, &place, json!({ "active": false, "shutdown": shutdown })));
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("has not stopped within 1 seconds"), "{}", ran.all());
    assert_eq!(daemon.domain(1).id(), second);
    place.apply(&one(&guest, &place, json!({ "active": false })));
    assert!(!daemon.domain(1).is_active().unwrap());
    // `active = null` leaves it as it is.
    assert_eq!(writes(&place.apply(&one(&guest, &place, json!({ "active": null, "autostart": null })))), 0);
}

#[test]
fn a_network_takes_the_domains_on_it_along() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    guest.devices =
        "<interface type='network'><source network='inner'/><model type='virtio'/></interface>".into();
    place.write("net.xml", NETWORK);
    let bundle_with = |place: &Place, restart: Value| {
        let mut bundle = one(&guest, place, json!({ "active": null }));
        bundle["networks"] = json!([{ "definition": "net.xml", "active": true, "restart": restart }]);
        bundle
    };
    let bundle = |place: &Place| bundle_with(place, json!(null));
    place.apply(&bundle(&place));
    daemon.domain(1).create().unwrap();
    // One that nobody declared.
    let mut other = Guest::new(2);
    other.devices.clone_from(&guest.devices);
    let other = daemon.connect().define_domain_xml(&other.xml()).unwrap();
    other.create().unwrap();
    let ids = (daemon.domain(1).id(), daemon.domain(2).id());
    place.write("net.xml", &NETWORK.replace("10.77.0.1", "10.77.1.1"));
    // That one is not ours to stop.
    place.bundle(&bundle(&place));
    for command in ["plan", "apply", "plan", "apply"] {
        let ran = place.run(command, &[]).expect(1);
        assert!(
            ran.stderr.contains("domains that are not declared here are on it: `guest2`"),
            "{}",
            ran.all()
        );
    }
    let network = || daemon.connect().lookup_network_by_name("inner").unwrap();
    assert!(network().xml_desc(0).unwrap().contains("10.77.0.1"));
    assert_eq!((daemon.domain(1).id(), daemon.domain(2).id()), ids);
    let asked = bundle_with(&place, json!(true));
    let plan = place.plan(&asked);
    assert_eq!(actions(&plan, "inner"), ["restart"]);
    let note = &plan["objects"][0]["notes"][0];
    assert!(note.as_str().unwrap().contains("`guest1`, `guest2`"), "{plan:#}");
    place.apply(&asked);
    assert!(network().xml_desc(0).unwrap().contains("10.77.1.1"));
    assert!(daemon.domain(1).is_active().unwrap() && daemon.domain(2).is_active().unwrap());
    assert!(daemon.domain(1).id() != ids.0 && daemon.domain(2).id() != ids.1);
    assert_eq!(writes(&place.apply(&bundle(&place))), 0);
}

#[test]
fn only_what_was_declared_here_is_removed() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    daemon.connect().define_domain_xml(&Guest::new(3).xml()).unwrap();
    place.write("one.xml", &Guest::new(1).xml());
    place.write("two.xml", &Guest::new(2).xml());
    place.apply(
        &json!({ "domains": [{ "definition": "one.xml", "active": true }, { "definition": "two.xml" }] }),
    );
    let there = || {
        let all = daemon.connect().list_all_domains(0).unwrap();
        let mut names: Vec<String> = all.iter().map(|domain| domain.name().unwrap()).collect();
        names.sort();
        names
    };
    // A kind whose list is null is left alone.
    place.apply(&json!({ "domains": null }));
    place.apply(&json!({ "domains": [{ "definition": "two.xml" }], "prune": "none" }));
    assert_eq!(there(), ["guest1", "guest2", "guest3"]);
    let run = place.apply(&json!({ "domains": [{ "definition": "two.xml" }] }));
    assert_eq!(actions(&run, "guest1"), ["undefine", "stop"]);
    assert_eq!(there(), ["guest2", "guest3"]);
    // What virtdeclare defines is nobody's to remove but its user's.
    let path = place.write("four.xml", &Guest::new(4).xml());
    place.virtdeclare(&["--type", "domain", "--define", path.to_str().unwrap()]).expect(0);
    place.apply(&json!({ "domains": [{ "definition": "two.xml" }] }));
    assert_eq!(there(), ["guest2", "guest3", "guest4"]);
    place.apply(&json!({ "domains": [{ "definition": "two.xml" }], "prune": "all" }));
    assert_eq!(there(), ["guest2"]);
}

#[test]
fn what_was_taken_over_is_removed_only_where_that_is_asked_for() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    for number in [1, 3] {
        daemon.connect().define_domain_xml(&Guest::new(number).xml()).unwrap();
    }
    place.write("net.xml", NETWORK);
    let entries: Vec<Value> = [1, 2]
        .map(|number| {
            place.write(&format!("{number}.xml"), &Guest::new(number).xml());
            json!({ "definition": format!("{number}.xml") })
        })
        .into();
    let both = json!({ "domains": entries, "networks": [{ "definition": "net.xml" }] });
    place.apply(&both);
    let there = || {
        let all = daemon.connect().list_all_domains(0).unwrap();
        let mut names: Vec<String> = all.iter().map(|domain| domain.name().unwrap()).collect();
        names.sort();
        names
    };
    // A kind that has no list is left alone, and said so.
    let said = |run: &Value, name: &str| {
        let objects = run["objects"].as_array().unwrap();
        objects.iter().find(|one| one["name"] == name).map(|one| one["notes"].to_string()).unwrap_or_default()
    };
    let run = place.apply(&json!({ "domains": entries }));
    assert!(said(&run, "inner").contains("no longer managed"), "{run:#}");
    // What nobody speaks of any more goes, as far as it is ours, whatever `prune` says of strangers.
    let run = place.apply(&json!({ "domains": entries, "unset": ["networks", "pools"], "prune": "all" }));
    assert_eq!(actions(&run, "inner"), ["undefine"]);
    assert_eq!(there(), ["guest1", "guest2"]);
    daemon.connect().define_domain_xml(&Guest::new(3).xml()).unwrap();
    let run = place.apply(&json!({ "unset": ["domains"] }));
    assert_eq!(there(), ["guest1", "guest3"], "guest1 was not made here");
    assert!(said(&run, "guest1").contains("it was not made here"), "{run:#}");
    place.apply(&json!({ "unset": ["domains"], "prune": "declared" }));
    assert_eq!(there(), ["guest3"]);
    place.apply(&json!({ "unset": ["domains"], "prune": "all" }));
    assert_eq!(there(), ["guest3"]);
}

#[test]
fn what_libvirt_drops_is_said() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    guest.devices = "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/>\
                     <target dev='vnet7'/><alias name='mine'/></interface>\
                     <interface type='user'><mac address='52:54:00:00:00:02'/><model type='virtio'/>\
                     <alias name='ua-mine'/></interface>\
                     <graphics type='vnc' port='-1' passwd='secret'/>"
        .into();
    place.bundle(&one(&guest, &place, json!({})));
    let first = place.run("apply", &[]).expect(0);
    let said =
        |ran: &support::Ran, what: &str| assert!(ran.stderr.contains(what), "no {what}: {}", ran.all());
    said(&first, "domain `guest1`: libvirt has dropped `devices.interface[0].alias.name`, which was mine");
    said(&first, "libvirt has dropped `devices.interface[0].target.dev`, which was vnet7");
    assert_eq!(first.stderr.matches("dropped").count(), 2, "{}", first.all());
    // It is said with each definition, and not without one.
    assert!(!place.run("apply", &[]).expect(0).stderr.contains("dropped"));
    guest.top = "<title>other</title>".into();
    place.bundle(&one(&guest, &place, json!({})));
    said(&place.run("apply", &[]).expect(0), "libvirt has dropped `devices.interface[0].alias.name`");
}

#[test]
fn volumes_are_made_and_grown_and_never_shrunk() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("pool.xml", &pool(&place));
    let volume = |name: &str, format: &str, size: &str, more: &str| {
        let xml = format!(
            "<volume><name>{name}</name><capacity unit='MiB'>{size}</capacity><target><format type='{format}'/></target>{more}</volume>"
        );
        place.write(&format!("{name}.xml"), &xml);
        json!({ "definition": format!("{name}.xml") })
    };
    let bundle = |volumes: Value| json!({ "pools": [{ "definition": "pool.xml", "active": true, "volumes": volumes }] });
    let base = place.path().join("pool/base");
    let backing = format!("<backingStore><path>{}</path><format type='raw'/></backingStore>", base.display());
    let both = |size: &str| json!([volume("base", "raw", "1", ""), volume("over", "qcow2", size, &backing)]);
    place.apply(&bundle(both("2")));
    let capacity = |name: &str| {
        let pool = daemon.connect().lookup_storage_pool_by_name("store").unwrap();
        pool.lookup_storage_vol_by_name(name).unwrap().info().unwrap().capacity
    };
    assert_eq!(capacity("over"), 2 << 20);
    assert_eq!(writes(&place.apply(&bundle(both("2")))), 0);
    let plan = place.plan(&bundle(both("3")));
    assert_eq!(plan["objects"][0]["volumes"][0]["action"], "grow", "{plan:#}");
    place.apply(&bundle(both("3")));
    assert_eq!(capacity("over"), 3 << 20);
    let refused = |volumes: Value| {
        place.bundle(&bundle(volumes));
        place.run("apply", &[]).expect(1).stderr
    };
    let shrunk = refused(both("1"));
    assert!(shrunk.contains("never shrunk") && shrunk.contains("[volume-would-shrink]"), "{shrunk}");
    let format = refused(json!([volume("base", "qcow2", "1", "")]));
    assert!(format.contains("its format is `raw` and is to be `qcow2`"), "{format}");
    assert!(format.contains("[volume-differs]"), "{format}");
    assert_eq!(capacity("over"), 3 << 20);
    // A volume that is no longer declared stays; one that is not to be there goes.
    place.apply(&bundle(json!([])));
    assert_eq!(capacity("base"), 1 << 20);
    place.apply(&bundle(json!([{ "name": "over", "present": false }])));
    assert!(!place.path().join("pool/over").exists() && base.exists());
    // With the pool removed, what is in it stays.
    place.apply(&json!({ "pools": [] }));
    assert!(base.exists());
}

#[test]
fn content_is_not_a_format() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("pool.xml", &pool(&place));
    place.write("vm.xml", &Guest::new(1).xml());
    let volume = |size: &str| {
        let xml = format!(
            "<volume><name>v</name><capacity unit='MiB'>{size}</capacity><target><format type='raw'/></target></volume>"
        );
        place.write("v.xml", &xml);
        json!({
            "pools": [{ "definition": "pool.xml", "active": true, "volumes": [{ "definition": "v.xml" }] }],
            "domains": [{ "definition": "vm.xml" }],
        })
    };
    place.apply(&volume("1"));
    let file = place.path().join("pool/v");
    let refresh = || {
        daemon.connect().lookup_storage_pool_by_name("store").unwrap().refresh(0).unwrap();
    };
    let mut iso = vec![0u8; 1 << 20];
    iso[0x8000..0x8006].copy_from_slice(b"\x01CD001");
    let made = |format: &str| {
        let mut make = std::process::Command::new("qemu-img");
        assert!(make.args(["create", "-q", "-f", format]).arg(&file).arg("7M").status().unwrap().success());
    };
    for content in ["iso", "qcow2", "qed"] {
        match content {
            "iso" => std::fs::write(&file, &iso).unwrap(),
            format => made(format),
        }
        refresh();
        let before = std::fs::read(&file).unwrap();
        for size in ["1", "9"] {
            let bundle = volume(size);
            place.plan(&bundle);
            let run = place.apply(&bundle);
            assert!(!run.to_string().contains("present"), "{content}: {run:#}");
            // A disc is as long as it is; an image in a volume has a size of its own.
            if content != "iso" {
                assert!(run.to_string().contains("which is its content"), "{content}: {run:#}");
                assert_eq!(writes(&run), 0, "{content}: {run:#}");
                assert_eq!(std::fs::read(&file).unwrap(), before, "{content}");
            }
        }
    }
    // One volume that cannot be as declared keeps nothing else from being applied, and its removal is no advice.
    std::fs::write(&file, "").unwrap();
    refresh();
    let mut guest = Guest::new(1);
    guest.top = "<title>other</title>".into();
    place.write("vm.xml", &guest.xml());
    let mut bundle = volume("1");
    place.write(
        "v.xml",
        "<volume><name>v</name><capacity>0</capacity><target><format type='qcow2'/></target></volume>",
    );
    bundle["domains"] = json!([{ "definition": "vm.xml" }]);
    place.bundle(&bundle);
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("its volume `v`: its format is `raw` and is to be `qcow2`"), "{}", ran.all());
    assert!(!ran.stderr.contains("present"), "{}", ran.all());
    assert!(ran.stderr.contains("domain `guest1`: updated"), "{}", ran.all());
}

#[test]
fn a_volume_in_use_is_grown_through_its_domain_and_not_deleted() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("pool.xml", &pool(&place));
    let mut guest = Guest::new(1);
    guest.devices =
        "<disk type='volume'><driver name='qemu' type='qcow2'/><source pool='store' volume='v'/><target dev='vda' bus='virtio'/></disk>"
            .into();
    place.write("vm.xml", &guest.xml());
    let bundle = |size: &str, present: bool| {
        let xml = format!(
            "<volume><name>v</name><capacity unit='MiB'>{size}</capacity><target><format type='qcow2'/></target></volume>"
        );
        place.write("v.xml", &xml);
        json!({
            "pools": [{ "definition": "pool.xml", "active": true, "volumes": [{ "definition": "v.xml", "present": present }] }],
            "domains": [{ "definition": "vm.xml", "active": true }],
        })
    };
    place.apply(&bundle("1", true));
    let plan = place.plan(&bundle("3", true));
    assert!(plan.to_string().contains("is grown through domain `guest1`"), "{plan:#}");
    place.apply(&bundle("3", true));
    // The guest sees it.
    let size = daemon.domain(1).block_info("vda", 0).unwrap().capacity;
    assert_eq!(size, 3 << 20);
    assert_eq!(writes(&place.apply(&bundle("3", true))), 0);
    place.bundle(&bundle("3", false));
    for command in ["plan", "apply"] {
        let ran = place.run(command, &[]).expect(1);
        assert!(ran.stderr.contains("is not deleted while domain `guest1` runs"), "{}", ran.all());
    }
    assert!(place.path().join("pool/v").exists() && daemon.domain(1).is_active().unwrap());
}

#[test]
fn a_network_is_changed_in_place_where_libvirt_can() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let network = |range: &str, hosts: &[&str], dns: &str, group: &str| {
        let hosts: String = hosts
            .iter()
            .map(|host| format!("<host mac='52:54:00:00:00:0{host}' name='h{host}' ip='10.77.0.1{host}'/>"))
            .collect();
        let xml = format!(
            "<network><name>inner</name><uuid>99999999-2222-3333-4444-555555555555</uuid><bridge name='virbr77'/>\
             <dns><txt name='a' value='b'/>{dns}</dns><ip address='10.77.0.1' netmask='255.255.255.0'><dhcp>\
             <range start='10.77.0.100' end='10.77.0.{range}'/>{hosts}</dhcp></ip>{group}</network>"
        );
        place.write("net.xml", &xml);
        let mut guest = Guest::new(1);
        guest.devices = "<interface type='network'><source network='inner'/></interface>".into();
        let mut bundle = one(&guest, &place, json!({ "active": true }));
        bundle["networks"] = json!([{ "definition": "net.xml", "active": true }]);
        bundle
    };
    place.apply(&network("150", &["2", "3"], "", ""));
    let id = daemon.domain(1).id();
    let name = "<host ip='10.77.0.9'><hostname>nine</hostname></host>";
    let group = |average: &str| {
        format!("<portgroup name='slow'><bandwidth><inbound average='{average}'/></bandwidth></portgroup>")
    };
    let live = || daemon.connect().lookup_network_by_name("inner").unwrap().xml_desc(0).unwrap();
    for (range, hosts, dns, group) in [
        ("160", vec!["3", "4"], name.to_owned(), group("10")),
        ("140", vec!["5"], String::new(), group("20")),
        ("140", vec!["5"], String::new(), String::new()),
    ] {
        let bundle = network(range, &hosts, &dns, &group);
        let plan = place.plan(&bundle);
        assert_eq!(actions(&plan, "inner"), ["update"], "{plan:#}");
        place.apply(&bundle);
        let xml = live();
        assert!(xml.contains(&format!("end='10.77.0.{range}'")), "{xml}");
        assert_eq!(xml.matches("<host mac=").count(), hosts.len(), "{xml}");
        assert_eq!(xml.contains("nine"), !dns.is_empty(), "{xml}");
        assert_eq!(xml.contains("slow"), !group.is_empty(), "{xml}");
        assert_eq!(daemon.domain(1).id(), id);
        assert_eq!(writes(&place.apply(&bundle)), 0);
    }
}

#[test]
fn a_domain_that_is_never_restarted_or_could_not_be_stays_when_its_network_is_restarted() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let on = |number: u32| {
        let mut guest = Guest::new(number);
        guest.devices = "<interface type='network'><source network='inner'/></interface>".into();
        guest
    };
    let bundle = || {
        place.write("1.xml", &on(1).xml());
        place.write("2.xml", &on(2).xml());
        json!({
            "networks": [{ "definition": "net.xml", "active": true, "restart": true }],
            "domains": [
                { "definition": "1.xml", "active": true, "restart": false },
                { "definition": "2.xml", "active": true },
            ],
        })
    };
    place.write("net.xml", NETWORK);
    place.apply(&bundle());
    daemon.connect().create_domain_xml(&on(3).xml(), 0).unwrap();
    let ids = [1, 2, 3].map(|number| daemon.domain(number).id());
    let plan = place.plan(&bundle());
    let notes = plan["objects"][0]["notes"].to_string();
    assert!(notes.contains("restarted with it: `guest2`"), "{plan:#}");
    assert!(notes.contains("cut off from it until they are: `guest1`, `guest3`"), "{plan:#}");
    place.apply(&bundle());
    let after = [1, 2, 3].map(|number| daemon.domain(number).id());
    assert_eq!((after[0], after[2]), (ids[0], ids[2]));
    assert_ne!(after[1], ids[1]);
    // One that cannot start is undone, and those that were stopped with it run again.
    place.write("net.xml", &NETWORK.replace("virbr77", "lo"));
    place.bundle(&bundle());
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("it runs with the old one again"), "{}", ran.all());
    assert!(daemon.domain(2).is_active().unwrap());
    assert!(daemon.connect().lookup_network_by_name("inner").unwrap().is_active().unwrap());
}
