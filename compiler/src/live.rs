//! What only the description of a running object has, so that an import of it leaves it out.

use crate::document::Node;

/// The beginnings of the names that libvirt makes up for the host's side of an interface (`virNetDevGenerateName` and
/// its callers); a definition with such a name gets another one at every start.
const GENERATED_DEVICES: &[&str] = &["vnet", "macvtap", "macvlan", "vif"];

/// Whether a child is there only because the object runs.
pub fn is_live_child(parent: &Node<'_>, child: &Node<'_>) -> bool {
    let get = |name| child.get(name).unwrap_or("");
    match child.element.name {
        // The names that libvirt gives to devices; a user's own begin with `ua-`.
        "alias" => !get("name").starts_with("ua-"),
        // Of a label that libvirt made up, the kind is part of the definition only where something else is said.
        "seclabel" if parent.element.name == "domain" => {
            let made_up = child.get("type").is_none_or(|kind| kind == "dynamic");
            made_up && child.children_named("label").next().is_some()
        }
        "target" if parent.element.name == "interface" => {
            GENERATED_DEVICES.iter().any(|prefix| get("dev").starts_with(prefix))
        }
        _ => parent.child_entry(child).live,
    }
}
