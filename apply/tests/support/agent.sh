#!/usr/bin/env bash
# Adds Debian's guest agent, with the libraries that it needs, to the initrd of a guest.
#
#   agent.sh FOLDER INITRD     makes FOLDER/initrd where it is missing
#
# Exit status 77: it cannot be had here.
set -euo pipefail

folder=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=apply/tests/support/once.sh
. "$here/once.sh"
# shellcheck source=tests/debian.sh
. "$here/../../../tests/debian.sh"
once "$folder" initrd
need_root_and dpkg-deb || exit 77
tmp=$work
extracted bookworm "$work/root" qemu-guest-agent busybox-static cpio >&2 || exit 77
mkdir -p "$work/root/image/usr/sbin" "$work/root/image/run" "$work/new"
cp "$work/root/usr/sbin/qemu-ga" "$work/root/image/usr/sbin/"
# What the loader would load, and the loader itself.
libraries=$(in_root "$work/root" /lib64/ld-linux-x86-64.so.2 --list /usr/sbin/qemu-ga | grep -oE '/[^ ]+')
for library in $libraries; do
  mkdir -p "$work/root/image$(dirname "$library")"
  cp -L "$work/root$library" "$work/root/image$library"
done
# The kernel unpacks one archive after the other.
cp "$2" "$work/new/initrd"
(cd "$work/root/image" && find . | "$work/root/bin/busybox" cpio -o -H newc 2> /dev/null | gzip -1) >> "$work/new/initrd"
rm -rf "$folder"
mv "$work/new" "$folder"
