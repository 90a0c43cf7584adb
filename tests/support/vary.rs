//! Definitions as people might have written them: real ones with a device of another added, a part left out or written
//! twice, or a value replaced by one that stood at the same place elsewhere. Most are still of libvirt's grammar.

use std::collections::BTreeMap;

use crate::markup::{Content, Markup};
use crate::random::Random;

/// An attribute of an element within another one, or its text.
type Place = (String, String, Option<String>);

/// Definitions of one kind, and what they are made of.
#[derive(Debug)]
pub struct Variations {
    bases: Vec<Markup>,
    values: BTreeMap<Place, Vec<String>>,
    devices: Vec<Markup>,
    /// Whether attributes are left out as well.
    leaves_out_attributes: bool,
}

impl Variations {
    /// Collects the parts of definitions.
    pub fn new(bases: Vec<Markup>) -> Variations {
        let mut values: BTreeMap<Place, Vec<String>> = BTreeMap::new();
        let mut devices = Vec::new();
        for base in &bases {
            for place in base.places() {
                let element = base.at(&place);
                for (name, value) in parts(element) {
                    values.entry(key(base, &place, name)).or_default().push(value);
                }
            }
            let holders = base.elements().filter(|element| element.name == "devices");
            devices.extend(
                holders.flat_map(Markup::elements).filter(|device| device.name != "emulator").cloned(),
            );
        }
        Variations { bases, values, devices, leaves_out_attributes: false }
    }

    /// The same with attributes left out as well. Most of what comes of it is no longer of libvirt's grammar.
    pub fn without_attributes(self) -> Variations {
        Variations { leaves_out_attributes: true, ..self }
    }

    /// One of the definitions with one change or two.
    pub fn one(&self, random: &mut Random) -> Markup {
        let mut root = random.pick(&self.bases).clone();
        for _ in 0..=random.below(2) {
            self.change(&mut root, random);
        }
        root
    }

    fn change(&self, root: &mut Markup, random: &mut Random) {
        let drawn = random.below(100);
        if drawn < 35
            && let Some(device) = (!self.devices.is_empty()).then(|| random.pick(&self.devices))
            && let Some(Content::Element(devices)) = root.content.iter_mut().find(|it| is(it, "devices"))
        {
            devices.content.push(Content::Element(device.clone()));
            return;
        }
        let places = root.places();
        let place = random.pick(&places).clone();
        match (drawn, place.split_last()) {
            (..50, _) if drawn >= 45 && self.leaves_out_attributes => {
                let element = root.at_mut(&place);
                if !element.attributes.is_empty() {
                    let at = random.below(element.attributes.len());
                    element.attributes.remove(at);
                }
            }
            (..50, Some((last, holder))) => drop(root.at_mut(holder).content.remove(*last)),
            (..60, Some((last, holder))) => {
                let holder = root.at_mut(holder);
                let again = holder.content[*last].clone();
                holder.content.push(again);
            }
            _ => self.replace(root, &place, random),
        }
    }

    /// Replaces a value by another of its place.
    fn replace(&self, root: &mut Markup, place: &[usize], random: &mut Random) {
        let known = parts(root.at(place));
        if known.is_empty() {
            return;
        }
        let name = random.pick(&known).0.clone();
        let Some(values) = self.values.get(&key(root, place, name.clone())) else { return };
        let value = random.pick(values).clone();
        let element = root.at_mut(place);
        match name {
            Some(name) => element.set(&name, &value),
            None => element.content = vec![Content::Text(value)],
        }
    }
}

fn is(content: &Content, name: &str) -> bool {
    matches!(content, Content::Element(element) if element.name == name)
}

/// The attributes of an element and its text, each with its value.
fn parts(element: &Markup) -> Vec<(Option<String>, String)> {
    let attributes = element.attributes.iter().map(|(name, value)| (Some(name.clone()), value.clone()));
    let text =
        Some(element.text()).filter(|text| element.elements().next().is_none() && !text.trim().is_empty());
    attributes.chain(text.map(|text| (None, text))).collect()
}

fn key(root: &Markup, place: &[usize], part: Option<String>) -> Place {
    let holder = place.split_last().map_or(String::new(), |(_, holder)| root.at(holder).name.clone());
    (holder, root.at(place).name.clone(), part)
}
