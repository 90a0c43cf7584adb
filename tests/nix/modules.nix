# The modules under nixpkgs' module system: `checks` is data for compare.py, `wrong` what has to fail
# and how, `built` what the script builds.
{
  # nixpkgs' lib, or the folder that holds it.
  nixpkgsLib,
  nixvirt ? throw "a compiler was asked for",
  apply ? "/APPLY",
  uri ? "qemu:///system",
  # The connections of `built`, in JSON.
  connections ? "{}",
}:
let
  lib = import nixpkgsLib;
  configuration = import ./configuration.nix { inherit lib nixvirt apply; };
  inherit (configuration) pkgs nixos home flake;
  inherit (lib)
    mkAfter
    mkBefore
    mkDefault
    mkForce
    mkIf
    mkMerge
    ;

  on = connection: {
    virtualisation.libvirt = {
      enable = true;
      connections.${uri} = connection;
    };
  };
  config = connections: (nixos (map on connections)).config;
  connection = connections: (config connections).virtualisation.libvirt.connections.${uri};
  # The bundle that the compiler is given. Its paths would make the text depend on the store.
  given = derivation: builtins.fromJSON (builtins.unsafeDiscardStringContext derivation.input);
  bundle = connections: given (config connections).virtualisation.libvirt.build.bundles.${uri};
  # A domain's spec, out of what several modules say of it.
  spec =
    specs: (connection (map (spec: { domains.guest = { inherit spec; }; }) specs)).domains.guest.spec;

  definedAs = object: removeAttrs object [ "_definitions" ];

  guest = {
    type = "kvm";
    memory = 1;
    os.type = "hvm";
  };

  # As NixVirt's users have it: everything by definition, lists throughout.
  existing = ./existing.xml;
  nixvirtStyle = {
    virtualisation.libvirt = {
      enable = true;
      verbose = true;
      swtpm.enable = true;
      connections.${uri} = {
        domains = [
          {
            definition = existing;
            active = true;
            restart = false;
          }
          { definition = "${existing}"; }
          {
            definition = pkgs.swtpm;
            active = null;
            restart = null;
          }
        ];
        networks = [ ];
        pools = [
          {
            definition = existing;
            active = true;
            volumes = [
              { definition = existing; }
              {
                present = false;
                name = "gone.qcow2";
              }
            ];
          }
        ];
      };
    };
  };
  stored = map (path: baseNameOf (builtins.unsafeDiscardStringContext path));
  # The part of a store path's name that is no hash.
  named = path: builtins.substring 33 (-1) (baseNameOf (builtins.unsafeDiscardStringContext path));
  service = (nixos [ nixvirtStyle ]).config.systemd.services.nixvirt;
  userService = (home [ nixvirtStyle ]).config.systemd.user.services.nixvirt;
  words = line: map (word: builtins.fromJSON word) (lib.splitString " " (builtins.unsafeDiscardStringContext line));
  unhashed = map (
    word: if lib.hasPrefix builtins.storeDir word && lib.hasSuffix "/bundle.json" word then "BUNDLE" else word
  );

  check = name: actual: expected: { inherit name actual expected; };
in
rec {
  checks = [
    # --- NixVirt's options.

    (check "modules: NixVirt's defaults" (
      let
        cfg = (nixos [ ]).config.virtualisation.libvirt;
      in
      {
        inherit (cfg) enable verbose connections;
        swtpm = cfg.swtpm.enable;
        package = cfg.package == pkgs.libvirt;
      }
    ) {
      enable = false;
      verbose = false;
      connections = { };
      swtpm = false;
      package = true;
    })
    (check "modules: NixVirt's defaults of a connection" (
      let
        found = connection [ { } ];
      in
      {
        inherit (found) domains networks pools;
      }
    ) {
      domains = null;
      networks = null;
      pools = null;
    })
    (check "modules: NixVirt's defaults of an object" (
      let
        found = connection [
          {
            pools = [
              {
                definition = "/p.xml";
                volumes = [ { definition = "/v.xml"; } ];
              }
            ];
            networks = [ { definition = "/n.xml"; } ];
            domains = [ { definition = "/d.xml"; } ];
          }
        ];
        common = object: { inherit (object) definition active restart; };
      in
      map common (found.pools ++ found.networks ++ found.domains)
      ++ map (volume: { inherit (volume) present name definition; }) (builtins.head found.pools).volumes
    ) (
      map
        (definition: {
          inherit definition;
          active = null;
          restart = null;
        })
        [
          "/p.xml"
          "/n.xml"
          "/d.xml"
        ]
      ++ [
        {
          present = true;
          name = null;
          definition = "/v.xml";
        }
      ]
    ))
    (check "modules: nothing happens unless enabled" (
      let
        inherit ((nixos [ { virtualisation.libvirt.connections.${uri}.domains = [ ]; } ]).config)
          systemd
          virtualisation
          environment
          ;
      in
      {
        inherit (systemd) services;
        inherit (virtualisation.libvirtd) enable;
        packages = environment.systemPackages;
      }
    ) {
      services = { };
      enable = false;
      packages = [ ];
    })
    (check "modules: libvirtd, its package and swtpm" (
      let
        inherit ((nixos [
          nixvirtStyle
          { virtualisation.libvirt.package = pkgs.qemu; }
        ]).config) virtualisation environment;
      in
      {
        inherit (virtualisation.libvirtd) enable;
        package = virtualisation.libvirtd.package == pkgs.qemu;
        swtpm = virtualisation.libvirtd.qemu.swtpm.enable;
        packages = environment.systemPackages == [
          pkgs.qemu-utils
          pkgs.swtpm
        ];
      }
    ) {
      enable = true;
      package = true;
      swtpm = true;
      packages = true;
    })
    (check "modules: without swtpm"
      (
        let
          inherit (config [ { } ]) virtualisation environment;
        in
        {
          swtpm = virtualisation.libvirtd.qemu.swtpm.enable;
          packages = environment.systemPackages == [ pkgs.qemu-utils ];
        }
      )
      {
        swtpm = false;
        packages = true;
      }
    )
    (check "modules: a NixVirt configuration, unchanged"
      (
        let
          found = given (nixos [ nixvirtStyle ]).config.virtualisation.libvirt.build.bundles.${uri};
          object = entry: entry // { definition = named entry.definition; };
          volume = entry: if entry ? definition then object entry else entry;
        in
        found
        // {
          domains = map object found.domains;
          pools = map (pool: object pool // { volumes = map volume pool.volumes; }) found.pools;
        }
      )
      {
        prune = "owned";
        domains = [
          {
            definition = "existing.xml";
            active = true;
            restart = false;
          }
          { definition = "existing.xml"; }
          { definition = "swtpm"; }
        ];
        networks = [ ];
        pools = [
          {
            definition = "existing.xml";
            active = true;
            volumes = [
              {
                definition = "existing.xml";
                present = true;
              }
              {
                present = false;
                name = "gone.qcow2";
              }
            ];
          }
        ];
      }
    )
    (check "modules: two modules add to one list"
      (map (domain: domain.definition)
        (connection [
          { domains = [ { definition = "/a.xml"; } ]; }
          { domains = [ { definition = "/b.xml"; } ]; }
        ]).domains
      )
      [
        "/a.xml"
        "/b.xml"
      ]
    )
    (check "modules: an object as a module of its own"
      (map definedAs (connection [
        {
          domains = [
            (
              { config, ... }:
              {
                definition = "/a.xml";
                restart = config.active;
                active = true;
              }
            )
          ];
        }
      ]).domains)
      (map definedAs (
        connection [
          {
            domains = [
              {
                definition = "/a.xml";
                restart = true;
                active = true;
              }
            ];
          }
        ]
      ).domains)
    )
    (check "modules: the objects of one connection given to another"
      (
        let
          found =
            (nixos [
              (
                { config, ... }:
                let
                  first = config.virtualisation.libvirt.connections.${uri};
                in
                {
                  imports = [
                    (on {
                      domains.a.spec = guest;
                      domains.b.definition = "/b.xml";
                    })
                  ];
                  virtualisation.libvirt.connections."test:///default".domains = first.domains;
                }
              )
            ]).config.virtualisation.libvirt.build.bundles;
        in
        (given found."test:///default").domains == (given found.${uri}).domains
      )
      true
    )

    # --- Specs.

    (check "spec: every leaf merges"
      (spec [
        {
          memory = mkDefault 1;
          os.boot = [ { dev = "hd"; } ];
          vcpu = 1;
          cpu.mode = "host-model";
        }
        {
          memory = 2;
          os.type = "hvm";
          os.boot = [ { dev = "cdrom"; } ];
          vcpu = mkIf true (mkForce 4);
          cpu = mkForce { mode = "maximum"; };
          devices = mkMerge [
            { emulator = "/a"; }
            { sound.model = mkIf false "ich9"; }
          ];
        }
        { vcpu = 8; }
      ])
      {
        memory = 2;
        os = {
          type = "hvm";
          boot = [
            { dev = "hd"; }
            { dev = "cdrom"; }
          ];
        };
        vcpu = 4;
        cpu.mode = "maximum";
        devices = {
          emulator = "/a";
          sound.model = null;
        };
      }
    )
    (check "spec: mkIf and mkMerge within one definition, and within a list"
      (spec [
        {
          devices.disk = [
            (mkIf true { target.dev = "vda"; })
            (mkIf false { target.dev = "vdb"; })
            { target.dev = mkMerge [ (mkDefault "vdc") "vdd" ]; }
            (mkMerge [
              { target.dev = "vde"; }
              { target.bus = "virtio"; }
            ])
          ];
          title = mkIf false "no";
        }
      ])
      {
        devices.disk = [
          { target.dev = "vda"; }
          { target.dev = "vdd"; }
          {
            target.dev = "vde";
            target.bus = "virtio";
          }
        ];
        title = null;
      }
    )
    (check "spec: lists in the order asked for"
      (spec [
        { l = mkAfter [ 3 ]; }
        { l = [ 2 ]; }
        { l = mkBefore [ 1 ]; }
      ])
      {
        l = [
          1
          2
          3
        ];
      }
    )
    (check "spec: one that stands alone beside a list of them"
      (builtins.length
        (spec [
          { devices.disk.target.dev = "vda"; }
          { devices.disk = [ { target.dev = "vdb"; } ]; }
        ]).devices.disk
      )
      2
    )
    (check "spec: two that stand alone are one"
      (spec [
        { devices.disk.target.dev = "vda"; }
        { devices.disk.target.bus = "virtio"; }
      ])
      {
        devices.disk.target = {
          dev = "vda";
          bus = "virtio";
        };
      }
    )
    (check "spec: the same twice is once"
      (spec [
        { memory = 1; }
        { memory = 1; }
      ])
      { memory = 1; }
    )
    (check "spec: a package is its path, and paths are not copied"
      (spec [
        {
          devices.emulator = pkgs.qemu;
          devices.disk = [ { source.file = /no/such/disk; } ];
          os.kernel = /no/such/kernel;
        }
      ])
      {
        devices.emulator = builtins.unsafeDiscardStringContext pkgs.qemu.outPath;
        devices.disk = [ { source.file = "/no/such/disk"; } ];
        os.kernel = "/no/such/kernel";
      }
    )
    (check "spec: one leaf may be made of another"
      (
        let
          found = (nixos [
            (
              { config, ... }:
              on {
                domains.guest.spec = {
                  title = "the machine ${config.virtualisation.libvirt.connections.${uri}.domains.guest.spec.name}";
                  name = "guest";
                  sysinfo.oops = mkIf (config.virtualisation.libvirt.connections.${uri}.domains.guest.spec.name == "guest") true;
                };
              }
            )
          ]).config;
        in
        found.virtualisation.libvirt.connections.${uri}.domains.guest.spec
      )
      {
        title = "the machine guest";
        name = "guest";
        sysinfo.oops = true;
      }
    )

    # --- What a bundle is made of.

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
          networks = [ ];
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
        }
      ])
      {
        prune = "all";
        domains = [
          {
            definition = "/a.xml";
            autostart = true;
            active = false;
            restart = true;
            hooks.started = "/hooks/started";
            shutdown = {
              method = "agent";
              timeout = 60;
              "then" = "destroy";
            };
            live = true;
          }
          {
            definition = "/b.xml";
            shutdown = {
              method = "acpi";
              timeout = 5;
              "then" = "destroy";
            };
            live = false;
          }
        ];
        networks = [ ];
        pools = [
          {
            definition = "/p.xml";
            volumes = [
              {
                name = "disk.qcow2";
                present = true;
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
        ];
        secrets = [
          {
            definition = "/s.xml";
            value.file = "/run/secrets/key";
          }
          {
            spec = {
              usage.type = "vtpm";
              uuid = import ../../lib-nix/uuid.nix "secret/vtpm";
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
      }
    )
    (check "bundle: a hook given as text becomes a script"
      (named
        (builtins.head (bundle [
          {
            domains.a = {
              definition = "/a.xml";
              hooks.release = "echo released";
            };
          }
        ]).domains).hooks.release
      )
      "nixvirt-hook-release"
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

    # --- The services.

    (check "service: what it runs" (unhashed (words service.serviceConfig.ExecStart)) [
      "/APPLY/bin/nixvirt-apply"
      "apply"
      "--hooks-dir"
      "/var/lib/libvirt/hooks"
      "-v"
      "--connect"
      uri
      "BUNDLE"
    ])
    (check "service: all connections in one command, each quoted for systemd"
      (unhashed (
        words
          (nixos [
            {
              virtualisation.libvirt = {
                enable = true;
                connections."qemu+ssh://a/system?x=%41$b".domains = [ ];
                connections."qemu:///session".networks = [ ];
              };
            }
          ]).config.systemd.services.nixvirt.serviceConfig.ExecStart
      ))
      [
        "/APPLY/bin/nixvirt-apply"
        "apply"
        "--hooks-dir"
        "/var/lib/libvirt/hooks"
        "--connect"
        "qemu+ssh://a/system?x=%%41$$b"
        "BUNDLE"
        "--connect"
        "qemu:///session"
        "BUNDLE"
      ]
    )
    (check "service: when and how"
      {
        inherit (service)
          wantedBy
          requires
          after
          reloadIfChanged
          ;
        inherit (service.serviceConfig) Type RemainAfterExit SuccessExitStatus;
        reload = service.serviceConfig.ExecReload == service.serviceConfig.ExecStart;
        triggers = map named service.restartTriggers;
        path = service.path == [
          pkgs.qemu-utils
          pkgs.swtpm
        ];
      }
      {
        wantedBy = [ "multi-user.target" ];
        requires = [ "libvirtd.service" ];
        after = [
          "libvirtd.service"
          "network.target"
        ];
        reloadIfChanged = true;
        Type = "oneshot";
        RemainAfterExit = true;
        SuccessExitStatus = 1;
        reload = true;
        triggers = [ "nixvirt-${lib.replaceStrings [ ":" "/" ] [ "-" "-" ] uri}" ];
        path = true;
      }
    )
    (check "service: the modular daemons where they are used"
      (
        let
          requires = extra: (nixos ([ nixvirtStyle ] ++ extra)).config.systemd.services.nixvirt.requires;
        in
        [
          (requires [ { systemd.sockets.virtqemud.wantedBy = [ "sockets.target" ]; } ])
          # A service that is only adjusted is not used.
          (requires [ { systemd.services.virtqemud.path = [ ]; } ])
          (requires [ { virtualisation.libvirtd.enable = false; } ])
          (requires [ { virtualisation.libvirt.daemons = [ "virtxend" ]; } ])
        ]
      )
      [
        [
          "virtqemud.service"
          "virtnetworkd.service"
          "virtstoraged.service"
        ]
        [ "libvirtd.service" ]
        [ ]
        [ "virtxend.service" ]
      ]
    )
    (check "service: libvirt has a hook from the start where a domain has some"
      (map (domain: builtins.attrNames (config [ { domains.a = domain; } ]).virtualisation.libvirtd.hooks.qemu) [
        { definition = "/a.xml"; }
        {
          definition = "/a.xml";
          hooks.started = "/hook";
        }
      ])
      [
        [ ]
        [ "nixvirt" ]
      ]
    )
    (check "service: none where nothing is declared" (config [ { } ]).systemd.services { })
    (check "service: nixvirt-apply is on the libvirt that was asked for"
      (
        let
          line =
            (nixos [
              nixvirtStyle
              { virtualisation.libvirt.package = pkgs.qemu; }
            ]).config.systemd.services.nixvirt.serviceConfig.ExecStart;
        in
        builtins.head (words line) == "/APPLY-on-${builtins.unsafeDiscardStringContext pkgs.qemu.outPath}/bin/nixvirt-apply"
      )
      true
    )
    (check "home: the user's service"
      {
        command = unhashed (words userService.Service.ExecStart);
        inherit (userService.Service) Type RemainAfterExit SuccessExitStatus;
        inherit (userService) Install;
        method = userService.Unit.X-SwitchMethod;
        packages = (home [ nixvirtStyle ]).config.home.packages == [
          pkgs.qemu-utils
          pkgs.swtpm
        ];
        activation = {
          inherit ((home [ nixvirtStyle ]).config.home.activation.nixvirt) after;
          starts = lib.hasInfix "--no-block nixvirt.service" (home [ nixvirtStyle ]).config.home.activation.nixvirt.data;
        };
      }
      {
        command = [
          "/APPLY/bin/nixvirt-apply"
          "apply"
          "-v"
          "--connect"
          uri
          "BUNDLE"
        ];
        Type = "oneshot";
        RemainAfterExit = true;
        SuccessExitStatus = 1;
        Install.WantedBy = [ "default.target" ];
        method = "keep-old";
        packages = true;
        activation = {
          after = [ "reloadSystemd" ];
          starts = true;
        };
      }
    )
    (check "home: the same bundle as for NixOS"
      (home [ nixvirtStyle ]).config.virtualisation.libvirt.build.bundles.${uri}.drvPath
      (nixos [ nixvirtStyle ]).config.virtualisation.libvirt.build.bundles.${uri}.drvPath
    )
    (check "flake-parts: programs, apps and checks of a host"
      (
        let
          found = flake [
            {
              perSystem.libvirt.hosts.lab.connections.${uri}.domains.web.spec = guest;
            }
          ];
        in
        {
          packages = builtins.attrNames found.packages;
          apps = map (name: lib.hasSuffix "/bin/${name}" found.apps.${name}.program) (
            builtins.attrNames found.apps
          );
          checks = map named (builtins.attrValues found.checks);
        }
      )
      {
        packages = [
          "libvirt-lab-apply"
          "libvirt-lab-plan"
        ];
        apps = [
          true
          true
        ];
        checks = [ "nixvirt-${lib.replaceStrings [ ":" "/" ] [ "-" "-" ] uri}" ];
      }
    )
  ];

  # What has to fail: the value that does, and what the message says.
  wrong =
    let
      wrong = connection: says: {
        value = [
          (config [ connection ]).virtualisation.libvirt.connections.${uri}.check
          (bundle [ connection ])
        ];
        inherit says;
      };
      domain = object: wrong { domains = [ object ]; };
      setting = settings: says: {
        value = (nixos [ { virtualisation.libvirt = settings; } ]).config.virtualisation.libvirt;
        inherit says;
      };
    in
    {
      enable = setting { enable = "yes"; } "libvirt.enable' is not of type `boolean'";
      verbose = setting { verbose = 1; } "libvirt.verbose' is not of type `boolean'";
      package = setting { package = 1; } "libvirt.package' is not of type `package'";
      swtpm = setting { swtpm.enable = null; } "libvirt.swtpm.enable' is not of type `boolean'";
      connections = setting { connections = [ ]; } "libvirt.connections' is not of type";
      noSuch = setting { conections = { }; } "conections' does not exist";
      domains = wrong { domains = "web"; } "domains' is not of type `null or (list or attribute set by name of domains)'";
      networks = wrong { networks = 1; } "networks' is not of type";
      pools = wrong { pools = true; } "pools' is not of type";
      volumes = wrong { pools = [ { definition = "/p"; volumes = null; } ]; } "volumes' is not of type";
      definition = domain { definition = "web.xml"; } "definition' is not of type";
      active = domain { definition = "/a"; active = "yes"; } "active' is not of type `null or boolean'";
      restart = domain { definition = "/a"; restart = "always"; } "restart' is not of type `null or boolean'";
      present = wrong { pools = [ { definition = "/p"; volumes = [ { present = null; } ]; } ]; } "present' is not of type `boolean'";
      volumeName = wrong { pools = [ { definition = "/p"; volumes = [ { name = 1; present = false; } ]; } ]; } "name' is not of type `null or string'";
      spec = domain { spec = "web"; } "spec' is not of type `null or attribute set of libvirt's format'";
      template = domain { template = "lunix"; } "template' is not of type `null or one of \"linux\", \"windows\"";
      prune = wrong { domains = [ ]; prune = "everything"; } "prune' is not of type `one of \"owned\", \"all\", \"none\"'";
      check = wrong { domains = [ ]; check = 1; } "check' is not of type `boolean'";
      timeout = domain { definition = "/a"; shutdown.timeout = -1; } "shutdown.timeout' is not of type";
      method = domain { definition = "/a"; shutdown.method = "kick"; } "shutdown.method' is not of type `one of \"acpi\", \"agent\", \"destroy\"'";
      hook = domain { definition = "/a"; hooks.started = 1; } "hooks.started' is not of type";
      unknown = domain { definition = "/a"; actve = true; } "actve' does not exist: did you mean `active'?";
      misplaced = domain { memory = 1; } "what libvirt's format has goes into `spec'";
      hookName = domain { definition = "/a"; hooks.begin = ""; } "a set of hooks has";
      conflict = {
        value = spec [
          { memory = 1; }
          { memory = 2; }
        ];
        says = "domains.guest.spec.memory' has conflicting definition values";
      };
      function = domain { spec.devices.disk = [ { source = x: x; } ]; } "is a function, and a spec is data";
      nothing = domain { active = true; } "domains[0]: there is nothing that defines it: give it a `definition`, `spec` or `template`";
      both = domain { definition = "/a"; spec = guest; } "domains[0]: it is defined by `definition` and by `spec`: leave one";
      stray = wrong { domains.web = { spec = guest; args.name = "a"; }; } "domains.web: there are `args` without a `template`";
      volumeWithout = wrong { pools.p = { definition = "/p"; volumes = [ { present = false; } ]; }; } "pools.p.volumes[0]: a volume with `present = false` needs its `name`";
      allAtOnce = wrong { domains = [ { } ]; networks = [ { } ]; } "networks[0]: there is nothing";
    };

  messages = builtins.mapAttrs (_: wrong: wrong.says) wrong;

  reference = import ../../lib-nix/modules/reference.nix {
    inherit lib;
    options = { inherit ((nixos [ ]).options.virtualisation) libvirt; };
  };

  # A connection's bundle and commands, for the script to build and run.
  built =
    let
      inherit ((nixos [
        {
          virtualisation.libvirt = {
            enable = true;
            connections = builtins.fromJSON connections;
          };
        }
      ]).config) systemd virtualisation;
    in
    {
      bundle = virtualisation.libvirt.build.bundles.${uri};
      start = systemd.services.nixvirt.serviceConfig.ExecStart;
      inherit (virtualisation.libvirt.build) plan;
    };
}
