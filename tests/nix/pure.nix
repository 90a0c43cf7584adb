# What needs no build: each check is data that came out beside the data that should have.
#
# `lib` has no compiler, firmware or driver disc here, so a check that passes asked for none.
let
  lib = import ./lib.nix {
    ovmf = throw "the firmware was asked for";
    virtio-win = throw "the driver disc was asked for";
  };
  inherit (lib.domain.templates)
    linux
    pc
    q35
    ;
  inherit (lib.network.templates) bridge;
  windows = (import ./lib.nix { }).domain.templates.windows;

  package = {
    type = "derivation";
    outPath = "/store/disc.iso";
  };
  firstDisk = spec: builtins.head spec.devices.disk;
  stored = volume: {
    inherit
      (firstDisk (q35 {
        name = "a";
        storage_vol = volume;
      }))
      type
      source
      ;
  };
  # The compiler's input is an attribute of the derivation: no need to build it.
  given = derivation: builtins.fromJSON derivation.input;
  succeeds = value: (builtins.tryEval (builtins.deepSeq value true)).success;

  # NixVirt's arguments; `uuid` alone is no longer required.
  common = {
    name = false;
    uuid = true;
    vcpu = true;
    memory = true;
    storage_vol = true;
    backing_vol = true;
    install_vol = true;
    bridge_name = true;
    net_iface_mac = true;
    virtio_drive = true;
    virtio_video = true;
  };
  # Ours beside NixVirt's.
  ours = {
    net_type = true;
  };
  machine = ours // {
    arch = true;
    machine = true;
  };
in
[
  {
    name = "templates: an argument that is none goes into the result";
    actual = {
      inherit (linux {
        name = "a";
        title = "A title";
        no_such_thing = 1;
      })
        title
        no_such_thing
        ;
    };
    expected = {
      title = "A title";
      no_such_thing = 1;
    };
  }
  {
    name = "templates: what the network card is on";
    actual =
      let
        interface =
          template: args:
          (template (
            {
              name = "a";
              nvram_path = "/a.fd";
            }
            // args
          )).devices.interface;
      in
      {
        types = map (net_type: removeAttrs (interface linux { inherit net_type; }) [ "mac" ]) [
          "bridge"
          "user"
          "passt"
        ];
        bridge = (interface windows { bridge_name = "br0"; }).source.bridge;
        wrong = map (args: succeeds (interface linux args)) [
          { net_type = "network"; }
          {
            net_type = "user";
            bridge_name = "br0";
          }
        ];
      };
    expected = {
      types =
        map
          (
            interface:
            interface
            // {
              model.type = "virtio";
            }
          )
          [
            {
              type = "bridge";
              source.bridge = "virbr0";
            }
            { type = "user"; }
            {
              type = "user";
              backend.type = "passt";
            }
          ];
      bridge = "br0";
      wrong = [
        false
        false
      ];
    };
  }
  {
    name = "templates: a set merges, a list of devices joins, a plain value replaces";
    actual =
      let
        extended = linux {
          name = "a";
          cpu = {
            mode = "host-model";
            check = "none";
          };
          devices = {
            interface = {
              mac = {
                address = "52:54:00:00:00:01";
              };
            };
            input = [ ];
            watchdog = {
              model = "itco";
            };
          };
        };
      in
      {
        inherit (extended) cpu;
        inherit (extended.devices)
          interface
          input
          watchdog
          rng
          ;
      };
    expected = {
      cpu = {
        mode = "host-model";
        check = "none";
      };
      interface = {
        type = "bridge";
        model = {
          type = "virtio";
        };
        mac = {
          address = "52:54:00:00:00:01";
        };
        source = {
          bridge = "virbr0";
        };
      };
      input = [
        {
          type = "tablet";
          bus = "usb";
        }
        {
          type = "mouse";
          bus = "ps2";
        }
        {
          type = "keyboard";
          bus = "ps2";
        }
      ];
      watchdog = {
        model = "itco";
      };
      rng = {
        model = "virtio";
        backend = {
          model = "random";
          source = "/dev/urandom";
        };
      };
    };
  }
  {
    name = "templates: null takes a part away";
    actual =
      (pc {
        name = "a";
        clock = null;
      }).clock;
    expected = null;
  }
  {
    name = "templates: the bridge takes more than its arguments too";
    actual =
      (bridge {
        subnet_byte = 7;
        domain = {
          name = "lan";
        };
        ip = {
          dhcp = {
            bootp = {
              file = "pxe";
            };
          };
        };
      }).ip.dhcp;
    expected = {
      bootp = {
        file = "pxe";
      };
      host = null;
      range = {
        start = "192.168.7.2";
        end = "192.168.7.254";
      };
    };
  }
  {
    name = "templates: without a uuid there is no uuid";
    actual = map (spec: spec ? uuid) [
      (pc { name = "a"; })
      (linux { name = "a"; })
      (windows {
        name = "a";
        nvram_path = "/a.fd";
      })
      (bridge { subnet_byte = 1; })
    ];
    expected = [
      false
      false
      false
      false
    ];
  }
  {
    name = "templates: the result is read back and laid over, level by level";
    actual =
      let
        base = linux { name = "a"; };
        changed = base // {
          devices = base.devices // {
            disk = base.devices.disk ++ [ { device = "floppy"; } ];
            channel = builtins.filter (channel: channel.type != "spicevmc") base.devices.channel;
            hostdev = base.devices.hostdev or [ ] ++ [ { type = "usb"; } ];
          };
        };
      in
      {
        disks = map (disk: disk.device) changed.devices.disk;
        channels = map (channel: channel.type) changed.devices.channel;
        inherit (changed.devices) hostdev rng;
      };
    expected = {
      disks = [
        "cdrom"
        "floppy"
      ];
      channels = [ "unix" ];
      hostdev = [ { type = "usb"; } ];
      inherit ((linux { name = "b"; }).devices) rng;
    };
  }
  {
    name = "templates: a path stays a path";
    actual =
      let
        spec = windows {
          name = "a";
          storage_vol = ./no-such-disk.qcow2;
          backing_vol = ./no-such-base.qcow2;
          install_vol = ./no-such-disc.iso;
          nvram_path = ./no-such-nvram.fd;
        };
        disk = firstDisk spec;
      in
      map builtins.typeOf [
        disk.source.file
        disk.backingStore.source.file
        (builtins.elemAt spec.devices.disk 1).source.file
        spec.os.nvram.path
      ];
    expected = [
      "path"
      "path"
      "path"
      "path"
    ];
  }
  {
    name = "templates: a host's part given as a path is not copied";
    actual =
      let
        onPaths = import ./lib.nix {
          qemu = /no/qemu;
          ovmf = /no/ovmf;
          virtio-win = /no/drivers.iso;
        };
        spec = onPaths.domain.templates.windows {
          name = "a";
          nvram_path = "/a.fd";
          install_virtio = true;
        };
      in
      [
        spec.devices.emulator
        spec.os.loader.path
        (builtins.elemAt spec.devices.disk 1).source.file
      ];
    expected = [
      "/no/qemu/bin/qemu-system-x86_64"
      "/no/ovmf/FV/OVMF_CODE.ms.fd"
      "/no/drivers.iso"
    ];
  }
  {
    name = "templates: the source of a volume decides the type of its disk";
    actual = map stored [
      { dev = "/dev/vg/a"; }
      { dir = "/srv/share"; }
      {
        protocol = "rbd";
        name = "pool/a";
      }
      package
    ];
    expected = [
      {
        type = "block";
        source = {
          dev = "/dev/vg/a";
        };
      }
      {
        type = "dir";
        source = {
          dir = "/srv/share";
        };
      }
      {
        type = "network";
        source = {
          protocol = "rbd";
          name = "pool/a";
        };
      }
      {
        type = "file";
        source = {
          file = package;
        };
      }
    ];
  }
  {
    name = "templates: windows takes its disc out of a pool, where NixVirt gave nonsense";
    actual = firstDisk (windows {
      name = "a";
      nvram_path = "/a.fd";
      install_vol = {
        pool = "iso";
        volume = "w.iso";
      };
    });
    expected = {
      type = "volume";
      device = "cdrom";
      driver = {
        name = "qemu";
        type = "raw";
      };
      source = {
        pool = "iso";
        volume = "w.iso";
        startupPolicy = "mandatory";
      };
      target = {
        bus = "sata";
        dev = "hdc";
      };
      readonly = true;
    };
  }
  {
    name = "templates: functionArgs knows the arguments";
    actual = map builtins.functionArgs [
      pc
      q35
      linux
      windows
      bridge
    ];
    expected = [
      (common // machine // { virtio_net = true; })
      (common // machine // { virtio_net = true; })
      (common // machine)
      (
        common
        // ours
        // {
          nvram_path = false;
          virtio_net = true;
          install_virtio = true;
        }
      )
      {
        name = true;
        uuid = true;
        bridge_name = true;
        subnet_byte = false;
        dhcp_hosts = true;
      }
    ];
  }
  {
    name = "templates: a guest of another architecture has none of a PC's parts";
    actual =
      let
        guest = linux {
          name = "a";
          arch = "aarch64";
          storage_vol = "/a.qcow2";
          virtio_drive = false;
          virtio_video = false;
        };
      in
      {
        inherit (guest) os features clock;
        inherit (guest.devices) emulator input controller;
        buses = map (disk: disk.target.bus) guest.devices.disk;
        video = guest.devices.video.model.type;
        machine =
          (linux {
            name = "a";
            machine = "pc-q35-9.2";
          }).os.machine;
      };
    expected = {
      os = {
        type = "hvm";
        arch = "aarch64";
        machine = "virt";
        firmware = "efi";
        boot = [
          { dev = "cdrom"; }
          { dev = "hd"; }
        ];
      };
      features = {
        acpi = { };
      };
      clock = {
        offset = "utc";
      };
      emulator = "/QEMU/bin/qemu-system-aarch64";
      input = [
        {
          type = "tablet";
          bus = "usb";
        }
        {
          type = "keyboard";
          bus = "usb";
        }
      ];
      controller = [
        {
          type = "usb";
          model = "qemu-xhci";
        }
      ];
      buses = [
        "scsi"
        "scsi"
      ];
      video = "virtio";
      machine = "pc-q35-9.2";
    };
  }
  {
    name = "templates: linux asks for neither firmware nor drivers, windows for the firmware";
    actual = map succeeds [
      (linux { name = "a"; })
      (lib.domain.templates.windows {
        name = "a";
        nvram_path = "/a.fd";
      })
    ];
    expected = [
      true
      false
    ];
  }
  {
    name = "writeXML: what the compiler gets";
    actual = given (
      lib.domain.writeXML {
        name = "a";
        title = null;
        memory = {
          count = 2;
          unit = "GiB";
        };
        devices = {
          emulator = package;
          disk = [
            {
              readonly = true;
              source = {
                file = /no/such/disk.qcow2;
              };
            }
          ];
        };
        metadata = with lib.xml; [
          none
          (many [ (elem "b" [ ] [ ]) ])
        ];
      }
    );
    expected = {
      name = "a";
      title = null;
      memory = {
        count = 2;
        unit = "GiB";
      };
      devices = {
        emulator = "/store/disc.iso";
        disk = [
          {
            readonly = true;
            source = {
              file = "/no/such/disk.qcow2";
            };
          }
        ];
      };
      metadata = [
        {
          elem = "b";
          attrs = [ ];
          body = null;
        }
      ];
    };
  }
  {
    name = "writeXML: metadata may be a string";
    actual = given (lib.domain.writeXML { metadata = "<a/>"; });
    expected = {
      metadata = "<a/>";
    };
  }
  {
    name = "writeAll: what the compiler gets";
    actual = given (
      lib.writeAll {
        domains = null;
        networks = [ ];
        pools = [
          { name = "bare"; }
          {
            spec = {
              name = "whole";
            };
            active = true;
            volumes = [
              { name = "a"; }
              {
                spec = {
                  name = "b";
                };
              }
              {
                name = "c";
                present = false;
              }
            ];
          }
        ];
        volumes = [ { definition = "/etc/volume.xml"; } ];
        anything = [ { path = /a/path; } ];
      }
    );
    expected = {
      domains = null;
      networks = [ ];
      pools = [
        {
          spec = {
            name = "bare";
          };
        }
        {
          spec = {
            name = "whole";
          };
          active = true;
          volumes = [
            {
              spec = {
                name = "a";
              };
            }
            {
              spec = {
                name = "b";
              };
            }
            {
              name = "c";
              present = false;
            }
          ];
        }
      ];
      volumes = [ { definition = "/etc/volume.xml"; } ];
      anything = [ { path = "/a/path"; } ];
    };
  }
  {
    name = "writeAll: a template is evaluated, wherever it is named";
    actual =
      let
        args = {
          name = "a";
          title = "A title";
        };
        byName = args // {
          template = "linux";
        };
      in
      map (domain: (given (lib.writeAll { domains = [ domain ]; })).domains) [
        {
          template = "linux";
          inherit args;
        }
        { spec = byName; }
        byName
      ];
    expected =
      let
        domains = [
          {
            spec = linux {
              name = "a";
              title = "A title";
            };
          }
        ];
      in
      [
        domains
        domains
        domains
      ];
  }
  {
    name = "writeAll: a path that is relative to nothing is refused";
    actual = map (domain: succeeds (given (lib.writeAll { domains = [ domain ]; })).domains) [
      { definition = "m.xml"; }
      {
        definition = "/m.xml";
        hooks.started = "hooks/run";
      }
      {
        definition = "/m.xml";
        hooks = {
          started = "logger a/b started";
          stopped = "/hooks/run";
          prepare = "true";
        };
      }
    ];
    expected = [
      false
      false
      true
    ];
  }
  {
    name = "writeAll: of a volume's image, too";
    actual =
      map
        (
          image:
          succeeds
            (given (
              lib.writeAll {
                pools = [
                  {
                    definition = "/p.xml";
                    volumes = [
                      {
                        definition = "/v.xml";
                        source = { inherit image; };
                      }
                    ];
                  }
                ];
              }
            )).pools
        )
        [
          "image.qcow2"
          "/image.qcow2"
        ];
    expected = [
      false
      true
    ];
  }
  {
    name = "xml: an element is plain data";
    actual = lib.xml.elem "a:b" [ (lib.xml.attr "xmlns:a" "http://a") ] [
      (lib.xml.elem "c" [ ] "<text>")
    ];
    expected = {
      elem = "a:b";
      attrs = [
        {
          name = "xmlns:a";
          value = "http://a";
        }
      ];
      body = [
        {
          elem = "c";
          attrs = [ ];
          body = "<text>";
        }
      ];
    };
  }
  {
    name = "xml: none goes, many and opt come out flat";
    actual =
      let
        inherit (lib.xml)
          attr
          elem
          many
          none
          opt
          ;
      in
      elem "a"
        [
          none
          (opt false (throw "an element that is not wanted"))
          (many [
            (attr "x" "1")
            (many [ (attr "y" "2") ])
          ])
        ]
        [
          (many [
            "text"
            none
            (opt true (elem "b" [ ] [ none ]))
          ])
        ];
    expected = {
      elem = "a";
      attrs = [
        {
          name = "x";
          value = "1";
        }
        {
          name = "y";
          value = "2";
        }
      ];
      body = [
        "text"
        {
          elem = "b";
          attrs = [ ];
          body = null;
        }
      ];
    };
  }
  {
    name = "xml: no content is one thing";
    actual = map (body: (lib.xml.elem "a" [ ] body).body) [
      null
      ""
      [ ]
      [ lib.xml.none ]
    ];
    expected = [
      null
      null
      null
      null
    ];
  }
  {
    name = "xml: a body that is none of these is refused";
    actual = succeeds (lib.xml.elem "a" [ ] { });
    expected = false;
  }
  {
    name = "guest-install: the driver disc is the one handed in";
    actual = (import ./lib.nix { }).guest-install.virtio-win.iso;
    expected = "/BUILD/virtio-win.iso";
  }
  {
    name = "lib: NixVirt's names are all there";
    actual = builtins.mapAttrs (_: builtins.attrNames) {
      inherit (lib)
        domain
        network
        pool
        volume
        ;
    };
    expected = {
      domain = [
        "getXML"
        "templates"
        "writeXML"
      ];
      network = [
        "getXML"
        "templates"
        "writeXML"
      ];
      pool = [
        "getXML"
        "writeXML"
      ];
      volume = [
        "getXML"
        "writeXML"
      ];
    };
  }
  {
    name = "places: what a merge may leave alone is not evaluated";
    actual =
      let
        never = throw "it was evaluated";
        condition = content: {
          _type = "if";
          inherit content;
        };
        tree = (import ../../lib-nix/places.nix { }).ofDefinitions [
          {
            alone.deep.deeper = 1;
            conditional.deep = condition never;
            list = [ (condition never) ];
            overridden.deep = never;
            shared.one = 1;
          }
          {
            overridden = {
              _type = "override";
              content = never;
            };
            shared.other.deep = 1;
          }
        ];
        known = entry: builtins.head entry != null;
        below = entry: builtins.elemAt entry 1;
      in
      {
        known = builtins.mapAttrs (_: known) tree;
        alone = known (below (below tree.alone).deep).deeper;
        conditional = below (below tree.conditional).deep;
        list = below tree.list;
        overridden = below tree.overridden;
        shared = builtins.mapAttrs (_: known) (below tree.shared);
      };
    expected = {
      known = {
        alone = true;
        conditional = true;
        list = true;
        overridden = false;
        shared = true;
      };
      alone = true;
      conditional = null;
      list = null;
      overridden = null;
      shared = {
        one = true;
        other = true;
      };
    };
  }
  {
    name = "places: a condition around all of a spec is not looked into";
    actual = (import ../../lib-nix/places.nix { }).ofDefinitions [
      {
        _type = "if";
        content = throw "it was evaluated";
      }
    ];
    expected = { };
  }
]
