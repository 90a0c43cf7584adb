# A NixOS test: a host with a declared VM beside one made by hand; then with the VM changed, then
# without it. It needs nixpkgs, and a machine whose virtual machines can have KVM or much patience.
{ pkgs, module }:
let
  guest =
    memory:
    { lib, ... }:
    {
      virtualisation.libvirt.connections."qemu:///system".domains = lib.mkForce {
        guest = {
          active = true;
          shutdown = {
            method = "destroy";
          };
          spec = {
            type = "qemu";
            memory = {
              count = memory;
              unit = "MiB";
            };
            vcpu = 1;
            os = {
              type = "hvm";
              arch = pkgs.stdenv.hostPlatform.qemuArch;
              machine = if pkgs.stdenv.hostPlatform.isAarch64 then "virt" else "q35";
            };
          };
        };
      };
    };
in
pkgs.testers.runNixOSTest {
  name = "nixvirt";

  nodes.host =
    { lib, ... }:
    {
      imports = [ module ];
      virtualisation.memorySize = 2048;
      virtualisation.libvirt = {
        enable = true;
        connections."qemu:///system".domains = [ ];
      };
      specialisation = {
        small.configuration = guest 64;
        large.configuration = guest 96;
      };
    };

  testScript =
    { nodes, ... }:
    ''
      switch = "${nodes.host.system.build.toplevel}"
      virsh = "virsh --connect qemu:///system"

      host.wait_for_unit("nixvirt.service")
      host.succeed("""cat > /tmp/neighbour.xml <<XML
      <domain type='qemu'>
        <name>neighbour</name>
        <memory>65536</memory>
        <os><type>hvm</type></os>
      </domain>
      XML""")
      host.succeed(f"{virsh} define /tmp/neighbour.xml")

      host.succeed(f"{switch}/specialisation/small/bin/switch-to-configuration test")
      assert "running" in host.succeed(f"{virsh} domstate guest")
      assert "65536" in host.succeed(f"{virsh} dominfo guest | grep 'Max memory'")

      host.succeed(f"{switch}/specialisation/large/bin/switch-to-configuration test")
      assert "running" in host.succeed(f"{virsh} domstate guest")
      assert "98304" in host.succeed(f"{virsh} dominfo guest | grep 'Max memory'")

      host.succeed(f"{switch}/bin/switch-to-configuration test")
      host.fail(f"{virsh} dominfo guest")
      host.succeed(f"{virsh} dominfo neighbour")
    '';
}
