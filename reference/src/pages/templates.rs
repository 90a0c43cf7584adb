//! The pages of the templates: their arguments, and a call with the XML that it gives.

use nixvirt_compiler::{CompileOptions, Json, compile_spec, nix};
use nixvirt_expand::template::{HostPackages, expand};
use nixvirt_schema::KINDS;
use nixvirt_templates::arguments::{TEMPLATES, Template};

use crate::evaluated::evaluated;
use crate::html::Html;
use crate::layout::{Page, code_block, heading, module_block};
use crate::pages::overview::Overview;
use crate::pages::values::tag;
use crate::search::Found;
use crate::site::Site;
use nixvirt_ide::catalogue::id;

/// The address of the list of templates.
const ADDRESS: &str = "templates/index.html";

/// The text above the list.
const INTRODUCTION: &str = "An object of the modules names one with `template` and gives `args`. In Nix, `lib.domain.templates` and \
     `lib.network.templates` have them as functions.";

/// Adds the list of templates, and a page for each.
pub(crate) fn add(site: &mut Site) {
    let overview = Overview {
        name: "templates",
        address: ADDRESS,
        title: "Templates",
        about: "Functions that make the spec of a whole machine or network of a few arguments.",
        words: "",
    };
    overview.add(site, |html, _| {
        html.prose("p", &[], INTRODUCTION);
        html.el("ul", &[("class", "elements")], |html| {
            for template in TEMPLATES {
                html.el("li", &[], |html| {
                    html.el("div", &[("class", "title")], |html| {
                        html.code_link(&format!("{}.html", template.name), template.name);
                        tag(html, template.kind);
                    });
                    html.prose("p", &[], template.doc);
                });
            }
        });
    });
    TEMPLATES.iter().for_each(|template| add_one(site, template));
}

fn add_one(site: &mut Site, template: &'static Template) {
    let address = format!("templates/{}.html", template.name);
    let above = [("Reference", "index.html"), ("Templates", ADDRESS)];
    let above = above.map(|(name, address)| (name.to_owned(), address.to_owned())).into();
    let page = Page { address: &address, title: template.name, about: template.doc, above };
    let mut html = Html::default();
    html.el("div", &[("class", "title")], |html| {
        html.el("h1", &[], |html| html.leaf("code", &[], template.name));
        tag(html, &format!("template of a {}", template.kind));
    });
    html.prose("p", &[("class", "lead")], template.doc);
    html.leaf("h2", &[("id", "example")], "Example");
    html.el("div", &[("class", "pair")], |html| {
        let plural = KINDS.iter().find(|kind| kind.name == template.kind).map_or("", |kind| kind.plural);
        let call = template.example.replace('\n', "\n  ");
        let call =
            format!("{plural}.example = {{\n  template = \"{}\";\n  args = {call};\n}};\n", template.name);
        // The playground has no files.
        match compiled(template, true) {
            Some(_) => {
                let (kind, name, example) = (template.kind, template.name, template.example);
                // Alone, nothing around it says the kind.
                let said = if kind == KINDS[0].name { "" } else { &format!(" // {{ kind = \"{kind}\"; }}") };
                let expression =
                    format!("{{ nixvirt }}:\nnixvirt.lib.{kind}.templates.{name} {example}{said}\n");
                module_block(html, &call, &expression);
            }
            None => code_block(html, "In a module", &call, 0..0),
        }
        if let Some(xml) = compiled(template, false) {
            code_block(html, "XML", &xml, 0..0);
        }
    });
    html.leaf("h2", &[("id", "arguments")], "Arguments");
    html.el("p", &[], |html| {
        html.text("Any other argument is a key of the ");
        html.link(&page.to(&format!("{}/index.html", template.kind)), template.kind);
        html.text(", which is merged into what the template makes.");
    });
    for argument in template.arguments {
        let id = id("argument", argument.name);
        html.el("section", &[("class", "part"), ("id", &id)], |html| {
            html.el("div", &[("class", "title")], |html| {
                heading(html, "h3", &id, argument.name, true);
                if argument.default.is_none() {
                    tag(html, "required");
                }
            });
            html.prose("p", &[], argument.doc);
            html.el("dl", &[("class", "facts")], |html| {
                html.leaf("dt", &[], "Value");
                html.prose("dd", &[], &argument.value.expected());
                if let Some(default) = argument.default {
                    html.leaf("dt", &[], "If missing");
                    html.el("dd", &[], |html| html.leaf("code", &[], default));
                }
            });
        });
        let href = format!("{address}#{id}");
        let (name, within) = (argument.name, template.name);
        site.index.add(&Found {
            name,
            within,
            group: "argument",
            href: &href,
            doc: argument.doc,
            words: String::new(),
        });
    }
    let words = format!("template arguments {}", template.kind);
    site.index.add(&Found {
        name: template.name,
        within: "",
        group: "template",
        href: &address,
        doc: template.doc,
        words,
    });
    site.add_page(&page, html);
}

/// The XML of a template's example; without the file of a NixOS configuration where `alone`.
fn compiled(template: &Template, alone: bool) -> Option<String> {
    let Some(Json::Set(mut arguments)) = evaluated("template.nix", template.example) else { return None };
    arguments.insert(0, ("template".into(), Json::Str(template.name.into())));
    // A NixOS configuration of an example is on no machine. Its one file that a template reads has the parameters of the kernel.
    let read = |_: &std::path::Path| match alone {
        true => Err(std::io::Error::other("there are no files")),
        false => Ok("loglevel=4".to_owned()),
    };
    let host = HostPackages::default();
    let mut expanded = expand(Json::Set(arguments), false, Some(template.kind), &host, Some(&read));
    if alone && !expanded.problems.is_empty() {
        return None;
    }
    let spec = expanded.take();
    // The printer's own text shows what a template could not make.
    debug_assert!(expanded.problems.is_empty(), "{}", nix::print(&spec).text);
    let kind = KINDS.iter().find(|kind| kind.name == template.kind);
    compile_spec(spec, CompileOptions { kind, ..CompileOptions::DEFAULT }).xml
}
