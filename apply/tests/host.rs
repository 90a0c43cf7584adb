//! The NixOS module on a host with systemd and libvirt: a virtual machine that boots, reboots, and loses its
//! power. `tests/run host` makes its image and its configurations, and runs these.
//!
//! A boot may take a minute where there is no KVM, so the tests share a machine, one after the other: each switches it to
//! the configuration that it is about. After a failure, the next test has a new machine. So there is one test for the
//! harness; `NIXVIRT_HOST_TESTS` names parts of it.

#![allow(unreachable_pub, reason = "the files of `support` are those of a library")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

#[path = "../../tests/support/amount.rs"]
mod amount;
#[path = "../../tests/support/skip.rs"]
#[allow(dead_code, reason = "the image's maker looks for the programs")]
mod skip;
#[path = "support/vm.rs"]
mod vm;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use vm::{Vm, configuration};

/// A test and its name.
type Test = (&'static str, fn(&mut Vm));

/// The tests, in the order in which they are run: the last one leaves other daemons behind.
const TESTS: [Test; 5] = [
    ("boot_order_hooks_and_reboot", boot_order_hooks_and_reboot),
    ("a_reload_with_a_failing_machine_applies_the_rest", a_reload_with_a_failing_machine_applies_the_rest),
    ("hooks_survive_libvirtd_s_idle_exit", hooks_survive_libvirtd_s_idle_exit),
    ("a_power_cut_at_any_moment_is_made_good", a_power_cut_at_any_moment_is_made_good),
    ("modular_daemons_do_as_well", modular_daemons_do_as_well),
];

/// How long a usual run goes on to begin with tests. On a machine so slow, the rest is left to others, aloud.
const AFTER: Duration = Duration::from_secs(20 * 60);

#[test]
#[ignore = "tests/run host runs it"]
fn what_the_nixos_module_makes_works_on_a_host() {
    let wanted = std::env::var("NIXVIRT_HOST_TESTS").unwrap_or_default();
    let wanted: Vec<&str> = wanted.split_whitespace().collect();
    let chosen = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part));
    let begin = Instant::now();
    let mut machine = None;
    let mut no_machine: Option<String> = None;
    let mut failed = Vec::new();
    for (name, test) in TESTS.into_iter().filter(|(name, _)| chosen(name)) {
        let so_far = begin.elapsed();
        if so_far > AFTER && !amount::nightly() {
            skip::print(&format!(
                "SKIPPED: {name}: this machine is slow, the tests took {} s so far",
                so_far.as_secs()
            ));
            continue;
        }
        if machine.is_none() && no_machine.is_none() {
            match Vm::start() {
                Ok(vm) => machine = Some(vm),
                Err(why) => no_machine = Some(why),
            }
        }
        let Some(mut vm) = machine.take() else {
            let why = no_machine.as_deref().unwrap_or_default();
            skip::print(&format!("SKIPPED: {name}: no machine is of use here: {why}"));
            continue;
        };
        let begin = Instant::now();
        let passed = catch_unwind(AssertUnwindSafe(|| test(&mut vm))).is_ok();
        let ended = if passed { "ok" } else { "FAILED" };
        skip::print(&format!("{name} ... {ended} ({} s)", begin.elapsed().as_secs()));
        match passed {
            true => machine = Some(vm),
            false => failed.push(name),
        }
    }
    assert!(failed.is_empty(), "failed: {}", failed.join(", "));
}

/// nixpkgs' own settings of libvirtd: whenever that starts, it empties the folders of hooks and puts those of the
/// configuration there.
const LIBVIRTD_CONFIG: &str = "
if [ ! -e /etc/systemd/system/libvirtd-config.service ]; then
mkdir -p /etc/systemd/system/libvirtd.service.d
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
systemctl --no-reload enable -q libvirtd.service libvirtd.socket virtlogd.socket
cat > /etc/systemd/system/libvirtd-config.service <<'UNIT'
[Unit]
Before=libvirtd.service
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/libvirtd-config
UNIT
fi
";

/// Makes a configuration the one that the next boot has.
fn install(name: &str) -> String {
    let folder = configuration(name);
    format!(
        "ln -sfn {folder} /etc/configuration\n\
         cp -f /etc/configuration/nixvirt.service /etc/systemd/system/nixvirt.service\n\
         systemctl --no-reload enable -q nixvirt.service; systemctl daemon-reload; sync\n"
    )
}

/// Switches a host as NixOS has it with libvirtd to a configuration.
fn switch(vm: &mut Vm, name: &str) {
    vm.expect(&format!(
        "{LIBVIRTD_CONFIG}{}systemctl start libvirtd.socket virtlogd.socket; systemctl reload-or-restart nixvirt",
        install(name)
    ));
    settled(vm);
}

/// Waits until all of the boot's jobs are done.
fn settled(vm: &mut Vm) {
    vm.run("until systemctl is-system-running --wait | grep -E 'running|degraded'; do sleep 1; done");
    assert_eq!(vm.expect("systemctl show -P ActiveState nixvirt"), "active", "{}", journal(vm));
}

fn journal(vm: &mut Vm) -> String {
    vm.expect("journalctl -b --no-pager -o cat -u nixvirt")
}

/// The plan of `nixvirt-apply` with the arguments that the module gives it, as the program prints it.
fn plan(vm: &mut Vm) -> vm::Said {
    vm.run(
        "apply=$(sed -n 's/^ExecStart=\"\\([^\"]*\\)\".*/\\1/p' /etc/systemd/system/nixvirt.service)
         $apply plan --detailed-exitcode --hooks-dir /var/lib/libvirt/hooks --connect qemu:///system \
           /etc/configuration/bundle.json",
    )
}

fn boot_order_hooks_and_reboot(vm: &mut Vm) {
    switch(vm, "first");
    assert_eq!(
        vm.expect("virsh domstate web; virsh -q list --all --name | sort | xargs"),
        "running\nresting web"
    );
    assert_eq!(
        vm.expect("virsh -q net-list --name; virsh -q pool-list --name; virsh -q vol-list images | wc -l"),
        "lan\nimages\n1"
    );
    assert!(journal(vm).contains("web"), "{}", journal(vm));
    // Nothing is to be done, and nothing is.
    let id = vm.expect("virsh domid web");
    vm.expect("systemctl reload nixvirt");
    assert_eq!(vm.expect("virsh domid web"), id);

    // At the next boot, libvirtd starts what has autostart by itself, with the hooks, before our service runs.
    vm.reboot();
    settled(vm);
    let hooked = vm.expect("cat /run/hooked");
    assert_eq!(hooked.lines().collect::<Vec<_>>(), ["web prepare", "web started"]);
    // It did so before our service could connect, which therefore had nothing to do.
    assert!(!journal(vm).contains("web"), "{}", journal(vm));
    let time = |unit: &str, what: &str| format!("systemctl show -P {what}TimestampMonotonic {unit}\n");
    let times = vm.expect(&(time("libvirtd", "ActiveEnter") + &time("nixvirt", "ExecMainStart")));
    let times: Vec<u64> = times.lines().map(|line| line.parse().unwrap()).collect();
    assert!(times[0] > 0 && times[0] <= times[1], "{times:?}");
}

fn hooks_survive_libvirtd_s_idle_exit(vm: &mut Vm) {
    switch(vm, "resting");
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

fn a_reload_with_a_failing_machine_applies_the_rest(vm: &mut Vm) {
    switch(vm, "first");
    let before = vm.expect("virsh domid web");
    vm.expect(&install("failing"));
    vm.expect("systemctl reload nixvirt");
    settled(vm);
    assert_eq!(vm.expect("virsh domid web; virsh desc web --title"), format!("{before}\ntwo"));
    assert!(journal(vm).contains("broken"), "{}", journal(vm));
    assert!(vm.run("virsh domstate broken").text.contains("shut off"));
    // What is no longer declared goes, what is declared stays.
    vm.expect(&install("first"));
    vm.expect("systemctl reload nixvirt");
    assert_eq!(
        vm.expect("virsh domid web; virsh -q list --all --name | sort | xargs"),
        format!("{before}\nresting web")
    );
}

/// The power is cut at any moment of a run. After the next boot and run, all is as declared, and nothing is lost: what was
/// in the volumes, and what somebody else defined.
fn a_power_cut_at_any_moment_is_made_good(vm: &mut Vm) {
    let seed = amount::seed();
    switch(vm, "odd");
    vm.expect(
        "printf '<domain type=\"qemu\"><name>neighbour</name><memory>16384</memory><os><type>hvm</type></os></domain>' \
           > /run/neighbour
         virsh -q define /run/neighbour
         for file in /var/lib/images/odd*.img; do echo \"data of $file\" > $file; done; sync",
    );
    // How long a run takes in which all changes.
    let begin = Instant::now();
    vm.expect(&format!("{}systemctl reload nixvirt", install("even")));
    let run = begin.elapsed();
    for cut in 0..amount::how_many(2, 20) {
        let name = if cut % 2 == 0 { "odd" } else { "even" };
        vm.expect(&install(name));
        vm.begin("systemctl reload nixvirt");
        // Multiples of the golden ratio are spread over the whole run, from wherever they begin.
        let part = seed.wrapping_add(cut as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        let moment = run * part as u32 / (1 << 16);
        std::thread::sleep(moment);
        vm.boot();
        settled(vm);
        vm.expect("systemctl reload nixvirt");
        let what = format!("after a power cut {moment:?} into the switch to {name}, which takes {run:?}");
        skip::print(&what);
        let said = plan(vm);
        assert_eq!(said.status, 0, "{what}:\n{}\n{}", said.text, journal(vm));
        let there =
            vm.expect("virsh -q list --name | sort | xargs; virsh -q list --all --name | sort | xargs");
        let guests: Vec<String> = (1..=8).map(|number| format!("guest{number}")).collect();
        let mut all = vec!["neighbour", name];
        all.extend(guests.iter().map(String::as_str));
        all.sort_unstable();
        assert_eq!(there, format!("{}\n{}", guests[..3].join(" "), all.join(" ")), "{what}");
        assert_eq!(
            vm.expect("virsh desc guest1 --title; virsh desc guest8 --title"),
            format!("{name}\n{name}"),
            "{what}"
        );
        let data = vm.expect("for file in /var/lib/images/odd*.img; do grep -qFx \"data of $file\" $file; done; ls /var/lib/images/{odd,even}*.img | wc -l");
        assert_eq!(data, "16", "{what}");
    }
    vm.expect("virsh -q undefine neighbour");
}

fn modular_daemons_do_as_well(vm: &mut Vm) {
    // The definitions that libvirtd has are theirs as well, so they begin without any of ours.
    switch(vm, "nothing");
    vm.expect(&format!(
        "echo 'remote_mode = \"direct\"' > /etc/libvirt/libvirt.conf
        rm -rf /var/lib/libvirt/hooks/*.d
        mkdir -p /var/lib/libvirt/hooks/{{qemu,network}}.d
        ln -s {0}/hooks/qemu/* /var/lib/libvirt/hooks/qemu.d/
        ln -s {0}/hooks/network/* /var/lib/libvirt/hooks/network.d/
        systemctl --no-reload disable -q libvirtd.service libvirtd.socket
        systemctl --no-reload mask -q libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket
        systemctl --no-reload enable -q virt{{qemu,network,storage,nwfilter,secret}}d.socket virtlogd.socket\n{1}",
        configuration("modular"),
        install("modular"),
    ));
    for _ in 0..2 {
        vm.reboot();
        settled(vm);
        assert_eq!(
            vm.expect("export LIBVIRT_DEFAULT_URI=qemu:///system; virsh domstate web; virsh -q net-list --name; virsh -q pool-list --name"),
            "running\nlan\nimages",
            "{}",
            journal(vm)
        );
        assert_eq!(vm.expect("cat /run/hooked"), "web prepare\nweb started");
        let daemons = "virtqemud virtnetworkd virtstoraged virtnwfilterd virtsecretd";
        assert_eq!(vm.expect(&format!("systemctl is-active {daemons} | sort -u")), "active");
        assert_ne!(vm.expect("systemctl show -P ActiveState libvirtd"), "active");
        let said = plan(vm);
        assert_eq!(said.status, 0, "{}", said.text);
    }
    // Without a daemon that nothing declared needs, all goes on, and it is said.
    vm.expect("systemctl mask -q --now virtsecretd.service virtsecretd{,-ro,-admin}.socket virtnwfilterd.service virtnwfilterd{,-ro,-admin}.socket");
    let said = plan(vm);
    assert_eq!(said.status, 0, "{}", said.text);
    for kind in ["nwfilters", "secrets"] {
        assert!(said.text.contains(&format!("the {kind} cannot be seen")), "{}", said.text);
    }
    vm.expect("systemctl unmask -q virtsecretd.service virtsecretd{,-ro,-admin}.socket virtnwfilterd.service virtnwfilterd{,-ro,-admin}.socket");
}
