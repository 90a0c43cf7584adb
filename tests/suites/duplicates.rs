//! A key that stands twice in a set is said, wherever the set stands in what is given as JSON: no value is lost in silence.

use nixvirt_tests::command::Dir;
use serde_json::Value;

/// Each source has one key twice, at this place.
const SOURCES: &[(&str, &str)] = &[
    ("name", r#"{ "type": "kvm", "name": "a", "name": "b", "memory": 1, "os": { "type": "hvm" } }"#),
    ("os.type", r#"{ "type": "kvm", "name": "a", "memory": 1, "os": { "type": "hvm", "type": "xen" } }"#),
    ("networks", r#"{ "networks": [ ], "domains": [ ], "networks": [ { "spec": { "name": "n" } } ] }"#),
    ("networks[0].spec", r#"{ "networks": [ { "spec": { "name": "n" }, "spec": { "name": "m" } } ] }"#),
    (
        "networks[0].active",
        r#"{ "networks": [ { "spec": { "name": "n" }, "active": true, "active": false } ] }"#,
    ),
    ("shutdown.timeout", r#"{ "networks": [ ], "shutdown": { "timeout": 1, "timeout": 2 } }"#),
    (
        "domains[0].args.name",
        r#"{ "domains": [ { "template": "linux", "args": { "name": "a", "name": "b", "memory": 1 } } ] }"#,
    ),
    ("memory", r#"{ "template": "linux", "name": "a", "memory": 1, "memory": 2 }"#),
    (
        "metadata.body",
        r#"{ "type": "kvm", "name": "a", "memory": 1, "os": { "type": "hvm" }, "metadata": { "elem": "a", "body": "x", "body": "y" } }"#,
    ),
    (
        "devices.disk[1].type",
        r#"{ "type": "kvm", "name": "a", "memory": 1, "os": { "type": "hvm" }, "devices": { "disk": [ null, { "type": "file", "type": "block", "target": { "dev": "vda" } } ] } }"#,
    ),
];

#[test]
fn a_key_that_stands_twice_is_said_wherever_it_stands() {
    let dir = Dir::new();
    for (path, source) in SOURCES {
        dir.write("source.json", source);
        let done = dir.run(["check", "--format", "json", "source.json"]).done();
        assert_eq!(done.status, 1, "{source}\n{done}");
        let found: Value = serde_json::from_str(done.for_tools()).expect("JSON");
        let found = found.as_array().expect("a list");
        let said = |problem: &&Value| problem["code"] == "duplicate-key" && problem["path"] == **path;
        assert_eq!(found.iter().filter(said).count(), 1, "{source}\n{done}");
        // Nothing comes of it, either.
        let done = dir.run(["-o", "out", "source.json"]).done();
        assert_eq!(done.status, 1, "{source}\n{done}");
        assert!(!dir.path().join("out").exists(), "{source}");
    }
}

#[test]
fn the_places_of_a_spec_have_no_key_twice() {
    let dir = Dir::new();
    dir.write("vm.json", r#"{ "type": "kvm", "nmae": "a" }"#);
    dir.write("places.json", r#"{ "store": "/nix/store", "store": "/other", "others": [ ], "tree": { } }"#);
    let done = dir.run(["check", "--places", "places.json", "vm.json"]).done();
    assert_eq!(done.status, 2, "{done}");
    assert!(done.stderr.contains("`store` stands twice"), "{done}");
}
