//! The pages of the modules' options: one for each kind of object, for connections, and for the host, and a list of all.

use nixvirt_ide::catalogue::id;
use nixvirt_ide::module_options::{GUEST, ModuleOption, OPTIONS, ROOT};
use nixvirt_schema::{KINDS, Kind};

use crate::html::Html;
use crate::layout::{Page, heading};
use crate::pages::overview::Overview;
use crate::search::Found;
use crate::site::Site;

/// The address of the list of options.
const ADDRESS: &str = "options/index.html";

/// The options of one page.
struct Group {
    /// The name of the page.
    name: &'static str,
    /// The sentence on top of the page.
    about: String,
    /// The steps that all of its options begin with.
    place: Vec<&'static str>,
    /// The options, in the order of their reference.
    options: Vec<&'static ModuleOption>,
}

impl Group {
    fn address(&self) -> String {
        format!("options/{}.html", self.name)
    }

    /// The name of an option on the page, where the common steps are said once.
    fn short(&self, option: &ModuleOption) -> String {
        option.path[self.place.len()..].join(".")
    }
}

/// Adds the list of the options, and a page for each group.
pub(crate) fn add(site: &mut Site) {
    let groups = groups();
    let overview = Overview {
        name: "options",
        address: ADDRESS,
        title: "Options of the modules",
        about: "The options of the NixOS module, of the Home Manager module, and of a NixOS guest: what each sets, in one list.",
        words: "nixos home manager module options",
    };
    overview.add(site, |html, page| {
        let root = ROOT.join(".");
        html.prose("p", &[], &format!("Those of guests are below `{}`, all others below `{root}`. An object is called by its name in a set, or by its position in a list.", GUEST.join(".")));
        contents(html, groups.iter().map(|group| (format!("#{}", group.name), group.name.to_owned())), false);
        groups.iter().for_each(|group| listed(html, page, group));
    });
    groups.iter().for_each(|group| add_one(site, group));
}

/// The groups: the options of the host first, then those of a connection and of each kind of object.
fn groups() -> Vec<Group> {
    let mut groups = vec![
        Group {
            name: "host",
            about: "The options of the host as a whole: whether libvirt is set up, and with which programs."
                .to_owned(),
            place: ROOT.to_vec(),
            options: Vec::new(),
        },
        Group {
            name: "connection",
            about: "The options of a connection to libvirt: which objects it has, and how they are applied."
                .to_owned(),
            place: [&ROOT[..], &["connections", "<name>"]].concat(),
            options: Vec::new(),
        },
        Group {
            name: "guest",
            about: "The options of a NixOS that is a guest of the template `nixos`: how it gets its store, and where it keeps its state."
                .to_owned(),
            place: GUEST.clone(),
            options: Vec::new(),
        },
    ];
    for option in OPTIONS.iter() {
        let (place, kind) = place_of(&option.path);
        let at = groups.iter().position(|group| group.place == place).unwrap_or_else(|| {
            let name = kind.map_or("other", |kind| kind.name);
            let about = format!("The options of a {name}: how it is defined, and what is done with it.");
            groups.push(Group { name, about, place: place.to_vec(), options: Vec::new() });
            groups.len() - 1
        });
        groups[at].options.push(option);
    }
    // In the order of the kinds, as everywhere.
    let order = |group: &Group| KINDS.iter().position(|kind| kind.name == group.name);
    groups.sort_by_key(|group| (order(group).is_some(), order(group)));
    groups
}

/// The steps of an option that lead to the object whose it is, and the object's kind; without a kind, it is a connection's or the host's.
fn place_of<'p>(path: &'p [&'static str]) -> (&'p [&'static str], Option<&'static Kind>) {
    let of_host = ROOT.len();
    let mut found = match &path[of_host.min(path.len())..] {
        _ if path.starts_with(&GUEST) => return (&path[..GUEST.len()], None),
        ["connections", _, _, ..] => (&path[..of_host + 2], None),
        _ => (&path[..of_host], None),
    };
    // A volume is within a pool.
    for at in of_host + 2..path.len().saturating_sub(2) {
        if let Some(kind) = KINDS.iter().find(|kind| kind.plural == path[at] && path[at + 1].starts_with('<'))
        {
            found = (&path[..at + 2], Some(kind));
        }
    }
    found
}

/// Adds links to what is on a page.
fn contents(html: &mut Html, links: impl Iterator<Item = (String, String)>, is_code: bool) {
    html.el("nav", &[("class", "toc"), ("aria-label", "On this page")], |html| {
        html.el("ul", &[], |html| {
            for (href, name) in links {
                html.el("li", &[], |html| match is_code {
                    true => html.code_link(&href, &name),
                    false => html.link(&href, &name),
                });
            }
        });
    });
    html.line();
}

/// Adds the options of a group to the list.
fn listed(html: &mut Html, page: &Page<'_>, group: &Group) {
    let address = group.address();
    html.el("section", &[("id", group.name)], |html| {
        html.el("h2", &[], |html| html.link(&page.to(&address), group.name));
        html.prose("p", &[], &group.about);
        html.el("ul", &[("class", "elements")], |html| {
            for option in &group.options {
                html.el("li", &[], |html| {
                    let short = group.short(option);
                    html.code_link(&format!("{}#{}", page.to(&address), id("option", &short)), &short);
                    let doc = parts(option).0;
                    html.prose("p", &[], doc.first().copied().unwrap_or_default());
                });
                html.line();
            }
        });
    });
}

fn add_one(site: &mut Site, group: &Group) {
    let address = group.address();
    let above = [("Reference", "index.html"), ("Options", ADDRESS)];
    let above = above.map(|(name, address)| (name.to_owned(), address.to_owned())).into();
    let title = format!("Options of a {}", group.name).replace("of a host", "of the host");
    let page = Page { address: &address, title: &title, about: &group.about, above };
    let mut html = Html::default();
    html.leaf("h1", &[], &title);
    html.leaf("p", &[("class", "lead")], &group.about);
    html.prose("p", &[], &format!("They are below `{}`.", group.place.join(".")));
    let link = |option: &&ModuleOption| {
        let short = group.short(option);
        (format!("#{}", id("option", &short)), short)
    };
    contents(&mut html, group.options.iter().map(link), true);
    group.options.iter().for_each(|option| section(site, &mut html, group, option));
    site.index.add(&Found {
        name: &title,
        within: "",
        group: "page",
        href: &address,
        doc: &group.about,
        words: "nixos home manager module".to_owned(),
    });
    site.add_page(&page, html);
}

fn section(site: &mut Site, html: &mut Html, group: &Group, option: &ModuleOption) {
    let short = group.short(option);
    let id = id("option", &short);
    let (doc, facts) = parts(option);
    html.el("section", &[("class", "part"), ("id", &id)], |html| {
        heading(html, "h2", &id, &short, true);
        for lines in doc.chunk_by(|one, other| one.starts_with("* ") == other.starts_with("* ")) {
            if !lines[0].starts_with("* ") {
                lines.iter().for_each(|paragraph| html.prose("p", &[], paragraph));
                continue;
            }
            html.el("ul", &[], |html| {
                lines.iter().for_each(|line| html.prose("li", &[], line.trim_start_matches("* ")));
            });
        }
        html.el("dl", &[("class", "facts")], |html| {
            for (name, value) in &facts {
                html.leaf("dt", &[], name);
                html.prose("dd", &[], value);
            }
        });
    });
    html.line();
    let name = option.path.strip_prefix(&ROOT).unwrap_or(&option.path).join(".");
    let (within, last) = name.rsplit_once('.').unwrap_or(("", &name));
    let words = format!("option module nixos {}", doc[1.min(doc.len())..].join(" "));
    let href = format!("{}#{id}", group.address());
    let doc = doc.first().copied().unwrap_or_default();
    site.index.add(&Found { name: last, within, group: "option", href: &href, doc, words });
}

/// The description of an option, and its type, default and example.
fn parts(option: &ModuleOption) -> (Vec<&str>, Vec<(&str, &str)>) {
    let (mut doc, mut facts) = (Vec::new(), Vec::new());
    for line in option.doc.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("* ").and_then(|fact| fact.split_once(": ")) {
            Some((name @ ("Type" | "Default" | "Example"), value)) => facts.push((name, value)),
            _ => doc.push(line),
        }
    }
    (doc, facts)
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn every_option_is_on_the_page_of_its_object() {
        let groups = groups();
        let names: Vec<&str> = groups.iter().map(|group| group.name).collect();
        assert_eq!(&names[..4], ["host", "connection", "guest", "domain"], "{names:?}");
        assert!(names.contains(&"volume") && !names.contains(&"other"), "{names:?}");
        let page = |name: &str| -> Vec<String> {
            let group = groups.iter().find(|group| group.name == name);
            group.map_or(Vec::new(), |group| group.options.iter().map(|option| group.short(option)).collect())
        };
        assert!(page("host").contains(&"connections".to_owned()), "{:?}", page("host"));
        assert!(page("connection").contains(&"shutdown.method".to_owned()), "{:?}", page("connection"));
        assert!(page("domain").contains(&"shutdown.method".to_owned()), "{:?}", page("domain"));
        assert!(page("guest").contains(&"share".to_owned()), "{:?}", page("guest"));
        assert!(page("volume").contains(&"source.overlay".to_owned()), "{:?}", page("volume"));
        let count: usize = groups.iter().map(|group| group.options.len()).sum();
        assert_eq!(count, nixvirt_ide::module_options::OPTIONS.len());
    }
}
