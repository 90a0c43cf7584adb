//! An object at the other end of a connection.

use nixvirt_libvirt_calls::{
    create_node_device, node_device_autostart, node_device_is_active, node_device_is_persistent,
    set_node_device_autostart, undefine_node_device,
};
use uuid::Uuid;
use virt::domain::Domain;
use virt::enumutil::Enum;
use virt::error::ErrorNumber;
use virt::network::Network;
use virt::nodedev::NodeDevice;
use virt::nwfilter::NWFilter;
use virt::secret::Secret;
use virt::storage_pool::StoragePool;
use virt::sys;

use crate::error::{Error, codes, libvirt};
use crate::host::Host;
use crate::kind::{Left, ObjectKind};

/// An object on a host.
#[derive(Clone, Debug)]
pub enum Handle {
    /// A virtual machine or container.
    Domain(Domain),
    /// A virtual network, with its ports.
    Network(Network),
    /// A storage pool with its volumes.
    Pool(StoragePool),
    /// A filter of packets.
    Nwfilter(NWFilter),
    /// A secret, whose value is set apart.
    Secret(Secret),
    /// A mediated device of the host.
    NodeDevice(NodeDevice),
}

/// `VIR_NODE_DEVICE_XML_INACTIVE`, since libvirt 10.1; an older one says that it does not know it.
const NODE_DEVICE_XML_INACTIVE: u32 = 1;

/// The uuid in the name that libvirt gives a mediated device: `mdev_UUID` or `mdev_UUID_PARENT`, with `_` for `-`.
fn uuid_in_name(name: &str) -> String {
    let text = name.strip_prefix("mdev_").and_then(|rest| rest.get(..36)).unwrap_or(name);
    text.replace('_', "-")
}

impl Handle {
    /// The kind of the object.
    pub fn kind(&self) -> ObjectKind {
        match self {
            Handle::Domain(_) => ObjectKind::Domain,
            Handle::Network(_) => ObjectKind::Network,
            Handle::Pool(_) => ObjectKind::Pool,
            Handle::Nwfilter(_) => ObjectKind::Nwfilter,
            Handle::Secret(_) => ObjectKind::Secret,
            Handle::NodeDevice(_) => ObjectKind::NodeDevice,
        }
    }

    /// The UUID, which costs no call to the daemon.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn uuid(&self) -> Result<Uuid, Error> {
        let text = match self {
            Handle::Domain(domain) => domain.uuid_string(),
            Handle::Network(network) => network.uuid_string(),
            Handle::Pool(pool) => pool.uuid_string(),
            Handle::Nwfilter(filter) => filter.uuid_string(),
            Handle::Secret(secret) => secret.uuid_string(),
            Handle::NodeDevice(device) => device.name().map(|name| uuid_in_name(&name)),
        };
        let text = text.map_err(libvirt(&codes::CANNOT_ASK, "ask for a uuid"))?;
        Uuid::parse_str(&text).map_err(|error| {
            Error::new(&codes::CANNOT_ASK, format!("libvirt gave the uuid `{text}`")).system(error)
        })
    }

    /// Its name, which costs no call; a secret and a node device are named by their UUID.
    pub fn name(&self) -> String {
        let name = match self {
            Handle::Domain(domain) => domain.name(),
            Handle::Network(network) => network.name(),
            Handle::Pool(pool) => pool.name(),
            Handle::Nwfilter(filter) => filter.name(),
            Handle::Secret(secret) => secret.uuid_string(),
            Handle::NodeDevice(device) => device.name().map(|name| uuid_in_name(&name)),
        };
        name.unwrap_or_default()
    }

    /// The XML of its definition, as it would be at the next start.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn inactive_xml(&self) -> Result<String, Error> {
        let read = |inactive: bool| {
            let flag = |flag| if inactive { flag } else { 0 };
            match self {
                Handle::Domain(domain) => domain.xml_desc(flag(sys::VIR_DOMAIN_XML_INACTIVE)),
                Handle::Network(network) => network.xml_desc(flag(sys::VIR_NETWORK_XML_INACTIVE)),
                Handle::Pool(pool) => pool.xml_desc(flag(sys::VIR_STORAGE_XML_INACTIVE)),
                Handle::Nwfilter(filter) => filter.xml_desc(0),
                Handle::Secret(secret) => secret.xml_desc(0),
                Handle::NodeDevice(device) => device.xml_desc(flag(NODE_DEVICE_XML_INACTIVE)),
            }
        };
        match read(true) {
            // A driver that has only one definition of an object knows no flag for the inactive one: the test driver.
            Err(error) if error.code() == Enum::Known(ErrorNumber::InvalidArg) => read(false),
            found => found,
        }
        .map_err(libvirt(&codes::CANNOT_ASK, "read its definition"))
    }

    /// The XML of what runs.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn running_xml(&self) -> Result<String, Error> {
        match self {
            Handle::Domain(domain) => domain.xml_desc(0),
            Handle::Network(network) => network.xml_desc(0),
            Handle::Pool(pool) => pool.xml_desc(0),
            Handle::Nwfilter(filter) => filter.xml_desc(0),
            Handle::Secret(secret) => secret.xml_desc(0),
            Handle::NodeDevice(device) => device.xml_desc(0),
        }
        .map_err(libvirt(&codes::CANNOT_ASK, "read what runs"))
    }

    /// The XML of its definition with the secrets in it, to define it again.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn whole_xml(&self) -> Result<String, Error> {
        match self {
            Handle::Domain(domain) => domain
                .xml_desc(sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE)
                .map_err(libvirt(&codes::CANNOT_ASK, "read its definition")),
            _ => self.inactive_xml(),
        }
    }

    /// The XML of what runs with the secrets in it.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn whole_running_xml(&self) -> Result<String, Error> {
        match self {
            Handle::Domain(domain) => domain
                .xml_desc(sys::VIR_DOMAIN_XML_SECURE)
                .map_err(libvirt(&codes::CANNOT_ASK, "read what runs")),
            _ => self.running_xml(),
        }
    }

    /// Whether it is active; what cannot run is not.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn is_active(&self) -> Result<bool, Error> {
        match self {
            Handle::Domain(domain) => domain.is_active(),
            Handle::Network(network) => network.is_active(),
            Handle::Pool(pool) => pool.is_active(),
            Handle::NodeDevice(device) => node_device_is_active(device),
            Handle::Nwfilter(_) | Handle::Secret(_) => Ok(false),
        }
        .map_err(libvirt(&codes::CANNOT_ASK, "ask whether it is active"))
    }

    /// Whether it has a definition that outlives it.
    pub fn is_persistent(&self) -> bool {
        match self {
            Handle::Domain(domain) => domain.is_persistent().unwrap_or(true),
            Handle::Network(network) => network.is_persistent().unwrap_or(true),
            Handle::Pool(pool) => pool.is_persistent().unwrap_or(true),
            Handle::NodeDevice(device) => node_device_is_persistent(device).unwrap_or(true),
            Handle::Nwfilter(_) | Handle::Secret(_) => true,
        }
    }

    /// Makes the folder of a pool, where it is missing.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn build(&self, host: &Host) -> Result<(), Error> {
        let Handle::Pool(pool) = self else { return Ok(()) };
        host.write(|| pool.build(0)).map_err(libvirt(&codes::CANNOT_SET, "make its folder"))
    }

    /// Starts the object.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn start(&self, host: &Host) -> Result<(), Error> {
        host.write(|| match self {
            Handle::Domain(domain) => domain.create(),
            Handle::Network(network) => network.create(),
            Handle::Pool(pool) => pool.create(sys::VIR_STORAGE_POOL_CREATE_NORMAL),
            Handle::NodeDevice(device) => create_node_device(device, 0),
            Handle::Nwfilter(_) | Handle::Secret(_) => Ok(()),
        })
        .map_err(libvirt(&codes::CANNOT_START, "start it"))
    }

    /// Stops the object at once; a guest is not asked.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn destroy(&self, host: &Host) -> Result<(), Error> {
        let stopped = host.write(|| match self {
            Handle::Domain(domain) => domain.destroy(),
            Handle::Network(network) => network.destroy(),
            Handle::Pool(pool) => pool.destroy(),
            Handle::NodeDevice(device) => device.destroy(),
            Handle::Nwfilter(_) | Handle::Secret(_) => Ok(()),
        });
        match stopped {
            // It may have stopped by itself in the meantime.
            Err(_) if !self.is_active().unwrap_or(true) => Ok(()),
            other => other.map_err(libvirt(&codes::CANNOT_STOP, "stop it")),
        }
    }

    /// Removes its definition, and with it what is `left` of a domain else: UEFI variables, and the state of a TPM.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn undefine(&self, host: &Host, left: &[Left]) -> Result<(), Error> {
        let either = |what, delete, keep| if left.contains(&what) { delete } else { keep };
        host.write(|| match self {
            Handle::Domain(domain) if host.driver == "QEMU" => {
                // A managed save belongs to the definition and cannot be started without it.
                domain.undefine_flags(
                    sys::VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
                        | either(
                            Left::Nvram,
                            sys::VIR_DOMAIN_UNDEFINE_NVRAM,
                            sys::VIR_DOMAIN_UNDEFINE_KEEP_NVRAM,
                        )
                        | either(Left::Tpm, sys::VIR_DOMAIN_UNDEFINE_TPM, sys::VIR_DOMAIN_UNDEFINE_KEEP_TPM),
                )
            }
            Handle::Domain(domain) => domain.undefine(),
            Handle::Network(network) => network.undefine(),
            Handle::Pool(pool) => pool.undefine(),
            Handle::Nwfilter(filter) => filter.undefine(),
            Handle::Secret(secret) => secret.undefine(),
            Handle::NodeDevice(device) => undefine_node_device(device, 0),
        })
        .map_err(libvirt(&codes::CANNOT_UNDEFINE, "undefine it"))?;
        if let Handle::NodeDevice(_) = self {
            host.until_undefined(&self.name());
        }
        Ok(())
    }

    /// Whether it starts with the host.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn autostart(&self) -> Result<bool, Error> {
        match self {
            Handle::Domain(domain) => domain.autostart(),
            Handle::Network(network) => network.autostart(),
            Handle::Pool(pool) => pool.autostart(),
            Handle::NodeDevice(device) => node_device_autostart(device),
            Handle::Nwfilter(_) | Handle::Secret(_) => Ok(false),
        }
        .map_err(libvirt(&codes::CANNOT_ASK, "ask for its autostart"))
    }

    /// Sets whether it starts with the host.
    ///
    /// # Errors
    /// An error of libvirt.
    pub fn set_autostart(&self, host: &Host, autostart: bool) -> Result<(), Error> {
        host.write(|| match self {
            Handle::Domain(domain) => domain.set_autostart(autostart),
            Handle::Network(network) => network.set_autostart(autostart),
            Handle::Pool(pool) => pool.set_autostart(autostart),
            Handle::NodeDevice(device) => set_node_device_autostart(device, autostart),
            Handle::Nwfilter(_) | Handle::Secret(_) => Ok(()),
        })
        .map_err(libvirt(&codes::CANNOT_SET, "set its autostart"))
    }
}
