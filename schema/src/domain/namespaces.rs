//! Elements of the hypervisors' own namespaces: qemu, lxc, xen, bhyve, vmware.
