#!/usr/bin/env bash
# Makes a virtiofsd that can share read-only (1.13 or later): Debian's of sid with the libraries that it needs, where the
# system has none.
#
#   virtiofsd.sh FOLDER     makes the program FOLDER/virtiofsd where it is missing
#
# Exit status 77: it cannot be had here.
set -euo pipefail

folder=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=apply/tests/support/once.sh
. "$here/once.sh"
# shellcheck source=tests/debian.sh
. "$here/../../../tests/debian.sh"
once "$folder" virtiofsd
mkdir "$work/new"
for own in /usr/libexec/virtiofsd /usr/lib/virtiofsd; do
  if [ -x "$own" ] && "$own" --help 2> /dev/null | grep -q -e --readonly; then ln -s "$own" "$work/new/virtiofsd"; fi
done
if [ ! -e "$work/new/virtiofsd" ]; then
  need_root_and dpkg-deb || exit 77
  tmp=$work
  extracted sid "$work/new/root" virtiofsd >&2 || exit 77
  # Its own loader and libraries: those of this machine may be older.
  cat > "$work/new/virtiofsd" << SCRIPT
#!/bin/sh
root=$folder/root/usr
exec "\$root/lib64/ld-linux-x86-64.so.2" --library-path "\$root/lib/x86_64-linux-gnu" "\$root/libexec/virtiofsd" "\$@"
SCRIPT
  chmod +x "$work/new/virtiofsd"
fi
rm -rf "$folder"
mv "$work/new" "$folder"
