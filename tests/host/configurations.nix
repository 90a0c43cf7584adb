# The configurations that the host of the tests is switched between, by name: what a user writes in
# `virtualisation.libvirt.connections."qemu:///system"`, and the daemons that it is for.
let
  libvirtd = [ "libvirtd" ];
  modular = [
    "virtqemud"
    "virtnetworkd"
    "virtstoraged"
    "virtnwfilterd"
    "virtsecretd"
  ];

  # A machine that has no more than starts: its firmware finds nothing to boot and waits.
  machine = name: {
    type = "qemu";
    inherit name;
    memory = {
      count = 16;
      unit = "MiB";
    };
    vcpu = 1;
    os = {
      type = "hvm";
      arch = "x86_64";
      machine = "q35";
    };
    devices = {
      memballoon.model = "none";
      video.model.type = "none";
    };
  };
  # Hooks leave a line each, and are gone with the boot that they belong to.
  hooks = {
    prepare = "echo $1 $2 >> /run/hooked";
    started = "echo $1 $2 >> /run/hooked";
    stopped = "echo $1 $2 >> /run/hooked";
  };
  domain = name: more: {
    spec = machine name // (more.spec or { });
    active = true;
    shutdown.method = "destroy";
  } // removeAttrs more [ "spec" ];

  network = {
    active = true;
    autostart = true;
    spec = {
      name = "lan";
      bridge.name = "virbr9";
      ip = {
        address = "192.168.99.1";
        netmask = "255.255.255.0";
        dhcp.range = {
          start = "192.168.99.2";
          end = "192.168.99.99";
        };
      };
    };
  };
  pool = volumes: {
    active = true;
    autostart = true;
    spec = {
      name = "images";
      type = "dir";
      target.path = "/var/lib/images";
    };
    volumes = map (name: {
      spec = {
        inherit name;
        capacity = {
          count = 1;
          unit = "MiB";
        };
        target.format.type = "raw";
      };
    }) volumes;
  };
  lan.interface = {
    type = "network";
    source.network = "lan";
    model.type = "virtio";
  };

  first = {
    networks = [ network ];
    pools = [ (pool [ "web.img" ]) ];
    domains = [
      (domain "web" {
        autostart = true;
        inherit hooks;
        spec.devices = (machine "web").devices // lan // {
          disk = {
            type = "volume";
            source = {
              pool = "images";
              volume = "web.img";
            };
            target = {
              dev = "vda";
              bus = "virtio";
            };
          };
        };
      })
      (domain "resting" {
        active = false;
        inherit hooks;
      })
    ];
  };
  broken = domain "broken" {
    spec.devices = (machine "broken").devices // {
      disk = {
        type = "file";
        source.file = "/no/such/disk";
        target = {
          dev = "vda";
          bus = "virtio";
        };
      };
    };
  };
  renamed = title: map (entry: entry // { spec = entry.spec // { inherit title; }; });

  # Much to do, so that a power cut comes in the middle of it.
  numbers = map toString [ 1 2 3 4 5 6 7 8 ];
  many = title: {
    networks = [ network ];
    pools = [ (pool (map (number: "${title}${number}.img") numbers)) ];
    domains = renamed title (
      map (
        number:
        domain "guest${number}" {
          inherit hooks;
          active = builtins.elem number [ "1" "2" "3" ];
          autostart = number == "1";
        }
      ) numbers
      ++ [ (domain title { active = null; }) ]
    );
  };
in
# What is no longer declared has no system either that would hear a power button.
builtins.mapAttrs
  (_: given: given // { connection = { shutdown.method = "destroy"; } // given.connection; })
{
  first = { daemons = libvirtd; connection = first; };
  resting = {
    daemons = libvirtd;
    connection = {
      networks = [ ];
      pools = [ ];
      domains = [ (builtins.elemAt first.domains 1) ];
    };
  };
  failing = {
    daemons = libvirtd;
    connection = first // { domains = renamed "two" (first.domains) ++ [ broken ]; };
  };
  nothing = {
    daemons = libvirtd;
    connection = { networks = [ ]; pools = [ ]; domains = [ ]; };
  };
  modular = { daemons = modular; connection = first; };
  odd = { daemons = libvirtd; connection = many "odd"; };
  even = { daemons = libvirtd; connection = many "even"; };
}
