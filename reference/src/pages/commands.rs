//! The pages of the programs: their command lines.

use nixvirt_shell::{CommandArgument, CommandLine};

use crate::html::Html;
use crate::layout::{Page, code_block, heading};
use crate::search::Found;
use crate::site::Site;
use nixvirt_ide::catalogue::id;

/// The address of the list of programs.
const ADDRESS: &str = "commands/index.html";

/// Adds the list of programs, and a page for each.
pub(crate) fn add(site: &mut Site, programs: &[CommandLine]) {
    let about = "The programs of nixvirt: what each does, and the arguments that it takes.";
    let above = vec![("Reference".to_owned(), "index.html".to_owned())];
    let page = Page { address: ADDRESS, title: "Commands", about, above };
    let mut html = Html::default();
    html.leaf("h1", &[], "Commands");
    html.leaf("p", &[("class", "lead")], about);
    for program in programs {
        html.el("h2", &[], |html| html.code_link(&format!("{}.html", program.name), &program.name));
        html.leaf("p", &[], &program.about);
        html.el("ul", &[("class", "elements")], |html| {
            for command in &program.commands {
                html.el("li", &[], |html| {
                    let id = id("command", &command.name);
                    html.code_link(&format!("{}.html#{id}", program.name), &command.name);
                    html.leaf("p", &[], &command.about);
                });
            }
        });
    }
    site.add_page(&page, html);
    programs.iter().for_each(|program| add_one(site, program));
}

fn add_one(site: &mut Site, program: &CommandLine) {
    let address = format!("commands/{}.html", program.name);
    let above = [("Reference", "index.html"), ("Commands", ADDRESS)];
    let above = above.map(|(name, address)| (name.to_owned(), address.to_owned())).into();
    let page = Page { address: &address, title: &program.name, about: &program.about, above };
    let mut html = Html::default();
    html.el("h1", &[], |html| html.leaf("code", &[], &program.name));
    body(&mut html, program, "h2");
    for command in &program.commands {
        let id = id("command", &command.name);
        html.el("section", &[("class", "part command"), ("id", &id)], |html| {
            heading(html, "h2", &id, &command.name, true);
            body(html, command, "h3");
        });
        html.line();
    }
    found(site, &address, program, &address);
    for command in &program.commands {
        found(site, &format!("{address}#{}", id("command", &command.name)), command, &address);
    }
    site.add_page(&page, html);
}

fn body(html: &mut Html, command: &CommandLine, level: &'static str) {
    html.leaf("p", &[("class", "lead")], &command.about);
    code_block(html, "Usage", &command.usage, 0..0);
    command.long_about.iter().for_each(|paragraph| html.prose("p", &[], paragraph));
    for argument in &command.arguments {
        let id = of_argument(command, argument);
        html.el("section", &[("class", "argument"), ("id", &id)], |html| {
            heading(html, level, &id, &argument.spelling, true);
            argument.help.iter().for_each(|paragraph| html.prose("p", &[], paragraph));
            if !argument.default.is_empty() {
                html.el("p", &[("class", "note")], |html| {
                    html.text("By default ");
                    html.leaf("code", &[], &argument.default);
                    html.text(".");
                });
            }
            if !argument.values.is_empty() {
                html.el("ul", &[], |html| {
                    for (value, help) in &argument.values {
                        html.el("li", &[], |html| {
                            html.leaf("code", &[], value);
                            html.marked(&if help.is_empty() { String::new() } else { format!(": {help}") });
                        });
                    }
                });
            }
        });
    }
}

/// The id of an argument, which several commands may have.
fn of_argument(command: &CommandLine, argument: &CommandArgument) -> String {
    id(&id("argument", &command.name), &argument.spelling)
}

fn found(site: &mut Site, href: &str, command: &CommandLine, page: &str) {
    let doc = &command.about;
    site.index.add(&Found {
        name: &command.name,
        within: "",
        group: "command",
        href,
        doc,
        words: command.long_about.join(" "),
    });
    for argument in &command.arguments {
        let href = format!("{page}#{}", of_argument(command, argument));
        let doc = argument.help.first().map_or("", String::as_str);
        let (name, within) = (&argument.spelling, &command.name);
        site.index.add(&Found { name, within, group: "command", href: &href, doc, words: String::new() });
    }
}
