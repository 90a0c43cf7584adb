//! The start page: what the site is, how specs and XML relate, and the way to what people look for.

use nixvirt_compiler::{CompileOptions, compile_spec, nix};
use nixvirt_schema::KINDS;

use crate::evaluated::evaluated;
use crate::html::Html;
use crate::layout::{PLAYGROUND, Page, SECTIONS, code_block};
use crate::search::TASKS;
use crate::site::Site;

/// A machine that shows how a spec becomes XML.
const MACHINE: &str = r#"{
  type = "kvm";
  name = "web";
  memory = { count = 2; unit = "GiB"; };
  vcpu.count = 2;
  os = { type = "hvm"; arch = "x86_64"; machine = "q35"; };
  devices.interface = {
    type = "network";
    source.network = "default";
    model.type = "virtio";
  };
}"#;

/// How the parts of XML are written in a spec.
const RULES: &[(&str, &str)] = &[
    ("An element", "a set: `<target dev='vda'/>` is `target = { dev = \"vda\"; };`"),
    ("An attribute", "a key of the set: `dev = \"vda\";`"),
    ("The text of an element", "the plain value: `<name>web</name>` is `name = \"web\";`"),
    ("Several elements of one name", "a list of sets"),
    ("`yes` and `no`, `on` and `off`", "`true` and `false`"),
    ("What is `null`", "absent"),
];

/// Adds the start page.
pub(crate) fn add(site: &mut Site) {
    let about = "Every element of libvirt's formats, as you write it in Nix: what it does, which values it takes, what libvirt assumes.";
    let page = Page { address: "index.html", title: "Start", about, above: Vec::new() };
    let mut html = Html::default();
    html.leaf("h1", &[], "Virtual machines in Nix");
    html.leaf("p", &[("class", "lead")], about);
    html.el("p", &[], |html| {
        html.text("Type what you look for into the field above (press ");
        html.leaf("kbd", &[], "/");
        html.text("), or begin here:");
    });
    html.el("ul", &[("class", "cards")], |html| {
        for kind in &KINDS[..4] {
            card(html, &format!("{}/index.html", kind.name), kind.name, kind.root.doc);
        }
        let others = [
            "Secrets, network filters, node devices, and what libvirt makes by itself.",
            "Whole machines and networks of a few arguments.",
            "The NixOS module and the Home Manager module.",
            "What each error and warning means, and what to write instead.",
            "The programs, and the arguments that they take.",
        ];
        for ((name, address), doc) in SECTIONS[1..].iter().zip(others) {
            card(html, address, name, doc);
        }
        if site.has_playground {
            let doc = "Write Nix and see the XML at once, or paste XML and get Nix. It runs in your browser and sends nothing.";
            card(html, PLAYGROUND, "Playground", doc);
        }
    });
    html.leaf("h2", &[("id", "tasks")], "What do you want to do?");
    html.el("ul", &[("class", "tasks")], |html| {
        for task in TASKS {
            html.el("li", &[], |html| html.link(&task.address(), task.question));
        }
    });
    html.leaf("h2", &[("id", "language")], "How Nix becomes XML");
    html.leaf("p", &[], "A spec has libvirt's own names, so whatever you read about libvirt's XML applies. On each page, the example is compiled while the page is made.");
    html.el("div", &[("class", "pair")], |html| {
        let spec = evaluated("machine.nix", MACHINE);
        let printed = spec.as_ref().map(|spec| nix::print(spec).text).unwrap_or_default();
        let xml = spec.and_then(|spec| compile_spec(spec, CompileOptions::DEFAULT).xml).unwrap_or_default();
        code_block(html, "Nix", &printed, 0..0);
        code_block(html, "XML", &xml, 0..0);
    });
    html.el("table", &[("class", "words")], |html| {
        html.leaf("caption", &[("class", "hidden")], "How the parts of XML are written in a spec");
        html.el("thead", &[], |html| {
            html.el("tr", &[], |html| {
                html.leaf("th", &[("scope", "col")], "In XML");
                html.leaf("th", &[("scope", "col")], "In Nix");
            });
        });
        html.el("tbody", &[], |html| {
            for (xml, nix) in RULES {
                html.el("tr", &[], |html| {
                    html.prose("th", &[("scope", "row")], xml);
                    html.prose("td", &[], nix);
                });
            }
        });
    });
    html.prose("p", &[], "UUIDs and MAC addresses that a spec leaves out are derived from its name, so that they are the same in each build.");
    site.add_page(&page, html);
}

fn card(html: &mut Html, href: &str, title: &str, text: &str) {
    html.el("li", &[], |html| {
        html.el("a", &[("href", href)], |html| html.leaf("strong", &[], title));
        html.prose("p", &[], text);
    });
}
