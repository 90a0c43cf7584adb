//! Secrets that files hold.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;

use nixvirt_apply::kind::ObjectKind;
use nixvirt_apply::state::{self, State};
use nixvirt_compiler::{CompileOptions, compile_spec, parse_json};
use serde_json::json;
use support::{Daemon, Place, actions, uuid, writes};
use virt::sys;

#[test]
fn a_secret_in_a_file_is_nowhere_but_at_libvirt() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let file = place.write("passwd", "s3same<'\n");
    let spec = json!({
        "type": "qemu", "name": "guest1", "uuid": uuid(1), "memory": { "count": 32, "unit": "MiB" }, "vcpu": 1,
        "os": { "type": "hvm", "arch": "x86_64", "machine": "q35" },
        "devices": { "graphics": { "type": "vnc", "port": 5998, "autoport": false, "passwd": { "file": file } } },
    });
    let source = spec.to_string();
    let options = CompileOptions::DEFAULT;
    let outcome = compile_spec(parse_json(source.as_bytes()).unwrap().value, options);
    assert!(outcome.diagnostics.is_empty(), "{:?}", outcome.diagnostics);
    let xml = outcome.xml.unwrap();
    assert!(!xml.contains("passwd=") && xml.contains("path=\"devices.graphics[0].passwd\""), "{xml}");
    place.write("vm.xml", &xml);
    let bundle = json!({ "domains": [{ "definition": "vm.xml" }] });
    // The state is packed, so that its bytes would say nothing.
    let remembered = || {
        let path = state::path_of(&place.path().join("state"), &place.uri, "state");
        let key = (ObjectKind::Domain, uuid(1).parse().unwrap());
        let texts = State::open(path, false).unwrap().texts(key).unwrap();
        assert!(texts.given.contains("guest1") && texts.made.contains("guest1"));
        format!("{texts:?}")
    };
    let said = place.plan(&bundle).to_string() + &place.apply(&bundle).to_string();
    let domain = daemon.connect().lookup_domain_by_uuid_string(&uuid(1)).unwrap();
    let secure = || domain.xml_desc(sys::VIR_DOMAIN_XML_SECURE | sys::VIR_DOMAIN_XML_INACTIVE).unwrap();
    assert!(secure().contains("passwd='s3same&lt;&apos;'"), "{}", secure());
    assert!(!said.contains("s3same") && !remembered().contains("s3same"));
    assert_eq!(writes(&place.apply(&bundle)), 0);
    // A new value is a change.
    fs::write(&file, "another").unwrap();
    assert_eq!(actions(&place.plan(&bundle), "guest1"), ["update"]);
    place.apply(&bundle);
    assert!(secure().contains("passwd='another'"), "{}", secure());
    assert_eq!(writes(&place.apply(&bundle)), 0);
    // A hand edit is put back with the value.
    let plain = domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap();
    daemon.connect().define_domain_xml(&plain.replace("<vcpu placement='static'>1<", "<vcpu>2<")).unwrap();
    place.apply(&bundle);
    assert!(secure().contains("passwd='another'") && secure().contains(">1</vcpu>"), "{}", secure());
    // A file that is not there is said before anything is touched.
    fs::remove_file(&file).unwrap();
    let ran = place.run("apply", &[]).expect(1);
    assert!(ran.stderr.contains("cannot read the secret for `devices.graphics[0].passwd`"), "{}", ran.all());
    // One in the spec is warned of.
    let plain = source.replace(&json!({ "file": file }).to_string(), "\"s3same\"");
    let outcome = compile_spec(parse_json(plain.as_bytes()).unwrap().value, options);
    let codes: Vec<&str> = outcome.diagnostics.iter().map(|found| found.problem.code().name).collect();
    assert_eq!(codes, ["plain-secret"]);
    assert!(outcome.xml.is_some());
}
