//! A connection to one libvirt, and how often it was asked to change something.

mod advice;

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Once, OnceLock, mpsc};
use std::time::Duration;

use virt::connect::Connect;

use self::advice::to_check;
use crate::error::{Error, codes, libvirt, said as words};

/// How long a connection may be silent: seconds between two questions, and how many may stay without an answer. Then every
/// call on it fails.
const SILENCE: (i32, u32) = (5, 6);

/// How long a host may take to answer at first, unless an option says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Lets libvirt's library ask hosts whether they are still there, in a thread of its own.
fn listen_to_silence() {
    static LOOP: Once = Once::new();
    LOOP.call_once(|| {
        if virt::event::event_register_default_impl().is_ok() {
            // Without it, a host that falls silent is waited for; nothing is to be done about it.
            let _ =
                std::thread::Builder::new().spawn(|| while virt::event::event_run_default_impl().is_ok() {});
        }
    });
}

/// A connection. Every call that changes something on the host goes through [`Host::write`], so that a test can say
/// that there was none.
#[derive(Debug)]
pub struct Host {
    /// libvirt's connection, for what only reads.
    pub connect: Connect,
    /// The URI as the user gave it.
    pub uri: String,
    /// The driver's name, e.g. `QEMU`.
    pub driver: String,
    /// The version of libvirt at the other end.
    pub version: u32,
    writes: AtomicU64,
    shares_network: OnceLock<bool>,
    capabilities: OnceLock<Option<String>>,
}

impl Host {
    /// Connects. A host that does not answer within that time is given up, and one that falls silent later is after
    /// `SILENCE`.
    ///
    /// # Errors
    /// An error of libvirt, or a host that does not answer.
    pub fn open(uri: &str, patience: Duration) -> Result<Host, Error> {
        // Every error is reported by us, with what was being done.
        virt::error::clear_error_callback();
        listen_to_silence();
        let (sender, receiver) = mpsc::channel();
        let owned = uri.to_owned();
        // libvirt has no time-out of its own for this. A thread that never comes back ends with the program.
        let connecting = std::thread::Builder::new().spawn(move || {
            let opened = Connect::open(Some(&owned)).and_then(|connect| {
                // A driver without a daemon has nothing to fall silent.
                let _ = connect.set_keep_alive(SILENCE.0, SILENCE.1);
                let (driver, version) = (connect.driver_type()?, connect.lib_version()?);
                Ok((connect, driver, version))
            });
            let _ = sender.send(opened);
        });
        let failed = |code| Error::new(code, format!("cannot connect to `{uri}`")).fact("uri", uri);
        connecting.map_err(|error| failed(&codes::CANNOT_CONNECT).system(error))?;
        let opened = receiver.recv_timeout(patience).map_err(|_| {
            let seconds = patience.as_secs();
            let message = format!("cannot connect to `{uri}`: it has not answered within {seconds} seconds");
            Error::new(&codes::NO_ANSWER, message).fact("uri", uri).fact("seconds", seconds)
        })?;
        let said = libvirt(&codes::CANNOT_CONNECT, &format!("connect to `{uri}`"));
        let (connect, driver, version) = opened.map_err(|error| {
            let help = to_check(uri, &words(&error));
            said(error).fact("uri", uri).help(help)
        })?;
        Ok(Host {
            connect,
            uri: uri.to_owned(),
            driver,
            version,
            writes: AtomicU64::new(0),
            shares_network: OnceLock::new(),
            capabilities: OnceLock::new(),
        })
    }

    /// Whether it is this machine, so that its files are those that are seen here.
    pub fn is_local(&self) -> bool {
        let rest = self.uri.split_once("://").map(|(_, rest)| rest);
        rest.is_some_and(|rest| rest.starts_with('/'))
    }

    /// The capabilities of the host, as `virsh capabilities` prints them; nothing where the driver has none.
    pub fn capabilities(&self) -> Option<&str> {
        self.capabilities.get_or_init(|| self.connect.capabilities().ok()).as_deref()
    }

    /// The capabilities without the list of guests that the host can run.
    pub fn capabilities_without_guests(&self) -> Option<String> {
        let whole = self.capabilities()?;
        let document = roxmltree::Document::parse(whole).ok()?;
        let root = document.root_element();
        let host = root.children().find(|node| node.has_tag_name("host"))?;
        let name = root.tag_name().name();
        Some(format!("<{name}>{}</{name}>", &whole[host.range()]))
    }

    /// An identity of the libvirt at the other end, the same for every spelling of its URI; nothing where it cannot
    /// be told. Some mainboards have one uuid for all, so that the host's name goes with it.
    pub fn identity(&self) -> Option<String> {
        let document = roxmltree::Document::parse(self.capabilities()?).ok()?;
        let host = document.root_element().children().find(|node| node.has_tag_name("host"))?;
        let uuid = host.children().find(|node| node.has_tag_name("uuid"))?.text()?.to_owned();
        let name = self.connect.hostname().ok()?;
        let (rest, query) = self.uri.split_once('?').unwrap_or((&self.uri, ""));
        let socket = query.split(['&', ';']).find(|one| one.starts_with("socket=")).unwrap_or_default();
        let whose = match (rest.ends_with("/session"), self.is_local()) {
            (false, _) => "system".to_owned(),
            (true, true) => format!("session of {}", rustix::process::geteuid().as_raw()),
            (true, false) => {
                let authority = rest.split_once("://")?.1.split('/').next()?;
                format!("session of {}", authority.rsplit_once('@').map_or("its user", |(user, _)| user))
            }
        };
        Some(format!("{uuid} {name} {} {whose} {socket}", self.driver).trim_end().to_owned())
    }

    /// Whether the daemon sees the network that is seen here: it is on this machine, and in no namespace of its own.
    pub fn shares_network(&self) -> bool {
        *self.shares_network.get_or_init(|| {
            let same = || {
                let socket =
                    sockets(&self.uri).into_iter().find_map(|path| UnixStream::connect(path).ok())?;
                let daemon = rustix::net::sockopt::socket_peercred(&socket).ok()?.pid;
                let theirs = fs::read_link(format!("/proc/{}/ns/net", daemon.as_raw_pid())).ok()?;
                Some(theirs == fs::read_link("/proc/self/ns/net").ok()?)
            };
            self.is_local() && same().unwrap_or(false)
        })
    }

    /// Counts a call that changes something, and makes it.
    ///
    /// # Errors
    /// The error of the call.
    pub fn write<T, E>(&self, call: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        call()
    }

    /// How many calls changed something so far.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }
}

/// Where the daemon of a connection to this machine may listen.
fn sockets(uri: &str) -> Vec<PathBuf> {
    let (rest, query) = uri.split_once('?').unwrap_or((uri, ""));
    if let Some(path) = query.split(['&', ';']).find_map(|one| one.strip_prefix("socket=")) {
        return vec![path.into()];
    }
    let folder = match rest.ends_with("/session") {
        true => std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).unwrap_or_default().join("libvirt"),
        false => PathBuf::from("/run/libvirt"),
    };
    ["virtqemud-sock", "libvirt-sock"].map(|name| folder.join(name)).to_vec()
}
