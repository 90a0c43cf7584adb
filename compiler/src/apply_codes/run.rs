//! Codes of a whole run: the connection, the lock, the state, files, kept plans, arguments.

use super::codes;
use crate::diagnostics::Severity;
use crate::diagnostics::codes::{Code, Example};

codes! {
    RUN:
    CANNOT_CONNECT = Error "cannot-connect" {
        summary: "There is no connection to the libvirt of that URI.",
        explanation: "libvirt's library could not connect, or the daemon at the other end refused. Nothing was changed on that \
                      host; other hosts of the same run are not affected.",
        when: "`nixvirt-apply plan --connect qemu:///system host.json`, and no daemon of libvirt runs on this machine.",
        then: "Start it: `systemctl start libvirtd`, or `virtqemud.socket` where each driver has a daemon. With `qemu+ssh`, check \
               that `ssh HOST` works without a question.",
    }
    NO_ANSWER = Error "no-answer" {
        summary: "The host has not answered in time.",
        explanation: "The connection was not made within the seconds of `--timeout`. The host may be down, a firewall may drop \
                      what is sent to it, or its daemon may hang. Other hosts of the same run are not held up by it.",
        when: "One of ten hosts of `--hosts FILE` takes connections and says nothing.",
        then: "Look at that host. Where it is only slow, give it longer: `--timeout 300`.",
    }
    NO_DAEMON = Error "no-daemon" {
        summary: "The daemon for a kind of objects does not answer, and it is needed.",
        explanation: "With a daemon for each driver, networks, pools, filters and secrets have daemons of their own. Where \
                      objects of a kind are declared, needed or ours to remove, nothing can be said without its daemon.",
        when: "`virtqemud` runs, `virtnetworkd` does not, and the bundle has `networks`.",
        then: "Start the daemon, or its socket: `systemctl start virtnetworkd.socket`.",
    }
    CANNOT_ASK = Error "cannot-ask" {
        summary: "libvirt does not say what the host has.",
        explanation: "A call that only reads has failed, so that it cannot be decided what is to be done. libvirt's own words \
                      say why. Nothing was changed by this call.",
        when: "libvirt's daemon is restarted while a plan is made.",
        then: "Run it again. Where it fails again, `virsh dumpxml NAME` should fail with the same words.",
    }
    BAD_ARGUMENTS = Error "bad-arguments" {
        summary: "The arguments do not go together.",
        explanation: "Each connection needs a bundle, and each host may be named once. `--hosts FILE` has both in a file.",
        when: "`nixvirt-apply plan --connect qemu:///system` without a bundle.",
        then: "`nixvirt-apply plan --connect qemu:///system host.json`",
    }
    CANNOT_READ = Error "cannot-read" {
        summary: "A file cannot be read.",
        explanation: "The file is a bundle, a definition, a list of hosts, a kept plan, or one that holds the value of a secret. \
                      The system's own words say why: it is not there, not ours to read, or no regular file.",
        when: "A bundle names `\"definition\": \"web.xml\"`, and there is no such file beside it.",
        then: "Write the file, or correct its path. Paths in a bundle are relative to the bundle.",
    }
    CANNOT_WRITE = Error "cannot-write" {
        summary: "A file or folder cannot be written.",
        explanation: "The system's own words say why: the disk is full, the folder is not ours, or a link leads to where others \
                      can write.",
        when: "`--state-dir /srv/nixvirt`, which belongs to another user.",
        then: "Give the folder to the user who runs `nixvirt-apply`, or name another one.",
    }
    LOCK_HELD = Error "lock-held" {
        summary: "Another run is at work on the same connection.",
        explanation: "Two runs at once would undo each other's work, so that a second one waits for the first, for as long as \
                      `--lock-timeout` says. A lock goes with the process that holds it, however that ends.",
        when: "A switch of the system applies a bundle, and somebody runs `nixvirt-apply apply` by hand meanwhile.",
        then: "Wait for the process that is named, or end it: what it has begun is finished by the next run.",
    }
    NO_STATE_FOLDER = Error "no-state-folder" {
        summary: "There is nowhere to keep the state.",
        explanation: "A run remembers what it has applied, so that the next one knows what is its own. A user other than root \
                      keeps that in `$XDG_STATE_HOME` or `$HOME/.local/state`, and neither is set to an absolute path.",
        when: "A service of systemd runs `nixvirt-apply` without `HOME`.",
        then: "`StateDirectory=nixvirt` in the unit, and `--state-dir %S/nixvirt`.",
    }
    STATE_OF_ROOT = Error "state-of-root" {
        summary: "What root's runs remember of this host cannot be read.",
        explanation: "Root has applied a bundle to this host. Without what root remembers, nothing can be said of what is ours \
                      there, and a plan would be wrong.",
        when: "`nixvirt-apply plan --connect qemu:///system host.json` as a user, after `sudo nixvirt-apply apply ...`.",
        then: "Run it as root, or name the folder of another state: `--state-dir DIR`.",
    }
    STATE_UNREADABLE = Error "state-unreadable" {
        summary: "The file of the state cannot be read.",
        explanation: "The state says which objects are ours and how they were declared last. A run without it could remove \
                      what is not ours, so that there is none.",
        when: "`/var/lib/nixvirt` was restored from a backup with another owner.",
        then: "Give the file back to root: `chown root: /var/lib/nixvirt/*`.",
    }
    STATE_UNWRITABLE = Error "state-unwritable" {
        summary: "The file of the state cannot be written.",
        explanation: "Before an object is touched, the state says so. Where that cannot be written, the object is not touched.",
        when: "The file system of `/var/lib/nixvirt` is full.",
        then: "Make room, and run it again.",
    }
    STATE_FORMAT = Error "state-format" {
        summary: "The file of the state is not one that this release can read.",
        explanation: "It was written by a later release whose format is another one, or it is another file. It is left as it is.",
        when: "A rollback to a release of before a change of the format.",
        then: "Use the release that wrote it, or name the folder of another state: `--state-dir DIR`.",
    }
    STATE_DAMAGED = Error "state-damaged" {
        summary: "The file of the state was changed by something else.",
        explanation: "Each record has a hash, and one of them does not fit. What follows it may be good, so that nothing is cut \
                      off. A record that a kill has cut off at the end is no damage and is passed over.",
        when: "A disk has returned other bytes than were written.",
        then: "Bring the file back from a backup; or forget what was done since, with the command that the message names.",
    }
    PLAN_FORMAT = Error "plan-format" {
        summary: "The kept plan was made by another release.",
        explanation: "A plan that is applied must be the one that was made. Its format has changed between the two releases.",
        when: "`plan --out FILE` before an update, `apply FILE` after it.",
        then: "Make the plan again.",
    }
    PLAN_OUTDATED = Error "plan-outdated" {
        summary: "The host or the bundle has changed since the plan was made.",
        explanation: "A kept plan is applied as it is or not at all. What would be done now is something else, so that nothing \
                      was done.",
        when: "`plan --out FILE`, then somebody stops a machine by hand, then `apply FILE`.",
        then: "Make the plan again, and look at it.",
    }
    PLAN_NOT_KEPT = Error "plan-not-kept" {
        summary: "There is no whole plan to keep.",
        explanation: "One of the hosts could not be looked at. A plan without it would not be the plan that was asked for.",
        when: "`plan --hosts FILE --out PLAN`, and one host is down.",
        then: "See to the host, or leave it out of the list.",
    }
    FOLDER_NOT_EMPTY = Error "folder-not-empty" {
        summary: "The folder for an import is not empty.",
        explanation: "An import writes many files, and overwrites none.",
        when: "`nixvirt-apply import --connect qemu:///system .`",
        then: "Name a folder that is empty or is not there yet.",
    }
    NOT_BEGUN = Error "not-begun" {
        summary: "The run was asked to end before it came to this object.",
        explanation: "SIGTERM or SIGINT lets a run finish the object at hand, and then ends it. What it did not come to is as it \
                      was; the next run does it.",
        when: "Ctrl-C while ten machines are updated.",
        then: "Run it again.",
    }
    INTERNAL = Error "internal" {
        summary: "This should not happen.",
        explanation: "It is a fault of nixvirt's own.",
        when: "A part of a run has ended without a result.",
        then: "Please report it, with what was run and what was printed.",
    }
}
