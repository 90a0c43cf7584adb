//! Rust sources as syntax: the lengths of their functions, and what their documentation says.

use std::ops::RangeInclusive;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// A function and the lines that it takes, from its signature to its end.
pub struct FunctionLines {
    /// The name of the function.
    pub name: String,
    /// The lines, counted from 1.
    pub lines: RangeInclusive<usize>,
}

/// The documentation of one item, or of a file as a whole.
pub struct DocBlock {
    /// The line on which it begins, counted from 1.
    pub line: usize,
    /// The text without its marks, all lines in one.
    pub text: String,
}

/// A source: its functions and its documentation.
#[derive(Default)]
pub struct RustSource {
    /// The functions that have a body, methods and functions within functions among them.
    pub functions: Vec<FunctionLines>,
    /// The documentation of items, and of the file as a whole.
    pub docs: Vec<DocBlock>,
    /// The last line before the tests that stand in the file.
    pub last_line: usize,
}

impl RustSource {
    /// Reads a source.
    ///
    /// # Panics
    /// Where it is no Rust.
    pub fn read(file: &str, text: &str) -> RustSource {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut source = RustSource { last_line: text.lines().count(), ..RustSource::default() };
        if let Some(tests) = parsed.items.iter().find(|item| is_tests(item)) {
            source.last_line = tests.span().start().line - 1;
        }
        source.visit_file(&parsed);
        source
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let lines = signature.span().start().line..=block.span().end().line;
        self.functions.push(FunctionLines { name: signature.ident.to_string(), lines });
    }

    /// Reads the documentation among the attributes of one item: each of its lines is an attribute.
    fn documentation<'a>(&mut self, attributes: impl IntoIterator<Item = &'a syn::Attribute>) {
        let lines: Vec<(usize, String)> = attributes
            .into_iter()
            .filter_map(|attribute| {
                let syn::Meta::NameValue(doc) = &attribute.meta else { return None };
                let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &doc.value else {
                    return None;
                };
                doc.path.is_ident("doc").then(|| (attribute.span().start().line, text.value()))
            })
            .collect();
        if let Some((line, _)) = lines.first() {
            let text: Vec<&str> = lines.iter().map(|(_, text)| text.trim()).collect();
            self.docs.push(DocBlock { line: *line, text: text.join(" ").trim().to_owned() });
        }
    }
}

/// Whether an item is the module of a file's own tests.
fn is_tests(item: &syn::Item) -> bool {
    let syn::Item::Mod(module) = item else { return false };
    module.content.is_some() && module.ident == "tests"
}

/// Visits an item that may have documentation, and what is in it.
macro_rules! documented {
    ($($visit:ident: $kind:ident),* $(,)?) => {
        $(fn $visit(&mut self, item: &'ast syn::$kind) {
            self.documentation(&item.attrs);
            visit::$visit(self, item);
        })*
    };
}

impl<'ast> Visit<'ast> for RustSource {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.documentation(&item.attrs);
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.documentation(&item.attrs);
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.documentation(&item.attrs);
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    documented! {
        visit_file: File,
        visit_item_const: ItemConst,
        visit_item_enum: ItemEnum,
        visit_item_macro: ItemMacro,
        visit_item_mod: ItemMod,
        visit_item_static: ItemStatic,
        visit_item_struct: ItemStruct,
        visit_item_trait: ItemTrait,
        visit_item_type: ItemType,
        visit_impl_item_const: ImplItemConst,
        visit_trait_item_const: TraitItemConst,
        visit_trait_item_type: TraitItemType,
        visit_field: Field,
        visit_variant: Variant,
    }
}
