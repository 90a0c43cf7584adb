//! Messages over standard input and output. lsp-server's own reader gives up at the first message that it cannot read; this
//! one says so to the client and goes on.

use std::io::{self, BufRead, Read, Write};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::{ErrorCode, Message};
use serde::Serialize;
use serde_json::{Value, json};

/// Messages longer than this are skipped: nobody writes such documents.
const LONGEST: u64 = 256 << 20;
/// The headers of a message have no more bytes than this in a line.
const LONGEST_HEADER: u64 = 4096;

/// Messages from the client.
pub(super) enum Incoming {
    /// A message of the client.
    Message(Message),
    /// Something that is no message: its id, if it has one, and what is wrong with it.
    Garbage(Value, ErrorCode, String),
}

/// Where messages for the client are put.
#[derive(Clone)]
pub(super) struct Outbox(Sender<Option<Value>>);

impl Outbox {
    /// An empty one, and where what is put there comes out; nothing there means that no more comes.
    pub(super) fn new() -> (Outbox, Receiver<Option<Value>>) {
        let (sender, receiver) = unbounded();
        (Outbox(sender), receiver)
    }

    /// Queues a message for the client.
    pub(super) fn send(&self, message: impl Serialize) {
        let message = serde_json::to_value(message).ok().and_then(|message| match message {
            Value::Object(mut fields) => {
                fields.insert("jsonrpc".to_owned(), json!("2.0"));
                Some(Value::Object(fields))
            }
            _ => None,
        });
        // A client that is gone needs no messages.
        let _ = message.map(|message| self.0.send(Some(message)));
    }

    /// Queues a notification for the client.
    pub(super) fn notify(&self, method: &str, params: impl Serialize) {
        self.send(json!({ "method": method, "params": params }));
    }
}

/// The connection to a client.
pub(super) struct Transport {
    /// Messages from the client; the channel ends with the client.
    pub incoming: Receiver<Incoming>,
    /// Messages to the client.
    pub outbox: Outbox,
    writer: JoinHandle<io::Result<()>>,
}

impl Transport {
    /// Begins to read and to write.
    pub(super) fn start() -> io::Result<Transport> {
        let (sender, incoming) = unbounded();
        let (outbox, receiver) = Outbox::new();
        // It ends with standard input, or with the process.
        thread::Builder::new().name("reader".into()).spawn(move || {
            let mut input = io::stdin().lock();
            while let Ok(Some(read)) = read(&mut input) {
                if sender.send(read).is_err() {
                    break;
                }
            }
        })?;
        let writer = thread::Builder::new().name("writer".into()).spawn(move || {
            let mut output = io::stdout().lock();
            receiver
                .into_iter()
                .map_while(|message| message)
                .try_for_each(|message| write(&mut output, &message))
        })?;
        Ok(Transport { incoming, outbox, writer })
    }

    /// Writes the messages that are still queued.
    pub(super) fn finish(self) -> io::Result<()> {
        // Others may still hold the outbox, and go on until the process ends.
        let _ = self.outbox.0.send(None);
        self.writer.join().unwrap_or(Ok(()))
    }
}

fn write(output: &mut impl Write, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

/// Reads a message; nothing at the end.
fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let mut length = None;
    let mut headers = false;
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(LONGEST_HEADER).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() && headers {
            break;
        }
        headers |= !line.is_empty();
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<u64>().ok();
        }
    }
    let wrong =
        |message: &str| Some(Incoming::Garbage(Value::Null, ErrorCode::ParseError, message.to_owned()));
    let Some(length) = length else {
        return Ok(wrong("the message has no header `Content-Length` with a number"));
    };
    if length > LONGEST {
        io::copy(&mut input.take(length), &mut io::sink())?;
        return Ok(wrong(&format!("the message has {length} bytes; at most {LONGEST} are read")));
    }
    let mut body = Vec::new();
    if input.take(length).read_to_end(&mut body)? as u64 != length {
        return Ok(None);
    }
    Ok(Some(message(&body)))
}

/// The kind of message that a body holds.
pub(super) fn message(body: &[u8]) -> Incoming {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => {
            return Incoming::Garbage(
                Value::Null,
                ErrorCode::ParseError,
                format!("the message is not JSON: {error}"),
            );
        }
    };
    let id = value.get("id").filter(|id| id.is_i64() || id.is_string()).cloned().unwrap_or_default();
    match serde_json::from_value(value) {
        Ok(message) => Incoming::Message(message),
        Err(_) => {
            let text = "the message is neither a request nor a response nor a notification";
            Incoming::Garbage(id, ErrorCode::InvalidRequest, text.to_owned())
        }
    }
}

/// A response to something that has no proper id.
pub(super) fn refusal(id: &Value, code: ErrorCode, message: &str) -> Value {
    json!({ "id": id, "error": { "code": code as i32, "message": message } })
}
