# The modules' checks: several hosts, hosts that are no NixOS, and what the first NixVirt had.
helpers:
with helpers;
let
  remote = "qemu+ssh://root@lab/system";
  templates = {
    domains.linux.template = "linux";
    domains.windows = {
      template = "windows";
      args.nvram_path = "/n.fd";
    };
  };
  # What the machines of a bundle take of the host's.
  parts =
    bundle:
    map (
      { spec, ... }:
      {
        inherit (spec.devices) emulator;
        firmware = spec.os.firmware or null;
        loader = spec.os.loader.path or null;
        template = spec.os.nvram.template or null;
      }
    ) (given bundle).domains;
  ofNixos =
    connections:
    (nixos [
      {
        virtualisation.libvirt = {
          enable = true;
          inherit connections;
        };
      }
    ]).config;
  bundlesOf = connections: (ofNixos connections).virtualisation.libvirt.build.bundles;
  ofHost = host: (flake [ { perSystem.libvirt.hosts.lab = host; } ]);
  inStore = emulator: loader: [
    {
      emulator = emulator;
      firmware = null;
      loader = null;
      template = null;
    }
    {
      emulator = emulator;
      firmware = null;
      loader = "${loader}/FV/OVMF_CODE.ms.fd";
      template = "${loader}/FV/OVMF_VARS.ms.fd";
    }
  ];
  left = [
    {
      emulator = null;
      firmware = null;
      loader = null;
      template = null;
    }
    {
      emulator = null;
      firmware = [
        "efi"
        {
          feature = [
            {
              name = "enrolled-keys";
              enabled = true;
            }
            {
              name = "secure-boot";
              enabled = true;
            }
          ];
        }
      ];
      loader = null;
      template = null;
    }
  ];

  guestOf = interface: guest // { devices = { inherit interface; }; };
  dns.domains.dns.spec = guestOf { type = "user"; };
  salted = salt: dns // { inherit salt; };
  warned = connections: (ofNixos connections).warnings;
  two = a: b: {
    "qemu+ssh://a/system" = a;
    "qemu+ssh://b/system" = b;
  };
  at = host: "virtualisation.libvirt.connections.\"qemu+ssh://${host}/system\".domains";
  fixed = address: {
    domains.${"m${address}"}.spec = guestOf [
      { mac.address = address; }
      { mac.address = "52:54:00:00:00:99"; }
    ];
  };
in
[
  (check "hosts: this machine's QEMU and firmware are nixpkgs'"
    (parts (bundlesOf { ${uri} = templates; }).${uri})
    (inStore "/QEMU/bin/qemu-system-x86_64" "/OVMF")
  )
  (check "hosts: another machine's are libvirt's to choose"
    (parts (bundlesOf { ${remote} = templates; }).${remote})
    left
  )
  (check "hosts: another machine's, where they are given"
    (parts
      (bundlesOf {
        ${remote} = templates // {
          qemu = "/usr";
          ovmf = "/usr/share/OVMF";
        };
      }).${remote}
    )
    (inStore "/usr/bin/qemu-system-x86_64" "/usr/share/OVMF")
  )
  (check "flake-parts: hosts are no NixOS, whatever the connection"
    (map (uri: parts (ofHost { connections.${uri} = templates; }).libvirt.hosts.lab.build.bundles.${uri}) [
      "qemu:///system"
      remote
    ])
    [
      left
      left
    ]
  )
  (check "flake-parts: what a host has can be given"
    (parts
      (ofHost {
        connections.${remote} = templates // {
          qemu = pkgs.qemu;
          ovmf = "/usr/share/OVMF";
        };
      }).libvirt.hosts.lab.build.bundles.${remote}
    )
    (inStore "${builtins.unsafeDiscardStringContext pkgs.qemu.outPath}/bin/qemu-system-x86_64" "/usr/share/OVMF")
  )
  (check "connections: what is unknown may be a warning"
    (map (connection: lib.hasInfix "unknown warn" (toString (bundlesOf { ${uri} = connection; }).${uri}.args)) [
      { domains = [ ]; }
      {
        domains = [ ];
        unknown = "warn";
      }
    ])
    [
      false
      true
    ]
  )
  (check "connections: NixOS names the version of its libvirt, and a connection may name another"
    (map
      (
        { package, connection }:
        let
          bundle =
            (nixos [
              {
                virtualisation.libvirtd.package = package;
                virtualisation.libvirt.enable = true;
                virtualisation.libvirt.connections = connection;
              }
            ]).config.virtualisation.libvirt.build.bundles.${builtins.head (builtins.attrNames connection)};
        in
        [
          (builtins.match ".*(--libvirt [0-9.]+).*" (toString bundle.args))
          ((builtins.fromJSON (builtins.unsafeDiscardStringContext bundle.input)).libvirt or null)
        ]
      )
      [
        {
          package = pkgs.libvirt // {
            version = "11.3.0";
          };
          connection.${uri}.domains = [ ];
        }
        {
          package = pkgs.libvirt // {
            version = "11.3.0";
          };
          connection.${uri} = {
            domains = [ ];
            libvirt = "10.0";
          };
        }
        {
          package = pkgs.libvirt // {
            version = "11.3.0";
          };
          connection.${remote}.domains = [ ];
        }
        {
          package = pkgs.libvirt // {
            version = "13.0.0-rc1";
          };
          connection.${uri}.domains = [ ];
        }
      ]
    )
    [
      [
        [ "--libvirt 11.3.0" ]
        "11.3.0"
      ]
      [
        [ "--libvirt 10.0" ]
        "10.0"
      ]
      [
        null
        null
      ]
      [
        null
        null
      ]
    ]
  )
  (check "connections: a salt goes to the compiler, and into the uuids of secrets"
    (
      let
        found =
          salt:
          given (bundlesOf {
            ${uri} = {
              secrets.key.spec.private = true;
              inherit salt;
            };
          }).${uri};
        uuid = import ../../../lib-nix/uuid.nix;
      in
      map (salt: {
        salt = (found salt).salt or null;
        uuid = (builtins.head (found salt).secrets).spec.uuid == uuid "${
          if salt == null then "" else "salt:${salt}/"
        }secret/key";
      }) [ null "lab" ]
    )
    [
      {
        salt = null;
        uuid = true;
      }
      {
        salt = "lab";
        uuid = true;
      }
    ]
  )
  (check "hosts: one MAC address on two is warned of"
    (map warned [
      { "qemu+ssh://a/system" = dns; }
      (two dns dns)
      (two (salted "a") (salted "b"))
      (two (salted "a") dns)
      (two dns { domains.dns.spec = guest; })
      (two (fixed "52:54:00:00:00:AA") (fixed "52:54:00:00:00:aa"))
    ])
    (
      let
        advice = "where their hosts are on one network, give each connection a `salt` of its own, or an interface of one machine its `mac.address`.";
      in
      [
        [ ]
        [
          "`${at "a"}.dns` and `${at "b"}.dns` have one MAC address, which is derived of the name dns: ${advice}"
        ]
        [ ]
        [ ]
        [ ]
        [
          "`${at "a"}.\"m52:54:00:00:00:AA\"` and `${at "b"}.\"m52:54:00:00:00:aa\"` have the MAC address 52:54:00:00:00:99: ${advice}"
          "`${at "a"}.\"m52:54:00:00:00:AA\"` and `${at "b"}.\"m52:54:00:00:00:aa\"` have the MAC address 52:54:00:00:00:AA: ${advice}"
        ]
      ]
    )
  )
  (check "home: the activation has NixVirt's name, and the one that it had"
    (lib.mapAttrs (_: entry: entry.after) (home [ nixvirtStyle ]).config.home.activation)
    {
      NixVirt = [ "reloadSystemd" ];
      nixvirt = [ "NixVirt" ];
    }
  )
  (check "first: NixVirt's first list of domains"
    (map
      (
        configuration:
        let
          inherit
            (configuration [
              {
                virtualisation.libvirt = {
                  enable = true;
                  domains = [
                    {
                      definition = "/a.xml";
                      active = true;
                    }
                    {
                      connection = "qemu+ssh://a/system";
                      definition = "/b.xml";
                      state = "stopped";
                      auto = true;
                    }
                    { definition = "/c.xml"; }
                  ];
                };
              }
            ])
            config
            ;
        in
        {
          bundles = builtins.mapAttrs (_: bundle: (given bundle).domains) config.virtualisation.libvirt.build.bundles;
          says = map (lib.hasInfix "is the first NixVirt's option: write `virtualisation.libvirt.connections.") config.warnings;
        }
      )
      [
        nixos
        home
      ]
    )
    (
      map
        (uri: {
          bundles = {
            ${uri} = [
              {
                definition = "/a.xml";
                active = true;
              }
              { definition = "/c.xml"; }
            ];
            "qemu+ssh://a/system" = [
              {
                definition = "/b.xml";
                active = false;
                autostart = false;
              }
            ];
          };
          says = [ true ];
        })
        [
          "qemu:///system"
          "qemu:///session"
        ]
    )
  )
]
