# What the script builds: specs of every kind, with the things that only a real store can show.
{
  nixvirt,
  # A path literal of a file that exists, to see that it is not copied.
  disk ? /no/such/disk.qcow2,
  # A file with a function from the lib to a derivation.
  file ? null,
  # A file for builds to write to.
  trace ? "/no/trace",
}:
let
  lib = import ./lib.nix { inherit nixvirt; };

  # A package to depend on, made by no more than a shell.
  dependency = derivation {
    name = "dependency";
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [
      "-c"
      "echo dependency > $out"
    ];
  };
  guest = lib.domain.templates.linux { name = "guest"; };
  guestWith = devices: guest // { devices = guest.devices // devices; };
  # A mistake out of a public configuration: it is `interface`, and the guest lost its MAC by it.
  wrong = guestWith {
    interfaces = [
      {
        mac = {
          address = "52:54:00:00:00:01";
        };
      }
    ];
  };
  # Two disks at one target, which a rule refuses.
  brokenRule = guestWith {
    disk = map (file: {
      type = "file";
      source = { inherit file; };
      target = {
        dev = "vda";
        bus = "virtio";
      };
    }) [
      "/a.img"
      "/b.img"
    ];
  };
in
rec {
  inherit dependency guest;

  seed = lib.cloudInit {
    instanceId = "web";
    userData = {
      packages = [ "curl" ];
      write_files = [
        {
          path = "/derivation";
          content = ./derivations.nix;
        }
      ];
    };
  };
  config = lib.ignition {
    config = {
      ignition.version = "3.4.0";
      storage.files = [ { path = "/motd"; contents.source = "data:,hello"; } ];
    };
  };
  wrongSeed = lib.cloudInit {
    instanceId = "web";
    userData.runcmd = "touch /ready";
  };

  domain = lib.domain.writeXML guest;
  network = lib.network.writeXML (lib.network.templates.bridge { subnet_byte = 74; });
  pool = lib.pool.writeXML {
    name = "pool";
    type = "dir";
    target = {
      path = /var/lib/images;
    };
  };
  volume = lib.volume.writeXML {
    name = "volume";
    capacity = {
      count = 20;
      unit = "GiB";
    };
  };
  domainText = lib.domain.getXML guest;

  # The compiler as a path instead of a string: it has to go to the store with its folder.
  byPath = (import ./lib.nix { nixvirt = /. + nixvirt; }).domain.writeXML guest;

  onString = lib.domain.writeXML (guestWith {
    emulator = "${dependency}/bin/qemu";
  });
  onPackage = lib.domain.writeXML (guestWith {
    emulator = dependency;
  });
  onHost =
    let
      qemuAsPackage = import ./lib.nix {
        inherit nixvirt;
        qemu = dependency;
      };
    in
    qemuAsPackage.domain.writeXML (qemuAsPackage.domain.templates.linux { name = "guest"; });

  paths = lib.domain.writeXML (
    lib.domain.templates.linux {
      name = "paths";
      storage_vol = disk;
      install_vol = /no/such/disc.iso;
    }
  );

  # A template by its name within the spec.
  named = lib.domain.writeXML {
    template = "linux";
    name = "guest";
  };

  metadata = lib.domain.writeXML (
    guest
    // {
      metadata = with lib.xml; [
        none
        (many [
          (elem "app:owner" [ (attr "xmlns:app" "http://example.org/app") ] [
            (elem "app:name" [ ] "A & B")
          ])
        ])
      ];
    }
  );

  inherit wrong;
  wrongDomain = lib.domain.writeXML wrong;
  wrongText = lib.domain.getXML wrong;

  # Twelve mistakes, the first of which is only a warning; and three.
  mistakes = lib.domain.writeXML (
    guest
    // {
      os = guest.os // {
        kernel = "vmlinuz";
      };
      mistake1 = 1;
      mistake2 = 1;
      mistake3 = 1;
      mistake4 = 1;
      mistake5 = 1;
      mistake6 = 1;
      mistake7 = 1;
      mistake8 = 1;
      mistake9 = 1;
      memory = {
        count = "a lot";
        unit = "GiB";
      };
      vcpu.count = -1;
    }
  );
  fewMistakes = lib.domain.writeXML (
    guest
    // {
      mistake1 = 1;
      mistake2 = 1;
      vcpu.count = -1;
    }
  );

  # A mistake beside packages that are still to be built, which leave a trace of it.
  mistakeBeforePackages =
    let
      package =
        name:
        derivation {
          inherit name;
          system = builtins.currentSystem;
          builder = "/bin/sh";
          args = [
            "-c"
            "echo built >> ${builtins.toString trace}; echo > $out"
          ];
        };
    in
    lib.domain.writeXML (
      (guestWith {
        emulator = package "aaa";
      })
      // {
        titel = "${package "0-first"} ${package "zzz"}";
      }
    );

  # What a move from NixVirt begins with.
  unknownWarned = (lib.withSettings { unknown = "warn"; }).domain.writeXML wrong;
  # A rule is not asked, or warns, of one spec and of several.
  ruleBroken = lib.domain.writeXML brokenRule;
  ruleAllowed = (lib.withSettings { allow = [ "disk-target-twice" ]; }).domain.writeXML brokenRule;
  ruleWarned = (lib.withSettings { warn = [ "disk-target-twice" ]; }).domain.writeXML brokenRule;
  bundleAllowed = (lib.withSettings { allow = [ "disk-target-twice" ]; }).writeAll {
    domains = [ { spec = brokenRule; } ];
  };
  bundleBroken = lib.writeAll { domains = [ { spec = brokenRule; } ]; };
  otherRuleAllowed = (lib.withSettings { allow = [ "boot-order-twice" ]; }).domain.writeXML brokenRule;
  noSuchRule = (lib.withSettings { allow = [ "disk-target-twise" ]; }).domain.writeXML guest;
  # The same machine on two hosts.
  salted = map (salt: (lib.withSettings { inherit salt; }).domain.writeXML guest) [
    null
    "one"
    "other"
  ];
  saltedUuids = map (salt: (lib.withSettings { inherit salt; }).uuid "domain/guest") [
    null
    "one"
    "other"
  ];
  olderLibvirt = (lib.withSettings { libvirt = "11.3.0"; }).domain.writeXML (
    guest // { hwuuid = "3d8b3ad6-16f0-49f5-a2ab-2ba3a1dbd6b3"; }
  );
  noSuchSetting = (lib.withSettings { unkown = "warn"; }).domain.writeXML guest;
  wrongSetting = (lib.withSettings { unknown = "allow"; }).domain.writeXML guest;
  firstNames = {
    text = lib.domainXML guest == lib.domain.getXML guest;
    file = lib.writeDomainXML guest == domain;
  };

  ofFile = import file lib;
  places =
    builtins.mapAttrs (_: lib.domain.writeXML) (
      import ./places {
        inherit lib;
        package = derivation {
          name = "broken";
          system = builtins.currentSystem;
          builder = "/no/such/builder";
        };
      }
    )
    // {
      bundle = lib.writeAll (import ./places/bundle.nix);
    };

  # No name of an object may stop the evaluation.
  oddNames = map (spec: (lib.domain.writeXML spec).drvPath) [
    { }
    { name = null; }
    { name = ""; }
    { name = 7; }
    { name = [ ]; }
    { name = "a/b c\nd"; }
    { name = "Größe"; }
    { name = ".."; }
    { name = "a.drv"; }
    { name = "${dependency}"; }
    { name = builtins.concatStringsSep "" (builtins.genList (_: "long") 200); }
    "no set at all"
    null
  ];

  function = lib.domain.writeXML {
    name = "a";
    devices = {
      disk = [ { source = volume: volume; } ];
    };
  };
  templateItself = lib.domain.writeXML lib.domain.templates.linux;
  noSuchTemplate = lib.domain.writeXML { template = "lunix"; };
  noName = lib.domain.writeXML (lib.domain.templates.linux { });

  uuids =
    map lib.uuid [
      ""
      "domain/guest"
      "network/default"
      "domain/Größe"
      "1"
      "2"
      "3"
      "4"
    ];

  # Entries in every form there is. `definition` is a file of its own, built before.
  host = lib.writeAll {
    domains = [
      {
        template = "linux";
        args = {
          name = "by-template";
          storage_vol = disk;
        };
        active = true;
      }
      (guest // { name = "bare"; })
      {
        spec = {
          template = "pc";
          name = "by-spec";
          devices = {
            emulator = "${dependency}/bin/qemu";
          };
        };
        restart = false;
      }
      {
        definition = domain;
        active = false;
      }
      { definition = ./existing.xml; }
    ];
    networks = [ (lib.network.templates.bridge { subnet_byte = 75; }) ];
    pools = [
      {
        spec = {
          name = "images";
          type = "dir";
          target = {
            path = /var/lib/images;
          };
        };
        active = true;
        volumes = [
          {
            name = "bare.qcow2";
            capacity = {
              count = 1;
              unit = "GiB";
            };
          }
          {
            name = "gone.qcow2";
            present = false;
          }
        ];
      }
    ];
  };

  # One wrong object among good ones: nothing must come out.
  # Of kinds that the lib has no functions for, and a bundle that is none.
  nodedev = lib.nodedev.writeXML {
    name = "vgpu";
    parent.name = "pci_0000_00_02_0";
    capability.type = [
      "mdev"
      { id = "i915-GVTg_V5_4"; }
    ];
  };
  nwfilter = lib.nwfilter.writeXML {
    name = "clean";
    chain = "root";
  };
  secret = lib.secret.writeXML { uuid = "2a4bc82e-0860-508c-bc82-fdab49e31cd9"; };
  filters = lib.writeAll {
    nwfilters = [
      {
        name = "filter";
        chain = "root";
      }
    ];
    secrets = [ { uuid = "2a4bc82e-0860-508c-bc82-fdab49e31cd9"; } ];
  };
  noBundle = lib.writeAll { domians = [ ]; };
  listBundle = lib.writeAll [ ];
  wrongHost = lib.writeAll {
    domains = [
      guest
      wrong
    ];
  };
  templates = import ./templates.nix lib;
}
