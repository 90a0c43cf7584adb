//! Codes of volumes, of the images that fill them, and of hooks.

use super::codes;
use crate::diagnostics::Severity;
use crate::diagnostics::codes::{Code, Example};

codes! {
    CONTENT:
    CANNOT_CHANGE_VOLUME = Error "cannot-change-volume" {
        summary: "libvirt does not make, grow or remove the volume.",
        explanation: "libvirt's own words say why. The pool and its other volumes are as they are to be.",
        when: "The file system of the pool has no room for a new volume.",
        then: "Make room, or take the volume out.",
    }
    VOLUME_DIFFERS = Error "volume-differs" {
        summary: "The volume is there, and something of it cannot be changed in place.",
        explanation: "The format of a volume and what it lies on top of stay as they are. Nothing is removed to get there.",
        when: "A volume was made as `raw` and is declared as `qcow2` now.",
        then: "Declare it as it is, or give the new one another name.",
    }
    VOLUME_SHRINKS = Error "volume-would-shrink" {
        summary: "The volume is larger than it is declared to be.",
        explanation: "Volumes grow and never shrink: what is at their end would be lost.",
        when: "A volume of 20 GiB is declared with `capacity = 10 GiB`.",
        then: "Declare the size that it has.",
    }
    CAPACITY_TOO_SMALL = Error "capacity-too-small" {
        summary: "The volume is smaller than what is to come into it.",
        explanation: "An image has a size that its guest sees, which may be more than the size of its file.",
        when: "A volume with `capacity = 1 GiB` gets an image of 2 GiB.",
        then: "Declare at least the size of the image, or 0 for just as much.",
    }
    VOLUME_SOURCE = Error "volume-source" {
        summary: "A volume's `source` names nothing to make the volume of, or several things.",
        explanation: "`image` is copied into the volume; `backing` is an image that lies below it; `volume` is a volume of the \
                      host that is copied, or lies below it. It is one of these. `format` and `onChange` are about images, \
                      `pool` and `overlay` about volumes, and what lies on top of something has no `onChange = \"new\"`.",
        when: "`source = { }`",
        then: "`source.image = ./debian.qcow2;`",
    }
    SOURCE_MISSING = Error "source-missing" {
        summary: "The volume that another one is to be made of is not there.",
        explanation: "`source.volume` is looked for in `source.pool`, or in the pool of the new volume, which has to be active. \
                      Once the new volume is made, its source is no longer needed.",
        when: "`source = { volume = \"debian.qcow2\"; pool = \"templates\"; }`, and the pool `templates` has no such volume.",
        then: "`virsh vol-list templates` says what is there; or declare the volume in that pool.",
    }
    IMAGE_UNREADABLE = Error "cannot-read-image" {
        summary: "The image cannot be read.",
        explanation: "It is not there, not ours to read, no regular file, or too short for its format.",
        when: "`source.image` names a file that was deleted.",
        then: "Bring it back, or name another one.",
    }
    IMAGE_FORMAT = Error "image-format" {
        summary: "The image is not of the format that it is said to be of.",
        explanation: "What a qcow2 image names would be opened by whoever takes it for one, so that its first bytes have to agree \
                      with `format`.",
        when: "`source.format = \"raw\"` with a qcow2 image.",
        then: "Leave `format` out, or say `qcow2`.",
    }
    IMAGE_NOT_ALONE = Error "image-not-alone" {
        summary: "The image lies on top of another one.",
        explanation: "The one below it could be any file of this machine, and would be missing on the host.",
        when: "`source.image` is a snapshot that `qemu-img create -b` made.",
        then: "`qemu-img convert -O qcow2 SNAPSHOT IMAGE` makes one that stands alone.",
    }
    CANNOT_CONVERT_IMAGE = Error "cannot-convert-image" {
        summary: "The image cannot be converted to the format of the volume.",
        explanation: "`qemu-img` converts it, which is not there or refuses the image.",
        when: "A `vmdk` image for a volume of format `raw`, on a machine without `qemu-img`.",
        then: "Install it (`qemu-utils`), or convert the image before.",
    }
    NO_POOL_FOR_DISC = Error "no-pool-for-disc" {
        summary: "There is no declared pool for the disc of a domain.",
        explanation: "A disc is a volume, so that it reaches any host. It comes into the pool that `pool` names, or into that of the \
                      domain's first disk that is a volume. That pool is declared in the same bundle.",
        when: "A domain with `cloudInit` whose disk is a file, and no `cloudInit.pool`.",
        then: "Declare a pool, and name it: `cloudInit.pool = \"images\";`",
    }
    POOL_OF_DISC_INACTIVE = Error "pool-of-disc-inactive" {
        summary: "The pool that the disc of a domain comes into is not active.",
        explanation: "A disc is put into an active pool only. A pool that was there, that is not active, and that is not to be is not \
                      started for it: what belongs there may not be mounted. The domain is left as it is.",
        when: "A domain whose `cloudInit` has changed, and its pool is declared with `active = false`.",
        then: "Declare the pool with `active = true`.",
    }
    NO_FW_CFG = Error "no-fw-cfg" {
        summary: "The machine has no fw_cfg, by which its guest would read a configuration for Ignition.",
        explanation: "QEMU's machines for s390x and ppc64 have none. There, Ignition reads a virtio disk with the serial `ignition`.",
        when: "A domain with `ignition` and `os.type.arch = \"s390x\"`.",
        then: "Give it a volume with the configuration as its `source.image`, and a virtio disk on that volume with `serial = \"ignition\"`.",
    }
    NO_PLACE_FOR_DISC = Error "no-place-for-disc" {
        summary: "The domain has no room for the cdrom of a disc.",
        explanation: "The cdrom comes to a place that no declared disk has. An old machine (`pc`) has four places for IDE disks.",
        when: "A domain with the machine `pc`, the disks `hda` to `hdd`, and `cloudInit`.",
        then: "Take the bus `virtio` for a disk, or the machine `q35`.",
    }
    HOOKS_ELSEWHERE = Error "hooks-not-here" {
        summary: "Hooks cannot be installed for this connection.",
        explanation: "libvirt calls hooks on the machine where its system daemon runs, and only for some drivers.",
        when: "A domain with `hooks`, and `--connect qemu+ssh://host/system`.",
        then: "Run `nixvirt-apply` on that machine, or take the hooks out.",
    }
    BAD_HOOK = Error "bad-hook" {
        summary: "The program of a hook could not be run.",
        explanation: "libvirt runs it as root: it has to be there, to be executable, and nobody else may be able to write to it.",
        when: "`hooks.start` names a script without `chmod +x`.",
        then: "`chmod 755 SCRIPT`",
    }
    HOOK_NAME = Error "hook-name" {
        summary: "An object of that name cannot have hooks.",
        explanation: "Its hooks are in a folder of that name, which the name cannot be.",
        when: "A domain with hooks that is called `..`.",
        then: "Give it another name.",
    }
    FOREIGN_HOOK = Error "foreign-hook" {
        summary: "There is a hook of somebody else where nixvirt's is to be.",
        explanation: "It is left alone. libvirt runs all programs in `qemu.d/`, so that only the one of our name is in the way.",
        when: "`/etc/libvirt/hooks/qemu.d/nixvirt` was written by hand.",
        then: "Move it away, or bring up to date whatever made it.",
    }
    HOOKS_UNSEEN = Error "hooks-not-called" {
        summary: "libvirt does not call the object's hooks yet, so that it is not started without them.",
        explanation: "libvirt looks for hooks when it starts. There was none then, so that it calls none until it is reloaded.",
        when: "The first domain with hooks on a host.",
        then: "`systemctl reload libvirtd`, and apply again.",
    }
}
