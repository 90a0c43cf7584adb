//! The common parts of all pages: the head, the bar with the search, the trail to where one is, the foot.

use crate::html::{Attributes, Html};

/// The name of the site.
const SITE: &str = "nixvirt reference";
/// The main sections: what they are called, and their addresses.
pub(crate) const SECTIONS: &[(&str, &str)] = &[
    ("Domains", "domain/index.html"),
    ("Other kinds", "kinds.html"),
    ("Templates", "templates/index.html"),
    ("Options", "options/index.html"),
    ("Messages", "messages/index.html"),
    ("Commands", "commands/index.html"),
];
/// The address of the playground, which a site may have.
pub(crate) const PLAYGROUND: &str = "playground/index.html";
/// Applies the theme that was chosen before anything is painted.
const THEME: &str = "try{var t=localStorage.getItem('nixvirt-theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch(e){}";

/// The sections of a site.
fn sections(has_playground: bool) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let playground = has_playground.then_some(&("Playground", PLAYGROUND));
    SECTIONS.iter().chain(playground)
}

/// A page of the site.
pub(crate) struct Page<'a> {
    /// The path from the root of the site.
    pub address: &'a str,
    /// The title, which the site's name follows.
    pub title: &'a str,
    /// A sentence on what the page is about.
    pub about: &'a str,
    /// The pages above this one: their names and addresses, the outermost first.
    pub above: Vec<(String, String)>,
}

impl Page<'_> {
    /// The address of another page of the site, as this page links it.
    pub(crate) fn to(&self, address: &str) -> String {
        relative(self.address, address)
    }

    /// The page with its content.
    pub(crate) fn with(&self, content: Html, has_playground: bool) -> String {
        let mut html = Html::default();
        let playground = self.to(PLAYGROUND);
        // The script makes links of the examples to the playground.
        let attributes = [("lang", "en"), ("data-playground", &*playground)];
        html.el("html", if has_playground { &attributes } else { &attributes[..1] }, |html| {
            html.line();
            html.el("head", &[], |html| self.head(html));
            html.line();
            html.el("body", &[], |html| {
                html.leaf("a", &[("class", "skip"), ("href", "#content")], "Skip to the content");
                html.el("header", &[("class", "bar")], |html| self.bar(html, has_playground));
                html.line();
                html.el("main", &[("id", "content"), ("tabindex", "-1")], |html| {
                    self.trail(html);
                    html.append(content);
                });
                html.line();
                html.el("footer", &[("class", "foot")], |html| {
                    html.el("p", &[], |html| {
                        html.text("Made by ");
                        html.leaf("code", &[], "nixvirt-compile reference");
                        html.text(concat!(
                            " ",
                            env!("CARGO_PKG_VERSION"),
                            " from the tables that check your specs. libvirt's formats from "
                        ));
                        html.text(&format!(
                            "{} to {}.",
                            nixvirt_schema::Version::OLDEST,
                            nixvirt_schema::Version::NEWEST
                        ));
                    });
                });
            });
        });
        format!("<!doctype html>\n{}\n", html.into_text())
    }

    fn head(&self, html: &mut Html) {
        html.el("meta", &[("charset", "utf-8")], |_| {});
        html.el("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")], |_| {});
        html.el("meta", &[("name", "color-scheme"), ("content", "light dark")], |_| {});
        html.el("meta", &[("name", "description"), ("content", self.about)], |_| {});
        html.leaf("title", &[], &format!("{} · {SITE}", self.title));
        html.el("link", &[("rel", "icon"), ("href", "data:,")], |_| {});
        html.el("link", &[("rel", "stylesheet"), ("href", &self.to("style.css"))], |_| {});
        html.script(THEME);
        html.el("script", &[("defer", ""), ("src", &self.to("search-index.js"))], |_| {});
        html.el("script", &[("defer", ""), ("src", &self.to("site.js"))], |_| {});
    }

    fn bar(&self, html: &mut Html, has_playground: bool) {
        html.leaf("a", &[("class", "home"), ("href", &self.to("index.html"))], SITE);
        html.el("div", &[("class", "search"), ("role", "search")], |html| self.search(html));
        html.el("nav", &[("aria-label", "Sections")], |html| {
            html.el("ul", &[], |html| {
                for (name, address) in sections(has_playground) {
                    let inside = match address.strip_suffix("/index.html") {
                        Some(folder) => self.address.starts_with(&format!("{folder}/")),
                        None => self.address == *address,
                    };
                    html.el("li", &[], |html| {
                        let href = self.to(address);
                        let current = [("href", &*href), ("aria-current", "true")];
                        html.leaf("a", if inside { &current } else { &current[..1] }, name);
                    });
                }
            });
        });
        html.leaf("button", &[("type", "button"), ("class", "theme"), ("hidden", "")], "Dark");
    }

    fn search(&self, html: &mut Html) {
        html.leaf("label", &[("class", "hidden"), ("for", "search")], "Search the reference");
        html.el(
            "input",
            &[
                ("id", "search"),
                ("type", "search"),
                ("placeholder", "Search, e.g. cache=none"),
                ("autocomplete", "off"),
                ("spellcheck", "false"),
                ("role", "combobox"),
                ("aria-expanded", "false"),
                ("aria-autocomplete", "list"),
                ("aria-controls", "results"),
                ("data-root", &self.to("")),
            ],
            |_| {},
        );
        html.leaf("kbd", &[("aria-hidden", "true")], "/");
        let results = [("id", "results"), ("role", "listbox"), ("aria-label", "Results"), ("hidden", "")];
        html.el("ul", &results, |_| {});
        html.el("p", &[("id", "found"), ("class", "hidden"), ("role", "status")], |_| {});
    }

    fn trail(&self, html: &mut Html) {
        if self.above.is_empty() {
            return;
        }
        html.el("nav", &[("class", "trail"), ("aria-label", "Breadcrumb")], |html| {
            html.el("ol", &[], |html| {
                for (name, address) in &self.above {
                    html.el("li", &[], |html| html.link(&self.to(address), name));
                }
            });
        });
        html.line();
    }
}

/// The way from one page to another, both from the root of the site.
fn relative(from: &str, to: &str) -> String {
    let ups = "../".repeat(from.matches('/').count());
    match (ups.is_empty(), to.is_empty()) {
        (true, true) => "./".to_owned(),
        _ => format!("{ups}{to}"),
    }
}

/// Adds a block of code that can be copied. Some lines of it may be what the page is about.
pub(crate) fn code_block(html: &mut Html, title: &str, text: &str, lines: std::ops::Range<usize>) {
    code_figure(html, &[("class", "code")], title, text, lines);
}

/// Adds a block of code that is a part of a module. The playground opens the Nix expression that makes the same.
pub(crate) fn module_block(html: &mut Html, text: &str, expression: &str) {
    code_figure(html, &[("class", "code"), ("data-try", expression)], "In a module", text, 0..0);
}

fn code_figure(
    html: &mut Html,
    attributes: Attributes<'_>,
    title: &str,
    text: &str,
    lines: std::ops::Range<usize>,
) {
    html.el("figure", attributes, |html| {
        html.el("figcaption", &[], |html| {
            html.leaf("span", &[], title);
            html.leaf("button", &[("type", "button"), ("class", "copy"), ("hidden", "")], "Copy");
        });
        html.el("pre", &[("tabindex", "0"), ("aria-label", title)], |html| {
            html.el("code", &[], |html| {
                let all = text.trim_end().lines().count();
                let partly = lines.start < lines.end && lines.end - lines.start < all;
                for (number, line) in text.trim_end().lines().enumerate() {
                    match partly && lines.contains(&number) {
                        true => html.leaf("mark", &[], line),
                        false => html.text(line),
                    }
                    html.line();
                }
            });
        });
    });
    html.line();
}

/// Adds a heading with a link to itself, at the begin of a section that has the name as its id.
pub(crate) fn heading(html: &mut Html, level: &'static str, id: &str, title: &str, is_code: bool) {
    html.el(level, &[], |html| {
        html.el("a", &[("class", "anchor"), ("href", &format!("#{id}"))], |html| match is_code {
            true => html.leaf("code", &[], title),
            false => html.text(title),
        });
    });
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn addresses_are_relative() {
        assert_eq!(relative("domain/os.html", "style.css"), "../style.css");
        assert_eq!(relative("index.html", "domain/os.html"), "domain/os.html");
        assert_eq!((relative("index.html", ""), relative("domain/os.html", "")), ("./".into(), "../".into()));
    }
}
