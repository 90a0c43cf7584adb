# For the benchmark of the modules: the characters of what a host's compiler is given, by way of our module, or of
# `toJSON` of the same specs.
{
  # nixpkgs' lib.
  nixpkgsLib,
  # How many domains: none gives what everything else takes.
  count,
  # Whether by way of the module.
  module,
}:
let
  lib = import nixpkgsLib;
  inherit (import ../configuration.nix { inherit lib; nixvirt = "/NIXVIRT"; }) nixos;
  # As large as what the template `linux` makes.
  machine = n: {
    type = "kvm";
    memory = {
      count = 2 + n;
      unit = "GiB";
    };
    vcpu.count = 2;
    cpu.mode = "host-passthrough";
    os = {
      type = "hvm";
      arch = "x86_64";
      machine = "q35";
      boot = [
        { dev = "cdrom"; }
        { dev = "hd"; }
      ];
    };
    features = {
      acpi = { };
      apic = { };
    };
    clock = {
      offset = "utc";
      timer = [
        {
          name = "rtc";
          tickpolicy = "catchup";
        }
        {
          name = "pit";
          tickpolicy = "delay";
        }
        {
          name = "hpet";
          present = false;
        }
      ];
    };
    devices = {
      emulator = "/run/libvirt/nix-emulators/qemu-system-x86_64";
      disk = [
        {
          type = "volume";
          device = "disk";
          driver = {
            name = "qemu";
            type = "qcow2";
            cache = "none";
            discard = "unmap";
          };
          source = {
            pool = "default";
            volume = "vm${toString n}.qcow2";
          };
          target = {
            dev = "vda";
            bus = "virtio";
          };
        }
        {
          type = "file";
          device = "cdrom";
          target = {
            dev = "sdc";
            bus = "sata";
          };
          readonly = true;
        }
      ];
      interface = {
        type = "bridge";
        model.type = "virtio";
        source.bridge = "virbr0";
      };
      graphics = {
        type = "spice";
        autoport = true;
        listen = {
          type = "address";
          address = "127.0.0.1";
        };
      };
      video.model = {
        type = "virtio";
        heads = 1;
        primary = true;
      };
      channel = [
        {
          type = "spicevmc";
          target = {
            type = "virtio";
            name = "com.redhat.spice.0";
          };
        }
        {
          type = "unix";
          target = {
            type = "virtio";
            name = "org.qemu.guest_agent.0";
          };
        }
      ];
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
      redirdev = builtins.genList (_: {
        type = "spicevmc";
        bus = "usb";
      }) 4;
      sound.model = "ich9";
      audio = {
        id = 1;
        type = "spice";
      };
      rng = {
        model = "virtio";
        backend = {
          model = "random";
          source = "/dev/urandom";
        };
      };
      memballoon.model = "none";
    };
  };
  named = builtins.listToAttrs (
    builtins.genList (n: {
      name = "vm${toString n}";
      value.spec = machine n;
    }) count
  );
  uri = "qemu:///system";
  host = nixos [
    {
      virtualisation.libvirt = {
        enable = true;
        connections.${uri}.domains = named;
      };
    }
  ];
in
# Of the module system itself, either way has the same.
builtins.seq host.config.virtualisation.libvirt.enable (
  builtins.stringLength (
    if module then host.config.virtualisation.libvirt.build.bundles.${uri}.input else builtins.toJSON named
  )
)
