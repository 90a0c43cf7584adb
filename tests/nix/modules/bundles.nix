# The modules' checks: what the compiler and the apply step are given.
helpers:
with helpers;
[
  (check "bundle: names from the set, unless the spec has one"
    (map (entry: entry.spec.name)
      (bundle [
        {
          domains.a.spec = guest;
          domains.b.spec = guest // {
            name = "other";
          };
        }
        { domains = [ { spec = guest // { name = "listed"; }; } ]; }
      ]).domains
    )
    [
      "listed"
      "a"
      "other"
    ]
  )
  (check "bundle: a template, its arguments merged"
    (
      let
        found = builtins.head (bundle [
          {
            domains.a = {
              template = "linux";
              args.memory.count = mkDefault 1;
            };
          }
          {
            domains.a.args = {
              memory = {
                count = 3;
                unit = "GiB";
              };
              title = "A title";
            };
          }
        ]).domains;
      in
      {
        inherit (found.spec) name memory title;
        inherit (found.spec.devices) emulator;
        keys = builtins.attrNames found;
      }
    )
    {
      name = "a";
      memory = {
        count = 3;
        unit = "GiB";
      };
      title = "A title";
      emulator = "/QEMU/bin/qemu-system-x86_64";
      keys = [ "spec" ];
    }
  )
  (check "bundle: the rules that are silenced or lowered, for an object and in its spec"
    (
      let
        found = bundle [
          {
            domains.a.spec = guest // {
              nixvirt.allow = [ "disk-target-twice" ];
            };
          }
          {
            domains.a.allow = [ "screen-open" ];
            domains.a.warn = [ "iothread-unused" ];
            networks.lan = {
              definition = "/lan.xml";
              allow = [ "network-bridge-twice" ];
            };
          }
        ];
        domain = builtins.head found.domains;
      in
      {
        domain = { inherit (domain) allow warn; };
        spec = domain.spec.nixvirt;
        network = (builtins.head found.networks).allow;
      }
    )
    {
      domain = {
        allow = [ "screen-open" ];
        warn = [ "iothread-unused" ];
      };
      spec.allow = [ "disk-target-twice" ];
      network = [ "network-bridge-twice" ];
    }
  )
  (check "bundle: a template within the spec"
    (builtins.head (bundle [ { networks.lan.spec = { template = "bridge"; subnet_byte = 74; }; } ]).networks)
    .spec.name
    "lan"
  )
  (check "bundle: what the apply step is told"
    (bundle [
      {
        prune = "all";
        live = false;
        shutdown.timeout = 5;
        domains.a = {
          definition = "/a.xml";
          autostart = true;
          active = false;
          restart = true;
          hooks.started = "/hooks/started";
          shutdown.method = "agent";
          live = true;
        };
        domains.b.definition = "/b.xml";
        networks = [
          {
            definition = "/n.xml";
            hooks.port-created = "/hooks/port";
          }
        ];
        pools.q = {
          definition = "/q.xml";
          build = false;
        };
        pools.p = {
          definition = "/p.xml";
          volumes."disk.qcow2" = {
            spec.capacity = 1;
          };
          volumes."old.qcow2".present = false;
        };
        secrets.key = {
          definition = "/s.xml";
          value.file = "/run/secrets/key";
        };
        secrets.vtpm.spec.usage.type = "vtpm";
        nwfilters.clean.spec.rule = [ ];
        nodedevs.vgpu = {
          active = true;
          spec.parent.name = "pci_0000_00_02_0";
        };
      }
    ])
    {
      prune = "all";
      shutdown = {
        method = "acpi";
        timeout = 5;
        "then" = "fail";
      };
      domains = [
        {
          definition = "/a.xml";
          autostart = true;
          active = false;
          restart = true;
          hooks.started = "/hooks/started";
          shutdown = {
            method = "agent";
            timeout = 5;
            "then" = "fail";
          };
          live = true;
        }
        {
          definition = "/b.xml";
          shutdown = {
            method = "acpi";
            timeout = 5;
            "then" = "fail";
          };
          live = false;
        }
      ];
      networks = [
        {
          definition = "/n.xml";
          hooks.port-created = "/hooks/port";
        }
      ];
      pools = [
        {
          definition = "/p.xml";
          volumes = [
            {
              name = "disk.qcow2";
              spec = {
                capacity = 1;
                name = "disk.qcow2";
              };
            }
            {
              name = "old.qcow2";
              present = false;
            }
          ];
        }
        {
          definition = "/q.xml";
          build = false;
          volumes = [ ];
        }
      ];
      secrets = [
        {
          definition = "/s.xml";
          value.file = "/run/secrets/key";
        }
        {
          spec = {
            usage.type = "vtpm";
            uuid = import ../../../lib-nix/uuid.nix "secret/vtpm";
          };
        }
      ];
      nwfilters = [
        {
          spec = {
            name = "clean";
            rule = [ ];
          };
        }
      ];
      nodedevs = [
        {
          active = true;
          spec = {
            name = "vgpu";
            parent.name = "pci_0000_00_02_0";
          };
        }
      ];
    }
  )
  (check "bundle: a path alone is a hook's program, anything else its command"
    (builtins.mapAttrs
      (_: hook: if lib.hasPrefix builtins.storeDir hook then named hook else hook)
      (builtins.head (bundle [
        {
          domains.a = {
            definition = "/a.xml";
            hooks = {
              prepare = "/run/current-system/sw/bin/logger prepare";
              start = "/hooks/start";
              started = existing;
              stopped = pkgs.swtpm;
              release = "echo released";
            };
          };
        }
      ]).domains).hooks
    )
    {
      prepare = "nixvirt-hook-prepare";
      start = "/hooks/start";
      started = "existing.xml";
      stopped = "swtpm";
      release = "nixvirt-hook-release";
    }
  )
  (check "bundle: what a domain leaves out of its shutdown, its connection says"
    (map
      (
        connection:
        map (domain: domain.shutdown or null) (bundle [
          {
            domains.a.definition = "/a.xml";
            domains.b = {
              definition = "/b.xml";
              shutdown.timeout = 7;
            };
            domains.c = {
              definition = "/c.xml";
              shutdown.method = "destroy";
            };
          }
          connection
        ]).domains
      )
      [
        { }
        {
          shutdown = {
            method = "agent";
            "then" = "fail";
          };
        }
      ]
    )
    (
      let
        shutdown = method: timeout: last: {
          inherit method timeout;
          "then" = last;
        };
      in
      [
        [
          null
          (shutdown "acpi" 7 "fail")
          (shutdown "destroy" 60 "fail")
        ]
        [
          (shutdown "agent" 60 "fail")
          (shutdown "agent" 7 "fail")
          (shutdown "destroy" 60 "fail")
        ]
      ]
    )
  )
  (check "bundle: what becomes of a saved state and of what a machine leaves"
    (builtins.intersectAttrs
      {
        saved = null;
        onRemove = null;
      }
      (builtins.head
        (bundle [
          {
            domains.a = {
              definition = "/a.xml";
              saved = "discard";
              onRemove.nvram = "delete";
            };
          }
        ]).domains
      )
    )
    {
      saved = "discard";
      onRemove.nvram = "delete";
    }
  )
  (check "bundle: what a volume gets into it"
    (map (volume: volume.source or null)
      (builtins.head
        (bundle [
          {
            pools.images = {
              definition = "/pool.xml";
              volumes."web.img" = {
                definition = "/web.xml";
                source = {
                  image = "/images/web.qcow2.xz";
                  format = "qcow2";
                };
              };
              volumes."top.qcow2" = {
                definition = "/top.xml";
                source.backing = "/images/web.qcow2";
                source.onChange = "replace";
              };
              volumes."y.img" = {
                definition = "/y.xml";
                source = {
                  volume = "web.img";
                  pool = "templates";
                  overlay = true;
                };
              };
              volumes."z.img".definition = "/z.xml";
            };
          }
        ]).pools
      ).volumes
    )
    [
      {
        backing = "/images/web.qcow2";
        onChange = "replace";
      }
      {
        image = "/images/web.qcow2.xz";
        format = "qcow2";
      }
      {
        volume = "web.img";
        pool = "templates";
        overlay = true;
      }
      null
    ]
  )
  (check "bundle: addresses that a network keeps, merged from several modules"
    (
      let
        found = bundle [
          {
            networks.lan = {
              definition = "/lan.xml";
              reservations.web = "192.168.74.10";
            };
            domains.web = {
              definition = "/web.xml";
              waitForAddress = 60;
            };
          }
          { networks.lan.reservations.mail = "192.168.74.11"; }
        ];
      in
      [
        (builtins.head found.networks).reservations
        (builtins.head found.domains).waitForAddress
      ]
    )
    [
      {
        mail = "192.168.74.11";
        web = "192.168.74.10";
      }
      60
    ]
  )
  (check "bundle: the seed and the discs of a domain, merged from several modules"
    (
      let
        found = bundle [
          {
            domains.web = {
              definition = "/web.xml";
              cloudInit = {
                userData.packages = [ "curl" ];
                pool = "images";
              };
              discs.answers.files."autounattend.xml" = "<unattend/>";
            };
          }
          {
            domains.web.cloudInit = {
              userData.hashed_passwd.file = "/run/secrets/web";
              instanceId = "content";
            };
          }
        ];
        web = builtins.head found.domains;
      in
      {
        inherit (web.cloudInit) userData instanceId pool;
        inherit (web.discs.answers) files;
      }
    )
    {
      userData = {
        packages = [ "curl" ];
        hashed_passwd.file = "/run/secrets/web";
      };
      instanceId = "content";
      pool = "images";
      files."autounattend.xml" = "<unattend/>";
    }
  )
  (check "bundle: the configuration for Ignition of a domain, merged from several modules"
    (
      let
        found = bundle [
          {
            domains.core = {
              definition = "/core.xml";
              ignition.config.ignition.version = "3.4.0";
            };
          }
          {
            domains.core.ignition = {
              config.passwd.users = [
                {
                  name = "core";
                  passwordHash.file = "/run/secrets/core";
                }
              ];
              pool = "images";
            };
          }
        ];
      in
      {
        inherit ((builtins.head found.domains).ignition) config pool;
      }
    )
    {
      config = {
        ignition.version = "3.4.0";
        passwd.users = [
          {
            name = "core";
            passwordHash.file = "/run/secrets/core";
          }
        ];
      };
      pool = "images";
    }
  )
  (check "bundle: a kind that no module sets is told from one that is null"
    (map (connection: (bundle [ { domains = [ ]; } connection ]).unset) [
      { }
      {
        networks = null;
        pools = [ ];
      }
    ])
    [
      [
        "networks"
        "nodedevs"
        "nwfilters"
        "pools"
        "secrets"
      ]
      [
        "nodedevs"
        "nwfilters"
        "secrets"
      ]
    ]
  )
  (check "bundle: how a connection stops machines holds for those that are no longer declared"
    (map (connection: (bundle [ { domains = [ ]; } connection ]).shutdown or null) [
      { }
      { shutdown.timeout = 7; }
    ])
    [
      null
      {
        method = "acpi";
        timeout = 7;
        "then" = "fail";
      }
    ]
  )
  (check "bundle: only a connection that declares something has one"
    (builtins.attrNames (config [ { prune = "all"; } ]).virtualisation.libvirt.build.bundles)
    [ ]
  )
  (check "bundle: a connection is one derivation, and `check` a flag of it"
    (
      let
        found =
          connection:
          (config [ connection ]).virtualisation.libvirt.build.bundles.${uri}.args;
      in
      [
        (lib.elem "--deny-warnings" (found { domains = [ ]; }))
        (lib.elem "--deny-warnings" (found {
          domains = [ ];
          check = true;
        }))
      ]
    )
    [
      false
      true
    ]
  )
]
