//! libvirt's own judgement: its RELAX NG by way of xmllint, its parser by way of virsh and the test driver.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::command::Dir;
use crate::skip;

/// Where libvirt installs its schemas.
const SCHEMAS: &str = "/usr/share/libvirt/schemas";

/// libvirt's schema and virsh's command for each kind of object.
const KINDS: &[(&str, &str, &str)] = &[
    ("domain", "domain.rng", "define"),
    ("network", "network.rng", "net-define"),
    ("pool", "storagepool.rng", "pool-define"),
    ("volume", "storagevol.rng", "vol-create default-pool"),
    ("nwfilter", "nwfilter.rng", "nwfilter-define"),
    ("secret", "secret.rng", "secret-define"),
];

/// Holds documents of a kind against libvirt's schema: those that it refuses, by their names, with what it says.
/// Nothing where there is no xmllint or no schema here.
pub fn refused_by_schema(kind: &str, documents: &[(String, String)]) -> Option<BTreeMap<String, String>> {
    let (_, schema, _) = KINDS.iter().find(|(name, ..)| *name == kind)?;
    let schema = Path::new(SCHEMAS).join(schema);
    if !skip::have("xmllint", "--version") {
        return None;
    }
    if !schema.is_file() {
        assert!(!skip::in_ci(), "there is no {}; CI must have it", schema.display());
        skip::say(&format!("there is no {}", schema.display()));
        return None;
    }
    let dir = Dir::new();
    for (index, (_, xml)) in documents.iter().enumerate() {
        dir.write(&format!("{index}.xml"), xml);
    }
    let mut refused = BTreeMap::new();
    let indices: Vec<usize> = (0..documents.len()).collect();
    for some in indices.chunks(100) {
        let mut command = Command::new("timeout");
        // There are documents on which xmllint never ends.
        command.args(["120", "xmllint", "--noout", "--relaxng"]).arg(&schema).current_dir(dir.path());
        let output = command.args(some.iter().map(|index| format!("{index}.xml"))).output();
        let output = output.expect("xmllint should run");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        for &index in some {
            let valid = said.lines().any(|line| line == format!("{index}.xml validates"));
            if !valid {
                let about = said.lines().filter(|line| line.starts_with(&format!("{index}.xml")));
                let about: Vec<&str> = about.collect();
                let name = documents[index].0.clone();
                assert!(!about.is_empty(), "xmllint said nothing of {name}; {}: {said}", output.status);
                refused.insert(name, about.join("\n"));
            }
        }
    }
    Some(refused)
}

/// Defines an object in libvirt's test driver, which is a new one each time.
///
/// # Errors
/// What libvirt says.
pub fn define(kind: &str, xml: &str) -> Result<(), String> {
    let dir = Dir::new();
    dir.write("object.xml", xml);
    let command = KINDS.iter().find(|(name, ..)| *name == kind).map_or("define", |(_, _, command)| command);
    let mut virsh = Command::new("virsh");
    virsh.args(["--connect", "test:///default"]).args(command.split(' ')).arg("object.xml");
    let output = virsh.env("LC_ALL", "C").current_dir(dir.path()).output().expect("virsh should run");
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

/// Whether virsh is here.
pub fn have_virsh() -> bool {
    skip::have("virsh", "--version")
}
