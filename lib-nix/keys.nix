# The keys of a bundle: those of the host, and those of an entry of each kind.
# Generated from compiler/src/bundle/format/keys.rs; `NIXVIRT_UPDATE=1 cargo test -p nixvirt-tests --test kinds` writes it.
{
  entries = {
    domain = {
      active = {
        doc = "Whether the domain is to be active (null: as it is).";
        type = "bool";
      };
      allow = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is not said, for this domain alone.";
        type = "own";
      };
      args = {
        doc = "The arguments of `template`.";
        type = "object";
      };
      autostart = {
        doc = "Whether libvirt starts the domain by itself when the host boots (null: as it is).";
        type = "bool";
      };
      cloudInit = {
        doc = "The seed for cloud-init: a disc that the domain gets as a cdrom. It is made when objects are applied, put into a pool, exchanged while the domain runs where it has changed, and removed with the domain.";
        keys = {
          hostname = {
            doc = "The host name of the guest (null: the name of the machine, where it can be one).";
            type = "text";
          };
          instanceId = {
            doc = "The instance-id. cloud-init does what it does once, such as making users and SSH host keys, when it meets a new one. With `\"content\"`, it is new whenever the seed changes (null: the uuid of the machine, so that cloud-init runs once).";
            type = "text";
          };
          metaData = {
            doc = "What the metadata has beside the instance-id and the host name, as a set.";
            type = "yaml";
          };
          networkConfig = {
            doc = "The configuration of the guest's network, as netplan has it (version 2), or of version 1 (null: DHCP on the first card).";
            type = "yaml";
          };
          pool = {
            doc = "The declared pool that the disc is put into (null: that of the machine's first disk that is a volume).";
            type = "text";
          };
          userData = {
            doc = "The user data: a set, which is written as a `#cloud-config`, a text as it stands, or `{ file = \"/path\"; }`. In the set, too, `{ file = \"/run/secrets/key\"; }` stands for the text in a file of the host, which is read when objects are applied and never copied to the store.";
            type = "yaml";
          };
          vendorData = {
            doc = "The vendor data, in the same forms: cloud-init merges it below the user data.";
            type = "yaml";
          };
        };
        type = "set";
      };
      definition = {
        doc = "Path to the XML that defines the domain.";
        type = "file";
      };
      discs = {
        doc = "Discs with files that the domain gets as cdroms, by their names: an answer file for Windows (`discs.answers.files.\"autounattend.xml\" = ./autounattend.xml`), a script for Combustion. They are made, exchanged and removed as the seed for cloud-init is.";
        keys = {
          files = {
            doc = "The files on the disc, by their paths, such as `\"autounattend.xml\"` or `\"combustion/script\"`: each a text, or `{ file = \"/path\"; }` for what is in a file of the host.";
            type = "files";
          };
          label = {
            doc = "The label by which the guest finds the disc, such as `combustion` or `ignition` (null: the name of the disc).";
            type = "text";
          };
          pool = {
            doc = "The declared pool that the disc is put into (null: that of the machine's first disk that is a volume).";
            type = "text";
          };
        };
        type = "named";
      };
      hooks = {
        doc = "What libvirt calls for this domain alone.";
        keys = {
          prepare = {
            doc = "What the host runs before it prepares the machine's resources.";
            type = "hook";
          };
          release = {
            doc = "What the host runs once the machine's resources are released.";
            type = "hook";
          };
          start = {
            doc = "What the host runs before it starts the machine.";
            type = "hook";
          };
          started = {
            doc = "What the host runs once the machine runs.";
            type = "hook";
          };
          stopped = {
            doc = "What the host runs once the machine has stopped.";
            type = "hook";
          };
        };
        type = "set";
      };
      ignition = {
        doc = "The configuration for Ignition, which Fedora CoreOS and Flatcar read at their first boot, by QEMU's fw_cfg. It is put into a pool when objects are applied. A domain that has booted is not restarted for another one.";
        keys = {
          config = {
            doc = "The configuration: a set, which is written as JSON, a text as it stands, or `{ file = \"/path\"; }`. In the set, too, `{ file = \"/run/secrets/key\"; }` stands for the text in a file of the host, which is read when objects are applied and never copied to the store.";
            type = "yaml";
          };
          name = {
            doc = "The name of the entry of fw_cfg (null: `opt/com.coreos/config`, which Fedora CoreOS reads). Flatcar reads `opt/org.flatcar-linux/config`.";
            type = "text";
          };
          pool = {
            doc = "The declared pool that the configuration is put into, whose volumes are files (null: that of the machine's first disk that is a volume).";
            type = "text";
          };
        };
        type = "set";
      };
      live = {
        default = true;
        doc = "Whether to apply to a running domain what can be applied while it runs, without a restart.";
        type = "bool";
      };
      onRemove = {
        doc = "What becomes of what a domain leaves behind once it is no longer declared (null: it is kept).";
        keys = {
          nvram = {
            default = "keep";
            doc = "What becomes of its UEFI variables. A later domain of the same name inherits what is kept.";
            type = "word";
            words = [
              "keep"
              "delete"
            ];
          };
          tpm = {
            default = "keep";
            doc = "What becomes of the state of its TPM. A later domain of the same name inherits what is kept.";
            type = "word";
            words = [
              "keep"
              "delete"
            ];
          };
        };
        type = "set";
      };
      protect = {
        doc = "Whether the domain is kept from being removed once it is no longer declared: that is an error then (null: no).";
        type = "bool";
      };
      restart = {
        doc = "Whether to restart the domain when it is applied: \"always\" (or true), \"never\" (or false); null: only for a change that takes it.";
        type = "switch";
        words = [
          "always"
          "never"
        ];
      };
      saved = {
        default = "resume";
        doc = "What becomes of the saved state of a domain, as a host that shuts down leaves one: its next start goes on with it, or it is given up, and what was in its memory with it.";
        type = "word";
        words = [
          "resume"
          "discard"
        ];
      };
      shutdown = {
        doc = "How to stop this domain where it is to be stopped or restarted.";
        keys = {
          method = {
            default = "acpi";
            doc = "How to stop a domain: by its power button, by its guest agent, or at once.";
            type = "word";
            words = [
              "acpi"
              "agent"
              "destroy"
            ];
          };
          "then" = {
            default = "fail";
            doc = "What comes after that time: the domain is stopped at once, or goes on and that is an error; what changed is then in force at its next start.";
            type = "word";
            words = [
              "destroy"
              "fail"
            ];
          };
          timeout = {
            default = 60;
            doc = "How many seconds the guest may take.";
            type = "seconds";
          };
        };
        type = "set";
      };
      spec = {
        doc = "The domain as libvirt's format has it, instead of a `definition`.";
        type = "object";
      };
      switch = {
        default = false;
        doc = "Whether a running domain of the template `nixos` whose system has changed is switched to the new one by its guest agent, without a restart. It has to share the host's store. Where it cannot be switched, it boots the new system at its next start.";
        type = "bool";
      };
      template = {
        doc = "The template that makes the domain of `args`, instead of a `definition` or `spec`.";
        type = "text";
      };
      waitForAddress = {
        doc = "For how many seconds a run waits until the domain, where it runs, has an address that is known: by a lease of a network, by its guest agent, or by the host's table of neighbours. Without one, that is an error (null: it does not wait).";
        type = "seconds";
      };
      warn = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is a warning, for this domain alone.";
        type = "own";
      };
    };
    network = {
      active = {
        doc = "Whether the network is to be active (null: as it is).";
        type = "bool";
      };
      allow = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is not said, for this network alone.";
        type = "own";
      };
      args = {
        doc = "The arguments of `template`.";
        type = "object";
      };
      autostart = {
        doc = "Whether libvirt starts the network by itself when the host boots (null: as it is).";
        type = "bool";
      };
      definition = {
        doc = "Path to the XML that defines the network.";
        type = "file";
      };
      hooks = {
        doc = "What libvirt calls for this network alone.";
        keys = {
          port-created = {
            doc = "What the host runs before a machine's port is on the network.";
            type = "hook";
          };
          port-deleted = {
            doc = "What the host runs once a machine's port is off the network.";
            type = "hook";
          };
          start = {
            doc = "What the host runs before it starts the network.";
            type = "hook";
          };
          started = {
            doc = "What the host runs once the network is up.";
            type = "hook";
          };
          stopped = {
            doc = "What the host runs once the network is down.";
            type = "hook";
          };
          updated = {
            doc = "What the host runs once the network has been changed while it was up.";
            type = "hook";
          };
        };
        type = "set";
      };
      protect = {
        doc = "Whether the network is kept from being removed once it is no longer declared: that is an error then (null: no).";
        type = "bool";
      };
      reservations = {
        doc = "The addresses that the network keeps for domains that are declared beside it, by their names, such as `{ web = \"192.168.74.10\"; }`. It gives them out by DHCP, to the MAC addresses that these domains have on it.";
        type = "addresses";
      };
      restart = {
        doc = "Whether to restart the network when it is applied: \"always\" (or true), \"never\" (or false); null: only for a change that takes it.";
        type = "switch";
        words = [
          "always"
          "never"
        ];
      };
      spec = {
        doc = "The network as libvirt's format has it, instead of a `definition`.";
        type = "object";
      };
      template = {
        doc = "The template that makes the network of `args`, instead of a `definition` or `spec`.";
        type = "text";
      };
      warn = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is a warning, for this network alone.";
        type = "own";
      };
    };
    nodedev = {
      active = {
        doc = "Whether the nodedev is to be active (null: as it is).";
        type = "bool";
      };
      allow = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is not said, for this nodedev alone.";
        type = "own";
      };
      args = {
        doc = "The arguments of `template`.";
        type = "object";
      };
      autostart = {
        doc = "Whether libvirt starts the nodedev by itself when the host boots (null: as it is).";
        type = "bool";
      };
      definition = {
        doc = "Path to the XML that defines the nodedev.";
        type = "file";
      };
      protect = {
        doc = "Whether the nodedev is kept from being removed once it is no longer declared: that is an error then (null: no).";
        type = "bool";
      };
      restart = {
        doc = "Whether to restart the nodedev when it is applied: \"always\" (or true), \"never\" (or false); null: only for a change that takes it.";
        type = "switch";
        words = [
          "always"
          "never"
        ];
      };
      spec = {
        doc = "The nodedev as libvirt's format has it, instead of a `definition`.";
        type = "object";
      };
      template = {
        doc = "The template that makes the nodedev of `args`, instead of a `definition` or `spec`.";
        type = "text";
      };
      warn = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is a warning, for this nodedev alone.";
        type = "own";
      };
    };
    nwfilter = {
      allow = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is not said, for this nwfilter alone.";
        type = "own";
      };
      args = {
        doc = "The arguments of `template`.";
        type = "object";
      };
      definition = {
        doc = "Path to the XML that defines the nwfilter.";
        type = "file";
      };
      protect = {
        doc = "Whether the nwfilter is kept from being removed once it is no longer declared: that is an error then (null: no).";
        type = "bool";
      };
      spec = {
        doc = "The nwfilter as libvirt's format has it, instead of a `definition`.";
        type = "object";
      };
      template = {
        doc = "The template that makes the nwfilter of `args`, instead of a `definition` or `spec`.";
        type = "text";
      };
      warn = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is a warning, for this nwfilter alone.";
        type = "own";
      };
    };
    pool = {
      active = {
        doc = "Whether the pool is to be active (null: as it is).";
        type = "bool";
      };
      allow = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is not said, for this pool alone.";
        type = "own";
      };
      args = {
        doc = "The arguments of `template`.";
        type = "object";
      };
      autostart = {
        doc = "Whether libvirt starts the pool by itself when the host boots (null: as it is).";
        type = "bool";
      };
      build = {
        default = true;
        doc = "Whether the folder of a pool of type `dir` is made where it is missing, when the pool is defined for the first time. What was there before is never touched.";
        type = "bool";
      };
      definition = {
        doc = "Path to the XML that defines the pool.";
        type = "file";
      };
      protect = {
        doc = "Whether the pool is kept from being removed once it is no longer declared: that is an error then (null: no).";
        type = "bool";
      };
      restart = {
        doc = "Whether to restart the pool when it is applied: \"always\" (or true), \"never\" (or false); null: only for a change that takes it.";
        type = "switch";
        words = [
          "always"
          "never"
        ];
      };
      spec = {
        doc = "The pool as libvirt's format has it, instead of a `definition`.";
        type = "object";
      };
      template = {
        doc = "The template that makes the pool of `args`, instead of a `definition` or `spec`.";
        type = "text";
      };
      volumes = {
        doc = "Volumes to create in the pool where they are missing.";
        kind = "volume";
        type = "entries";
      };
      warn = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is a warning, for this pool alone.";
        type = "own";
      };
    };
    secret = {
      allow = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is not said, for this secret alone.";
        type = "own";
      };
      args = {
        doc = "The arguments of `template`.";
        type = "object";
      };
      definition = {
        doc = "Path to the XML that defines the secret.";
        type = "file";
      };
      protect = {
        doc = "Whether the secret is kept from being removed once it is no longer declared: that is an error then (null: no).";
        type = "bool";
      };
      spec = {
        doc = "The secret as libvirt's format has it, instead of a `definition`.";
        type = "object";
      };
      template = {
        doc = "The template that makes the secret of `args`, instead of a `definition` or `spec`.";
        type = "text";
      };
      value = {
        doc = "The value of the secret.";
        keys.file = {
          doc = "The file on the host that holds the value. It is read when objects are applied, and never copied to the store.";
          type = "hostFile";
        };
        type = "set";
      };
      warn = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is a warning, for this secret alone.";
        type = "own";
      };
    };
    volume = {
      allow = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is not said, for this volume alone.";
        type = "own";
      };
      args = {
        doc = "The arguments of `template`.";
        type = "object";
      };
      definition = {
        doc = "Path to the XML that defines the volume.";
        type = "file";
      };
      name = {
        doc = "Name of the volume; one that is not to be `present` needs no more.";
        type = "text";
      };
      present = {
        default = true;
        doc = "Whether the volume is to exist.";
        type = "bool";
      };
      source = {
        doc = "What the volume gets into it when it is made (null: nothing).";
        keys = {
          backing = {
            doc = "The image that the volume lies on top of, instead of `image`: it is put into the pool once, for all volumes on top of it.";
            type = "file";
          };
          format = {
            doc = "The format of the image (null: as its first bytes say).";
            type = "word";
            words = [
              "raw"
              "qcow2"
              "qed"
              "vdi"
              "vhdx"
              "vmdk"
              "vpc"
            ];
          };
          image = {
            doc = "The image whose content the volume gets when it is made. One that is packed by xz, zstd or gzip is unpacked, and one of another format is converted.";
            type = "file";
          };
          onChange = {
            default = "keep";
            doc = "What becomes of the volume when the image has changed since: it stays as it is (`keep`); it is made anew and loses what was written to it (`replace`), and a running domain with it is stopped for that and started again; or it stays as it is, and the new image is put into another volume beside it (`new`), which is what later copies and overlays of the volume are made of.";
            type = "word";
            words = [
              "keep"
              "replace"
              "new"
            ];
          };
          overlay = {
            default = false;
            doc = "Whether the volume lies on top of `volume` instead of being a copy of it.";
            type = "bool";
          };
          pool = {
            doc = "The pool that `volume` is in (null: that of the volume).";
            type = "text";
          };
          volume = {
            doc = "The volume of the host that the volume is a copy of, instead of `image`. It is copied once, when the volume is made.";
            type = "text";
          };
        };
        type = "set";
      };
      spec = {
        doc = "The volume as libvirt's format has it, instead of a `definition`.";
        type = "object";
      };
      template = {
        doc = "The template that makes the volume of `args`, instead of a `definition` or `spec`.";
        type = "text";
      };
      warn = {
        doc = "Codes of rules, as messages show them. What breaks one of these rules is a warning, for this volume alone.";
        type = "own";
      };
    };
  };
  host = {
    allow = {
      doc = "Codes of rules, as messages show them. What breaks one of these rules is not said.";
      type = "own";
    };
    domains = {
      doc = "The domains of libvirt.";
      kind = "domain";
      type = "entries";
    };
    external = {
      doc = "The objects of a kind that are on the host beside those that are declared, by their names (secrets: by their uuids), such as `{ networks = [ \"default\" ]; }`. Of a kind that is in it, all is known: what is named and neither declared nor in it is an error then.";
      type = "own";
    };
    libvirt = {
      doc = "The version of the host's libvirt, such as `11.3.0`. What it does not have is an error, which says since when it exists.";
      type = "own";
    };
    networks = {
      doc = "The networks of libvirt.";
      kind = "network";
      type = "entries";
    };
    nodedevs = {
      doc = "The nodedevs of libvirt.";
      kind = "nodedev";
      type = "entries";
    };
    nwfilters = {
      doc = "The nwfilters of libvirt.";
      kind = "nwfilter";
      type = "entries";
    };
    owner = {
      doc = "The name of what is declared here, where something else applies a bundle to the same libvirt, too: each removes only what is its own. A change of it leaves what is no longer declared at that moment.";
      type = "text";
    };
    pools = {
      doc = "The pools of libvirt.";
      kind = "pool";
      type = "entries";
    };
    prune = {
      default = "owned";
      doc = "What is removed of what is no longer declared: `owned` is what nixvirt has made; `declared` is also what it has taken over; `all` is every object that is not declared, whoever made it, as with NixVirt; `none` is nothing.";
      type = "word";
      words = [
        "owned"
        "declared"
        "all"
        "none"
      ];
    };
    salt = {
      doc = "What tells the host from others, such as its name: it goes into the uuids and MAC addresses that are derived, so that objects of one name on two hosts differ. A change of it makes other objects.";
      type = "text";
    };
    secrets = {
      doc = "The secrets of libvirt.";
      kind = "secret";
      type = "entries";
    };
    shutdown = {
      doc = "How to stop domains that are to be stopped or restarted.";
      keys = {
        method = {
          default = "acpi";
          doc = "How to stop a domain: by its power button, by its guest agent, or at once.";
          type = "word";
          words = [
            "acpi"
            "agent"
            "destroy"
          ];
        };
        "then" = {
          default = "fail";
          doc = "What comes after that time: the domain is stopped at once, or goes on and that is an error; what changed is then in force at its next start.";
          type = "word";
          words = [
            "destroy"
            "fail"
          ];
        };
        timeout = {
          default = 60;
          doc = "How many seconds the guest may take.";
          type = "seconds";
        };
      };
      type = "set";
    };
    warn = {
      doc = "Codes of rules, as messages show them. What breaks one of these rules is a warning.";
      type = "own";
    };
  };
}
