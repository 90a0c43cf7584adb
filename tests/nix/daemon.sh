# A libvirtd for the rest of a script that has namespaces of its own (unshare --mount --net --pid): with them, it and its
# machines end. Scripts source this.
# shellcheck shell=bash

mkdir -p /run/libvirt
mount -t tmpfs none /run/libvirt
mount -t tmpfs none /var/lib
mount -t tmpfs none /var/cache
mount -t tmpfs none /var/log
mount -t tmpfs none /etc/libvirt
ip link set lo up
cat > /etc/libvirt/qemu.conf <<'CONF'
stdio_handler = "file"
security_driver = "none"
user = "root"
group = "root"
remember_owner = 0
cgroup_controllers = []
CONF
cat > /etc/libvirt/libvirtd.conf <<'CONF'
auth_unix_rw = "none"
auth_unix_ro = "none"
listen_tls = 0
CONF

# start_daemon: with a pid file of its own, since another daemon of the machine may have the usual one.
start_daemon() {
  libvirtd -f /etc/libvirt/libvirtd.conf --pid-file /run/libvirt/daemon.pid > daemon.log 2>&1 &
  for _ in $(seq 100); do
    virsh -q list > /dev/null 2>&1 && break
    sleep 0.1
  done
}
