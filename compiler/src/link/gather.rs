//! Gathers the facts of an object from its document.
//!
//! This file only adds to what the schema tells (`mentions.rs`) the resources of the host that an object takes for itself.

use nixvirt_schema::{Format, Named};

use crate::diagnostics::report::Report;
use crate::document::{Document, Node};
use crate::link::at::At;
use crate::link::facts::{Facts, OfKind, Resource, canonical_uuid};
use crate::link::mentions::{macs_of, references_of};
use crate::link::{domain, network, nodedev, pool};

impl Facts {
    /// The facts of a document.
    pub fn of(document: &Document<'_>, report: &Report) -> Facts {
        let root = At::root(&document.root);
        let (mut references, mut macs) = (Vec::new(), Vec::new());
        root.each(&mut |at| {
            references_of(at, &mut references);
            macs_of(at, &mut macs);
        });
        let mut facts = Facts {
            kind: document.kind,
            name: document.name().map(str::to_owned),
            known: !report.unknowns,
            levels: report.levels().clone(),
            references,
            claims: Vec::new(),
            of_kind: OfKind::Other,
        };
        facts.identify(document, &root);
        match facts.kind.name {
            "domain" => domain::gather(&root, macs, &mut facts),
            "network" => network::gather(&root, &mut facts),
            "pool" => pool::gather(&root, &mut facts),
            "volume" => pool::gather_volume(&root, &mut facts),
            "secret" => facts.usage(&root),
            "nodedev" => nodedev::gather(&root, &mut facts),
            _ => {}
        }
        facts
    }

    /// Its name and UUID, where its kind has them.
    fn identify(&mut self, document: &Document<'_>, root: &At<'_, '_, '_>) {
        if let (Some(name), Named::Child(at) | Named::Attribute(at)) = (&self.name, self.kind.named) {
            let place = root.place(&[at]);
            self.claim(Resource::Name, name.clone(), place);
        }
        let is_uuid = |child: &&Node<'_>| child.element.text.is_some_and(|text| text.format == Format::Uuid);
        let Some(uuid) = document.uuid() else { return };
        let place = match self.kind.named {
            Named::Uuid(way) => Some(root.place(way)),
            _ => document.root.children.iter().find(is_uuid).map(|child| root.place(&[child.element.name])),
        };
        if let Some(place) = place {
            self.claim(Resource::Uuid, canonical_uuid(uuid), place);
        }
    }

    fn usage(&mut self, root: &At<'_, '_, '_>) {
        use nixvirt_schema::secret::SECRET;
        let Some(usage) = root.child(nixvirt_schema::child_name!(SECRET, "usage")) else { return };
        let Some(kind) = usage.value(&["type"]) else { return };
        let names = [
            nixvirt_schema::way!(SECRET, "usage", "volume"),
            nixvirt_schema::way!(SECRET, "usage", "name"),
            nixvirt_schema::way!(SECRET, "usage", "target"),
        ];
        if let Some(name) = names.iter().find_map(|way| root.value(way)) {
            self.claim(Resource::Usage, format!("{kind} {name}"), usage.place(&[]));
        }
    }
}
