//! The image that a new volume gets its content from: what it is, and how it comes into the form that is uploaded.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::time::UNIX_EPOCH;

use flate2::read::MultiGzDecoder;
use liblzma::read::XzDecoder;
use nixvirt_compiler::Code;
use rustix::fs::{SeekFrom as Sought, seek};
use rustix::io::Errno;
use tempfile::NamedTempFile;

use crate::error::{Error, codes};
use crate::images;
use crate::source::ImageStamp;

/// An error about an image.
fn of_image(code: &'static Code, image: &Path, what: impl Into<String>) -> Error {
    Error::new(code, what).at(image.display())
}

/// The error for an image that cannot be read.
fn unreadable(image: &Path) -> impl Fn(io::Error) -> Error + use<> {
    let image = image.to_owned();
    move |error| Error::new(&codes::IMAGE_UNREADABLE, "").at(image.display()).system(error)
}

/// An image on this machine.
#[derive(Debug)]
pub struct Image {
    /// The identity of the image when it was opened.
    pub stamp: ImageStamp,
    file: File,
}

/// How much of an image is looked at, hashed and sent at once.
pub const BLOCK: usize = 1 << 16;

impl Image {
    /// Opens an image.
    ///
    /// # Errors
    /// Where it is no regular file or cannot be read.
    pub fn open(path: &Path) -> Result<Image, Error> {
        let said = unreadable(path);
        // A FIFO would not be opened but waited for.
        let known = path.metadata().map_err(&said)?;
        if !known.is_file() {
            return Err(of_image(
                &codes::IMAGE_UNREADABLE,
                path,
                "it is no regular file, and an image is one",
            ));
        }
        let file = File::open(path).map_err(said)?;
        let modified = known.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = u64::try_from(modified.unwrap_or_default().as_nanos()).unwrap_or(u64::MAX);
        Ok(Image { stamp: ImageStamp { image: path.to_owned(), size: known.len(), modified }, file })
    }

    /// The BLAKE3 hash of its content as it is, packed or not. It is of the blocks that are not all zeros, each with its place,
    /// and of the size: so the holes of a sparse image take no time, and do not count.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn hash(&self) -> Result<String, Error> {
        let mut hash = blake3::Hasher::new();
        let size = each_block(&self.file, &mut |at, block| {
            if let Some(block) = block {
                hash.update(&at.to_le_bytes());
                hash.update(block);
            }
            Ok(())
        });
        let size = size.map_err(unreadable(&self.stamp.image))?;
        hash.update(&size.to_le_bytes());
        Ok(hash.finalize().to_string())
    }

    /// The image unpacked, and converted to a format where one is wanted. `told` is the format that it is said to have.
    ///
    /// # Errors
    /// Where it cannot be read, unpacked or converted, or does not stand alone.
    pub fn ready(self, told: Option<&str>, wanted: Option<&str>) -> Result<Ready, Error> {
        let image = self.stamp.image.clone();
        let said = unreadable(&image);
        let wrong = |code, what: String| of_image(code, &image, what);
        let unpacked = unpacked(&self.file).map_err(&said)?;
        let file = match &unpacked {
            Some(unpacked) => unpacked.reopen().map_err(&said)?,
            None => self.file,
        };
        let path = unpacked.as_ref().map_or(self.stamp.image.as_path(), |unpacked| unpacked.path());
        let found = format_of(&file).map_err(&said)?;
        let is = told.unwrap_or(found);
        if is != found && [is, found].contains(&"qcow2") {
            let what = format!("its `format` is said to be `{is}`, and its first bytes say `{found}`");
            return Err(wrong(&codes::IMAGE_FORMAT, what).fact("format", is).fact("found", found));
        }
        // The image could name any file of this machine as its backing file.
        match images::backing(path) {
            Some(None) => {}
            Some(Some(other)) => {
                return Err(wrong(&codes::IMAGE_NOT_ALONE, format!("it lies on top of `{other}`"))
                    .help("expected an image that stands alone"));
            }
            None if found == "qcow2" => {
                return Err(wrong(&codes::IMAGE_NOT_ALONE, "it lies on top of another image".to_owned())
                    .help("expected one that stands alone"));
            }
            None => {}
        }
        let (file, kept) = match wanted {
            Some(wanted) if wanted != is => {
                let converted = convert(path, is, wanted).map_err(|why| why.at(image.display()))?;
                (converted.reopen().map_err(&said)?, Some(converted))
            }
            _ => (file, unpacked),
        };
        let format = wanted.unwrap_or(is).to_owned();
        let size = virtual_size(&file, &format).map_err(said)?;
        Ok(Ready { file, size, format, _kept: kept })
    }
}

/// An image in the format of its volume.
#[derive(Debug)]
pub struct Ready {
    /// The file with the content to send.
    pub file: File,
    /// The bytes that a guest sees of it.
    pub size: u64,
    /// The format of the content, such as `raw`.
    pub format: String,
    /// The temporary file that it is in, which goes with it.
    _kept: Option<NamedTempFile>,
}

impl Ready {
    /// Bytes that are sent as they are.
    ///
    /// # Errors
    /// Where there is no room for a temporary file, which nobody else can read.
    pub fn of_bytes(bytes: &[u8]) -> Result<Ready, Error> {
        let made = NamedTempFile::new().and_then(|mut file| {
            file.write_all(bytes)?;
            Ok((file.reopen()?, file))
        });
        let (file, kept) = made.map_err(|error| {
            Error::new(&codes::CANNOT_WRITE, "cannot make a temporary file").system(error)
        })?;
        Ok(Ready { file, size: bytes.len() as u64, format: "raw".to_owned(), _kept: Some(kept) })
    }
}

/// Takes a block of a file and its place in bytes; nothing for a block that is all zeros.
pub type TakeBlock<'t> = dyn FnMut(u64, Option<&[u8]>) -> io::Result<()> + 't;

/// Calls `take` for each block of a file with its place in bytes; with nothing for one that is all zeros or a hole. Returns
/// the size.
///
/// # Errors
/// Where the file cannot be read, and what `take` says.
pub fn each_block(mut file: &File, take: &mut TakeBlock<'_>) -> io::Result<u64> {
    let size = file.metadata()?.len();
    let mut block = vec![0; BLOCK];
    let mut at = 0;
    while at < size {
        // File systems that know no holes say that all is data.
        let data = match seek(file, Sought::Data(at)) {
            Ok(data) => data - data % BLOCK as u64,
            Err(Errno::NXIO) => size,
            Err(_) => at,
        };
        while at < data.max(at) && at < size {
            take(at, None)?;
            at = at.saturating_add(BLOCK as u64);
        }
        if at >= size {
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        let length = usize::try_from(size - at).unwrap_or(usize::MAX).min(BLOCK);
        file.read_exact(&mut block[..length])?;
        let block = &block[..length];
        take(at, block.iter().any(|byte| *byte != 0).then_some(block))?;
        at += length as u64;
    }
    Ok(size)
}

/// The bytes by which a way to pack files is known.
const XZ: &[u8] = b"\xfd7zXZ\0";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
const GZIP: &[u8] = b"\x1f\x8b";

fn head(mut file: &File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.rewind()?;
    file.take(64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head)
}

/// A packed file without its packing; nothing where it is not packed.
fn unpacked(file: &File) -> io::Result<Option<NamedTempFile>> {
    let head = head(file)?;
    let packed = BufReader::with_capacity(BLOCK, file);
    let mut reader: Box<dyn Read> = match &*head {
        head if head.starts_with(XZ) => Box::new(XzDecoder::new_multi_decoder(packed)),
        head if head.starts_with(ZSTD) => Box::new(zstd::Decoder::with_buffer(packed)?),
        head if head.starts_with(GZIP) => Box::new(MultiGzDecoder::new(packed)),
        _ => return Ok(None),
    };
    let mut whole = NamedTempFile::new()?;
    let mut block = vec![0; BLOCK];
    loop {
        let length = fill(&mut reader, &mut block)?;
        match block[..length].iter().any(|byte| *byte != 0) {
            true => whole.write_all(&block[..length])?,
            // A hole.
            false => drop(whole.seek(SeekFrom::Current(length as i64))?),
        }
        if length < BLOCK {
            break;
        }
    }
    let size = whole.stream_position()?;
    whole.as_file().set_len(size)?;
    Ok(Some(whole))
}

fn fill(reader: &mut dyn Read, block: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < block.len() {
        match reader.read(&mut block[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// The first bytes of the formats that have some of their own.
const MARKS: [(&[u8], &str); 4] =
    [(b"QFI\xfb", "qcow2"), (b"QED\0", "qed"), (b"KDMV", "vmdk"), (b"vhdxfile", "vhdx")];

fn format_of(file: &File) -> io::Result<&'static str> {
    let head = head(file)?;
    Ok(MARKS.iter().find(|(mark, _)| head.starts_with(mark)).map_or("raw", |(_, format)| format))
}

/// The bytes that a guest sees of an image. The other formats are converted from, and never to.
fn virtual_size(file: &File, format: &str) -> io::Result<u64> {
    match (format, head(file)?.get(24..32).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok())) {
        ("qcow2", Some(size)) => Ok(u64::from_be_bytes(size)),
        ("qcow2", None) => Err(io::Error::other("it is too short for an image")),
        _ => Ok(file.metadata()?.len()),
    }
}

fn convert(path: &Path, from: &str, to: &str) -> Result<NamedTempFile, Error> {
    let made = NamedTempFile::new()
        .map_err(|error| Error::new(&codes::CANNOT_WRITE, "cannot make a temporary file").system(error))?;
    let ran = Command::new("qemu-img")
        .args(["convert", "-f", from, "-O", to, "--"])
        .args([path, made.path()])
        .output()
        .map_err(|error| {
            let message = format!(
                "it is `{from}` and the volume is `{to}`, and qemu-img, which converts it, cannot be run"
            );
            Error::new(&codes::CANNOT_CONVERT_IMAGE, message).system(error)
        })?;
    match ran.status.success() {
        true => Ok(made),
        false => {
            let said = String::from_utf8_lossy(&ran.stderr);
            let message = format!("it cannot be converted from `{from}` to `{to}`");
            Err(Error::new(&codes::CANNOT_CONVERT_IMAGE, message).system(said.trim()))
        }
    }
}
