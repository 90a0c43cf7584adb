# The modules' checks: specs, merged out of what several modules say.
helpers:
with helpers;
[
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
]
