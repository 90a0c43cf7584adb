//! libvirt's XML in a Nix text: what is to become a spec there.

use std::ops::Range;

use nixvirt_evaluator::string_parts;
use nixvirt_schema::KINDS;
use rnix::ast::{self, Expr, InterpolPart};
use rowan::TextSize;
use rowan::ast::AstNode;

use crate::lsp::syntax::{name_of, parse};
use crate::recognise::is_libvirts;

/// XML of libvirt's in a Nix text.
pub(super) struct Xml {
    /// The range of the text that is replaced.
    pub range: Range<usize>,
    /// The XML, as the compiler reads it.
    pub text: String,
    /// The file that it is in, as the text names it.
    pub file: Option<String>,
    /// The name `definition`, where the option of that name is given a file.
    pub name: Option<Range<usize>>,
}

/// The XML at a place: what is selected, the string there, what was pasted there as it is, or the file that is named there,
/// which `read` reads.
pub(super) fn at(text: &str, selection: Range<usize>, read: &dyn Fn(&str) -> Option<String>) -> Option<Xml> {
    let plain =
        |range: Range<usize>, text: &str| Xml { range, text: text.to_owned(), file: None, name: None };
    let selected = &text[selection.clone()];
    let start = selection.start + (selected.len() - selected.trim_start().len());
    let selected = selected.trim();
    if is_libvirts(selected) {
        return Some(plain(start..start + selected.len(), selected));
    }
    in_tree(text, start, read).or_else(|| {
        // Between the tags of a whole object, wherever these stand.
        KINDS.iter().find_map(|kind| {
            let name = kind.root.name;
            let close = format!("</{name}>");
            let tags = text.match_indices('<').map(|(at, _)| at).take_while(|at| *at <= selection.start);
            let begins = |at: &usize| {
                let rest = text[at + 1..].strip_prefix(name);
                rest.is_some_and(|rest| rest.starts_with(|next: char| next == '>' || next.is_whitespace()))
            };
            let begin = tags.filter(begins).last()?;
            let end = begin + text[begin..].find(&close)? + close.len();
            (selection.start <= end).then(|| plain(begin..end, &text[begin..end]))
        })
    })
}

/// The XML in the string, or in the file that is named, at an offset.
fn in_tree(text: &str, offset: usize, read: &dyn Fn(&str) -> Option<String>) -> Option<Xml> {
    let root = parse(text)?;
    let place = TextSize::from(u32::try_from(offset).ok().filter(|_| offset <= text.len())?);
    root.token_at_offset(place).find_map(|token| {
        let expr = token.parent_ancestors().find_map(Expr::cast)?;
        let range = expr.syntax().text_range();
        let range = range.start().into()..range.end().into();
        let written = match &expr {
            Expr::Str(string) => match string_parts(string)?.as_slice() {
                [InterpolPart::Literal(text)] => text.clone(),
                _ => return None,
            },
            Expr::PathRel(_) | Expr::PathAbs(_) => text[Range::clone(&range)].to_owned(),
            _ => return None,
        };
        if matches!(expr, Expr::Str(_)) && is_libvirts(&written) {
            return Some(Xml { range, text: written, file: None, name: None });
        }
        let xml = read(written.strip_suffix(".xml").map(|_| &*written)?).filter(|xml| is_libvirts(xml))?;
        let binding = expr.syntax().parent().and_then(ast::AttrpathValue::cast);
        let last = binding.and_then(|binding| binding.attrpath()?.attrs().last());
        let name = last.filter(|attr| name_of(attr).as_deref() == Some("definition")).map(|attr| {
            let range = attr.syntax().text_range();
            range.start().into()..range.end().into()
        });
        Some(Xml { range, text: xml, file: Some(written), name })
    })
}
