# What is made once and kept: the scripts that make such a folder source this.
# shellcheck shell=bash

# once FOLDER FILE: ends the script where the folder has the file. Else $work is a folder beside it, which goes with the script; a
# script that does the same meanwhile waits for this one.
once() {
  [ ! -e "$1/$2" ] || exit 0
  mkdir -p "$(dirname "$1")"
  exec 9> "$1.lock"
  flock 9
  [ ! -e "$1/$2" ] || exit 0
  work=$(mktemp -d "$1.XXXXXX")
  trap 'rm -rf "$work"' EXIT
}
