//! Writing a tree as an ISO 9660 image: the descriptors, the path tables, the directories of both name spaces, the files.

use crate::names::joliet;
use crate::records::{Extent, both16, both32, mark, mode, name, record};
use crate::tree::{Folder, Holds, Member, Tree};

/// The bytes of a sector.
const SECTOR: usize = 2048;

/// The sectors before the descriptors, which are the system's own.
const SYSTEM_AREA: u32 = 16;

/// Which names the directories have: the short ones with Rock Ridge's behind them, or Joliet's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    RockRidge,
    Joliet,
}

/// The directories and path tables in one name space.
struct Space<'t> {
    names: Names,
    tree: &'t Tree<'t>,
    /// Where each folder's directory is.
    folders: Vec<Extent>,
    /// The first sector of the path table with the low byte first, and of the other.
    tables: [u32; 2],
}

/// The image with a tree: descriptors, then both name spaces, then the files.
pub(crate) fn write(label: &str, tree: &Tree<'_>) -> Vec<u8> {
    let mut next = SYSTEM_AREA + 3;
    let mut take = |bytes: usize| {
        let first = next;
        next += sectors(bytes);
        first
    };
    let spaces = [Names::RockRidge, Names::Joliet].map(|names| {
        let mut space = Space { names, tree, folders: Vec::new(), tables: [0; 2] };
        // The tables and directories are as long wherever they are.
        space.folders = vec![Extent::default(); tree.folders.len()];
        let nowhere = vec![Extent::default(); tree.files.len()];
        let table = space.table(u32::to_le_bytes, u16::to_le_bytes).len();
        space.tables = [take(table), take(table)];
        let lengths: Vec<usize> = tree
            .folders
            .iter()
            .enumerate()
            .map(|(at, folder)| space.directory(at, folder, &nowhere).len())
            .collect();
        space.folders =
            lengths.into_iter().map(|bytes| Extent { sector: take(bytes), bytes: bytes as u32 }).collect();
        space
    });
    let files: Vec<Extent> = tree
        .files
        .iter()
        .map(|content| Extent { sector: take(content.len()), bytes: content.len() as u32 })
        .collect();
    let mut image = vec![0; next as usize * SECTOR];
    let mut put = |sector: u32, bytes: &[u8]| {
        let at = sector as usize * SECTOR;
        image[at..at + bytes.len()].copy_from_slice(bytes);
    };
    for (at, space) in spaces.iter().enumerate() {
        put(SYSTEM_AREA + at as u32, &space.descriptor(label, next));
        put(space.tables[0], &space.table(u32::to_le_bytes, u16::to_le_bytes));
        put(space.tables[1], &space.table(u32::to_be_bytes, u16::to_be_bytes));
        for (at, folder) in tree.folders.iter().enumerate() {
            put(space.folders[at].sector, &space.directory(at, folder, &files));
        }
    }
    // The end of the descriptors.
    put(SYSTEM_AREA + 2, b"\xffCD001\x01");
    for (extent, content) in files.iter().zip(&tree.files) {
        put(extent.sector, content);
    }
    image
}

/// The sectors that some bytes take.
fn sectors(bytes: usize) -> u32 {
    bytes.div_ceil(SECTOR) as u32
}

impl Space<'_> {
    /// The descriptor of the volume: where its tables and its root are.
    fn descriptor(&self, label: &str, sectors: u32) -> Vec<u8> {
        let is_joliet = self.names == Names::Joliet;
        let text = |text: &str, bytes: usize| {
            let mut field = match is_joliet {
                true => joliet(text),
                false => text.as_bytes().to_vec(),
            };
            field.truncate(bytes);
            while field.len() < bytes {
                field.extend(if is_joliet { &b"\0 "[..] } else { b" " });
            }
            field.truncate(bytes);
            field
        };
        let mut descriptor = Vec::with_capacity(SECTOR);
        descriptor.push(if is_joliet { 2 } else { 1 });
        descriptor.extend(b"CD001\x01\0");
        descriptor.extend(text("", 32));
        descriptor.extend(text(label, 32));
        descriptor.extend([0; 8]);
        descriptor.extend(both32(sectors));
        let mut escapes = [0; 32];
        if is_joliet {
            escapes[..3].copy_from_slice(b"%/E");
        }
        descriptor.extend(escapes);
        descriptor.extend(both16(1));
        descriptor.extend(both16(1));
        descriptor.extend(both16(SECTOR as u16));
        descriptor.extend(both32(self.table(u32::to_le_bytes, u16::to_le_bytes).len() as u32));
        descriptor.extend(self.tables[0].to_le_bytes());
        descriptor.extend([0; 4]);
        descriptor.extend(self.tables[1].to_be_bytes());
        descriptor.extend([0; 4]);
        descriptor.extend(record(&[0], self.folders[0], true, &[]));
        // Who made it, and the files that say so: nobody.
        for bytes in [128, 128, 128, 128, 37, 37, 37] {
            descriptor.extend(text("", bytes));
        }
        // When it was made, changed, and is valid: not said.
        for _ in 0..4 {
            descriptor.extend([b'0'; 16]);
            descriptor.push(0);
        }
        descriptor.push(1);
        descriptor.resize(SECTOR, 0);
        descriptor
    }

    /// The directory of a folder: itself, its parent, and its members. No record crosses a sector.
    fn directory(&self, at: usize, folder: &Folder, files: &[Extent]) -> Vec<u8> {
        let mut sectors = Vec::new();
        let mut add = |record: Vec<u8>| {
            let used = sectors.len() % SECTOR;
            if used + record.len() > SECTOR {
                sectors.resize(sectors.len() + SECTOR - used, 0);
            }
            sectors.extend(record);
        };
        let rock = self.names == Names::RockRidge;
        let links =
            |at: usize| 2 + self.tree.folders[at].members.iter().filter(|one| one.is_folder()).count() as u32;
        let mut own = Vec::new();
        if rock {
            if at == 0 {
                own.extend(mark());
            }
            own.extend(mode(true, links(at)));
        }
        add(record(&[0], self.folders[at], true, &own));
        let above = if rock { mode(true, links(folder.parent)) } else { Vec::new() };
        add(record(&[1], self.folders[folder.parent], true, &above));
        for member in self.ordered(folder) {
            let is_folder = member.is_folder();
            let (extent, count) = match member.holds {
                Holds::Folder(at) => (self.folders[at], links(at)),
                Holds::File(at) => (files[at], 1),
            };
            let behind = match rock {
                true => [mode(is_folder, count), name(&member.name)].concat(),
                false => Vec::new(),
            };
            add(record(&self.identifier(member), extent, is_folder, &behind));
        }
        sectors.resize(sectors.len().next_multiple_of(SECTOR), 0);
        sectors
    }

    /// The members of a folder in the order of their names.
    fn ordered<'f>(&self, folder: &'f Folder) -> Vec<&'f Member> {
        let mut members: Vec<&Member> = folder.members.iter().collect();
        if self.names == Names::Joliet {
            members.sort_by_key(|member| joliet(&member.name));
        }
        members
    }

    fn identifier(&self, member: &Member) -> Vec<u8> {
        match self.names {
            Names::RockRidge => member.short.identifier(member.is_folder()),
            Names::Joliet => joliet(&member.name),
        }
    }

    /// The path table: each folder with the number of its parent, level by level, and by name within a parent.
    fn table(&self, long: fn(u32) -> [u8; 4], short: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mut table = Vec::new();
        // The numbers that parents are known by, and the folders in the order of the table.
        let mut numbers = vec![0_u16; self.tree.folders.len()];
        let mut order = vec![0];
        let mut at = 0;
        while at < order.len() {
            let folder = order[at];
            numbers[folder] = at as u16 + 1;
            let folders = self.ordered(&self.tree.folders[folder]).into_iter().filter_map(|member| {
                match member.holds {
                    Holds::Folder(at) => Some(at),
                    Holds::File(_) => None,
                }
            });
            order.extend(folders);
            at += 1;
        }
        for at in order {
            let Folder { parent, name, .. } = &self.tree.folders[at];
            let identifier = match at {
                0 => vec![0],
                _ => self.identifier(&self.tree.folders[*parent].members[*name]),
            };
            table.extend([identifier.len() as u8, 0]);
            table.extend(long(self.folders[at].sector));
            table.extend(short(numbers[*parent]));
            table.extend(&identifier);
            if identifier.len() % 2 == 1 {
                table.push(0);
            }
        }
        table
    }
}
