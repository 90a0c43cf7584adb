#!/usr/bin/env bash
# Makes a guest's operating system that boots in seconds without KVM: Debian's kernel for clouds, and busybox.
#
#   guest.sh FOLDER [PACKAGE]     makes FOLDER/vmlinuz and FOLDER/initrd where they are missing, of this package of a kernel
#
# The kernel's command line tells the guest what to do: `deaf` leaves the power button unheard, `write=WORD` writes the
# word to the beginning of the first disk, `dhcp` asks for an address by DHCP, `serve` has what is on the first cdrom answered by
# HTTP, `seed` writes it to the console, and again when it is another one, `ignition` writes the configuration for Ignition there.
# The guest says `guest is up` on its console when that is done.
# With `init=/STORE/SYSTEM/init`, it goes on as a NixOS does: it mounts the store that the host shares, and runs that program of it.
# `mount=DEVICE|WHERE|TYPE|OPTIONS` mounts something else instead, the root first.
# Exit status 77: it cannot be had here.
set -euo pipefail

folder=$1
# shellcheck source=apply/tests/support/once.sh
. "$(dirname "$0")/once.sh"
once "$folder" initrd
# apt's own user must be able to write there.
chmod 755 "$work"
cd "$work"

# The kernel for clouds has no 9p.
kernel=$(apt-cache depends "${2:-linux-image-cloud-amd64}" | awk '/Depends: linux-image/ { print $2; exit }')
[ -n "$kernel" ] || exit 77
{ apt-get -q download "$kernel" busybox-static || { apt-get -q update && apt-get -q download "$kernel" busybox-static; }; } >&2 || exit 77
for package in *.deb; do dpkg -x "$package" root; done

mkdir -p new image/{bin,mnt,proc,sys,dev,etc/acpi/PWRF,lib}
mv root/boot/vmlinuz-* new/vmlinuz
cp root/bin/busybox image/bin/busybox
modules=$(basename root/lib/modules/*)
mkdir -p "image/lib/modules/$modules"
find root/lib/modules -name '*.ko' | grep -E '/(virtio|virtio_ring|virtio_pci.*|virtio_blk|virtio_net|virtio_balloon|virtio_console|virtio-rng|failover|net_failover|button|evdev|rng-core|fuse|virtiofs|9p|9pnet|9pnet_virtio|netfs|fscache|ext4|mbcache|jbd2|crc16|crc32c_generic|libcrc32c|squashfs|overlay|isofs|cdrom|sr_mod|scsi_mod|scsi_common|virtio_scsi|libata|ata_piix|qemu_fw_cfg)\.ko$' |
  xargs -I{} cp {} "image/lib/modules/$modules/"
cat > image/etc/acpi/PWRF/00000080 <<'SCRIPT'
#!/bin/busybox sh
poweroff -f
SCRIPT
cat > image/etc/lease <<'SCRIPT'
#!/bin/busybox sh
[ "$1" != bound ] || ip addr add "$ip/${mask:-24}" dev "$interface"
SCRIPT
cat > image/init <<'SCRIPT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
cd /lib/modules/*
# Some need others; twice round is enough.
for _ in 1 2 3; do for module in *.ko; do insmod "$module" 2> /dev/null; done; done
cd /
program=$(sed -n 's/.* init=\([^ ]*\).*/\1/p;s/^init=\([^ ]*\).*/\1/p' /proc/cmdline)
if [ -n "$program" ]; then
    if grep -q mount= /proc/cmdline; then
        for word in $(cat /proc/cmdline); do
            [ "${word#mount=}" != "$word" ] || continue
            IFS='|' read -r device where kind options <<END
${word#mount=}
END
            serial=${device#/dev/disk/by-id/virtio-}
            [ "$serial" = "$device" ] || device=/dev/$(grep -l "^$serial$" /sys/block/*/serial | cut -d / -f 4)
            # The folders of an overlay are in the new root, as well, and are made.
            options=$(echo "$options" | sed 's|dir=/|dir=/sysroot/|g')
            [ "$kind" != overlay ] || mkdir -p $(echo "$options" | tr ',' '\n' | sed 's|.*=||')
            mkdir -p "/sysroot$where"
            mount -t "$kind" -o "$options" "$device" "/sysroot$where"
        done
        mkdir -p /sysroot/bin /sysroot/proc /sysroot/sys /sysroot/dev
        cp /bin/busybox /sysroot/bin/
        chroot /sysroot /bin/busybox --install -s /bin
        for place in proc sys dev; do mount --move "/$place" "/sysroot/$place"; done
        exec switch_root /sysroot "$program" 2> /sysroot/dev/ttyS0
    fi
    store=${program%/*/*}
    mkdir -p "$store"
    image=$(grep -l '^nixvirt-store$' /sys/block/*/serial 2> /dev/null | cut -d / -f 4)
    if [ -n "$image" ]; then mount -t squashfs -o ro "/dev/$image" "$store"; else
        # As nixosModules.guest has it, by virtiofs or 9p.
        mount -t virtiofs -o ro nix-store "$store" 2> /dev/null || mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288 nix-store "$store"
    fi
    exec "$program" 2> /dev/ttyS0
fi
word=$(sed -n 's/.*write=\([^ ]*\).*/\1/p' /proc/cmdline)
[ -z "$word" ] || { echo "$word" > /dev/vda; sync; }
if grep -q dhcp /proc/cmdline; then
    ip link set eth0 up
    # A server that looks whether an address is free answers nobody for some seconds: one that others ask, too, is asked again.
    for _ in 1 2 3 4 5; do udhcpc -i eth0 -s /etc/lease -q -n -t 20 -T 1 > /dev/null && break; done
fi
if grep -q serve /proc/cmdline; then
    mount -t iso9660 -o ro /dev/sr0 /mnt
    httpd -h /mnt
fi
if grep -q seed /proc/cmdline; then
    # What is on the disc, whenever it is another one.
    while :; do
        mount -t iso9660 -o ro /dev/sr0 /mnt 2> /dev/null && now=$(cat /mnt/meta-data /mnt/user-data) && umount /mnt
        [ "$now" = "$last" ] || printf 'seed begins\n%s\nseed ends\n' "$now" > /dev/ttyS0
        last=$now
        sleep 1
    done &
fi
if grep -q ignition /proc/cmdline; then
    printf 'ignition begins\n%s\nignition ends\n' "$(cat /sys/firmware/qemu_fw_cfg/by_name/opt/*/config/raw)" > /dev/ttyS0
fi
grep -q deaf /proc/cmdline || acpid -c /etc/acpi -l /dev/null
echo "guest is up" > /dev/ttyS0
while :; do sleep 1000; done
SCRIPT
chmod +x image/init image/etc/lease image/etc/acpi/PWRF/00000080
(cd image && find . | ./bin/busybox cpio -o -H newc 2> /dev/null | gzip -1) > new/initrd
rm -rf "$folder"
mv new "$folder"
