//! A plan that is kept in a file, and a host that is written into a folder.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use nixvirt_compiler::{Around, CompileOptions, compile_bundle, parse_json};
use serde_json::{Value, json};
use support::{Daemon, Guest, Place, actions, changes, uuid};
use virt::sys;

fn nixvirt_apply(place: &Place, arguments: &[&str]) -> Output {
    let mut run = Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
    run.args(arguments).arg("--state-dir").arg(place.path().join("state")).env("LC_ALL", "C");
    run.env_remove("JOURNAL_STREAM").output().unwrap()
}

#[test]
fn a_plan_in_a_file_is_done_as_it_is_or_not_at_all() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    let bundle = |guest: &Guest| {
        place.write("vm.xml", &guest.xml());
        place.bundle(&json!({ "domains": [{ "definition": "vm.xml" }] }));
    };
    let file = place.path().join("plan.json").display().to_string();
    let apply = || {
        let output = nixvirt_apply(&place, &["apply", &file]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    bundle(&guest);
    place.run("plan", &["--out", &file]).expect(0);
    assert_eq!(apply().0, Some(0));
    assert!(daemon.domain(1).is_persistent().unwrap());
    // It is done, and so it is no plan any more.
    let (status, said) = apply();
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("has changed since the plan was made") && said.contains("`guest1`"), "{said}");
    assert!(said.contains("[plan-outdated]"), "{said}");

    let title = |text: &str| format!("<title>{text}</title>");
    guest.top = title("one");
    bundle(&guest);
    // Another bundle, and a hand that changed something else of the same machine.
    place.run("plan", &["--out", &file]).expect(0);
    guest.top = title("two");
    bundle(&guest);
    assert_eq!(apply().0, Some(1));
    guest.top = title("one");
    bundle(&guest);
    let xml = daemon.domain(1).xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap();
    daemon.connect().define_domain_xml(&xml.replace("<vcpu placement='static'>1<", "<vcpu>2<")).unwrap();
    let (status, said) = apply();
    assert_eq!(status, Some(1), "{said}");
    assert!(!daemon.domain(1).xml_desc(0).unwrap().contains("<title>"));
    // Put back, it is done. What a stranger does to a stranger is no matter.
    daemon.connect().define_domain_xml(&xml).unwrap();
    daemon.connect().define_domain_xml(&Guest::new(2).xml()).unwrap();
    let (status, said) = apply();
    assert_eq!(status, Some(0), "{said}");
    assert!(daemon.domain(1).xml_desc(0).unwrap().contains("<title>one</title>"));
    // One of another format.
    fs::write(&file, r#"{ "nixvirt_plan": 99, "live": true, "hosts": [] }"#).unwrap();
    let (_, said) = apply();
    assert!(said.contains("it is a plan of format 99") && said.contains("[plan-format]"), "{said}");
}

/// An import of a host makes specs that mean the same: applied to it, they change nothing.
#[test]
fn an_imported_host_is_as_it_is() {
    imports("host", &[]);
}

#[test]
fn a_host_that_is_imported_without_what_libvirt_fills_in_is_as_it_is() {
    imports("least", &["--minimal"]);
}

/// Imports a host of its own with these options.
fn imports(name: &str, options: &[&str]) {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let connect = daemon.connect();
    let mut guest = Guest::new(1);
    guest.name = "..odd $name".into();
    guest.devices =
        "<interface type='network'><source network='lan'/><model type='virtio'/></interface>".into();
    let network = "<network><name>lan</name><uuid>99999999-2222-3333-4444-000000000001</uuid><bridge name='virbr75'/>\
                   <ip address='10.99.75.1' netmask='255.255.255.0'><dhcp><range start='10.99.75.2' end='10.99.75.9'/></dhcp></ip></network>";
    connect.define_network_xml(network).unwrap().create().unwrap();
    let pool = place.path().join("pool");
    fs::create_dir(&pool).unwrap();
    let xml = format!(
        "<pool type='dir'><name>images</name><target><path>{}</path></target></pool>",
        pool.display()
    );
    let defined = connect.define_storage_pool_xml(&xml, 0).unwrap();
    defined.create(0).unwrap();
    let volume = "<volume><name>disk.img</name><capacity unit='MiB'>3</capacity><target><format type='qcow2'/></target></volume>";
    virt::storage_vol::StorageVol::create_xml(&defined, volume, 0).unwrap();
    connect.define_domain_xml(&guest.xml()).unwrap().set_autostart(true).unwrap();
    connect
        .define_secret_xml("<secret private='yes'><uuid>99999999-2222-3333-4444-000000000002</uuid><description>s</description></secret>", 0)
        .unwrap();

    comes_back(&daemon, &place, &place.path().join(name), options);
}

/// Imports the host of a place into a folder. The bundle in it changes nothing there.
fn comes_back(daemon: &Daemon, place: &Place, folder: &Path, options: &[&str]) {
    let import = || {
        let mut run = Command::new(env!("CARGO_BIN_EXE_nixvirt-apply"));
        run.args(["import", "--connect", &place.uri])
            .args(options)
            .arg(folder)
            .env_remove("JOURNAL_STREAM")
            .output()
            .unwrap()
    };
    let output = import();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("its value is not here"), "{said}");
    for file in [
        "bundle.nix",
        "domains/x..odd--name.nix",
        "networks/lan.nix",
        "pools/images.nix",
        "volumes/images/disk.img.nix",
    ] {
        assert!(folder.join(file).is_file(), "no {file}: {said}");
    }
    // Nothing is written over.
    assert_eq!(import().status.code(), Some(1));

    let evaluated = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json"])
        .arg(folder.join("bundle.nix"))
        .output();
    let Ok(evaluated) = evaluated else {
        let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        assert!(!ci, "CI must have Nix");
        return;
    };
    assert!(evaluated.status.success(), "{}", String::from_utf8_lossy(&evaluated.stderr));
    let source = evaluated.stdout;
    let made = place.path().display().to_string();
    let around = Around { folder: &made, ..Around::NOTHING };
    let (bundle, _) =
        compile_bundle(parse_json(&source).unwrap().value, CompileOptions::DEFAULT, &around).unwrap();
    for file in &bundle.files {
        let path = place.path().join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.xml).unwrap();
    }
    let index: Value = serde_json::from_str(&serde_json::to_string(&bundle.index).unwrap()).unwrap();
    let plan = place.plan(&index);
    for name in ["..odd $name", "lan", "images"] {
        assert!(changes(&plan, name).is_empty(), "{name}: {plan:#}");
        assert!(
            matches!(&*actions(&plan, name), [one] if one == "update" || one == "unchanged"),
            "{name}: {plan:#}"
        );
    }
    assert!(plan["objects"].as_array().unwrap().iter().all(|one| one["volumes"] == json!([])), "{plan:#}");
    place.apply(&index);
    assert!(daemon.domain(1).autostart().unwrap());
    assert_eq!(daemon.domain(1).uuid_string().unwrap(), uuid(1));
}
