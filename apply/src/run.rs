//! One run over one host, from the bundle to the last step.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::bundle::{self, Bundle};
use crate::declared;
use crate::error::Problems;
use crate::execute::{Event, Run};
use crate::hooks::{self, Site};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::lock;
use crate::observed::Observed;
use crate::plan::{self, Rules, Step};
use crate::state::{self, State};

/// How to run.
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
}

/// What became of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What was decided.
    pub steps: Vec<Step>,
    /// How many steps failed or were skipped.
    pub failed: usize,
    /// How many calls changed something on the host.
    pub writes: u64,
}

/// What is told while a run goes on.
#[derive(Clone, Debug)]
pub enum News {
    /// Another run is waited for.
    Waiting(String),
    /// So many steps have been decided on.
    Decided(usize),
    /// Something happens to an object.
    Event(Event),
}

/// Reads a bundle from its file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_bundle(path: &Path) -> Result<Bundle, Problems> {
    let shown = path.display();
    let source = fs::read(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let said =
        |problems: Problems| Problems(problems.0.iter().map(|one| format!("{shown}: {one}")).collect());
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
    let mut state = State::open(path("state"), !options.plan)?;
    let declared = declared::read_all(bundle.entries, bundle.salt.as_deref(), &state)?;
    let host = Host::open(uri)?;
    let observed = Observed::of(&host)?;
    let hooks = match &options.hooks {
        Some(folder) if hooks::why_not(uri).is_none() => {
            Site::new(folder, &options.state, &host.driver, uri)?
        }
        _ => None,
    };
    let rules = Rules { prune: bundle.prune, live: options.live, hooks };
    let steps = plan::make(&host, &declared, &observed, &state, &bundle.kinds, &rules)?;
    watch(News::Decided(steps.len()));
    let failed = match options.plan {
        true => 0,
        false => {
            let mut watch = |event| watch(News::Event(event));
            let mut run = Run {
                host: &host,
                declared: &declared,
                observed: &observed,
                state: &mut state,
                rules: &rules,
                owned: options.owned,
                whole: if options.owned { &bundle.kinds } else { &[] },
                shutdown: bundle.shutdown,
                interrupt: &options.interrupt,
                watch: &mut watch,
                ready: BTreeMap::new(),
            };
            run.run(&steps)
        }
    };
    Ok(Outcome { steps, failed, writes: host.writes() })
}
