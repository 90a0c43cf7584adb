//! Text made to fit a pattern: the regular expressions of libvirt's RELAX NG, read the other way round.

use crate::random::Random;

/// Text that a regular expression of XML Schema matches, one of many. It knows what libvirt's patterns use: literals,
/// `.`, classes, groups, alternatives, and the quantifiers `?`, `*`, `+`, `{m}` and `{m,n}`.
///
/// # Panics
/// On a pattern that is not one.
pub fn sample(pattern: &str, random: &mut Random) -> String {
    let mut reader = Reader { rest: pattern.chars().collect(), at: 0 };
    let node = reader.alternatives();
    assert!(reader.at == reader.rest.len(), "not all of the pattern {pattern} was understood");
    let mut out = String::new();
    node.write(&mut out, random);
    out
}

enum Node {
    Any(Vec<Node>),
    All(Vec<Node>),
    Repeat(Box<Node>, usize, usize),
    /// One of these ranges of characters, or none of them.
    Class(Vec<(char, char)>, bool),
}

struct Reader {
    rest: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> char {
        self.at += 1;
        self.rest[self.at - 1]
    }

    fn takes(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn alternatives(&mut self) -> Node {
        let mut nodes = vec![self.sequence()];
        while self.takes('|') {
            nodes.push(self.sequence());
        }
        Node::Any(nodes)
    }

    fn sequence(&mut self) -> Node {
        let mut nodes = Vec::new();
        while self.peek().is_some_and(|next| next != '|' && next != ')') {
            let atom = self.atom();
            nodes.push(match self.peek() {
                Some('?') => self.repeat(atom, 0, 1),
                Some('*') => self.repeat(atom, 0, 4),
                Some('+') => self.repeat(atom, 1, 6),
                Some('{') => {
                    self.at += 1;
                    let least = self.number();
                    let most = if self.takes(',') { self.number() } else { least };
                    self.repeat(atom, least, most)
                }
                _ => atom,
            });
        }
        Node::All(nodes)
    }

    fn repeat(&mut self, atom: Node, least: usize, most: usize) -> Node {
        self.at += 1;
        Node::Repeat(Box::new(atom), least, most)
    }

    fn number(&mut self) -> usize {
        let mut number = 0;
        while let Some(digit) = self.peek().and_then(|next| next.to_digit(10)) {
            number = number * 10 + digit as usize;
            self.at += 1;
        }
        number
    }

    fn atom(&mut self) -> Node {
        match self.next() {
            '(' => {
                let inner = self.alternatives();
                assert!(self.takes(')'), "a group should end");
                inner
            }
            '.' => Node::Class(vec![('\n', '\n')], true),
            '[' => self.class(),
            '\\' => Node::Class(self.escaped(), false),
            literal => Node::Class(vec![(literal, literal)], false),
        }
    }

    fn escaped(&mut self) -> Vec<(char, char)> {
        match self.next() {
            's' => vec![(' ', ' '), ('\t', '\t')],
            'n' => vec![('\n', '\n')],
            literal => vec![(literal, literal)],
        }
    }

    fn class(&mut self) -> Node {
        let negated = self.takes('^');
        let mut ranges = Vec::new();
        while !self.takes(']') {
            let mut part = match self.next() {
                '\\' => self.escaped(),
                literal => vec![(literal, literal)],
            };
            // A hyphen between two characters makes a range, one at the end stands for itself.
            if self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|next| *next != ']') {
                self.at += 1;
                let end = match self.next() {
                    '\\' => self.escaped()[0].0,
                    literal => literal,
                };
                part = vec![(part[0].0, end)];
            }
            ranges.extend(part);
        }
        Node::Class(ranges, negated)
    }
}

impl Node {
    fn write(&self, out: &mut String, random: &mut Random) {
        match self {
            Node::Any(nodes) => random.pick(nodes).write(out, random),
            Node::All(nodes) => nodes.iter().for_each(|node| node.write(out, random)),
            Node::Repeat(node, least, most) => {
                // Long repetitions say no more than short ones.
                let most = (*most).min(least + 6);
                let times = least + random.below(most - least + 1);
                (0..times).for_each(|_| node.write(out, random));
            }
            Node::Class(ranges, false) => {
                let &(first, last) = random.pick(ranges);
                let (first, last) = (u32::from(first), u32::from(last));
                let code = first + random.any() as u32 % (last - first + 1);
                out.push(char::from_u32(code).unwrap_or('?'));
            }
            Node::Class(ranges, true) => {
                let fits = |one: &char| !ranges.iter().any(|(first, last)| (first..=last).contains(&one));
                let choices: Vec<char> = "abcxyz019 _.-/:,A\u{e4}".chars().filter(fits).collect();
                out.push(*random.pick(&choices));
            }
        }
    }
}
