//! The objects of a host: listing them, finding one, defining one.

use std::time::{Duration, Instant};

use nixvirt_compiler::{Policy, Report};
use nixvirt_libvirt_calls::define_node_device;
use virt::sys;

use crate::document::read_document;
use crate::error::{Error, codes, libvirt};
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::object::Handle;

/// Why the objects of a kind cannot be listed.
#[derive(Clone, Debug)]
pub struct Unlisted {
    /// The error of libvirt.
    pub why: Error,
    /// Whether it is because the daemon of that kind does not answer. With a daemon for each driver, the one for
    /// domains asks the others.
    pub no_daemon: bool,
}

impl From<Unlisted> for Error {
    fn from(unlisted: Unlisted) -> Error {
        unlisted.why
    }
}

/// The flags of a kind's list; nothing where its objects cannot be such.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListFlags {
    /// For what is active.
    pub active: Option<u32>,
    /// For what starts with the host.
    pub autostart: Option<u32>,
    /// For what has no definition that outlives it.
    pub transient: Option<u32>,
    /// For what has a saved state.
    pub saved: Option<u32>,
    /// For what has checkpoints.
    pub checkpoints: Option<u32>,
    /// For what is active and does not go on.
    pub paused: Option<u32>,
}

impl Host {
    /// Whether the driver keeps objects of that kind at all; asking for them is an error where it does not.
    fn supports(&self, kind: ObjectKind, error: &virt::error::Error) -> bool {
        let no_support = error.code() == virt::enumutil::Enum::Known(virt::error::ErrorNumber::NoSupport);
        // The test driver has no network filters and no secrets.
        !no_support || matches!(kind, ObjectKind::Domain)
    }

    /// Every object of a kind; `flags` as libvirt's `virConnectListAll...` has them.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn list(&self, kind: ObjectKind, flags: u32) -> Result<Vec<Handle>, Unlisted> {
        let connect = &self.connect;
        let found = match kind {
            ObjectKind::Domain => connect.list_all_domains(flags).map(|all| wrap(all, Handle::Domain)),
            ObjectKind::Network => connect.list_all_networks(flags).map(|all| wrap(all, Handle::Network)),
            ObjectKind::Pool => connect.list_all_storage_pools(flags).map(|all| wrap(all, Handle::Pool)),
            ObjectKind::Nwfilter => connect.list_all_nw_filters(flags).map(|all| wrap(all, Handle::Nwfilter)),
            ObjectKind::Secret => connect.list_all_secrets(flags).map(|all| wrap(all, Handle::Secret)),
            ObjectKind::NodeDevice => {
                connect.list_all_node_devices(MEDIATED_DEVICES).map(|all| wrap(all, Handle::NodeDevice))
            }
        };
        match found {
            Ok(found) => Ok(found),
            Err(error) if !self.supports(kind, &error) => Ok(Vec::new()),
            Err(error) => Err(Unlisted {
                no_daemon: kind != ObjectKind::Domain && no_daemon(&error),
                why: libvirt(&codes::CANNOT_ASK, &format!("list the {}", kind.plural()))(error),
            }),
        }
    }

    /// The flags by which `virConnectListAll...` gives only what is active, and so on.
    pub fn list_flags(kind: ObjectKind) -> ListFlags {
        match kind {
            ObjectKind::Domain => ListFlags {
                active: Some(sys::VIR_CONNECT_LIST_DOMAINS_ACTIVE),
                autostart: Some(sys::VIR_CONNECT_LIST_DOMAINS_AUTOSTART),
                transient: Some(sys::VIR_CONNECT_LIST_DOMAINS_TRANSIENT),
                saved: Some(sys::VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE),
                checkpoints: Some(sys::VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT),
                paused: Some(sys::VIR_CONNECT_LIST_DOMAINS_PAUSED),
            },
            ObjectKind::Network => ListFlags {
                active: Some(sys::VIR_CONNECT_LIST_NETWORKS_ACTIVE),
                autostart: Some(sys::VIR_CONNECT_LIST_NETWORKS_AUTOSTART),
                transient: Some(sys::VIR_CONNECT_LIST_NETWORKS_TRANSIENT),
                ..ListFlags::default()
            },
            ObjectKind::Pool => ListFlags {
                active: Some(sys::VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE),
                autostart: Some(sys::VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART),
                transient: Some(sys::VIR_CONNECT_LIST_STORAGE_POOLS_TRANSIENT),
                ..ListFlags::default()
            },
            // The flags of libvirt 9.0 do not tell enough of a node device: each is asked.
            ObjectKind::Nwfilter | ObjectKind::Secret | ObjectKind::NodeDevice => ListFlags::default(),
        }
    }

    /// The object of a uuid, if there is one.
    pub fn lookup(&self, kind: ObjectKind, uuid: uuid::Uuid) -> Option<Handle> {
        let (connect, uuid) = (&self.connect, uuid.to_string());
        match kind {
            ObjectKind::Domain => connect.lookup_domain_by_uuid_string(&uuid).ok().map(Handle::Domain),
            ObjectKind::Network => connect.lookup_network_by_uuid_string(&uuid).ok().map(Handle::Network),
            ObjectKind::Pool => connect.lookup_storage_pool_by_uuid_string(&uuid).ok().map(Handle::Pool),
            ObjectKind::Nwfilter => connect.lookup_nwfilter_by_uuid_string(&uuid).ok().map(Handle::Nwfilter),
            ObjectKind::Secret => connect.lookup_secret_by_uuid_string(&uuid).ok().map(Handle::Secret),
            ObjectKind::NodeDevice => {
                self.list(kind, 0).ok()?.into_iter().find(|device| device.name() == uuid)
            }
        }
    }

    /// The object of a name, if there is one. Secrets and node devices have no names of their own.
    pub fn lookup_name(&self, kind: ObjectKind, name: &str) -> Option<Handle> {
        let connect = &self.connect;
        match kind {
            ObjectKind::Domain => connect.lookup_domain_by_name(name).ok().map(Handle::Domain),
            ObjectKind::Network => connect.lookup_network_by_name(name).ok().map(Handle::Network),
            ObjectKind::Pool => connect.lookup_storage_pool_by_name(name).ok().map(Handle::Pool),
            ObjectKind::Nwfilter => connect.lookup_nwfilter_by_name(name).ok().map(Handle::Nwfilter),
            ObjectKind::Secret | ObjectKind::NodeDevice => None,
        }
    }

    /// Defines an object.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn define(&self, kind: ObjectKind, xml: &str) -> Result<Handle, Error> {
        match kind {
            ObjectKind::NodeDevice => self.replace_node_device(xml),
            _ => self.define_anew(kind, xml),
        }
    }

    /// Waits until libvirt has noticed that the definition of a node device is gone: it hears that from `mdevctl`, and takes the next
    /// definition for a change of this one before that.
    pub(crate) fn until_undefined(&self, uuid: &str) {
        let asked = Instant::now();
        let is_kept = |device: &Handle| device.name() == uuid && device.is_persistent();
        while asked.elapsed() < PATIENCE
            && self.list(ObjectKind::NodeDevice, 0).is_ok_and(|devices| devices.iter().any(is_kept))
        {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn define_anew(&self, kind: ObjectKind, xml: &str) -> Result<Handle, Error> {
        let connect = &self.connect;
        self.write(|| match kind {
            ObjectKind::Domain => connect.define_domain_xml(xml).map(Handle::Domain),
            ObjectKind::Network => connect.define_network_xml(xml).map(Handle::Network),
            ObjectKind::Pool => connect.define_storage_pool_xml(xml, 0).map(Handle::Pool),
            ObjectKind::Nwfilter => connect.define_nwfilter_xml(xml).map(Handle::Nwfilter),
            ObjectKind::Secret => connect.define_secret_xml(xml, 0).map(Handle::Secret),
            ObjectKind::NodeDevice => define_node_device(connect, xml, 0).map(Handle::NodeDevice),
        })
        .map_err(libvirt(&codes::CANNOT_DEFINE, "define it"))
    }

    /// Defines a node device. libvirt refuses a second definition of one: the old one makes way, and comes back where the new
    /// one is refused.
    fn replace_node_device(&self, xml: &str) -> Result<Handle, Error> {
        let define = |xml: &str| self.define_anew(ObjectKind::NodeDevice, xml);
        let uuid = uuid_of_device(xml);
        let same = |handle: &Handle| uuid.as_ref().is_some_and(|uuid| handle.name() == *uuid);
        let old = self.list(ObjectKind::NodeDevice, 0)?.into_iter().find(same).filter(Handle::is_persistent);
        let Some(old) = old else { return define(xml) };
        let (before, autostart) = (old.inactive_xml()?, old.autostart()?);
        old.undefine(self, &[])?;
        // Whether it starts with the host goes with its definition.
        let again = |xml: &str| {
            let handle = define(xml)?;
            if autostart {
                handle.set_autostart(self, true)?;
            }
            Ok(handle)
        };
        again(xml).inspect_err(|_| {
            // The first error is reported.
            let _ = again(&before);
        })
    }
}

/// How long libvirt may take to notice that a definition is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// The flags of the list of mediated devices, whether they are active or not.
const MEDIATED_DEVICES: u32 = sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE;

/// The uuid that a definition of a node device has.
fn uuid_of_device(xml: &str) -> Option<String> {
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(ObjectKind::NodeDevice, xml, &mut report).ok()?;
    uuid::Uuid::parse_str(document.uuid()?).ok().map(|uuid| uuid.to_string())
}

/// Whether a call failed because a socket of a daemon's is not there, or nobody is behind it.
fn no_daemon(error: &virt::error::Error) -> bool {
    use virt::enumutil::Enum::Known;
    use virt::error::{ErrorDomain, ErrorNumber};
    error.domain() == Known(ErrorDomain::Rpc) && error.code() == Known(ErrorNumber::SystemError)
}

fn wrap<T>(all: Vec<T>, wrap: fn(T) -> Handle) -> Vec<Handle> {
    all.into_iter().map(wrap).collect()
}
