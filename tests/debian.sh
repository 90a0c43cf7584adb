# Debian systems in folders outside the checkout: made once from its packages, kept, and entered by chroot. The scripts
# that need one source this.
# shellcheck shell=bash

cache=${XDG_CACHE_HOME:-$HOME/.cache}/nixvirt-tests

# The keys that sign Debian's packages.
ring=/usr/share/keyrings/debian-archive-keyring.gpg

# The address of Debian's packages, from apt's own sources.
mirror() {
  local found
  found=${NIXVIRT_DEBIAN:-$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 2> /dev/null |
    sed -n 's/^Debian //p' | grep -v security | head -n 1)}
  [ -n "$found" ] || { echo "apt has no source of Debian's; NIXVIRT_DEBIAN can give the address of one" >&2 && return 1; }
  echo "${found%/}"
}

# need_root_and PROGRAM...: says what is missing for a Debian system in a folder that is made with these programs.
need_root_and() {
  [ "$(id -u)" = 0 ] || { echo "a Debian system in a folder needs root" >&2 && return 1; }
  local program
  for program in "$@" unshare chroot flock; do
    command -v "$program" > /dev/null || { echo "there is no $program here" >&2 && return 1; }
  done
}

need_debootstrap() { need_root_and debootstrap; }

# in_root ROOT COMMAND...: in namespaces of its own, so that each mount and each process ends with the command. BINDS is
# a list of folders that appear inside under their own names, SCRATCH a folder that is /tmp there.
in_root() {
  BINDS=${BINDS:-} SCRATCH=${SCRATCH:-} unshare --mount --pid --fork --kill-child bash -euc '
    root=$0
    # A mount of its own, so that a program in it can make its mounts private.
    mount --rbind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    [ -z "$SCRATCH" ] || mount --bind "$SCRATCH" "$root/tmp"
    for folder in $BINDS; do
      mkdir -p "$root$folder"
      mount --bind "$folder" "$root$folder"
    done
    unset BINDS SCRATCH
    exec chroot "$root" "$@"' "$@"
}

# apt_of_suite SUITE COMMAND...: apt with lists of its own below $tmp: those of this machine stay as they are, and root is not
# needed. $from is the address of the packages.
apt_of_suite() {
  local suite=$1 folder=$tmp/$1
  shift
  if [ ! -d "$folder" ]; then
    mkdir -p "$folder"/{lists/partial,cache/archives/partial}
    printf '%s [signed-by=%s] %s %s main\n' deb "$ring" "$from" "$suite" deb-src "$ring" "$from" "$suite" > "$folder/sources.list"
    : > "$folder/status"
    apt_of_suite "$suite" apt-get -q update > "$folder/log" 2>&1 || { cat "$folder/log" >&2 && return 1; }
  fi
  local program=$1
  shift
  "$program" -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State="$folder" \
    -o Dir::State::lists="$folder/lists" -o Dir::State::status="$folder/status" -o Dir::Cache="$folder/cache" \
    -o APT::Sandbox::User= "$@"
}

# extracted SUITE ROOT PACKAGE...: the files of these packages and of all that they depend on, without what they do when they are
# installed: enough to run programs of them, in a tenth of the time that debootstrap takes. $tmp is for what is downloaded.
extracted() {
  local suite=$1 root=$2 from package folder
  shift 2
  from=$(mirror) || return
  [ -e "$ring" ] || { echo "there is no debian-archive-keyring here" >&2 && return 1; }
  apt_of_suite "$suite" apt-get -qy --download-only --no-install-recommends install base-files base-passwd libc-bin "$@" || return
  for folder in bin lib lib64 sbin; do
    mkdir -p "$root/usr/$folder" && ln -s "usr/$folder" "$root/$folder" || return
  done
  for package in "$tmp/$suite"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$root" || return
  done
  cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
  cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  mkdir -p "$root"/{proc,sys,dev,run,tmp,var}
  rm -rf "$root/var/run" && ln -s /run "$root/var/run"
  in_root "$root" /sbin/ldconfig
}

# What runs in a root while it is made: nothing of this environment, and apt asks nobody.
set_up_root() {
  local root=$1
  shift
  in_root "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"
}

# debian_root SUITE ROOT PACKAGE...: makes a root with these packages. On a failure, there is none.
debian_root() {
  local suite=$1 root=$2 from
  shift 2
  from=$(mirror) || return
  # The key of Debian signs for the mirror; without its ring, debootstrap would trust anybody.
  [ -e "$ring" ] ||
    { echo "there is no debian-archive-keyring here" >&2 && return 1; }
  # In a mount namespace, so that no mount stays behind where it fails.
  unshare --mount debootstrap --variant=minbase --keyring="$ring" "$suite" "$root" "$from" || return
  # No service may be started by its package. Writing through to the disk would only cost time.
  printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d" && chmod +x "$root/usr/sbin/policy-rc.d" || return
  echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/force-unsafe-io"
  # A mirror may be a snapshot; its signature is held to all the same.
  printf '%s\n' 'Acquire::Check-Valid-Until "false";' 'APT::Install-Recommends "false";' > "$root/etc/apt/apt.conf.d/nixvirt"
  apt-config dump Acquire | grep -i '::proxy' >> "$root/etc/apt/apt.conf.d/nixvirt" || true
  set_up_root "$root" apt-get -q update &&
    set_up_root "$root" apt-get -qy -f install &&
    set_up_root "$root" apt-get -qy install "$@" &&
    set_up_root "$root" apt-get clean
}

# kept NAME RECIPE DAYS COMMAND...: what the command makes in the folder that is its last argument, kept in the cache as
# NAME. It is made where it is missing, where the recipe is another, and where it is older than so many days (if that
# fails, the old one stays). What was half made is thrown away. Two runs at once make it once.
kept() {
  local name=$1 recipe=$2 days=$3 made=$cache/$1 new=$cache/$1.new
  shift 3
  mkdir -p "$cache"
  exec 9> "$cache/$name.lock"
  flock 9
  if [ "$(cat "$made/recipe" 2> /dev/null)" != "$recipe" ] || [ -z "$(find "$made/recipe" -mtime "-$days")" ]; then
    echo "making $made, which takes some minutes; $cache/$name.log tells how it goes"
    rm -rf "$new"
    mkdir -p "$new"
    if "$@" "$new" > "$cache/$name.log" 2>&1 < /dev/null; then
      printf '%s\n' "$recipe" > "$new/recipe"
      rm -rf "$made"
      mv -T "$new" "$made"
    else
      tail -n 20 "$cache/$name.log" >&2
      rm -rf "$new"
      [ "$(cat "$made/recipe" 2> /dev/null)" = "$recipe" ] || { exec 9>&- && return 1; }
      echo "the one at hand is old, but is used" >&2
    fi
  fi
  exec 9>&-
}
