//! The NixOS system that a guest was booted with, and the switch of a running guest to another one, by the agent in it.
//!
//! A guest of the template `nixos` is told its system by the kernel's command line. Where it shares the host's store, or a view of
//! it, it sees the new system as soon as that has it, and can be switched to it while it runs. The kernel, the initrd and the
//! command line that it runs with stay until its next start.

use std::time::{Duration, Instant};

use nixvirt_compiler::{Document, Unit};
use serde_json::{Value, json};
use virt::domain::Domain;

use crate::document::{child, child_text};
use crate::error::{Error, codes, libvirt};
use crate::host::Host;
use crate::names;

/// The time at which a running guest gets a changed system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Its agent switches it to the system at this path.
    To(String),
    /// It boots the system at its next start, for this reason.
    NextStart(&'static str),
}

/// How long the switch of a guest may take: as long as what it stops and starts.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// How often the agent is asked whether the switch has ended.
const OFTEN: Duration = Duration::from_millis(500);
/// How many seconds libvirt waits for an answer of the agent.
const ANSWER: i32 = 30;

/// The name of the channel of QEMU's guest agent.
const AGENT: &str = "org.qemu.guest_agent.0";
/// The serial of the disk that holds the image of a closure; the template `nixos` gives it.
const IMAGE: &str = "nixvirt-store";

/// The path of the system that a domain boots; nothing where it boots something else.
pub fn system_in<'d>(document: &'d Document<'_>) -> Option<&'d str> {
    let told = child_text(child(&document.root, names::OS)?, names::CMDLINE)?;
    let program = told.split(' ').find_map(|word| word.strip_prefix("init="))?;
    program.strip_suffix("/init").filter(|system| system.starts_with('/'))
}

/// Where the views of a store are, below the folder that the store is in; a folder for each guest follows.
pub const VIEWS: &str = "/var/nixvirt/guests/";

/// The share of a view of the store.
#[derive(Clone, Copy, Debug)]
pub struct ViewShare<'d> {
    /// The folder of the guest, with the view and what belongs to it.
    pub folder: &'d str,
    /// The store that it is a view of.
    pub store: &'d str,
    /// The system that the guest boots.
    pub system: &'d str,
    /// Whether the guest cannot write to it.
    pub is_readonly: bool,
}

/// The share by which a guest sees what it needs of the store and nothing else, as the template `nixos` has it.
pub fn view_in<'d>(document: &'d Document<'_>) -> Option<ViewShare<'d>> {
    let system = system_in(document)?;
    let store = system.rsplit_once('/')?.0;
    let above = store.rsplit_once('/')?.0;
    let devices = child(&document.root, names::DEVICES)?;
    devices.children_named(names::FILESYSTEM).find_map(|share| {
        let folder = child(share, names::SOURCE)?.get(names::DIR)?.strip_suffix("/store")?;
        let name = folder.strip_prefix(above)?.strip_prefix(VIEWS)?;
        let is_name = !matches!(name, "" | "." | "..") && !name.contains('/');
        let is_readonly = child(share, names::READONLY).is_some();
        is_name.then_some(ViewShare { folder, store, system, is_readonly })
    })
}

/// The way in which a running guest gets its new system, by what it runs with and what it is to be; nothing where the system stays.
pub fn of_running(running: &Document<'_>, aim: &Document<'_>) -> Option<Switch> {
    let (old, new) = (system_in(running)?, system_in(aim)?);
    if old == new {
        return None;
    }
    let devices = || child(&running.root, names::DEVICES).into_iter().flat_map(|devices| &devices.children);
    let shares = devices().filter(|device| device.element.name == names::FILESYSTEM).any(|share| {
        let folder = child(share, names::SOURCE).and_then(|source| source.get(names::DIR));
        folder.is_some_and(|folder| new.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    });
    let has_view =
        view_in(running).is_some_and(|old| view_in(aim).is_some_and(|new| old.folder == new.folder));
    let answers = devices().filter(|device| device.element.name == names::CHANNEL).any(|channel| {
        let target = child(channel, names::TARGET);
        target.is_some_and(|target| {
            target.get(names::NAME) == Some(AGENT) && target.get(names::STATE) == Some("connected")
        })
    });
    Some(match (shares || has_view, answers) {
        (false, _) => {
            Switch::NextStart("it does not see the host's store, but an image of what it was started with")
        }
        (true, false) => Switch::NextStart("its guest agent is not connected"),
        (true, true) => Switch::To(new.to_owned()),
    })
}

/// Whether a part changes with the system of a guest, and with nothing else: what it boots, and the image of the closure.
pub fn is_of_system(unit: &Unit<'_, '_>) -> bool {
    let booted = [names::KERNEL, names::INITRD, names::CMDLINE];
    if unit.name == names::OS {
        return unit
            .changes
            .iter()
            .all(|one| one.path.0.get(1).is_some_and(|step| booted.contains(&&*step.key)));
    }
    let is_image = |device: &nixvirt_compiler::Node<'_>| child_text(device, names::SERIAL) == Some(IMAGE);
    unit.name == names::DISK && unit.old.is_some_and(is_image) && unit.new.is_some_and(is_image)
}

/// Switches a running guest to a system, and waits until it has.
///
/// # Errors
/// Where the agent does not answer, or the switch fails in the guest.
pub fn switch(host: &Host, domain: &Domain, system: &str) -> Result<(), Error> {
    let failed = |why: String| {
        let error = Error::new(&codes::NOT_SWITCHED, why).fact("system", system);
        error.help("look at the journal of the guest; the new system is what it boots at its next start")
    };
    let program = format!("{system}/bin/switch-to-configuration");
    let order = json!({ "execute": "guest-exec", "arguments": { "path": program, "arg": ["switch"] } });
    let answer = host.write(|| domain.qemu_agent_command(&order.to_string(), ANSWER, 0));
    let answer = answer.map_err(libvirt(&codes::NOT_SWITCHED, "have its agent switch it"))?;
    let Some(process) = returned(&answer).and_then(|value| value["pid"].as_i64()) else {
        return Err(failed("its agent gives no answer that can be read".to_owned()));
    };
    let order = json!({ "execute": "guest-exec-status", "arguments": { "pid": process } }).to_string();
    let started = Instant::now();
    loop {
        let answer = domain.qemu_agent_command(&order, ANSWER, 0);
        let answer =
            answer.map_err(libvirt(&codes::NOT_SWITCHED, "ask its agent whether it has switched"))?;
        let state = returned(&answer).unwrap_or_default();
        if state["exited"] == Value::Bool(true) {
            return match (state["exitcode"].as_i64(), state["signal"].as_i64()) {
                (Some(0), _) => Ok(()),
                (Some(status), _) => {
                    Err(failed(format!("the switch of the guest has failed with exit status {status}")))
                }
                (None, Some(signal)) => {
                    Err(failed(format!("the switch of the guest was ended by signal {signal}")))
                }
                (None, None) => Err(failed(
                    "the switch of the guest has ended, and its agent does not say how".to_owned(),
                )),
            };
        }
        if started.elapsed() > LONGEST {
            let minutes = LONGEST.as_secs() / 60;
            return Err(failed(format!(
                "the switch of the guest has not ended within {minutes} minutes; it goes on"
            )));
        }
        std::thread::sleep(OFTEN);
    }
}

/// The value that an agent returns.
fn returned(answer: &str) -> Option<Value> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    answer.get("return").cloned()
}
