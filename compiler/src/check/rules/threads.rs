//! The threads of a machine: which ones there are, and how they are scheduled.

use std::collections::BTreeSet;

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::vcpu::{CPUTUNE, IOTHREADIDS};
use nixvirt_schema::{Versions, below, child_name, way};

use super::code::{machine, refused};
use super::cpu::vcpus;
use crate::check::{Check, Holds, Rule, at, child, lacks, may_have, number_set};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[&IOTHREAD_MAPPING, &IOTHREAD_UNKNOWN, &SCHEDULER_THREADS];

/// The numbers of a machine's I/O threads: those that it gives them, and the lowest free ones for the others
/// (`virDomainIOThreadIDArrayInit`). Nothing where they cannot be known.
fn iothreads(check: &Check<'_, '_>) -> Option<BTreeSet<u64>> {
    let root = check.root();
    let (count, ids) = (child_name!(DOMAIN, "iothreads"), child_name!(DOMAIN, "iothreadids"));
    if may_have(root, count) || may_have(root, ids) {
        return None;
    }
    let (id, number) = below!(IOTHREADIDS, "iothread", "id");
    let ids = child(root, ids).into_iter().flat_map(|ids| ids.children_named(id));
    let mut numbers: BTreeSet<u64> = ids.map(|id| id.get(number)?.parse().ok()).collect::<Option<_>>()?;
    let many = match child(root, count) {
        None => 0,
        Some(count) => count.text.as_ref().filter(|text| text.valid)?.text.parse::<usize>().ok()?,
    };
    // No machine has more, and a number may be as great as one likes.
    const MOST: usize = 65536;
    let mut free = 1;
    while numbers.len() < many.min(MOST) {
        numbers.insert(free);
        free += 1;
    }
    Some(numbers)
}

static IOTHREAD_UNKNOWN: Rule = Rule {
    code: refused(
        "iothread-unknown",
        "A disk names an I/O thread that the machine does not have.",
        "`iothreads = 1` gives a machine the thread 1; `iothreadids` gives threads numbers of their own.",
        machine!(
            "devices.disk = { driver = { name = \"qemu\"; iothread = 1; }; source.file = \"/a.img\"; target.dev = \"vda\"; };"
        ),
        machine!(
            "iothreads = 1; devices.disk = { driver = { name = \"qemu\"; iothread = 1; }; source.file = \"/a.img\"; target.dev = \"vda\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefDiskIOThreads in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[below!(DISK, "driver", "iothread").1],
    versions: Versions::ALL,
    check: |check| {
        let Some(threads) = iothreads(check) else { return };
        for disk in check.devices_of(&DISK) {
            let Some(thread) = at(disk, below!(DISK, "driver", "iothread")) else { continue };
            if thread.parse().is_ok_and(|thread| !threads.contains(&thread)) {
                let message = format!("the machine has no I/O thread {thread}");
                let help = format!("write `iothreads = {thread};` beside `devices`");
                check.rule_problem(disk, Some("driver"), message).help(help).add();
            }
        }
    },
};

static IOTHREAD_MAPPING: Rule = Rule {
    code: refused(
        "iothread-mapping",
        "The queues of a disk are not spread over its I/O threads one by one.",
        "`driver.iothreads.iothread` lists threads of the machine, each once. Either none of them names queues, or each does; then every \
         queue from 0 to `driver.queues` - 1 is named once.",
        machine!(
            "iothreads = 2; devices.disk = {
    driver = { name = \"qemu\"; queues = 2; iothreads.iothread = [ { id = 1; queue.id = 0; } { id = 2; queue.id = 0; } ]; };
    source.file = \"/a.img\"; target.dev = \"vda\";
  };"
        ),
        machine!(
            "iothreads = 2; devices.disk = {
    driver = { name = \"qemu\"; queues = 2; iothreads.iothread = [ { id = 1; queue.id = 0; } { id = 2; queue.id = 1; } ]; };
    source.file = \"/a.img\"; target.dev = \"vda\";
  };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuDomainValidateIothreadMapping in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[way!(DISK, "driver", "iothreads", "iothread", "queue", "id")[1]],
    versions: Versions::ALL,
    check: |check| {
        let Some(known) = iothreads(check) else { return };
        let [driver, threads, thread, queue, id] = way!(DISK, "driver", "iothreads", "iothread", "queue", "id")[..]
        else {
            return;
        };
        let disks: Vec<_> = check.devices_of(&DISK).collect();
        for disk in disks {
            let Some(driver) = child(disk, driver) else { continue };
            let Some(threads) = child(driver, threads) else { continue };
            let listed: Vec<&Node<'_>> = threads.children_named(thread).map(|it| it as &Node<'_>).collect();
            let count = driver.get(below!(DISK, "driver", "queues").1).and_then(|count| count.parse::<u64>().ok());
            let mapped = listed.first().is_some_and(|first| child(first, queue).is_some());
            let mut seen = BTreeSet::new();
            let mut queues = BTreeSet::new();
            let mut fault = None;
            for thread in &listed {
                let Some(number) = thread.get(id).and_then(|id| id.parse::<u64>().ok()) else { continue };
                let own: Vec<&Node<'_>> = thread.children_named(queue).map(|it| it as &Node<'_>).collect();
                let message = if !seen.insert(number) {
                    format!("the I/O thread {number} is listed twice")
                } else if !known.contains(&number) {
                    format!("the machine has no I/O thread {number}")
                } else if mapped == own.is_empty() {
                    "either every I/O thread of a disk names queues, or none does".to_owned()
                } else {
                    let numbers = own.iter().filter_map(|queue| queue.get(id)?.parse::<u64>().ok());
                    match numbers.into_iter().find(|queue| !queues.insert(*queue) || count.is_some_and(|all| *queue >= all)) {
                        Some(queue) => format!("the queue {queue} is named twice, or is not there"),
                        None => continue,
                    }
                };
                fault = Some((*thread, message));
                break;
            }
            let missing = || (0..count?.min(1 << 16)).find(|queue| !queues.contains(queue));
            match (fault, mapped) {
                (Some((thread, message)), _) => check.say(thread, None, message),
                (None, true) if lacks(driver, below!(DISK, "driver", "queues").1) => {
                    let message = "I/O threads that name queues need `driver.queues`".to_owned();
                    check.say(threads, None, message);
                }
                (None, true) => {
                    if let Some(queue) = missing() {
                        check.say(threads, None, format!("no I/O thread names the queue {queue}"));
                    }
                }
                (None, false) => {}
            }
        }
    },
};

static SCHEDULER_THREADS: Rule = Rule {
    code: refused(
        "scheduler-threads",
        "It is said how a thread is scheduled that the machine does not have, or it is said twice.",
        "`cputune.vcpusched` speaks of vCPUs, counted from 0, and `cputune.iothreadsched` of I/O threads by their numbers. Each thread \
         is in one of them at most.",
        machine!("cputune.vcpusched = { vcpus = \"0-2\"; scheduler = \"batch\"; };"),
        machine!("cputune.vcpusched = { vcpus = \"0-1\"; scheduler = \"batch\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainThreadSchedParseHelper in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DOMAIN, "cputune")],
    versions: Versions::ALL,
    check: |check| {
        let Some(tune) = child(check.root(), child_name!(DOMAIN, "cputune")) else { return };
        let vcpus = vcpus(check).map(|count| (0..count.min(1 << 16)).collect());
        let of_threads = below!(CPUTUNE, "iothreadsched", "iothreads");
        for ((name, which), threads, what) in [
            (below!(CPUTUNE, "vcpusched", "vcpus"), vcpus, "vCPU"),
            (of_threads, iothreads(check), "I/O thread"),
        ] {
            let mut seen: Vec<(BTreeSet<u64>, &Node<'_>)> = Vec::new();
            for group in tune.children_named(name) {
                let Some(numbers) = group.get(which).and_then(number_set) else { continue };
                let known = threads.as_ref();
                let missing = known
                    .and_then(|known: &BTreeSet<u64>| numbers.iter().find(|number| !known.contains(number)));
                let other = seen.iter().find(|(other, _)| !other.is_disjoint(&numbers));
                if let Some(missing) = missing {
                    check.say(group, Some(which), format!("the machine has no {what} {missing}"));
                } else if let Some((_, other)) = other {
                    let related = check.related(other, "the other setting is here");
                    let message = format!("it is said twice how a {what} is scheduled");
                    check.rule_problem(group, Some(which), message).with(related).add();
                }
                seen.push((numbers, group));
            }
        }
    },
};
