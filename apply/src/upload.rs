//! Sending the content of an image into a volume, over any connection.

use std::fs::File;
use std::io;

use virt::storage_vol::StorageVol;
use virt::stream::Stream;

use crate::content::{BLOCK, each_block};
use crate::error::libvirt;
use crate::host::Host;

/// How often it is told how far it is, in parts of a hundred.
const TOLD: u64 = 10;

/// Sends a file into a volume, its holes as holes.
///
/// # Errors
/// Where the file cannot be read, and what libvirt says.
pub fn upload(
    host: &Host,
    volume: &StorageVol,
    file: &File,
    tell: &mut dyn FnMut(String),
) -> Result<(), String> {
    let tried = "send the image into the volume";
    let stream = Stream::new(&host.connect, 0).map_err(libvirt(tried))?;
    volume.upload(&stream, 0, 0, 0).map_err(libvirt(tried))?;
    let size = file.metadata().map_err(|error| error.to_string())?.len().max(1);
    let zeros = vec![0; BLOCK];
    let mut told = 0;
    let sent = each_block(file, &mut |at, block| {
        let length = usize::try_from(size - at).unwrap_or(BLOCK).min(BLOCK);
        send(&stream, block.unwrap_or(&zeros[..length]))?;
        let part = (at + length as u64) * 100 / size;
        if part >= told + TOLD {
            told = part - part % TOLD;
            tell(format!("{told} % of its image are sent"));
        }
        Ok(())
    });
    match sent {
        Ok(_) => stream.finish().map_err(libvirt(tried)),
        Err(error) => {
            // What failed is to be said, and not what comes of it.
            let _ = stream.abort();
            Err(format!("cannot {tried}: {error}"))
        }
    }
}

fn send(stream: &Stream, mut block: &[u8]) -> io::Result<()> {
    while !block.is_empty() {
        let sent = stream.send(block).map_err(io::Error::other)?;
        let sent = usize::try_from(sent).unwrap_or_default();
        if sent == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        block = &block[sent.min(block.len())..];
    }
    Ok(())
}
