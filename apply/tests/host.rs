//! What the NixOS module makes, on a host with systemd and libvirt: a virtual machine that boots and
//! reboots. `tests/run host` makes its image and its configurations, and runs these.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "../../tests/support/skip.rs"]
#[allow(dead_code, reason = "the image's maker looks for the programs")]
mod skip;
#[path = "support/vm.rs"]
mod vm;

use vm::{Vm, configuration};

/// What nixpkgs has beside libvirtd: whenever that starts, it empties the folders of hooks and puts those of the
/// configuration there.
const LIBVIRTD_CONFIG: &str = "
mkdir -p /etc/systemd/system/libvirtd.service.d
cat > /etc/systemd/system/libvirtd-config.service <<'UNIT'
[Unit]
Before=libvirtd.service
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/libvirtd-config
UNIT
cat > /etc/systemd/system/libvirtd.service.d/config.conf <<'UNIT'
[Unit]
Requires=libvirtd-config.service
After=libvirtd-config.service
UNIT
cat > /usr/local/sbin/libvirtd-config <<'SCRIPT'
#!/bin/bash
set -e
rm -rf /var/lib/libvirt/hooks/*.d
for driver in /etc/configuration/hooks/*; do
  mkdir -p /var/lib/libvirt/hooks/${driver##*/}.d
  ln -s $driver/* /var/lib/libvirt/hooks/${driver##*/}.d/
done
SCRIPT
chmod +x /usr/local/sbin/libvirtd-config
echo 'LIBVIRTD_ARGS=\"--timeout 4\"' > /etc/default/libvirtd
systemctl enable -q libvirtd.service libvirtd.socket virtlogd.socket
";

/// Makes a configuration the one that the next boot has.
fn install(name: &str) -> String {
    let folder = configuration(name);
    format!(
        "ln -sfn {folder} /etc/configuration\n\
         cp -f /etc/configuration/nixvirt.service /etc/systemd/system/nixvirt.service\n\
         systemctl enable -q nixvirt.service; systemctl daemon-reload; sync\n"
    )
}

/// A host as NixOS has it with libvirtd, that was switched to a configuration.
fn host(name: &str) -> Option<Vm> {
    let mut vm = Vm::start()?;
    vm.expect(&format!(
        "{LIBVIRTD_CONFIG}{}systemctl start libvirtd.socket virtlogd.socket nixvirt",
        install(name)
    ));
    settled(&mut vm);
    Some(vm)
}

/// Waits until all of the boot's jobs are done.
fn settled(vm: &mut Vm) {
    vm.run("until systemctl is-system-running --wait | grep -E 'running|degraded'; do sleep 1; done");
    assert_eq!(vm.expect("systemctl show -P ActiveState nixvirt"), "active", "{}", journal(vm));
}

fn journal(vm: &mut Vm) -> String {
    vm.expect("journalctl -b --no-pager -o cat -u nixvirt")
}

#[test]
#[ignore = "tests/run host runs it"]
fn boot_order_hooks_and_reboot() {
    let Some(mut vm) = host("first") else { return };
    assert_eq!(
        vm.expect("virsh domstate web; virsh -q list --all --name | sort | xargs"),
        "running\nresting web"
    );
    assert_eq!(
        vm.expect("virsh -q net-list --name; virsh -q pool-list --name; virsh -q vol-list images | wc -l"),
        "lan\nimages\n1"
    );
    assert!(journal(&mut vm).contains("web"), "{}", journal(&mut vm));
    // Nothing is to be done, and nothing is.
    let id = vm.expect("virsh domid web");
    vm.expect("systemctl reload nixvirt");
    assert_eq!(vm.expect("virsh domid web"), id);

    // At the next boot, libvirtd starts what has autostart by itself, with the hooks, before our service runs.
    vm.reboot();
    settled(&mut vm);
    let hooked = vm.expect("cat /run/hooked");
    assert_eq!(hooked.lines().collect::<Vec<_>>(), ["web prepare", "web started"]);
    // It did so before our service could connect, which therefore had nothing to do.
    assert!(!journal(&mut vm).contains("web"), "{}", journal(&mut vm));
    let time = |unit: &str, what: &str| format!("systemctl show -P {what}TimestampMonotonic {unit}\n");
    let times = vm.expect(&(time("libvirtd", "ActiveEnter") + &time("nixvirt", "ExecMainStart")));
    let times: Vec<u64> = times.lines().map(|line| line.parse().unwrap()).collect();
    assert!(times[0] > 0 && times[0] <= times[1], "{times:?}");
}

#[test]
#[ignore = "tests/run host runs it"]
fn hooks_survive_libvirtd_s_idle_exit() {
    let Some(mut vm) = host("resting") else { return };
    let gone = "for _ in $(seq 100); do [ $(systemctl show -P ActiveState libvirtd) != inactive ] || exit 0; sleep 1; done; exit 1";
    for round in 0..2 {
        vm.expect(gone);
        assert_eq!(vm.expect("systemctl show -P ActiveState nixvirt"), "active");
        // The socket starts it, which empties the folders of hooks.
        vm.expect("rm -f /run/hooked; virsh -q start resting");
        assert_eq!(vm.expect("cat /run/hooked"), "resting prepare\nresting started", "round {round}");
        vm.expect("virsh -q destroy resting");
    }
}

#[test]
#[ignore = "tests/run host runs it"]
fn a_reload_with_a_failing_machine_applies_the_rest() {
    let Some(mut vm) = host("first") else { return };
    let before = vm.expect("virsh domid web");
    vm.expect(&install("failing"));
    vm.expect("systemctl reload nixvirt");
    settled(&mut vm);
    assert_eq!(vm.expect("virsh domid web; virsh desc web --title"), format!("{before}\ntwo"));
    assert!(journal(&mut vm).contains("broken"), "{}", journal(&mut vm));
    assert!(vm.run("virsh domstate broken").text.contains("shut off"));
    // What is no longer declared goes, what is declared stays.
    vm.expect(&install("first"));
    vm.expect("systemctl reload nixvirt");
    assert_eq!(
        vm.expect("virsh domid web; virsh -q list --all --name | sort | xargs"),
        format!("{before}\nresting web")
    );
}
