//! The reference of libvirt's formats and of nixvirt as a static site, all of it made from the tables.
//!
//! Invariants: no I/O, no clock, no network; the same program gives the same bytes. Text is escaped wherever it comes from
//! (`html.rs`). Examples are compiled while their page is made (`example.rs`).

mod catalogue;
mod evaluated;
mod example;
mod html;
mod layout;
mod messages;
mod pages;
mod search;
mod site;

use nixvirt_shell::CommandLine;

use crate::catalogue::Catalogue;
use crate::example::Examples;
use crate::messages::Messages;
pub use crate::site::SiteFile;
use crate::site::{Site, Tables};

/// The command lines of the programs that link libvirt, described by their own tests.
const APPLY: &[&str] =
    &[include_str!("commands/nixvirt-apply.json"), include_str!("commands/virtdeclare.json")];

/// Makes the files of the site. `program` is the command line of the program that makes it. The caller gives a stack that is deep
/// enough for evaluations: see [`nixvirt_evaluator::with_stack`].
pub fn site(program: CommandLine) -> Vec<SiteFile> {
    let tables = Tables { catalogue: Catalogue::new(), examples: Examples::new(), messages: Messages::new() };
    let mut site = Site::default();
    pages::start::add(&mut site);
    pages::kinds::add(&mut site);
    tables.catalogue.entries.iter().for_each(|entry| pages::element::add(&mut site, &tables, entry));
    pages::templates::add(&mut site);
    pages::options::add(&mut site);
    pages::messages::add(&mut site, &tables);
    let others = APPLY.iter().filter_map(|text| serde_json::from_str(text).ok());
    let programs: Vec<CommandLine> = std::iter::once(program).chain(others).collect();
    pages::commands::add(&mut site, &programs);
    let index = site.index.script();
    site.add("search-index.js", index);
    site.add("site.js", include_str!("assets/site.js").to_owned());
    site.add("style.css", include_str!("assets/style.css").to_owned());
    site.files
}
