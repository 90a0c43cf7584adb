//! The templates: the object that each makes, and its arguments with name, type, default and description.
//!
//! The lib, compiling, `check`, editors, `explain` and the reference all read this table. `templates/arguments.nix` is written
//! from it, for Nix; a test compares both, and the table with the functions themselves.

mod model;
mod table;

pub use self::model::{Argument, GivenArgument, Template, Type, wrong};
pub use self::table::TEMPLATES;

/// The template of a kind with this name.
pub fn template(kind: &str, name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|template| template.kind == kind && template.name == name)
}

/// The text of `templates/arguments.nix`.
pub fn nix() -> String {
    let mut out = String::from(
        "# The arguments of each template: what each may be, what it is where it is not given (null, too: it must be given), and a\n\
         # sentence on it. Written from `src/arguments.rs` by `NIXVIRT_BLESS=1 cargo test -p nixvirt-templates`.\n{\n",
    );
    let mut kinds: Vec<&str> = TEMPLATES.iter().map(|template| template.kind).collect();
    kinds.dedup();
    for kind in kinds {
        out.push_str(&format!("  {kind} = {{\n"));
        for template in TEMPLATES.iter().filter(|template| template.kind == kind) {
            out.push_str(&format!("    {} = {{\n", template.name));
            for Argument { name, value, default, doc } in template.arguments {
                let text = |text: &str| format!("{text:?}");
                out.push_str(&format!(
                    "      {name} = {}expected = {}; default = {}; doc = {}; }};\n",
                    value.nix(),
                    text(&value.expected()),
                    default.map_or_else(|| "null".to_owned(), text),
                    text(doc)
                ));
            }
            out.push_str("    };\n");
        }
        out.push_str("  };\n");
    }
    out + "}\n"
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{GivenArgument, TEMPLATES, Type, nix};

    #[test]
    fn the_table_for_nix_is_written_from_this_one() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("arguments.nix");
        if std::env::var_os("NIXVIRT_BLESS").is_some() {
            fs::write(&file, nix()).expect("the file can be written");
        }
        assert_eq!(fs::read_to_string(&file).expect("the table"), nix());
    }

    #[test]
    fn every_template_and_argument_says_what_it_is() {
        for template in TEMPLATES {
            assert!(template.doc.ends_with('.'), "{}", template.name);
            for argument in template.arguments {
                assert!(argument.doc.ends_with('.'), "{}: {}", template.name, argument.name);
            }
        }
    }

    #[test]
    fn types_take_what_they_say() {
        assert!(!Type::Bool.takes(GivenArgument::Text("yes")));
        assert!(Type::Whole(0, 255).takes(GivenArgument::Whole(74)));
        assert!(Type::Whole(0, 255).takes(GivenArgument::Text("74")));
        assert!(!Type::Whole(0, 255).takes(GivenArgument::Whole(300)));
        assert!(!Type::Whole(0, 255).takes(GivenArgument::Text("-1")));
        assert!(Type::Volume.takes(GivenArgument::Null) && !Type::File.takes(GivenArgument::Null));
        assert!(Type::Sets.takes(GivenArgument::List(true)) && !Type::Sets.takes(GivenArgument::List(false)));
        assert_eq!(Type::Word(&["a", "b", "c"]).expected(), "\"a\", \"b\" or \"c\"");
    }
}
