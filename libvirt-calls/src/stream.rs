//! Streams that skip the holes of a sparse volume. The volume's `upload` or `download` must have been given
//! `VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM` or `VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM`.

use virt::error::Error;
use virt::stream::Stream;
use virt::sys;

use crate::checked;

/// The next part of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// This many bytes, at the beginning of the buffer; at least one.
    Data(usize),
    /// A hole of so many bytes, which read as zeros.
    Hole(u64),
    /// The end: all data were received.
    End,
}

/// Says to the volume's end of a stream that so many bytes are a hole.
///
/// See <https://libvirt.org/html/libvirt-libvirt-stream.html#virStreamSendHole>
///
/// # Errors
///
/// The stream is not sparse or was ended; the hole has more than 2^63 - 1 bytes.
pub fn send_hole(stream: &Stream, bytes: u64) -> Result<(), Error> {
    // libvirt refuses a negative length.
    let bytes = bytes.try_into().unwrap_or(-1);
    // SAFETY: the pointer is only used for the call, during which `stream` is borrowed.
    let stream = unsafe { stream.as_ptr() };
    // SAFETY: the pointer is that of a living stream.
    checked(unsafe { sys::virStreamSendHole(stream, bytes, 0) })?;
    Ok(())
}

/// The next part of a sparse stream: data up to the buffer's length, or a hole.
///
/// See <https://libvirt.org/html/libvirt-libvirt-stream.html#virStreamRecvFlags>
///
/// # Errors
///
/// The stream is not sparse, was ended, or does not block and has nothing yet.
pub fn receive_sparse(stream: &Stream, buffer: &mut [u8]) -> Result<Received, Error> {
    /// The return value of libvirt where the stream is at a hole.
    const AT_HOLE: i32 = -3;
    // SAFETY: the pointer is only used for the calls, during which `stream` is borrowed.
    let stream = unsafe { stream.as_ptr() };
    let (start, length) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: libvirt writes at most `length` bytes into the buffer, which is borrowed and has these.
    let received =
        unsafe { sys::virStreamRecvFlags(stream, start, length, sys::VIR_STREAM_RECV_STOP_AT_HOLE) };
    if received != AT_HOLE {
        let bytes = usize::try_from(checked(received)?).unwrap_or_default();
        return Ok(if bytes == 0 { Received::End } else { Received::Data(bytes) });
    }
    let mut hole = 0;
    // SAFETY: libvirt writes one number, into a variable that lives through the call.
    checked(unsafe { sys::virStreamRecvHole(stream, &mut hole, 0) })?;
    Ok(Received::Hole(hole.unsigned_abs()))
}
