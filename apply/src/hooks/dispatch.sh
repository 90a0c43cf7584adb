#!/bin/sh
# The hook of nixvirt. libvirt calls it for every object of a driver: NAME OPERATION SUBOPERATION EXTRA, with the
# object's XML on standard input. It runs what nixvirt-apply has put into its state for that object and operation. That
# has the same arguments and the same standard input, and its exit status is the hook's.
state='/var/lib/nixvirt'

# libvirt calls this file by its path, .../hooks/DRIVER.d/FILE.
driver=${0%/*}
driver=${driver##*/}
driver=${driver%.d}

# Names that are no file names have no hooks.
case $1 in '' | . | .. | */*) exit 0 ;; esac
case $2 in '' | *[!a-z-]*) exit 0 ;; esac

hook=$state/hooks/$driver/$1/$2
# Daemons of users call this, too. They cannot read the state.
[ -r "$hook" ] || exit 0
# It is read and not executed, so that it works where the state is mounted noexec.
. "$hook"
