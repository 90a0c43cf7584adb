//! Stopping: as the user asked for it, and within the time that was given.

use std::time::{Duration, Instant};

use virt::sys;

use crate::bundle::{Method, Shutdown};
use crate::error::{Error, codes, libvirt};
use crate::host::Host;
use crate::object::Handle;

/// How often a guest is asked again: one that is still booting does not hear the power button.
const AGAIN: Duration = Duration::from_secs(10);

/// Stops an object. Only domains are asked; everything else just stops.
///
/// # Errors
/// Where it does not stop.
pub fn stop(
    host: &Host,
    handle: &Handle,
    shutdown: Shutdown,
    say: &mut dyn FnMut(String),
) -> Result<(), Error> {
    let Handle::Domain(domain) = handle else { return handle.destroy(host) };
    let flag = match shutdown.method {
        Method::Destroy => return handle.destroy(host),
        Method::Acpi => sys::VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN,
        Method::Agent => sys::VIR_DOMAIN_SHUTDOWN_GUEST_AGENT,
    };
    let started = Instant::now();
    let mut asked: Option<Instant> = None;
    while handle.is_active()? {
        if started.elapsed() >= shutdown.timeout {
            let seconds = shutdown.timeout.as_secs();
            if !shutdown.force {
                let message = format!("it has not stopped within {seconds} seconds, and goes on");
                return Err(Error::new(&codes::STILL_RUNS, message)
                    .fact("seconds", seconds)
                    .help("`shutdown.then = \"destroy\"` would cut its power"));
            }
            say(format!("it has not stopped within {seconds} seconds: destroyed"));
            return handle.destroy(host);
        }
        if asked.is_none_or(|asked| asked.elapsed() >= AGAIN) {
            let sent = host.write(|| domain.shutdown_flags(flag));
            match sent.map_err(libvirt(&codes::CANNOT_STOP, "ask it to stop")) {
                Ok(()) => {}
                Err(_) if !handle.is_active().unwrap_or(true) => break,
                // Without an agent, waiting is of no use.
                Err(why) if !shutdown.force => return Err(why),
                Err(why) => {
                    say(format!("{why}: destroyed"));
                    return handle.destroy(host);
                }
            }
            asked = Some(Instant::now());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
