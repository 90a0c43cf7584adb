//! The records of directories: ISO 9660's own, with Rock Ridge's names and modes behind them.
//!
//! ECMA-119 describes the records, IEEE P1281 and P1282 the fields behind them.

/// A number in both byte orders, as ISO 9660 has most of its numbers.
pub(crate) fn both32(number: u32) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    bytes[4..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// A short number in both byte orders.
pub(crate) fn both16(number: u16) -> [u8; 4] {
    let ([low, high], [first, second]) = (number.to_le_bytes(), number.to_be_bytes());
    [low, high, first, second]
}

/// Where the content of a file or folder is: its first sector, and its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extent {
    pub sector: u32,
    pub bytes: u32,
}

/// The time of all files, for none of them is to depend on a clock: the beginning of 1980, which every system can show.
const TIME: [u8; 7] = [80, 1, 1, 0, 0, 0, 0];

/// A record of a directory. Its length is even and 255 bytes at most.
pub(crate) fn record(identifier: &[u8], extent: Extent, is_folder: bool, behind: &[u8]) -> Vec<u8> {
    let mut record = vec![0, 0];
    record.extend(both32(extent.sector));
    record.extend(both32(extent.bytes));
    record.extend(TIME);
    record.push(if is_folder { 2 } else { 0 });
    record.extend([0, 0]);
    record.extend(both16(1));
    record.push(identifier.len() as u8);
    record.extend(identifier);
    if record.len() % 2 == 1 {
        record.push(0);
    }
    record.extend(behind);
    if record.len() % 2 == 1 {
        record.push(0);
    }
    record[0] = record.len() as u8;
    record
}

/// The mark at the beginning of the root by which readers know that Rock Ridge's fields are there.
pub(crate) fn mark() -> Vec<u8> {
    let name = b"RRIP_1991A";
    let about = b"THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS";
    let mut field = vec![b'S', b'P', 7, 1, 0xbe, 0xef, 0];
    field.extend([b'E', b'R', (8 + name.len() + about.len()) as u8, 1]);
    field.extend([name.len() as u8, about.len() as u8, 0, 1]);
    field.extend(name);
    field.extend(about);
    field
}

/// The mode of a file or folder, which anybody may read and nobody write, and its owner, root.
pub(crate) fn mode(is_folder: bool, links: u32) -> Vec<u8> {
    let mut field = vec![b'P', b'X', 36, 1];
    field.extend(both32(if is_folder { 0o040_555 } else { 0o100_444 }));
    field.extend(both32(links));
    field.extend(both32(0));
    field.extend(both32(0));
    field
}

/// The name of a file or folder as it was given.
pub(crate) fn name(name: &str) -> Vec<u8> {
    let mut field = vec![b'N', b'M', (5 + name.len()) as u8, 1, 0];
    field.extend(name.as_bytes());
    field
}
