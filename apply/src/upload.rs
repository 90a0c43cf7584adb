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

/// The most bytes that a message of a stream carries (`VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX` in libvirt's src/rpc/virnetprotocol.x).
const MOST: usize = 262_120;

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
    let mut told = 0;
    let mut sender = Sender { stream: &stream, hole: 0, data: Vec::with_capacity(MOST) };
    let sent = each_block(file, &mut |at, block| {
        let length = BLOCK as u64;
        match block {
            None => sender.hole(length.min(size - at))?,
            Some(block) => sender.data(block)?,
        }
        let part = (at + length).min(size) * 100 / size;
        if part >= told + TOLD {
            told = part - part % TOLD;
            tell(format!("{told} % of its image are sent"));
        }
        Ok(())
    });
    let sent = sent.and_then(|_| sender.finish());
    match sent {
        Ok(()) => stream.finish().map_err(libvirt(&codes::CANNOT_CHANGE_VOLUME, tried)),
        Err(error) => {
            // The first failure is reported, and not the errors that follow from it.
            let _ = stream.abort();
            Err(Error::new(&codes::CANNOT_CHANGE_VOLUME, format!("cannot {tried}")).system(error))
        }
    }
}

/// Collects data and holes, so that few messages carry them.
struct Sender<'s> {
    stream: &'s Stream,
    /// The bytes of the hole at the end of what was handed over.
    hole: u64,
    /// The data at the end of what was handed over; none where there is a hole.
    data: Vec<u8>,
}

impl Sender<'_> {
    fn hole(&mut self, bytes: u64) -> io::Result<()> {
        self.send_data()?;
        self.hole += bytes;
        Ok(())
    }

    fn data(&mut self, mut block: &[u8]) -> io::Result<()> {
        self.send_hole()?;
        while !block.is_empty() {
            let (now, later) = block.split_at(block.len().min(MOST - self.data.len()));
            self.data.extend_from_slice(now);
            block = later;
            if self.data.len() == MOST {
                self.send_data()?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.send_data()?;
        self.send_hole()
    }

    fn send_hole(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.hole) {
            0 => Ok(()),
            bytes => nixvirt_libvirt_calls::send_hole(self.stream, bytes).map_err(io::Error::other),
        }
    }

    fn send_data(&mut self) -> io::Result<()> {
        let mut block = &*self.data;
        while !block.is_empty() {
            let sent = self.stream.send(block).map_err(io::Error::other)?;
            let sent = usize::try_from(sent).unwrap_or_default();
            if sent == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            block = &block[sent.min(block.len())..];
        }
        self.data.clear();
        Ok(())
    }
}
