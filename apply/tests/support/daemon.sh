# bash, as process 1 of its namespace, takes care of orphaned children; dash does not.
# A libvirtd of its own, in namespaces of its own: nothing of the machine's is seen or touched. The folder for its
# socket is the argument. Standard input takes `restart`, `listen`, `kill` and `reload`; its end is the end of the daemon and of all its guests.
set -eu
folder=$1
for place in /run/libvirt /var/lib/libvirt /var/cache/libvirt /etc/libvirt /var/log/libvirt \
    /etc/mdevctl.d; do
    mkdir -p "$place"
    mount -t tmpfs none "$place"
done
# mdevctl, which keeps libvirt's mediated devices, does not work without these.
mkdir -p /etc/mdevctl.d/scripts.d/callouts /etc/mdevctl.d/scripts.d/notifiers
# libvirt finds virtiofsd by a description of it.
if [ -n "${VIRTIOFSD:-}" ]; then
    mkdir -p /etc/qemu
    mount -t tmpfs none /etc/qemu
    mkdir /etc/qemu/vhost-user
    printf '{ "description": "virtiofsd", "type": "fs", "binary": "%s" }' "$VIRTIOFSD" > /etc/qemu/vhost-user/50-virtiofsd.json
fi
# A container of LXC's cannot be given a hierarchy that is mounted among others.
umount /sys/fs/cgroup/unified 2> /dev/null || true
ip link set lo up
mkdir -p "$folder/hooks" /etc/libvirt/hooks
mount --bind "$folder/hooks" /etc/libvirt/hooks
cat > /etc/libvirt/qemu.conf <<EOF
stdio_handler = "file"
security_driver = "none"
user = "root"
group = "root"
remember_owner = 0
cgroup_controllers = []
EOF
cat > "$folder/libvirtd.conf" <<EOF
unix_sock_dir = "$folder"
auth_unix_rw = "none"
auth_unix_ro = "none"
listen_tls = 0
EOF
listen=
start() { libvirtd $listen -f "$folder/libvirtd.conf" -p "$folder/pid" >> "$folder/log" 2>&1 & }
start
echo started
while read -r order; do
    case $order in
    restart | listen)
        # From then on, it listens on its network, too.
        [ "$order" = restart ] || listen=--listen
        kill $! 2> /dev/null || true
        wait $! || true
        start
        echo started
        ;;
    # One that hangs hears nothing else.
    kill) kill -KILL $! ;;
    reload) kill -HUP $! ;;
    esac
done
