//! One run over one host, from the bundle to the last step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::abilities;
use crate::addresses;
use crate::bundle::{self, Bundle, Prune};
use crate::declared::{self, Declared};
use crate::discs;
use crate::error::{Error, Problems, codes, file};
use crate::execute::{Event, Run};
use crate::files;
use crate::hooks::{self, Site};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::kind::ObjectKind;
use crate::lacking::lacking;
use crate::lock;
use crate::object::Handle;
use crate::observed::Observed;
use crate::outline;
use crate::plan::{self, Rules, Step, Wanted};
use crate::roots::Roots;
use crate::state::{self, State};

/// The options of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of the state.
    pub state: PathBuf,
    /// Whether what can be changed in a running domain is.
    pub live: bool,
    /// Whether only to decide.
    pub plan: bool,
    /// How long to wait for another run.
    pub patience: Duration,
    /// Whether what is applied is owned, to be removed when it is no longer declared.
    pub owned: bool,
    /// The folder where libvirt looks for hooks; nothing where they are left alone.
    pub hooks: Option<PathBuf>,
    /// Whether it is to end early.
    pub interrupt: Interrupt,
    /// How long the host may take to answer at first.
    pub answer: Duration,
    /// The plan that was kept: the run does this, or nothing.
    pub expected: Option<Vec<Value>>,
}

/// The result of a run.
#[derive(Debug)]
pub struct Outcome {
    /// The steps of the plan.
    pub steps: Vec<Step>,
    /// The plan in the form that is kept; nothing unless it was only planned.
    pub outline: Vec<Value>,
    /// How many steps failed or were skipped.
    pub failed: usize,
    /// How many calls changed something on the host.
    pub writes: u64,
    /// The notes on the host: what could not be seen and was not needed, and what its libvirt does not have.
    pub notes: Vec<String>,
}

/// The news of a run while it goes on.
#[derive(Clone, Debug)]
pub enum News {
    /// Another run is waited for.
    Waiting(String),
    /// A note on the host.
    Note(String),
    /// This many steps have been decided on.
    Decided(usize),
    /// Something happens to an object.
    Event(Event),
}

/// Reads a bundle from its file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_bundle(path: &Path) -> Result<Bundle, Problems> {
    let source = files::read(path).map_err(file(&codes::CANNOT_READ, "read", path))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let said =
        |problems: Problems| Problems(problems.0.into_iter().map(|one| one.within(path.display())).collect());
    bundle::read(&source, folder).map_err(said)
}

/// Runs a bundle on a host.
///
/// # Errors
/// Everything that keeps it from being begun.
pub fn run(
    uri: &str,
    bundle: Bundle,
    options: &Options,
    watch: &mut dyn FnMut(News),
) -> Result<Outcome, Problems> {
    let path = |ending| state::path_of(&options.state, uri, ending);
    let _lock = match options.plan {
        true => None,
        false => {
            let waiting = |holder: &str| watch(News::Waiting(holder.to_owned()));
            state::make_folder(&options.state)?;
            Some(lock::take(&path("lock"), options.patience, waiting)?)
        }
    };
    let host = Host::open(uri, options.answer)?;
    let identity = host.identity();
    let (mut state, _host_lock) = match (&identity, options.plan) {
        (Some(identity), false) => {
            // Another spelling of the URI has another lock.
            let shared = state::lock_of(&options.state, identity);
            let waiting = |holder: &str| watch(News::Waiting(holder.to_owned()));
            let lock = lock::take(&shared, options.patience, waiting)?;
            for note in state::keep_one(&options.state, uri, identity)? {
                watch(News::Note(note));
            }
            let mut state = State::open(path("state"), true)?;
            state.set_identity(identity)?;
            (state, Some(lock))
        }
        _ => {
            let path = state::find(&options.state, uri, identity.as_deref())?;
            (State::open(path, !options.plan)?, None)
        }
    };
    let mut entries = bundle.entries;
    discs::make(&mut entries, bundle.salt.as_deref());
    let (mut declared, broken) = declared::read_all(entries, bundle.salt.as_deref(), &state);
    abilities::hold(&host, &mut declared);
    let wanted = Wanted { declared: &declared, broken: &broken, kinds: &bundle.kinds, unset: &bundle.unset };
    let observed = Observed::of(&host)?;
    let mut notes = unseen(&observed, &declared, &state, bundle.prune, &bundle.kinds)?;
    notes.extend(lacking(host.version, &declared));
    notes.iter().for_each(|note| watch(News::Note(note.clone())));
    let hooks = match &options.hooks {
        Some(folder) if hooks::why_not(uri).is_none() => {
            Site::new(folder, &options.state, &host.driver, uri)?
        }
        _ => None,
    };
    let rules = Rules {
        prune: bundle.prune,
        owner: bundle.owner,
        live: options.live,
        hooks,
        roots: Roots::of(&host),
        takes_along: !options.owned,
    };
    let steps = plan::make(&host, &wanted, &observed, &state, &rules);
    let outline = match (options.plan, &options.expected) {
        (false, None) => Vec::new(),
        _ => outline::of_steps(&steps, &declared, &observed),
    };
    if let Some(expected) = &options.expected {
        outline::compare(expected, &outline, &steps)?;
    }
    watch(News::Decided(steps.len()));
    let failed = match options.plan {
        true => {
            let wrong = |step: &Step| [&*step.blocked, &*step.unmet].concat();
            let found: Vec<_> = steps.iter().map(|step| (step.title(), wrong(step))).collect();
            let found = found.into_iter().filter(|(_, wrong)| !wrong.is_empty());
            let said = |(title, wrong): (String, Vec<Error>)| {
                watch(News::Event(Event::Failed(title, Problems(wrong).into())));
            };
            found.map(said).count()
        }
        false => {
            let mut watch = |event| watch(News::Event(event));
            let mut run = Run {
                host: &host,
                declared: &declared,
                observed: &observed,
                state: &mut state,
                rules: &rules,
                owned: options.owned,
                whole: if options.owned { wanted.whole() } else { Vec::new() },
                shutdown: bundle.shutdown,
                interrupt: &options.interrupt,
                watch: &mut watch,
                ready: BTreeMap::new(),
                failed_beside: Vec::new(),
            };
            let failed = run.run(&steps);
            failed + wait_for_addresses(&host, &declared, &options.interrupt, &mut watch)
        }
    };
    Ok(Outcome { steps, outline, failed, writes: host.writes(), notes })
}

/// Waits for the addresses of domains that are to be waited for, where they run. Gives how many have none in time.
fn wait_for_addresses(
    host: &Host,
    declared: &[Declared],
    interrupt: &Interrupt,
    watch: &mut dyn FnMut(Event),
) -> usize {
    // They boot at the same time: what one was waited for is no time of the others'.
    let begun = Instant::now();
    let mut late = 0;
    for object in declared {
        let Some(patience) = object.entry.wait_for_address else { continue };
        let (kind, uuid) = object.key();
        let Some(Handle::Domain(domain)) = host.lookup(kind, uuid) else { continue };
        // One that could not be started has been told of.
        if interrupt.asked() || !domain.is_active().unwrap_or_default() {
            continue;
        }
        match addresses::wait(&domain, begun, patience, interrupt) {
            Ok(found) => {
                let known: Vec<String> = found.addresses.iter().map(|one| one.address.to_string()).collect();
                watch(Event::Detail(object.title(), format!("it has the address {}", known.join(", "))));
            }
            Err(why) => {
                late += 1;
                watch(Event::Failed(object.title(), why));
            }
        }
    }
    late
}

/// The notes on kinds whose daemon does not answer. It is an error where something of that kind is declared,
/// needed, or ours to remove.
fn unseen(
    observed: &Observed,
    declared: &[Declared],
    state: &State,
    prune: Prune,
    kinds: &[ObjectKind],
) -> Result<Vec<String>, Problems> {
    let (mut notes, mut problems) = (Vec::new(), Problems::default());
    for (kind, why) in &observed.unseen {
        let prefix = format!("{} ", kind.name());
        let all_are_ours = prune == Prune::All && kinds.contains(kind);
        // A domain's mediated devices are libvirt's to find when it starts: many hosts have no daemon for them.
        let of_devices = *kind == ObjectKind::NodeDevice;
        let needed = declared.iter().any(|object| {
            let names = || object.references.iter().any(|needed| needed.starts_with(&prefix));
            object.entry.kind == *kind || (!of_devices && names())
        });
        let owned = state.records().any(|(key, record)| key.0 == *kind && record.owned);
        match all_are_ours || needed || owned {
            true => {
                let mut why = why.clone().help(format!("start libvirt's daemon for {}", kind.plural()));
                why.code = &codes::NO_DAEMON;
                problems.add(why);
            }
            false if of_devices => {}
            false => notes.push(format!("the {} cannot be seen, and none is needed: {why}", kind.plural())),
        }
    }
    if problems.is_empty() { Ok(notes) } else { Err(problems) }
}
