//! Sending the content of an image into a volume, over any connection.

use std::fs::File;
use std::io;

use virt::storage_vol::StorageVol;
use virt::stream::Stream;
use virt::sys;

use crate::content::{BLOCK, each_block};
use crate::error::{Error, codes, libvirt};
use crate::host::Host;

/// How often it is told how far it is, in parts of a hundred.
const TOLD: u64 = 10;

/// Sends a file into a volume, its holes as holes.
///
/// # Errors
/// Where the file cannot be read, and what libvirt says.
pub(crate) fn upload(
    host: &Host,
    volume: &StorageVol,
    file: &File,
    tell: &mut dyn FnMut(String),
) -> Result<(), Error> {
    let tried = "send the image into the volume";
    let stream = Stream::new(&host.connect, 0).map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, tried))?;
    volume
        .upload(&stream, 0, 0, sys::VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM)
        .map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, tried))?;
    let size = file
        .metadata()
        .map_err(|error| Error::new(&codes::IMAGE_UNREADABLE, "cannot ask for its size").system(error))?
        .len();
    let (mut told, mut hole) = (0, 0);
    let sent = each_block(file, &mut |at, block| {
        let length = BLOCK as u64;
        match block {
            None => hole += length.min(size - at),
            Some(block) => {
                send_hole(&stream, &mut hole)?;
                send(&stream, block)?;
            }
        }
        let part = (at + length).min(size) * 100 / size;
        if part >= told + TOLD {
            told = part - part % TOLD;
            tell(format!("{told} % of its image are sent"));
        }
        Ok(())
    });
    let sent = sent.and_then(|_| send_hole(&stream, &mut hole));
    match sent {
        Ok(()) => stream.finish().map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, tried)),
        Err(error) => {
            // The first failure is reported, and not the errors that follow from it.
            let _ = stream.abort();
            Err(Error::new(&codes::CANNOT_CHANGE_VOLUME, format!("cannot {tried}")).system(error))
        }
    }
}

/// Sends the hole that was collected, if any.
fn send_hole(stream: &Stream, hole: &mut u64) -> io::Result<()> {
    match std::mem::take(hole) {
        0 => Ok(()),
        bytes => nixvirt_libvirt_calls::send_hole(stream, bytes).map_err(io::Error::other),
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
