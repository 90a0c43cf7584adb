#!/usr/bin/env bash
# Makes what stands in for the image of a cloud: a disk that boots by itself, reads its seed, and answers by HTTP.
#
#   cloud-image.sh FOLDER VMLINUZ INITRD     makes FOLDER/disk.qcow2 where it is missing
#
# The kernel and the initrd are those of apply/tests/support/guest.sh. Exit status 77: it cannot be had here.
set -euo pipefail

folder=$1
# shellcheck source=apply/tests/support/once.sh
. "$(dirname "$0")/../../apply/tests/support/once.sh"
once "$folder" disk.qcow2
for program in syslinux mcopy mformat qemu-img; do
  command -v "$program" > /dev/null || { echo "there is no $program here (packages syslinux, mtools, qemu-utils)" >&2 && exit 77; }
done

# One FAT file system, without a table of partitions: the firmware starts what is in its first sector.
mkdir "$work/new"
disk=$work/disk
truncate -s 64M "$disk"
mformat -i "$disk" -h 64 -s 32 -t 64 ::
cat > "$work/syslinux.cfg" <<'CONFIG'
DEFAULT linux
LABEL linux
  LINUX vmlinuz
  INITRD initrd
  APPEND console=ttyS0 quiet mitigations=off dhcp serve
CONFIG
mcopy -i "$disk" "$2" ::vmlinuz
mcopy -i "$disk" "$3" ::initrd
mcopy -i "$disk" "$work/syslinux.cfg" ::syslinux.cfg
syslinux --install "$disk"
qemu-img convert -O qcow2 "$disk" "$work/new/disk.qcow2"
rm -rf "$folder"
mv "$work/new" "$folder"
