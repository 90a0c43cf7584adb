//! The modules' options, out of `lib-nix/OPTIONS.md`, which is made from the modules.

use std::sync::LazyLock;

use nixvirt_schema::Kind;

/// The reference of the options.
const REFERENCE: &str = include_str!("options.md");
/// The path that the options of a host and of a user begin with.
pub const ROOT: [&str; 2] = ["virtualisation", "libvirt"];
/// The path that the options of a guest begin with.
pub static GUEST: LazyLock<Vec<&str>> = LazyLock::new(|| "nixvirt.guest".split('.').collect());
/// A step of an option that may have any name.
const NAME: &str = "<name>";
/// A step of an option that may have any name, or be a position in a list.
const NAME_OR_POSITION: &str = "<name or position>";

/// An option of a module.
#[derive(Debug)]
pub struct ModuleOption {
    /// The names that lead to it, the first one first.
    pub path: Vec<&'static str>,
    /// Its description, type, default and example, as Markdown.
    pub doc: &'static str,
    /// Its type, in words.
    pub value: &'static str,
}

impl ModuleOption {
    /// The values that it may have, as far as they can be listed, as Nix writes them.
    pub fn values(&self) -> Vec<&'static str> {
        let (mut found, mut rest) = (Vec::new(), self.value);
        if rest.contains("boolean") {
            found.extend(["true", "false"]);
        }
        while let Some((_, behind)) = rest.split_once('"') {
            let Some((word, after)) = behind.split_once('"') else { break };
            // A separator of joined text, such as `"\n"`, is not a value.
            if !word.contains('\\') {
                found.push(&behind[..word.len()]);
            }
            rest = after;
        }
        found
    }
}

/// All options of the modules, from their reference.
pub static OPTIONS: LazyLock<Vec<ModuleOption>> = LazyLock::new(|| {
    let sections = REFERENCE.split("\n### `").skip(1);
    let option = |section: &'static str| {
        let (path, doc) = section.split_once('`')?;
        let value = doc.lines().find_map(|line| line.strip_prefix("* Type: ")).unwrap_or_default();
        Some(ModuleOption { path: path.split('.').collect(), doc: doc.trim(), value })
    };
    sections.filter_map(option).collect()
});

/// The names that stand directly below a path of names, each with its option, unless there are only options
/// below it. A position in a list is a name like any other.
pub fn below(path: &[&str]) -> Vec<(&'static str, Option<&'static ModuleOption>)> {
    let mut found: Vec<(&str, Option<&ModuleOption>)> = Vec::new();
    for option in OPTIONS.iter().filter(|option| leads_to(path, &option.path)) {
        let Some(name) = option.path.get(path.len()) else { continue };
        let own = (option.path.len() == path.len() + 1).then_some(option);
        match found.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = known.or(own),
            None => found.push((name, own)),
        }
    }
    found
}

fn names_below(path: &[&str]) -> Vec<&'static str> {
    below(path).into_iter().map(|(name, _)| name).collect()
}

/// The option at a path.
pub fn at(path: &[&str]) -> Option<&'static ModuleOption> {
    OPTIONS.iter().find(|option| option.path.len() == path.len() && leads_to(path, &option.path))
}

fn leads_to(path: &[&str], option: &[&str]) -> bool {
    path.len() <= option.len()
        && path.iter().zip(option).all(|(name, step)| [name, &NAME, &NAME_OR_POSITION].contains(&step))
}

/// The names of the options of the module itself.
pub static MODULE: LazyLock<Vec<&str>> = LazyLock::new(|| names_below(&ROOT));

/// The path of a connection, with what is below it.
fn of_connection<'p>(path: &[&'p str]) -> Vec<&'p str> {
    ROOT.iter().chain(&["connections", NAME]).chain(path).copied().collect()
}

/// The names of the options of a connection.
pub static CONNECTION: LazyLock<Vec<&str>> = LazyLock::new(|| names_below(&of_connection(&[])));

/// The names of the options of the objects of a kind.
pub fn of_kind(kind: &Kind) -> &'static [&'static str] {
    static OF_KINDS: LazyLock<Vec<(&str, Vec<&str>)>> = LazyLock::new(|| {
        let names = |kind: &Kind| {
            let holder = kind.parent.and_then(nixvirt_schema::kind);
            let mut path = of_connection(&[]);
            path.extend(holder.into_iter().flat_map(|holder| [holder.plural, NAME]));
            path.extend([kind.plural, NAME]);
            (kind.name, names_below(&path))
        };
        nixvirt_schema::KINDS.iter().map(names).collect()
    });
    OF_KINDS.iter().find(|(name, _)| *name == kind.name).map_or(&[], |(_, names)| names)
}

#[cfg(test)]
mod tests {
    use super::{CONNECTION, GUEST, MODULE, OPTIONS, at, below, of_connection, of_kind};

    #[test]
    fn the_reference_is_read() {
        assert!(MODULE.contains(&"connections") && CONNECTION.contains(&"external"), "{CONNECTION:?}");
        for kind in nixvirt_schema::KINDS {
            assert!(of_kind(kind).contains(&"spec"), "{}", kind.name);
        }
        for option in OPTIONS.iter() {
            assert!(!option.value.is_empty() && option.doc.contains(option.value), "{option:?}");
        }
        let restart = at(&of_connection(&["domains", "web", "restart"])).expect("the option");
        assert_eq!(restart.values(), ["true", "false", "always", "never"]);
        let hook = at(&of_connection(&["domains", "web", "hooks", "started"])).expect("a hook");
        assert!(hook.values().is_empty(), "{hook:?}");
        let share = below(&GUEST).into_iter().find(|(name, _)| *name == "share");
        let share = share.and_then(|(_, option)| option).expect("an option of guests");
        assert_eq!(share.values(), ["image", "view", "store"]);
    }
}
