//! Names as small numbers, so that looking one up compares no text.

use std::hash::{BuildHasherDefault, Hasher};

use crate::nix_string::NixString;

#[expect(
    clippy::disallowed_types,
    reason = "names are only looked up; nobody goes through them in its order"
)]
type Known = std::collections::HashMap<NixString, Symbol, BuildHasherDefault<Fnv>>;

/// FNV-1a, eight bytes at a time: names are short, and the sources of one configuration do not mean each other harm.
#[derive(Debug, Default)]
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0 ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
    }

    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// The bytes that a name takes beside its text.
const NAME: usize = 100;

/// An interned name: two symbols are equal where their names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol(u32);

/// Every name that was met.
#[derive(Debug, Default)]
pub struct Symbols {
    names: Vec<NixString>,
    known: Known,
    /// The bytes that the names take.
    bytes: u64,
}

impl Symbols {
    /// The symbol of a name.
    pub fn intern(&mut self, name: &str) -> Symbol {
        if let Some(symbol) = self.known.get(name) {
            return *symbol;
        }
        let symbol = Symbol(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        let name: NixString = name.into();
        self.bytes += (name.len() + NAME) as u64;
        self.names.push(name.clone());
        self.known.insert(name, symbol);
        symbol
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The bytes that the names take.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The name of a symbol.
    pub fn name(&self, symbol: Symbol) -> &NixString {
        &self.names[symbol.0 as usize]
    }
}
