# The modules' checks: what runs the apply step.
helpers:
with helpers;
[
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
]
