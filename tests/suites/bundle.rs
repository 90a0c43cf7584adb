//! Bundles through the binary: every object of a host becomes a file of a folder, all of them or none, and the index
//! says what became of each.

use std::fs;
use std::time::{Duration, Instant};

use nixvirt_tests::command::{Dir, domain};
use nixvirt_tests::tree::Tree;
use serde_json::{Value, json};

/// A bundle with every kind of entry.
fn bundle() -> Value {
    json!({
        "domains": [
            { "spec": domain("web", json!({})), "active": true, "restart": null },
            { "definition": "/etc/machines/db.xml", "active": false },
        ],
        "networks": [{ "spec": { "name": "lan" } }],
        "pools": [{
            "spec": { "name": "images", "type": "dir", "target": { "path": "/images" } },
            "volumes": [
                { "spec": { "name": "web.qcow2", "capacity": { "count": 1, "unit": "GiB" }, "target": { "format": { "type": "qcow2" } } } },
                { "name": "gone.qcow2", "present": false },
            ],
        }],
    })
}

const BUNDLE_FILES: [&str; 6] = [
    "host.json",
    "host/bundle.json",
    "host/domains/web.xml",
    "host/networks/lan.xml",
    "host/pools/images.xml",
    "host/volumes/images/web.qcow2.xml",
];

#[test]
fn a_bundle_becomes_a_folder() {
    let dir = Dir::new();
    dir.write("host.json", bundle().to_string());
    dir.run(["-o", "host", "host.json"]).succeeds().prints("").silent().leaves(&BUNDLE_FILES);
    for (file, root) in [
        ("domains/web", "domain"),
        ("networks/lan", "network"),
        ("pools/images", "pool"),
        ("volumes/images/web.qcow2", "volume"),
    ] {
        let object = Tree::read(&dir.read(&format!("host/{file}.xml"))).expect("XML");
        assert_eq!(object.name, root, "{file}");
    }
}

/// The index is the bundle, in its order, with every `spec` replaced by the absolute path of its `definition`, after the
/// mark that says whose files are there.
#[test]
fn a_bundle_has_an_index() {
    let dir = Dir::new();
    dir.write("host.json", bundle().to_string());
    dir.run(["-o", "host", "host.json"]).succeeds();
    let mut expected = bundle();
    for (place, file) in [
        ("/domains/0", "domains/web.xml"),
        ("/networks/0", "networks/lan.xml"),
        ("/pools/0", "pools/images.xml"),
        ("/pools/0/volumes/0", "volumes/images/web.qcow2.xml"),
    ] {
        let entry = expected.pointer_mut(place).and_then(Value::as_object_mut).expect("an entry");
        entry.remove("spec");
        // A temporary directory may be reached by way of a symbolic link, which is left as it is.
        let path = dir.path().join("host").join(file);
        entry.insert("definition".into(), path.to_string_lossy().into());
    }
    let mut index: Value = serde_json::from_str(&dir.read("host/bundle.json")).expect("JSON");
    let mark = index.as_object_mut().and_then(|index| index.remove("compiled")).expect("a mark");
    assert_eq!(mark["files"].as_object().map(|files| files.len()), Some(4));
    assert_eq!(index, expected);
    for entry in index.as_object().into_iter().flatten() {
        for object in entry.1.as_array().into_iter().flatten().filter(|object| object["active"] != false) {
            let definition = object["definition"].as_str().expect("a definition");
            assert!(fs::metadata(definition).is_ok(), "{definition} should be there");
        }
    }
}

#[test]
fn a_bundle_keeps_its_order() {
    let dir = Dir::new();
    let names: Vec<String> = (0..50).map(|index| format!("vm{}", (index * 37) % 50)).collect();
    let entries: Vec<Value> =
        names.iter().map(|name| json!({ "spec": domain(name, json!({})), "active": true })).collect();
    dir.write("host.json", json!({ "domains": entries }).to_string());
    dir.run(["-o", "host", "host.json"]).succeeds();
    let index: Value = serde_json::from_str(&dir.read("host/bundle.json")).expect("JSON");
    let found = index["domains"].as_array().expect("domains").iter();
    let found: Vec<&str> = found.filter_map(|entry| entry["definition"].as_str()).collect();
    assert_eq!(found.len(), 50);
    for (definition, name) in found.iter().zip(&names) {
        assert!(definition.ends_with(&format!("/domains/{name}.xml")), "{definition} instead of {name}");
    }
}

#[test]
fn all_of_a_bundle_or_nothing() {
    let dir = Dir::new();
    let mut wrong = bundle();
    wrong["domains"][0]["spec"]["titel"] = "x".into();
    wrong["networks"][0]["spec"]["bridge"] = json!({ "nmae": "br0" });
    wrong["pools"][0]["volumes"][0]["spec"]["uuid"] = "x".into();
    dir.write("host.json", wrong.to_string());
    let done =
        dir.run(["--format", "short", "-o", "host", "host.json"]).fails(1).prints("").leaves(&["host.json"]);
    let done = done.says("domains[0].spec.titel: unknown attribute `titel`");
    done.says("networks[0].spec.bridge.nmae: unknown").says("pools[0].volumes[0].spec.uuid: unknown");
}

#[test]
fn a_folder_of_ours_is_replaced() {
    let dir = Dir::new();
    dir.write("host.json", bundle().to_string());
    dir.run(["-o", "host", "host.json"]).succeeds();
    let smaller = json!({ "domains": [{ "spec": domain("other", json!({})) }] });
    dir.write("host.json", smaller.to_string());
    let files = ["host.json", "host/bundle.json", "host/domains/other.xml"];
    dir.run(["-o", "host", "host.json"]).succeeds().leaves(&files);
    // One wrong object, and the folder stays as it was.
    dir.write("host.json", json!({ "domains": [{ "spec": { "name": "x" } }] }).to_string());
    dir.run(["-o", "host", "host.json"]).fails(1).leaves(&files);
    assert!(dir.read("host/domains/other.xml").contains("<name>other</name>"));
}

#[test]
fn what_others_have_in_a_folder_stays() {
    let dir = Dir::new();
    dir.write("host.json", bundle().to_string());
    dir.write("home/thesis.txt", "ten years of work");
    dir.run(["-o", "home", "host.json"]).succeeds();
    assert_eq!(dir.read("home/thesis.txt"), "ten years of work");
    dir.run(["-o", "host.json", "host.json"]).fails(2).says("it is a file, and a bundle makes a folder");
    assert_eq!(dir.read("host.json"), bundle().to_string());
    fs::create_dir(dir.path().join("empty")).expect("a folder");
    dir.run(["-o", "empty", "host.json"]).succeeds();
    assert!(dir.read("empty/domains/web.xml").contains("<name>web</name>"));
}

#[test]
fn a_bundle_needs_a_folder() {
    let dir = Dir::new();
    dir.write("host.json", bundle().to_string());
    dir.run(["host.json"]).fails(2).prints("").says("-o");
    dir.run(["-o", "no/such/folder", "host.json"]).fails(2).leaves(&["host.json"]);
    dir.run(["check", "host.json"]).succeeds().prints("").finds_nothing().leaves(&["host.json"]);
}

/// Names are somebody's data: none may lead out of the folder, hide its file, or meet another's.
#[test]
fn names_stay_in_the_folder() {
    let dir = Dir::new();
    let names = ["../../up", "/etc/passwd", ".hidden", "..", "a b", "größe", "%2F", "x\u{7f}y"];
    let entries: Vec<Value> = names.iter().map(|name| json!({ "spec": domain(name, json!({})) })).collect();
    dir.write("in/host.json", json!({ "domains": entries }).to_string());
    let done = dir.run(["--allow", "name-slash", "-o", "in/host", "in/host.json"]).succeeds();
    let outside = done.files.iter().filter(|file| !file.starts_with("in/host/") && *file != "in/host.json");
    assert_eq!(outside.count(), 0, "{done}");
    assert_eq!(done.files.len(), names.len() + 2, "every name has a file of its own\n{done}");
    assert!(done.files.iter().all(|file| !file.contains("/.")), "{done}");
}

#[test]
fn one_name_twice_is_wrong() {
    let dir = Dir::new();
    let twice =
        json!({ "domains": [{ "spec": domain("web", json!({})) }, { "spec": domain("web", json!({})) }] });
    dir.write("host.json", twice.to_string());
    dir.run(["-o", "host", "host.json"]).fails(1).says("web").leaves(&["host.json"]);
    // Volumes of two pools may share one.
    let volume = json!([{ "spec": { "name": "a.img", "capacity": 1 } }]);
    let pool = |name: &str| json!({ "spec": { "name": name, "type": "dir", "target": { "path": format!("/{name}") } }, "volumes": volume });
    dir.write("host.json", json!({ "pools": [pool("one"), pool("two")] }).to_string());
    let done = dir.run(["-o", "host", "host.json"]).succeeds();
    assert!(done.files.contains(&"host/volumes/one/a.img.xml".to_owned()), "{done}");
    assert!(done.files.contains(&"host/volumes/two/a.img.xml".to_owned()), "{done}");
}

#[test]
fn a_secret_has_no_name_and_a_file_all_the_same() {
    let dir = Dir::new();
    let uuid = "2904419d-b283-4cfd-9f2c-7c3713ff8100";
    let secret = |file: &str| json!({ "usage": { "type": "volume", "volume": file } });
    let mut known = secret("/a.img");
    known["uuid"] = uuid.into();
    let entries = [json!({ "spec": secret("/b.img") }), json!({ "spec": known })];
    dir.write("host.json", json!({ "secrets": entries }).to_string());
    let files = ["host.json", "host/bundle.json", "host/secrets/0.xml", &format!("host/secrets/{uuid}.xml")];
    dir.run(["-o", "host", "host.json"]).succeeds().leaves(&files);
    assert!(!dir.read("host/bundle.json").contains("null"));
}

#[test]
fn a_bundle_of_wrong_shape_is_said() {
    let dir = Dir::new();
    for (bundle, said) in [
        (json!({ "domains": [{ "spec": [] }] }), "wrong-shape: domains[0].spec"),
        (
            json!({ "domains": [{ "actve": true }] }),
            "`actve` in an entry of `domains` (did you mean `active`?)",
        ),
        (json!({ "domains": [], "prune": "ownd" }), "prune: \"ownd\" is not allowed here"),
        (json!({ "domains": [{ "restart": "alway" }] }), "(did you mean \"always\"?)"),
        (json!({ "domains": [{ "hooks": { "strted": "x" } }] }), "(did you mean `started`?)"),
        (json!({ "domains": [{ "build": false }] }), "`build` does not go with a domain"),
        (json!({ "domains": [], "volumes": [] }), "a volume belongs to a pool"),
        (json!({ "domains": ["vm"] }), "wrong-shape: domains[0]"),
        (
            json!({ "domains": [], "netwroks": [] }),
            "unknown key `netwroks` in a bundle (did you mean `networks`?)",
        ),
        (
            json!({ "domains": { "vm": {} } }),
            "wrong-shape: domains: a set cannot stand here; expected a list",
        ),
        (json!({ "domains": [domain("vm", json!({}))] }), "domains[0]: a set that defines nothing"),
        (json!({ "domains": [{ "spec": null, "active": true }] }), "domains[0]: a set that defines nothing"),
        (
            json!({ "networks": [{ "name": "lan", "present": false }] }),
            "networks[0]: a set that defines nothing",
        ),
        (json!({ "domains": [], "networks": {} }), "wrong-shape: networks"),
        (json!({ "domains": [{ "template": "linux", "args": {} }] }), "template: domains[0]: "),
        (json!({ "domains": [{ "template": "linx", "args": {} }] }), "bad-value: domains[0].template"),
    ] {
        dir.write("host.json", bundle.to_string());
        dir.run(["--format", "short", "-o", "host", "host.json"]).fails(1).says(said).leaves(&["host.json"]);
    }
}

/// The words for `restart` are those of the bundle's author; whoever reads the compiled one finds a boolean.
#[test]
fn restart_has_words() {
    let dir = Dir::new();
    for (word, expected) in
        [(json!("always"), json!(true)), (json!("never"), json!(false)), (json!(null), json!(null))]
    {
        let entry = json!({ "spec": domain("vm", json!({})), "restart": word });
        dir.write("host.json", json!({ "domains": [entry] }).to_string());
        dir.run(["-o", "host", "host.json"]).succeeds();
        let index: Value = serde_json::from_str(&dir.read("host/bundle.json")).expect("JSON");
        assert_eq!(index["domains"][0]["restart"], expected);
    }
}

/// Deep values meet the small stacks of worker threads.
#[test]
fn a_bundle_bears_depth() {
    let dir = Dir::new();
    let mut spec = domain("vm", json!({}));
    spec["metadata"] = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200)).into();
    dir.write("host.json", json!({ "domains": [{ "spec": spec }] }).to_string());
    dir.run(["-o", "host", "host.json"]).succeeds();
}

/// A warning for each of a thousand guests: what is shown of one must not take as long as all of it is.
#[test]
fn many_problems_are_printed_soon() {
    let dir = Dir::new();
    let disk = |dev| json!({ "source": { "file": "relative.img" }, "target": { "dev": dev } });
    let disks = json!({ "disk": [disk("vda"), disk("vdb"), disk("vdc")] });
    let entries: Vec<Value> =
        (0..1000).map(|index| json!({ "spec": domain(&format!("vm{index}"), disks.clone()) })).collect();
    dir.write("host.json", json!({ "domains": entries }).to_string());
    for format in ["human", "short", "json"] {
        let begin = Instant::now();
        let done = dir.run(["check", "--format", format, "host.json"]).succeeds();
        assert_eq!(done.for_tools().matches("outside-schema").count(), 3000);
        assert!(begin.elapsed() < Duration::from_secs(30), "{format} took {:?}", begin.elapsed());
    }
}

/// Warnings stand in the index, so that whoever applies it shows them: nobody reads the log of a build. No
/// file and no line is in it.
#[test]
fn warnings_are_in_the_index() {
    let dir = Dir::new();
    let mut web = domain("web", json!({}));
    web["os"]["kernel"] = json!("vmlinuz");
    dir.write("host.json", json!({ "domains": [{ "spec": web }] }).to_string());
    let said = dir.run(["-o", "host", "--format", "json", "host.json"]).succeeds().stderr;
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let index = || -> Value { serde_json::from_str(&dir.read("host/bundle.json")).expect("JSON") };
    let text = format!(
        "{}; {}",
        said[0]["message"].as_str().expect("text"),
        said[0]["help"].as_str().expect("text")
    );
    let expected = json!([{
        "object": "domain `web`", "path": "os.kernel", "code": "outside-schema", "text": text,
    }]);
    assert_eq!(index()["warnings"], expected);
    // The folder can be compiled again; nothing gets lost, and nothing is said twice.
    let again = index();
    dir.write(
        "again.json",
        json!({ "domains": again["domains"], "warnings": again["warnings"] }).to_string(),
    );
    dir.run(["-o", "more", "again.json"]).succeeds();
    let more: Value = serde_json::from_str(&dir.read("more/bundle.json")).expect("JSON");
    assert_eq!(more["warnings"], expected);
    dir.write("host.json", json!({ "domains": [{ "spec": domain("web", json!({})) }] }).to_string());
    dir.run(["-o", "host", "host.json"]).succeeds().silent();
    assert_eq!(index().get("warnings"), None);
}

/// The definitions of a bundle are libvirt's own XML, maybe from a host with a newer one: only what is none of the kind at all
/// is an error.
#[test]
fn definitions_that_are_there_are_checked() {
    let dir = Dir::new();
    let domain = "<domain type='kvm'><name>a</name><memory>1</memory><os><type>hvm</type></os>";
    let compile = |xml: &str, kind: &str, status: i32| {
        dir.write("a.xml", xml);
        dir.write("host.json", json!({ kind: [{ "definition": dir.path().join("a.xml") }] }).to_string());
        let checked = dir.run(["check", "--format", "short", "host.json"]).done();
        let compiled = dir.run(["-o", "host", "--format", "short", "host.json"]).done();
        assert_eq!((checked.status, &checked.stderr), (status, &compiled.stderr));
        assert_eq!(compiled.status, status);
        compiled
    };
    compile(&format!("{domain}</domain>"), "domains", 0).silent();
    compile(&format!("{domain}<tomorrow/></domain>"), "domains", 0)
        .says("unknown-element: domains[0].definition.tomorrow: unknown element `tomorrow` in `domain`");
    assert!(dir.read("host/bundle.json").contains("\"path\": \"tomorrow\""));
    for (xml, kind, says) in [
        ("no XML at all", "domains", "syntax: domains[0].definition: this is not XML: "),
        (domain, "domains", "syntax: domains[0].definition: this is not XML: "),
        ("<domain><tomorrow/>", "domains", "syntax: domains[0].definition: this is not XML: "),
        ("", "domains", "syntax: domains[0].definition: this is not XML: "),
        (
            "<domain/>",
            "networks",
            "unknown-element: networks[0].definition: unknown element `domain` in `document`",
        ),
        ("<domain/>", "pools", "unknown element `domain`"),
    ] {
        compile(xml, kind, 1).says(says);
    }
    dir.run(["check", "--summary", "host.json"])
        .fails(1)
        .says(&format!("\n{}/a.xml:1:1: pools[0].definition: ", dir.path().display()));
    // Volumes of a pool, and a path from where the bundle is.
    dir.write("below/b.xml", "<volume>");
    let pool = json!({ "definition": "/no/such/pool.xml", "volumes": [{ "definition": "b.xml" }] });
    dir.write("below/host.json", json!({ "pools": [pool] }).to_string());
    dir.run(["check", "--format", "short", "below/host.json"])
        .fails(1)
        .says("pools[0].volumes[0].definition: ");
    // What is not there, or no file, is the host's business.
    dir.write(
        "host.json",
        json!({ "domains": [{ "definition": "/no/such/a.xml" }, { "definition": "/dev/zero" }] }).to_string(),
    );
    dir.run(["check", "host.json"]).succeeds().finds_nothing();
}

/// The salt of a host goes into all its objects, and on to the apply step, which completes definitions.
#[test]
fn a_bundle_has_a_salt() {
    let dir = Dir::new();
    let mut own = domain("own", json!({}));
    own["salt"] = json!("b");
    let uuid = |file: &str| {
        let object = Tree::read(&dir.read(file)).expect("XML");
        object.child("uuid").expect("a uuid").text.clone()
    };
    dir.write(
        "host.json",
        json!({ "salt": "a", "domains": [{ "spec": domain("web", json!({})) }, { "spec": own }] })
            .to_string(),
    );
    dir.run(["-o", "host", "host.json"]).succeeds().silent();
    for (name, salt) in [("web", "a"), ("own", "b")] {
        let mut spec = domain(name, json!({}));
        spec["salt"] = json!(salt);
        dir.write("one.json", spec.to_string());
        dir.run(["-o", "one.xml", "one.json"]).succeeds();
        assert_eq!(uuid(&format!("host/domains/{name}.xml")), uuid("one.xml"));
    }
    let index: Value = serde_json::from_str(&dir.read("host/bundle.json")).expect("JSON");
    assert_eq!(index["salt"], "a");
    dir.write("host.json", json!({ "salt": 1, "domains": [] }).to_string());
    dir.run(["check", "host.json"]).fails(1).says("salt: an integer cannot stand here");
}

/// The index is in another folder than the bundle, and yet names the same files.
#[test]
fn what_a_bundle_names_relatively_stays_where_it_is() {
    let dir = Dir::new();
    let place = |path: &str| dir.path().join(path).to_string_lossy().into_owned();
    fs::create_dir_all(dir.path().join("lab/xml")).expect("a folder");
    let xml = "<domain type='kvm'><name>m</name><memory>1024</memory><os><type>hvm</type></os></domain>";
    dir.write("lab/xml/m.xml", xml);
    let hooks = |folder: &str| json!({ "started": format!("{folder}run/it"), "stopped": "logger -t x/y stopped", "prepare": "true", "release": null });
    let given = json!({
        "domains": [
            { "definition": "xml/m.xml", "active": false, "hooks": hooks("") },
            { "definition": "/etc/machines/db.xml", "hooks": hooks("/") },
        ],
        "secrets": [{ "definition": "../s.xml", "value": { "file": "keys/s" } }],
        "pools": [{ "definition": "p.xml", "volumes": [{ "definition": "v.xml" }] }],
    });
    dir.write("lab/host.json", given.to_string());
    let expected = json!({
        "domains": [
            { "definition": place("lab/xml/m.xml"), "active": false, "hooks": hooks(&place("lab/")) },
            { "definition": "/etc/machines/db.xml", "hooks": hooks("/") },
        ],
        "secrets": [{ "definition": place("lab/../s.xml"), "value": { "file": place("lab/keys/s") } }],
        "pools": [{ "definition": place("lab/p.xml"), "volumes": [{ "definition": place("lab/v.xml") }] }],
    });
    // By way of another folder, and from within the bundle's own.
    let runs = [("lab/host.json", "out", "."), ("host.json", "../elsewhere", "lab")];
    for (bundle, out, from) in runs {
        dir.shell(&format!("cd {from} && \"$0\" -o {out} {bundle}")).succeeds();
        let index = dir.read(&format!("{from}/{out}/bundle.json"));
        let mut index: Value = serde_json::from_str(&index).expect("JSON");
        index.as_object_mut().and_then(|index| index.remove("compiled")).expect("a mark");
        assert_eq!(index, expected, "{bundle}");
    }
}
