//! Codes of objects: how they are declared, what keeps them from being changed, what libvirt refuses.

use super::codes;
use crate::diagnostics::Severity;
use crate::diagnostics::codes::{Code, Example};

codes! {
    OBJECTS:
    NO_DEFINITION = Error "no-definition" {
        summary: "An entry does not say which object it is.",
        explanation: "An entry of a bundle needs the path of its XML, and that XML needs a name or a uuid. A volume that is to \
                      go needs a name only.",
        when: "`{ \"domains\": [ { \"active\": true } ] }`",
        then: "`{ \"domains\": [ { \"definition\": \"web.xml\", \"active\": true } ] }`",
    }
    DEFINITION_EDITED = Error "definition-edited" {
        summary: "The files of a bundle are not those that `nixvirt-compile` wrote.",
        explanation: "The index beside them has the hash of each file. A file with another hash is being written at this \
                      moment, or somebody has edited it. Half a bundle is not applied.",
        when: "Somebody edits `host/web.xml` after `nixvirt-compile -o host host.nix`.",
        then: "Edit the spec instead, and run `nixvirt-compile -o` again.",
    }
    NO_SECRET_PLACE = Error "no-secret-place" {
        summary: "A secret in a file is for a place that holds none.",
        explanation: "The definition's metadata names the file of a secret and the place that its value goes to. That place has \
                      to be there, and to be one that holds a secret.",
        when: "Somebody has taken `<graphics>` out of an XML file whose metadata names a file for its password.",
        then: "Write the spec instead, `graphics.passwd.file = \"/run/secrets/vnc\"`, and compile it again.",
    }
    DECLARED_TWICE = Error "declared-twice" {
        summary: "Two entries are the same object.",
        explanation: "Two objects of a kind cannot share a name or a uuid, nor can two volumes of a pool share a name. Neither \
                      of the two is touched.",
        when: "Two entries of `domains` name the same file.",
        then: "Take one of them out, or give it a name and uuid of its own.",
    }
    NAME_CONFLICT = Error "name-conflict" {
        summary: "An entry has another name than its definition.",
        explanation: "The name of a volume is in its definition. `name` is for one that is to go and has no definition any more.",
        when: "`{ \"name\": \"data\", \"definition\": \"root.xml\" }`, where `root.xml` says `<name>root</name>`.",
        then: "Leave `name` out.",
    }
    NAME_TAKEN = Error "name-taken" {
        summary: "The name belongs to another object of the host.",
        explanation: "libvirt does not have two objects of a kind with one name. The other one was not declared here, or keeps \
                      the name for now.",
        when: "The host has a domain `web` that somebody made by hand, and a bundle declares a new one.",
        then: "Give the definition the uuid of the one that is there, to take that over; or remove or rename it.",
    }
    NAMES_EXCHANGED = Error "names-exchanged" {
        summary: "Two objects would take each other's names at once.",
        explanation: "Domains can, for libvirt renames them. Everything else is removed and defined anew for a new name, and \
                      the two names are never free together.",
        when: "The networks `lan` and `dmz` exchange their names in one bundle.",
        then: "Do it in two runs, by way of another name.",
    }
    RENAME_NEEDS_STOP = Error "rename-needs-stop" {
        summary: "The object cannot be renamed while it is active.",
        explanation: "libvirt renames only what is off.",
        when: "A pool has a new name, is active, and may not be restarted.",
        then: "Stop it, or allow its restart.",
    }
    NEEDS_MISSING = Error "needs-missing" {
        summary: "The object needs another one that neither exists nor is declared.",
        explanation: "A domain needs its networks, its filters and the pools of its disks.",
        when: "A domain is on the network `lan`; the host has none, and the bundle declares none.",
        then: "Add the network to `networks`, or name one that is there.",
    }
    NEEDED_FAILED = Error "needed-failed" {
        summary: "The object was not touched, because one that it needs has failed.",
        explanation: "What does not need the failed one was done all the same.",
        when: "The network `lan` cannot be started, and the domain `web` is on it.",
        then: "See to the failed one; the next run does both.",
    }
    STILL_NEEDED = Error "still-needed" {
        summary: "The object is no longer declared, but a declared one needs it.",
        explanation: "It would be removed, and the other one would not start any more.",
        when: "The network `lan` is taken out of a bundle whose domain `web` is still on it.",
        then: "Declare it again, or take the domain off it.",
    }
    PROTECTED = Error "protected" {
        summary: "The object or its volume is protected.",
        explanation: "`protect = true` keeps an object from being removed, and the volumes of a pool from being removed or made \
                      anew, until it is declared with `protect = false`.",
        when: "A domain with `protect = true` is taken out of the bundle.",
        then: "Declare it once more with `protect = false`, apply, and then take it out.",
    }
    HAS_SNAPSHOTS = Error "has-snapshots" {
        summary: "The domain has snapshots or checkpoints, which libvirt does not remove with it.",
        explanation: "libvirt refuses to undefine such a domain. That is known before it is stopped, so that it runs on.",
        when: "A domain with the snapshot `before-update` is no longer declared.",
        then: "`virsh snapshot-delete NAME before-update`, with `--metadata` to keep its data.",
    }
    NETWORK_IN_USE = Error "network-in-use" {
        summary: "Domains that are not declared here are on the network.",
        explanation: "They would be cut off without a word, and they are not ours to stop.",
        when: "A network is no longer declared, and somebody else's machine is on it.",
        then: "Stop the machine, or declare the network again. `restart = true` restarts a network all the same.",
    }
    WOULD_NOT_START = Error "would-not-start" {
        summary: "The object was left as it is, because it could not be started again.",
        explanation: "A change needs a restart. Before that, it is looked whether the new definition can start: files, bridges, \
                      devices, networks, and what QEMU's driver says of it. The object goes on running.",
        when: "The new definition of a running domain names a disk image that does not exist.",
        then: "Make what is missing, or take it out of the definition.",
    }
    VOLUME_IN_USE = Error "volume-in-use" {
        summary: "A running domain has the volume.",
        explanation: "A volume is removed or made anew only while nothing runs with it, and copied or put below another one only \
                      while nothing that runs writes to it.",
        when: "A volume with `onChange = \"replace\"` has a new image, and a machine of somebody else runs with it.",
        then: "Stop the machine, or declare it here.",
    }
    NO_ADDRESS = Error "no-address" {
        summary: "The domain has no address that is known.",
        explanation: "The leases of libvirt's networks, the guest agent and the host's table of neighbours were asked, for as long \
                      as `waitForAddress` of the domain or `--wait` says. The message has what each of them said. Addresses that only \
                      the guest itself or its own link can reach do not count.",
        when: "A domain with `waitForAddress = 60`, whose guest asks for no address.",
        then: "Look at its console (`virsh console NAME`), or give a slow guest more time.",
    }
    NOT_SWITCHED = Error "not-switched" {
        summary: "A guest could not be switched to its new system while it runs.",
        explanation: "With `switch = true`, the agent in a guest of the template `nixos` runs `switch-to-configuration` of the new \
                      system. The agent has not answered, or the program has failed, for instance because a service of the guest did \
                      not start. The guest runs on. It boots the new system at its next start.",
        when: "A service of the new system fails, and `switch-to-configuration` ends with exit status 4.",
        then: "Look at the journal of the guest, and run `switch-to-configuration switch` there, or start the guest anew.",
    }
    NO_STORE_VIEW = Error "no-store-view" {
        summary: "A guest cannot have its view of the store.",
        explanation: "With `share = \"view\"`, a guest of the template `nixos` sees a folder of hard links to what its system needs. The apply \
                      step makes it beside the store, in `/nix/var/nixvirt/guests`, before anything is stopped. The file system of the store \
                      has to be that of the folder, and the apply step has to run there, with the right to write to it. Nix is asked what \
                      the system needs. A folder that was made by somebody else is left alone.",
        when: "`/nix/store` is a file system of its own, or the bundle is applied from another machine by ssh.",
        then: "Write `share = \"image\"`, or `share = \"store\"` where the guest may see the whole store.",
    }
    NO_SUCH_OBJECT = Error "no-such-object" {
        summary: "The object is not there.",
        explanation: "Somebody has removed it since it was looked at, or its name or uuid is a wrong one.",
        when: "`virtdeclare --type domain --name web --state active`, and the host has no domain `web`.",
        then: "`virsh list --all` says what is there.",
    }
    CANNOT_DEFINE = Error "cannot-define" {
        summary: "libvirt refuses the definition.",
        explanation: "libvirt's own words say why. `nixvirt-compile check` finds most of it before anything is applied. What runs \
                      goes on with its old definition.",
        when: "A definition has an element that QEMU's driver does not take.",
        then: "Correct the definition; `nixvirt-compile explain devices.disk` says what may stand where.",
    }
    CANNOT_START = Error "cannot-start" {
        summary: "libvirt does not start the object.",
        explanation: "libvirt's own words say why. An object that was stopped for a restart is started with its old definition \
                      again, where that is possible.",
        when: "The port of a VNC server is in use.",
        then: "See to what is in the way. `/var/log/libvirt/qemu/NAME.log` has what QEMU said.",
    }
    CANNOT_STOP = Error "cannot-stop" {
        summary: "libvirt does not stop the object.",
        explanation: "libvirt's own words say why.",
        when: "`shutdown.method = \"agent\"`, and the guest has no agent.",
        then: "Install the agent in the guest, or let the power button do it: `shutdown.method = \"acpi\"`.",
    }
    STILL_RUNS = Error "still-runs" {
        summary: "The guest has not shut down in time, and goes on.",
        explanation: "It was asked to, and was given the seconds of `shutdown.timeout`. By default it is not cut off then: what \
                      changed waits for its next start.",
        when: "A guest ignores the power button.",
        then: "Shut it down from within, or allow its power to be cut: `shutdown.\"then\" = \"destroy\"`.",
    }
    CANNOT_UNDEFINE = Error "cannot-undefine" {
        summary: "libvirt does not remove the object's definition.",
        explanation: "libvirt's own words say why.",
        when: "A network filter is in use by a running domain.",
        then: "See to what uses it, and run it again.",
    }
    CANNOT_RENAME = Error "cannot-rename" {
        summary: "libvirt does not rename the domain.",
        explanation: "libvirt's own words say why.",
        when: "The domain has a checkpoint, with which libvirt renames none.",
        then: "See to what is in the way, or keep the name.",
    }
    CANNOT_SET = Error "cannot-set" {
        summary: "libvirt does not set something of the object.",
        explanation: "Its autostart, its folder, its value, its saved state: libvirt's own words say why.",
        when: "A pool's folder is to be made below a file.",
        then: "Correct what the words say, and run it again.",
    }
    LIVE_REFUSED = Error "live-refused" {
        summary: "The running object could not be given a change.",
        explanation: "The plan said that it could. libvirt or QEMU has refused, or the guest did not let go of a device. The \
                      object goes on as it was, has the change at its next start, and the status shows what waits.",
        when: "A disk is to be unplugged, and the guest has it mounted.",
        then: "Unmount it in the guest and run it again, or restart the guest when that suits.",
    }
    SAVED_STATE = Error "saved-state" {
        summary: "The saved state of the domain cannot be used.",
        explanation: "A saved state goes on only with the emulator and the firmware that are named in it. One of these is gone, \
                      so that libvirt neither reads nor starts it. Nothing is given up that was not asked for.",
        when: "The emulator of before an update was deleted while a machine was suspended.",
        then: "Bring the named path back, or give the saved state up with `saved = \"discard\"`.",
    }
    NOT_ROOTED = Warning "not-rooted" {
        summary: "Nix's garbage collector may take what the object needs.",
        explanation: "What a domain or its hooks need of the Nix store is kept by links among Nix's roots. They could not be \
                      written.",
        when: "A user without a folder in `/nix/var/nix/gcroots/per-user` applies a bundle.",
        then: "Run it as root, or make the folder that is named.",
    }
}
