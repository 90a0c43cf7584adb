# The modules' checks: what runs the apply step.
helpers:
with helpers;
[
  (check "modules: the compiler that is named compiles, on its own platform"
    (
      let
        other = {
          type = "derivation";
          name = "other";
          outPath = "/OTHER";
          system = "riscv64-linux";
        };
        compiles = bundle: { inherit (bundle) compiler system; };
        named = {
          virtualisation.libvirt.compiler = other;
        };
        build = evaluated: evaluated.config.virtualisation.libvirt.build.bundles.${uri};
        connected = on { domains = [ ]; };
      in
      map compiles [
        (build (nixos [
          connected
          named
        ]))
        (build (home [
          connected
          named
        ]))
        (builtins.head (
          builtins.attrValues
            (flake [
              {
                perSystem.libvirt.hosts.lab = {
                  compiler = other;
                  connections.${uri}.domains = [ ];
                };
              }
            ]).checks
        ))
      ]
    )
    (
      builtins.genList (_: {
        compiler = "/OTHER/bin/nixvirt-compile";
        system = "riscv64-linux";
      }) 3
    )
  )
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
        "local-fs.target"
        "remote-fs.target"
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
        (lib.last (requires [
          { systemd.sockets.virtqemud.wantedBy = [ "sockets.target" ]; }
          { virtualisation.libvirt.connections."qemu:///system".nodedevs = [ ]; }
        ]))
      ]
    )
    [
      [
        "virtqemud.service"
        "virtnetworkd.service"
        "virtstoraged.service"
        "virtnwfilterd.service"
        "virtsecretd.service"
      ]
      [ "libvirtd.service" ]
      [ ]
      [ "virtxend.service" ]
      "virtnodedevd.service"
    ]
  )
  # One that comes later would be seen by the next start of libvirt's daemon only.
  (check "service: libvirt has our hook from the start where anything is declared"
    (map
      (
        connection: builtins.mapAttrs (_: builtins.attrNames) (config [ connection ]).virtualisation.libvirtd.hooks
      )
      [
        { }
        { domains.a.definition = "/a.xml"; }
      ]
    )
    [
      {
        qemu = [ ];
        lxc = [ ];
        network = [ ];
      }
      {
        qemu = [ "nixvirt" ];
        lxc = [ "nixvirt" ];
        network = [ "nixvirt" ];
      }
    ]
  )
  (check "service: it wants the mounts of its pools, as far as they are known"
    (
      let
        pool = type: path: { spec = { inherit type; target = { inherit path; }; }; };
        found =
          (nixos [
            (on {
              pools = {
                a = pool "dir" "/srv/it's 100% \"mine\" \\x";
                b = pool "dir" "/srv/b";
                c = pool "fs" "/srv/b";
                d = pool "logical" "/dev/vg";
                e.definition = throw "a definition was read";
                f.spec.type = "rbd";
              };
            })
            {
              virtualisation.libvirt.connections."qemu+ssh://a/system".pools.a = pool "dir" "/elsewhere";
            }
          ]).config.systemd.services.nixvirt;
      in
      {
        inherit (found.unitConfig) WantsMountsFor;
        none = (config [ { domains = [ ]; } ]).systemd.services.nixvirt.unitConfig;
      }
    )
    {
      WantsMountsFor = [
        "\"/srv/it's 100%% \\\"mine\\\" \\\\x\""
        "\"/srv/b\""
      ];
      none = { };
    }
  )
  (check "service: the firewall is open on a network's bridge for what its dnsmasq serves"
    (config [
        {
          networks = {
            closed = {
              template = "bridge";
              args.subnet_byte = 70;
            };
            nat = {
              template = "bridge";
              args.subnet_byte = 71;
              openFirewall = true;
            };
            six = {
              spec = {
                bridge.name = "virbr6";
                ip = [
                  {
                    family = "ipv6";
                    address = "fd00::1";
                    prefix = 64;
                    dhcp.range = { start = "fd00::2"; end = "fd00::9"; };
                  }
                  {
                    address = "10.0.0.1";
                    prefix = 24;
                    tftp.root = "/srv/tftp";
                  }
                ];
              };
              openFirewall = true;
            };
            quiet = {
              spec = {
                bridge.name = "virbr7";
                forward.mode = "route";
                dns.enable = false;
                ip = { address = "10.0.1.1"; prefix = 24; dhcp.range = { start = "10.0.1.2"; end = "10.0.1.9"; }; };
              };
              openFirewall = true;
            };
            kept = {
              spec = {
                bridge.name = "virbr9";
                ip = { address = "10.0.2.1"; prefix = 24; };
              };
              reservations.web = "10.0.2.2";
              openFirewall = true;
            };
            given = {
              definition = "/n.xml";
              openFirewall = true;
              firewallInterface = "virbr8";
            };
          };
        }
      ]).networking.firewall.interfaces
    {
      virbr0 = { allowedTCPPorts = [ 53 ]; allowedUDPPorts = [ 53 67 ]; };
      virbr6 = { allowedTCPPorts = [ 53 ]; allowedUDPPorts = [ 53 69 547 ]; };
      virbr7 = { allowedTCPPorts = [ ]; allowedUDPPorts = [ 67 ]; };
      virbr8 = { allowedTCPPorts = [ 53 ]; allowedUDPPorts = [ 53 67 69 547 ]; };
      virbr9 = { allowedTCPPorts = [ 53 ]; allowedUDPPorts = [ 53 67 ]; };
    }
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
        inherit ((home [ nixvirtStyle ]).config.home.activation.NixVirt) after;
        starts = lib.hasInfix "--no-block nixvirt.service" (home [ nixvirtStyle ]).config.home.activation.NixVirt.data;
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
]
