# The modules' checks: what a configuration shows of its options, and what other modules add to them.
helpers:
with helpers;
let
  overridden =
    let
      never = mkDefault (throw "what is overridden was forced");
    in
    {
      domains.web = {
        restart = never;
        spec = {
          memory = never;
          devices = never;
        };
      };
      domains.other.spec = never;
      domains.off = mkIf false (throw "what is not there was forced");
      pools.p.volumes.a.spec.capacity = never;
    };
  overriding = {
    domains.web.spec = {
      memory = 1;
      devices = { };
    };
    domains.web.restart = false;
    domains.other.spec.name = "other";
    pools.p.spec.name = "p";
    pools.p.volumes.a.spec.capacity = 1;
    networks = [ { definition = "/n.xml"; } ];
  };
  shown =
    (nixos [
      (on overridden)
      (on overriding)
      (on { networks.lan.spec.name = "lan"; })
    ]).config.virtualisation.libvirt;

  # As a module for NixVirt adds options to objects of its own: by a declaration of the same type.
  extension = given: {
    options.virtualisation.libvirt.connections = mkOption {
      type = types.attrsOf (
        types.submodule {
          options.contact = mkOption {
            type = types.str;
            default = "nobody";
          };
          options.domains = mkOption {
            type = types.nullOr (
              given (
                types.submodule (
                  { config, ... }:
                  {
                    options.backup = mkOption {
                      type = types.bool;
                      default = false;
                    };
                    config.restart = mkIf config.backup false;
                  }
                )
              )
            );
          };
          options.pools = mkOption {
            type = types.nullOr (
              given (
                types.submodule {
                  options.volumes = mkOption {
                    type = given (types.submodule { options.size = mkOption { type = types.int; }; });
                  };
                }
              )
            );
          };
        }
      );
    };
  };
  extended =
    let
      connection = {
        contact = "me";
        domains.web = {
          spec = guest;
          backup = true;
        };
        domains.db.spec = guest;
        pools.p = {
          spec.type = "dir";
          volumes.a = {
            spec.capacity = 1;
            size = 2;
          };
        };
      };
      found =
        modules:
        let
          inherit ((nixosWith modules [ (on connection) ]).config.virtualisation) libvirt;
          of = libvirt.connections.${uri};
        in
        {
          inherit (of) contact;
          backups = map (domain: domain.backup) (builtins.attrValues of.domains);
          restarts = map (domain: domain.restart) (builtins.attrValues of.domains);
          sizes = of.pools.p.volumes.a.size;
          bundle = map (entry: entry.restart or null) (given libvirt.build.bundles.${uri}).domains;
        };
    in
    map found [
      (ours: [
        ours
        (extension types.listOf)
      ])
      (ours: [
        (extension types.listOf)
        ours
      ])
      (ours: [
        (extension types.attrsOf)
        ours
      ])
    ];
in
[
  (check "options: objects are shown once, and nothing is forced that is overridden"
    (
      let
        found = builtins.fromJSON (builtins.toJSON shown.connections.${uri});
      in
      {
        inherit (found.domains.web) restart spec;
        domains = builtins.attrNames found.domains;
        volume = found.pools.p.volumes.a.spec;
        networks = map (network: network.name) found.networks;
        hidden = builtins.filter (lib.hasPrefix "_") (
          concatMap builtins.attrNames (
            attrValues found.domains
            ++ attrValues found.pools
            ++ found.networks
            ++ attrValues found.pools.p.volumes
          )
        );
      }
    )
    {
      restart = false;
      spec = {
        memory = 1;
        devices = { };
      };
      domains = [
        "other"
        "web"
      ];
      volume.capacity = 1;
      networks = [
        null
        "lan"
      ];
      hidden = [ ];
    }
  )
  (check "options: all of a configuration is JSON, enabled or not"
    (map
      (
        enable:
        builtins.attrNames (
          builtins.fromJSON (
            builtins.unsafeDiscardStringContext (
              builtins.toJSON (nixos [
                (on { domains.web.spec = guest; })
                { virtualisation.libvirt.enable = mkForce enable; }
              ]).config.virtualisation.libvirt
            )
          )
        )
      )
      [
        true
        false
      ]
    )
    (
      let
        options = [
          "build"
          "compiler"
          "connections"
          "daemons"
          "domains"
          "enable"
          "package"
          "swtpm"
          "verbose"
        ];
      in
      [
        options
        options
      ]
    )
  )
  (check "options: another module declares more of them, before ours and after"
    extended
    (builtins.genList (_: {
      contact = "me";
      backups = [
        false
        true
      ];
      restarts = [
        null
        false
      ];
      sizes = 2;
      bundle = [
        null
        false
      ];
    }) 3)
  )
  (check "options: what is said of them is sentences"
    (builtins.filter
      (
        option:
        !option.internal
        && builtins.match "[[:upper:]].*[.)]\n?" (option.description or "") == null
      )
      (
        lib.optionAttrSetToDocList { inherit ((nixos [ ]).options.virtualisation) libvirt; }
        ++ lib.optionAttrSetToDocList { inherit ((home [ ]).options.virtualisation) libvirt; }
      )
    )
    [ ]
  )
  (check "options: what is wrong with objects is an assertion"
    (map
      (configuration: map (assertion: assertion.message) configuration.config.assertions)
      [
        (nixos [ (on { domains.a = { }; }) ])
        (home [ (on { domains.a = { }; }) ])
        (nixos [ (on { domains.a.spec = guest; }) ])
      ]
    )
    (
      let
        message = "virtualisation.libvirt.connections.\"${uri}\".domains.a: there is nothing that defines it: give it a `definition`, `spec` or `template`";
      in
      [
        [ message ]
        [ message ]
        [ ]
      ]
    )
  )
  (check "options: the session of root is warned of, that of a user is not"
    (map (configuration: builtins.length configuration.config.warnings) (
      let
        session = {
          virtualisation.libvirt = {
            enable = true;
            connections."qemu:///session?x=y".domains = [ ];
          };
        };
      in
      [
        (nixos [ session ])
        (home [ session ])
        (nixos [ (on { domains = [ ]; }) ])
      ]
    ))
    [
      1
      0
      0
    ]
  )
]
