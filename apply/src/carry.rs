//! The parts of a domain's definition that belong to its host, and that each new definition keeps: the image that a
//! disk is on since somebody made a snapshot or copied it, and the file of its UEFI variables.
//!
//! The definition that was declared names the image that the disk began with. Booting that one instead of what the
//! host put in its place would lose what the guest wrote since. So the source of a disk moves only where its own
//! declaration moves.

use std::collections::BTreeMap;
use std::ops::Range;

use roxmltree::{Document, Node};

use crate::edits::{Edits, escape};
use crate::error::{self, Error};
use crate::names;

/// A definition with what it takes over from the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The definition, as it is given to libvirt.
    pub text: String,
    /// The parts that were kept against the declaration, one sentence each.
    pub kept: Vec<String>,
}

/// The definitions of a domain beside the new one.
pub struct KnownDefinitions<'k> {
    /// The definition that libvirt has of it.
    pub host: &'k str,
    /// The definition as it was declared last; nothing where it is not known.
    pub last: Option<&'k str>,
    /// The definitions of runs that did not end: what they put there is not the host's.
    pub tried: &'k [String],
    /// The images below one, nearest first; nothing where they cannot be read.
    pub chain: &'k dyn Fn(&str) -> Option<Vec<String>>,
}

/// Where a disk's content is: the type, and what names the place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    kind: String,
    names: BTreeMap<String, String>,
    hosts: Vec<String>,
}

impl Place {
    fn of(disk: Node<'_, '_>) -> Place {
        let source = child(disk, names::SOURCE);
        let attributes = source.iter().flat_map(|source| source.attributes());
        // These say nothing about where it is.
        let named =
            attributes.filter(|one| !matches!(one.name(), "startupPolicy" | "index" | "tls" | "tlsHostname"));
        let names: BTreeMap<_, _> =
            named.map(|one| (one.name().to_owned(), one.value().to_owned())).collect();
        let hosts =
            source.iter().flat_map(|source| source.children().filter(|node| node.has_tag_name(names::HOST)));
        let hosts = hosts
            .filter_map(|host| host.attribute(names::NAME).or(host.attribute("socket")).map(str::to_owned));
        // An empty drive has no type that matters.
        let kind = if names.is_empty() { "" } else { disk.attribute(names::TYPE).unwrap_or("file") };
        Place { kind: kind.to_owned(), names, hosts: hosts.collect() }
    }

    /// The path of an image, or of a block device.
    fn path(&self) -> Option<&str> {
        self.names.get("file").or(self.names.get("dev")).map(String::as_str)
    }

    fn shown(&self) -> String {
        let whole = || self.names.values().map(String::as_str).collect::<Vec<_>>().join("/");
        match self.path() {
            Some(path) => path.to_owned(),
            None if self.names.is_empty() => "no image".to_owned(),
            None => whole(),
        }
    }
}

/// Takes over from the host what belongs to it.
///
/// # Errors
/// Where one of the definitions is not XML.
pub fn carry(new: &str, known: &KnownDefinitions<'_>) -> Result<Carried, Error> {
    let parse = |text| Document::parse(text).map_err(|error| error::unparsed(&error));
    let (document, host) = (parse(new)?, parse(known.host)?);
    let last = known.last.map(parse).transpose()?;
    let tried: Vec<_> = known.tried.iter().filter_map(|text| Document::parse(text).ok()).collect();
    let mut edits = Edits::default();
    let mut kept = Vec::new();
    for disk in disks(&document) {
        let Some(target) = target(disk) else { continue };
        let of = |document| disks(document).find(|disk| self::target(*disk) == Some(target));
        let Some(there) = of(&host) else { continue };
        let (declared, actual) = (Place::of(disk), Place::of(there));
        let ours = tried.iter().filter_map(of).any(|disk| Place::of(disk) == actual);
        if declared == actual || ours {
            continue;
        }
        let moved = match &last {
            Some(last) => of(last).is_none_or(|last| Place::of(last) != declared),
            None => {
                let below = actual.path().and_then(|path| (known.chain)(path));
                below.is_some_and(|below| {
                    !declared.path().is_some_and(|path| below.iter().any(|one| one == path))
                })
            }
        };
        if moved {
            continue;
        }
        replace_source(&mut edits, new, disk, there, known.host);
        kept.push(format!(
            "its disk `{target}` is on {}, which the host put in the place of {}: it stays there",
            actual.shown(),
            declared.shown()
        ));
    }
    carry_variables(&mut edits, &document, &host, known.host);
    Ok(Carried { text: edits.apply(new), kept })
}

/// The domain's new definition under the name that it has on the host, where libvirt cannot rename it yet.
pub fn with_name(text: &str, name: &str) -> Result<String, Error> {
    let document = Document::parse(text).map_err(|error| error::unparsed(&error))?;
    let mut edits = Edits::default();
    if let Some(node) = child(document.root_element(), names::NAME) {
        edits.replace(node.range(), format!("<name>{}</name>", escape(name)));
    }
    Ok(edits.apply(text))
}

/// libvirt names the file of the UEFI variables after the domain. One that was renamed would begin with blank ones.
fn carry_variables(edits: &mut Edits, new: &Document<'_>, host: &Document<'_>, host_text: &str) {
    let os = |document: &Document<'_>| -> Option<Range<usize>> {
        child(child(document.root_element(), names::OS)?, names::NVRAM).map(|node| node.range())
    };
    let (root, there) = (new.root_element(), host.root_element());
    let (Some(new_os), Some(there_os)) = (child(root, names::OS), child(there, names::OS)) else { return };
    let Some(variables) = child(there_os, names::NVRAM) else { return };
    let path = variables.text().map(str::trim).filter(|path| !path.is_empty());
    let name = child(root, names::NAME).and_then(|name| name.text()).unwrap_or_default();
    let by_default = path.is_some_and(|path| {
        path.rsplit('/')
            .next()
            .is_some_and(|file| file.strip_prefix(name).is_some_and(|rest| rest.starts_with("_VARS")))
    });
    let wanted = child(new_os, names::NVRAM);
    let named = wanted.is_some_and(|node| {
        child(node, names::SOURCE).is_some() || node.text().is_some_and(|text| !text.trim().is_empty())
    });
    let firmware = new_os.attribute(names::FIRMWARE).is_some() || child(new_os, names::LOADER).is_some();
    if by_default || named || !firmware || (path.is_none() && child(variables, names::SOURCE).is_none()) {
        return;
    }
    match (wanted, path, os(host)) {
        (Some(node), Some(path), _) => {
            let attributes: String =
                node.attributes().map(|one| format!(" {}='{}'", one.name(), escape(one.value()))).collect();
            edits.replace(node.range(), format!("<nvram{attributes}>{}</nvram>", escape(path)));
        }
        (Some(node), None, Some(range)) => edits.replace(node.range(), host_text[range].to_owned()),
        (None, _, Some(range)) => {
            if let Some(first) = new_os.first_element_child() {
                let after =
                    child(new_os, names::LOADER).map_or(first.range().start, |loader| loader.range().end);
                edits.insert(after, host_text[range].to_owned());
            }
        }
        _ => {}
    }
}

/// Puts the host's source, and what its format is, in the place of the declared ones.
fn replace_source(edits: &mut Edits, text: &str, disk: Node<'_, '_>, there: Node<'_, '_>, host: &str) {
    let Some(anchor) = child(disk, names::TARGET).map(|target| target.range().start) else { return };
    let raw = |node: Node<'_, '_>| host[node.range()].to_owned();
    for name in [names::SOURCE, names::BACKING_STORE] {
        match (child(disk, name), child(there, name)) {
            (Some(old), Some(new)) => edits.replace(old.range(), raw(new)),
            (Some(old), None) => edits.replace(old.range(), String::new()),
            (None, Some(new)) => edits.insert(anchor, raw(new)),
            (None, None) => {}
        }
    }
    set_attribute(edits, text, disk, names::TYPE, there.attribute(names::TYPE).unwrap_or("file"));
    let format = child(there, names::DRIVER).and_then(|driver| driver.attribute(names::TYPE));
    match (child(disk, names::DRIVER), format) {
        (Some(driver), Some(format)) => set_attribute(edits, text, driver, names::TYPE, format),
        (None, Some(format)) => {
            edits.insert(anchor, format!("<driver name='qemu' type='{}'/>", escape(format)));
        }
        (_, None) => {}
    }
}

fn set_attribute(edits: &mut Edits, text: &str, node: Node<'_, '_>, name: &str, value: &str) {
    match node.attributes().find(|one| one.name() == name) {
        Some(old) => edits.replace(old.range_value(), escape(value)),
        None => edits.add_attribute(text, node.range().start, name, value),
    }
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn disks<'a, 'i>(document: &'a Document<'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    let devices = child(document.root_element(), names::DEVICES);
    devices.into_iter().flat_map(|devices| devices.children().filter(|node| node.has_tag_name(names::DISK)))
}

fn target<'a>(disk: Node<'a, '_>) -> Option<&'a str> {
    child(disk, names::TARGET)?.attribute("dev")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(disk: &str) -> String {
        format!("<domain><name>web</name><os/><devices><emulator>/q</emulator>{disk}</devices></domain>")
    }

    fn disk(format: &str, file: &str) -> String {
        domain(&format!(
            "<disk device='disk' type='file'><driver type='{format}' name='qemu' cache='none'/><source file='{file}'/>\
             <target dev='vda'/></disk>"
        ))
    }

    fn check(new: &str, host: &str, last: Option<&str>, chain: Option<&[&str]>, expected: Option<&str>) {
        let chain = |_: &str| chain.map(|chain| chain.iter().map(|one| (*one).to_owned()).collect());
        let known = KnownDefinitions { host, last, tried: &[], chain: &chain };
        let carried = carry(new, &known).unwrap();
        assert_eq!(carried.text, expected.unwrap_or(new));
        assert_eq!(carried.kept.len(), usize::from(expected.is_some()), "{:?}", carried.kept);
    }

    #[test]
    fn a_source_moves_only_where_its_declaration_does() {
        let (base, snapshot, other) =
            (disk("raw", "/base"), disk("qcow2", "/snapshot"), disk("raw", "/other"));
        check(&base, &base, Some(&base), None, None);
        check(&base, &snapshot, Some(&base), None, Some(&snapshot));
        check(&other, &snapshot, Some(&base), None, None);
        check(&snapshot, &snapshot, Some(&base), None, None);
    }

    #[test]
    fn without_a_state_the_chain_decides_and_what_is_unknown_stays() {
        let (base, snapshot) = (disk("raw", "/base"), disk("qcow2", "/snapshot"));
        check(&base, &snapshot, None, Some(&["/middle", "/base"]), Some(&snapshot));
        check(&base, &snapshot, None, Some(&[]), None);
        check(&base, &snapshot, None, None, Some(&snapshot));
    }

    #[test]
    fn whatever_the_source_is_it_is_carried_whole() {
        let declared = domain("<disk><source pool='p' volume='v'/><target dev='vda'/></disk>");
        let copy = domain(
            "<disk type='block'><driver name='qemu' type='raw'/><source dev='/dev/x'><reservations managed='yes'/></source>\
             <backingStore/><target dev='vda'/></disk>",
        );
        let expected = domain(
            "<disk type='block'><source dev='/dev/x'><reservations managed='yes'/></source><driver name='qemu' type='raw'/>\
             <backingStore/><target dev='vda'/></disk>",
        );
        let carried = carry(
            &declared,
            &KnownDefinitions { host: &copy, last: Some(&declared), tried: &[], chain: &|_| None },
        );
        let text = carried.unwrap().text;
        let (one, other) = (Document::parse(&text).unwrap(), Document::parse(&expected).unwrap());
        let parts = |document: &Document<'_>| {
            let disk = disks(document).next().unwrap();
            (Place::of(disk), child(disk, "driver").unwrap().attribute("type").map(str::to_owned))
        };
        assert_eq!(parts(&one), parts(&other), "{text}");
        assert!(text.contains("<reservations managed='yes'/>") && text.contains("<backingStore/>"), "{text}");
    }

    #[test]
    fn the_variables_of_a_renamed_machine_go_with_it() {
        let host = "<domain><name>old</name><os><loader>/c</loader><nvram template='/t'>/n/old_VARS.fd</nvram></os></domain>";
        let new = "<domain><name>new</name><os><loader>/c</loader></os></domain>";
        let known = KnownDefinitions { host, last: None, tried: &[], chain: &|_| None };
        let expected = "<domain><name>new</name><os><loader>/c</loader><nvram template='/t'>/n/old_VARS.fd</nvram></os></domain>";
        assert_eq!(carry(new, &known).unwrap().text, expected);
        let empty = "<domain><name>new</name><os><loader>/c</loader><nvram template='/u'/></os></domain>";
        assert!(carry(empty, &known).unwrap().text.contains("<nvram template='/u'>/n/old_VARS.fd</nvram>"));
        let named = "<domain><name>new</name><os><loader>/c</loader><nvram>/mine</nvram></os></domain>";
        assert_eq!(carry(named, &known).unwrap().text, named);
        let same = "<domain><name>old</name><os><loader>/c</loader></os></domain>";
        assert_eq!(carry(same, &known).unwrap().text, same);
    }
}
