# The modules' checks: what a configuration made for NixVirt's modules asks for.
helpers:
with helpers;
[
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
      unset = [
        "nwfilters"
        "secrets"
      ];
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
  (check "modules: definitions made by the lib, in the way of NixVirt's users"
    (
      let
        nixvirtLib = import ../lib.nix { inherit nixvirt; };
        inherit (nixvirtLib) domain network;
        base = domain.templates.linux {
          name = "mail";
          storage_vol = /no/such/mail.qcow2;
        };
        mail = base // {
          devices = base.devices // {
            disk = base.devices.disk ++ [ ];
            hostdev = base.devices.hostdev or [ ];
          };
        };
        found = bundle [
          {
            domains = [
              {
                definition = domain.writeXML mail;
                active = true;
              }
            ];
            networks = [ { definition = network.writeXML (network.templates.bridge { subnet_byte = 71; }); } ];
          }
        ];
      in
      map (entry: named entry.definition) (found.domains ++ found.networks)
    )
    [
      "NixVirt-domain-mail"
      "NixVirt-network-default"
    ]
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
    (connection [
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
    ]).domains
    (
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
    ).domains
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
]
