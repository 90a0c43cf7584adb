//! Comments and processing instructions of XML: they mean nothing to libvirt, and somebody wrote them.

use std::borrow::Cow;

/// A comment or a processing instruction, verbatim, its delimiters included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark<'a>(pub Cow<'a, str>);

/// The remarks that belong to one element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks<'a> {
    /// The remarks before the element.
    pub before: Vec<Remark<'a>>,
    /// The remarks in the element, before its text.
    pub first: Vec<Remark<'a>>,
    /// The remarks in the element, behind its text or its last child.
    pub last: Vec<Remark<'a>>,
    /// The remarks behind the element that end its line.
    pub after: Vec<Remark<'a>>,
}

impl Remark<'_> {
    /// The lines of the text, without the delimiters and the indentation that all lines of a comment share; an
    /// instruction as it is.
    pub fn lines(&self) -> Vec<&str> {
        let Some(text) = self.0.strip_prefix("<!--").and_then(|text| text.strip_suffix("-->")) else {
            return self.0.lines().collect();
        };
        let lines = text.split(['\n', '\r']).map(str::trim_end);
        let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        // The first line stands behind the delimiter, so that its indentation says nothing.
        let shared =
            lines.clone().skip(1).filter(|line| !line.is_empty()).map(indentation).min().unwrap_or(0);
        let mut lines: Vec<&str> = lines
            .enumerate()
            .map(|(at, line)| if at == 0 { line.trim_start() } else { line.get(shared..).unwrap_or("") })
            .collect();
        while lines.len() > 1 && lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        if lines.len() > 1 && lines[0].is_empty() {
            lines.remove(0);
        }
        lines
    }

    /// The same, free of the source.
    pub fn into_owned(self) -> Remark<'static> {
        Remark(Cow::Owned(self.0.into_owned()))
    }
}

impl Remarks<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.before.len() + self.first.len() + self.last.len() + self.after.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Remark;

    fn lines(text: &str) -> Vec<&str> {
        // The text outlives the remark that borrows it.
        Remark(text.into())
            .lines()
            .iter()
            .map(|line| &text[text.find(line).unwrap_or(0)..][..line.len()])
            .collect()
    }

    #[test]
    fn comments_lose_what_only_laid_them_out() {
        assert_eq!(lines("<!-- one -->"), ["one"]);
        assert_eq!(lines("<!---->"), [""]);
        assert_eq!(lines("<!--\n    one\n      two\n\n    three\n  -->"), ["one", "  two", "", "three"]);
        assert_eq!(lines("<!-- one\n     two -->"), ["one", "two"]);
        assert_eq!(lines("<?tool does this?>"), ["<?tool does this?>"]);
    }
}
