//! Hosts that are reached over a network: by a real sshd, and by TLS with real certificates.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "support/images.rs"]
mod images;
#[path = "support/ssh.rs"]
mod ssh;
mod support;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use images::{bundle, content, file};

use serde_json::{Value, json};
use ssh::{SSH, has_ssh, know, must, run, sshd};
use support::amount::how_many;
use support::{Daemon, Guest, Place, actions, changes, has, writes};

/// The port for TLS in a network that only the daemon and its clients are in.
const TLS: u16 = 26_514;

/// The text of the error of a run that did not begin.
#[track_caller]
fn refusal(daemon: &Daemon, place: &Place) -> String {
    let ran = run(daemon, place, "plan").expect(1);
    let found: Value = ran.json();
    let message = found["errors"][0]["message"].as_str();
    message.unwrap_or_else(|| panic!("{}", ran.all())).to_owned()
}

/// A bundle, what it comes to on a host, a second run, and what is said of a host whose files are not seen here.
fn plan_apply_and_apply_again(daemon: &Daemon, place: &Place) {
    let stranger = Guest::new(9);
    let stranger = daemon.connect().define_domain_xml(&stranger.xml()).unwrap();
    let before = stranger.xml_desc(0).unwrap();
    let mut guest = Guest::new(1);
    place.write("guest1.xml", &guest.xml());
    let bundle = json!({ "domains": [{ "definition": "guest1.xml", "active": true }] });
    place.bundle(&bundle);

    let planned = run(daemon, place, "plan").expect(0).json();
    assert_eq!(actions(&planned, "guest1"), ["create", "start"]);
    assert_eq!(writes(&planned), 0);
    assert!(daemon.connect().list_all_domains(0).unwrap().len() == 1, "a plan does nothing");

    let applied = run(daemon, place, "apply").expect(0).json();
    assert_eq!(actions(&applied, "guest1"), ["create", "start"]);
    assert!(daemon.domain(1).is_active().unwrap());
    let again = run(daemon, place, "apply").expect(0).json();
    assert_eq!((writes(&again), actions(&again, "guest1")), (0, vec!["unchanged".to_owned()]));

    // What a restart needs of the host's files cannot be seen from here.
    guest.memory = support::memory(48);
    place.write("guest1.xml", &guest.xml());
    let planned = run(daemon, place, "plan").expect(0).json();
    assert_eq!(changes(&planned, "guest1").len(), 1, "{planned:#}");
    let notes = planned.to_string();
    assert!(
        notes.contains("as the host is another machine, its images, firmware, USB devices"),
        "{planned:#}"
    );
    let applied = run(daemon, place, "apply").expect(0).json();
    assert_eq!(actions(&applied, "guest1"), actions(&planned, "guest1"), "{applied:#}");
    assert_eq!(daemon.domain(1).max_memory().unwrap(), 48 << 10);
    // Paths of a store are those of the host: nothing holds them from here.
    assert!(!place.path().join("state/roots").exists());

    place.bundle(&json!({ "domains": [] }));
    let applied = run(daemon, place, "apply").expect(0).json();
    assert_eq!(actions(&applied, "guest1"), ["undefine", "stop"]);
    assert_eq!(stranger.xml_desc(0).unwrap(), before);
    assert_eq!(daemon.connect().list_all_domains(0).unwrap().len(), 1);
}

#[test]
fn a_host_is_reached_by_ssh() {
    if !has_ssh() {
        return;
    }
    let Some(daemon) = Daemon::start() else { return };
    let mut place = Place::new("");
    place.uri = sshd(&daemon, &place);
    place.bundle(&json!({ "domains": [] }));

    for (known, why) in [(None, "no key is known"), (Some("stranger_key"), "another key is known")] {
        match known {
            Some(key) => know(&place, key),
            None => drop(place.write("known", "")),
        }
        let said = refusal(&daemon, &place);
        assert!(said.contains("Host key verification failed"), "{why}: {said}");
        let wanted = format!("compare the key of 127.0.0.1 with `ssh-keyscan -p {SSH} 127.0.0.1`");
        assert!(said.contains(&wanted), "{why}: {said}");
    }
    know(&place, "host_key");
    fs::rename(place.path().join("client_key"), place.path().join("hidden")).unwrap();
    let said = refusal(&daemon, &place);
    assert!(said.contains("Permission denied"), "{said}");
    assert!(said.contains(&format!("`ssh -p {SSH} root@127.0.0.1`")), "{said}");
    fs::rename(place.path().join("hidden"), place.path().join("client_key")).unwrap();

    plan_apply_and_apply_again(&daemon, &place);
}

#[test]
fn an_image_comes_by_ssh_however_often_the_sending_is_killed() {
    if !has_ssh() {
        return;
    }
    let Some(mut daemon) = Daemon::start() else { return };
    let mut place = Place::new("");
    place.uri = sshd(&daemon, &place);
    know(&place, "host_key");
    let bytes: Vec<u8> = (0..24).flat_map(|part| content(part)[..1 << 20].to_vec()).collect();
    file(&place, "one.img", &bytes);
    let there = bundle(&place, &[("web.img", "raw", 0, json!({ "image": "one.img" }))]);
    let mut gone = there.clone();
    gone["pools"][0]["volumes"] = json!([{ "name": "web.img", "present": false }]);
    let volume = place.path().join("images/web.img");
    let apply = |daemon: &Daemon, bundle: &Value| {
        place.bundle(bundle);
        run(daemon, &place, "apply").expect(0).json()
    };
    apply(&daemon, &there);
    assert!(fs::read(&volume).unwrap() == bytes);
    let mut halfway = 0;
    for kill in 1..=how_many(3, 20) {
        apply(&daemon, &gone);
        place.bundle(&there);
        let command = place.command("apply", &["--timeout", "30"]);
        let mut sending = daemon.in_its_network(&command);
        let mut sending = sending.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        // The sending begins once the volume is there.
        while !volume.exists() && sending.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(3 * kill as u64));
        sending.kill().unwrap();
        sending.wait().unwrap();
        daemon.revive();
        halfway += u32::from(volume.exists() && fs::read(&volume).unwrap() != bytes);
        apply(&daemon, &there);
        assert!(fs::read(&volume).unwrap() == bytes, "after kill {kill}");
        assert_eq!(writes(&apply(&daemon, &there)), 0);
    }
    assert!(halfway > 0, "no kill came while the image was sent");
    // The holes of a large image are not sent.
    let size = 1 << 40;
    let large = file(&place, "large.img", &content(30));
    fs::File::options().write(true).open(&large).unwrap().set_len(size).unwrap();
    apply(&daemon, &bundle(&place, &[("large.img", "raw", size, json!({ "image": "large.img" }))]));
    let found = fs::metadata(place.path().join("images/large.img")).unwrap();
    assert!(found.len() == size && found.blocks() * 512 < 16 << 20, "{} blocks are taken", found.blocks());
}

/// An authority and what it has signed, in a folder as libvirt's client wants it.
fn authority(place: &Place, folder: &str, server: &str) {
    let folder = place.path().join(folder);
    fs::create_dir(&folder).unwrap();
    let file = |name: &str| folder.join(name).display().to_string();
    let template = |name: &str, text: &str| {
        fs::write(folder.join(name), format!("{text}\nexpiration_days = 2\n")).unwrap();
        file(name)
    };
    let key = |name: &str| {
        must(Command::new("certtool").args([
            "--generate-privkey",
            "--key-type=rsa",
            "--outfile",
            &file(name),
        ]));
        file(name)
    };
    let own = template("ca.txt", "cn = \"tests\"\nca\ncert_signing_key");
    let authority = key("cakey.pem");
    must(Command::new("certtool").args(["--generate-self-signed", "--load-privkey", &authority]).args([
        "--template",
        &own,
        "--outfile",
        &file("cacert.pem"),
    ]));
    let of_server = format!("cn = \"host\"\n{server}\ntls_www_server\nsigning_key\nencryption_key");
    for (name, text) in
        [("server", &*of_server), ("client", "cn = \"client\"\ntls_www_client\nsigning_key\nencryption_key")]
    {
        let template = template(&format!("{name}.txt"), text);
        let key = key(&format!("{name}key.pem"));
        must(Command::new("certtool").args(["--generate-certificate", "--load-privkey", &key]).args([
            "--load-ca-certificate",
            &file("cacert.pem"),
            "--load-ca-privkey",
            &authority,
            "--template",
            &template,
            "--outfile",
            &file(&format!("{name}cert.pem")),
        ]));
    }
}

#[test]
fn a_host_is_reached_by_tls() {
    if !has("certtool", "--version") {
        return;
    }
    let Some(mut daemon) = Daemon::start() else { return };
    let mut place = Place::new("");
    authority(&place, "ours", "dns_name = \"localhost\"");
    authority(&place, "theirs", "dns_name = \"localhost\"");
    let uri =
        |host: &str, folder: &Path| format!("qemu+tls://{host}:{TLS}/system?pkipath={}", folder.display());
    let (ours, theirs) = (place.path().join("ours"), place.path().join("theirs"));
    daemon.listen(&format!(
        "listen_tls = 1\ntls_port = \"{TLS}\"\nlisten_addr = \"127.0.0.1\"\nauth_tls = \"none\"\ntls_no_sanity_certificate = 1\n\
         key_file = \"{0}/serverkey.pem\"\ncert_file = \"{0}/servercert.pem\"\nca_file = \"{0}/cacert.pem\"\n",
        ours.display()
    ));
    place.bundle(&json!({ "domains": [] }));

    // The certificate is of another name.
    place.uri = uri("127.0.0.1", &ours);
    let said = refusal(&daemon, &place);
    assert!(said.contains("127.0.0.1") && said.contains("check the certificates"), "{said}");
    // Each knows another authority.
    place.uri = uri("localhost", &theirs);
    let said = refusal(&daemon, &place);
    assert!(said.contains("localhost") && said.contains("check the certificates"), "{said}");
    // The client has none.
    place.uri = uri("localhost", &place.path().join("nowhere"));
    let said = refusal(&daemon, &place);
    assert!(said.contains("localhost") && said.contains("check the certificates"), "{said}");
    // Nobody listens.
    place.uri = uri("localhost", &ours).replace(&TLS.to_string(), "26515");
    let said = refusal(&daemon, &place);
    assert!(said.contains("listens for `qemu+tls` on port 26515"), "{said}");

    place.uri = uri("localhost", &ours);
    plan_apply_and_apply_again(&daemon, &place);
}
