# The Debian packages. A part of tests/package/run, which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's.

# Its libraries are the newest, so that what is built here runs there.
packages=(man-db systemd bash-completion zsh libvirt0)
make_root() { debian_root sid "$1" "${packages[@]}"; }
need_debootstrap && kept package-root "sid with ${packages[*]}" 60 make_root || exit $((failed ? 1 : 77))
# One of this run's own, in which only the packages change anything.
root=$tmp/root
cp -a --reflink=auto "$cache/package-root" "$root"

cargo_deb=$cache/cargo-deb/bin
PATH=$cargo_deb:$PATH "$checkout/packaging/debian/build" "$tmp/built"
nixvirt=$(echo "$tmp"/built/nixvirt_*.deb)
apply=$(echo "$tmp"/built/nixvirt-apply_*.deb)

cd "$tmp"
lintian_is_content() { lintian --allow-root --fail-on error --tag-display-limit 0 "$nixvirt" "$apply"; }
check "deb: lintian finds no error" lintian_is_content

depends_are_true() {
  dpkg-deb -f "$apply" Depends | grep -w libvirt0
  dpkg-deb -f "$nixvirt" Depends | grep -w libc6
  ! dpkg-deb -f "$nixvirt" Depends | grep libvirt
}
check "deb: the compiler needs no libvirt, the apply step does" depends_are_true

inside() { set_up_root "$root" "$@"; }
# Everything that there is, but what dpkg, apt, man and systemd keep of their own.
files() { (cd "$root" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/cache -o -path ./var/log -o -path ./run -o -path ./tmp \) -prune -o -print | sort); }

cp "$nixvirt" "$root/root/nixvirt.deb"
cp "$apply" "$root/root/nixvirt-apply.deb"
cp "$checkout/examples/linux.json" "$checkout/examples/bundle.json" "$root/root/"
files > "$tmp/before"

installs() { inside dpkg -i /root/nixvirt.deb && inside dpkg -i /root/nixvirt-apply.deb; }
check "deb: both are installed" installs

works() {
  inside nixvirt-compile /root/linux.json > xml
  target=${CARGO_TARGET_DIR:-$checkout/target}
  "$target/release/nixvirt-compile" "$checkout/examples/linux.json" | cmp - xml
  inside nixvirt-compile explain devices.disk > /dev/null
  inside nixvirt-apply explain cannot-write > /dev/null
  inside virtdeclare --version
  # There is no daemon to ask, and that is what is said.
  if inside nixvirt-apply plan --connect qemu:///system /root/bundle.json 2> refused; then return 1; fi
  cat refused
  grep "qemu:///system" refused
}
check "deb: the programs run" works

has_pages() {
  inside man -w nixvirt-compile nixvirt-compile-check nixvirt-apply nixvirt-apply-plan virtdeclare
  inside sh -c 'MANPAGER=cat man nixvirt-compile' | grep libvirt
  # A page for each command that the program has.
  local program command
  for program in nixvirt-compile nixvirt-apply; do
    for command in $(inside "$program" --help | sed -n '/^Commands:/,/^$/ s/^  \([a-z-]\+\) .*/\1/p'); do
      [ "$command" = help ] || inside man -w "$program-$command"
    done
  done
}
check "deb: each command has its man page" has_pages

completes() {
  local program
  for program in nixvirt-compile nixvirt-apply virtdeclare; do
    # As bash-completion does when it is asked for the first time.
    inside bash -c '. /usr/share/bash-completion/bash_completion
      { declare -F _comp_load > /dev/null && _comp_load '"$program"'; } || __load_completion '"$program"'
      complete -p '"$program"
    inside zsh -c 'autoload -U compinit && compinit -u -D && [ "$_comps['"$program"']" = _'"$program"' ]'
    [ -s "$root/usr/share/fish/vendor_completions.d/$program.fish" ]
  done
}
check "deb: bash and zsh find the completions" completes

unit_is_fine() {
  inside systemd-analyze verify nixvirt.service > verified 2>&1 || { cat verified && return 1; }
  [ ! -s verified ] || { cat verified && return 1; }
  # Nothing starts it unless somebody enables it.
  [ "$(inside systemctl is-enabled nixvirt.service)" = disabled ]
  inside systemctl enable nixvirt.service
  [ "$(inside systemctl is-enabled nixvirt.service)" = enabled ]
}
check "deb: systemd takes the unit, and does not start it by itself" unit_is_fine

leaves_nothing() {
  mkdir -p "$root/var/lib/nixvirt/hooks" "$root/etc/libvirt/hooks/qemu.d"
  touch "$root/etc/libvirt/hooks/qemu.d/nixvirt"
  inside dpkg --remove nixvirt-apply
  # What was applied is still known when the package comes back.
  [ -d "$root/var/lib/nixvirt" ]
  inside dpkg --purge nixvirt-apply nixvirt
  rmdir -p --ignore-fail-on-non-empty "$root/etc/libvirt/hooks/qemu.d"
  files | diff "$tmp/before" -
}
check "deb: once purged, nothing is left" leaves_nothing
