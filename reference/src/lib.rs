//! The reference of libvirt's formats and of nixvirt as a static site, all of it made from the tables.
//!
//! Invariants: no I/O, no clock, no network; the same program gives the same bytes. Text is escaped wherever it comes from
//! (`html.rs`). Examples are compiled while their page is made (`example.rs`).

mod evaluated;
mod example;
mod html;
mod layout;
mod messages;
mod pages;
mod search;
mod site;

use nixvirt_ide::catalogue::Catalogue;
use nixvirt_shell::CommandLine;

use crate::example::Examples;
use crate::layout::PLAYGROUND;
use crate::messages::Messages;
pub use crate::site::SiteFile;
use crate::site::{Site, Tables};

/// The command lines of the programs that link libvirt, described by their own tests.
const APPLY: &[&str] =
    &[include_str!("commands/nixvirt-apply.json"), include_str!("commands/virtdeclare.json")];

/// Makes the files of the site. `program` is the command line of the program that makes it; `playground` has the files of the
/// playground's folder, or none for a site without. The caller gives a stack that is deep enough for evaluations: see
/// [`nixvirt_evaluator::with_stack`].
pub fn site(program: CommandLine, playground: Vec<SiteFile>) -> Vec<SiteFile> {
    let catalogue = Catalogue::of_tables();
    let messages = Messages::new(&catalogue);
    let tables = Tables { catalogue, examples: Examples::new(), messages };
    let mut site = Site { has_playground: !playground.is_empty(), ..Site::default() };
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
    let folder = PLAYGROUND.trim_end_matches("index.html");
    let moved = |file: SiteFile| SiteFile { path: format!("{folder}{}", file.path), ..file };
    site.files.extend(playground.into_iter().map(moved));
    site.files
}
