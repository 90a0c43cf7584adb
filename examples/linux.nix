# A guest out of the template for Linux. Beside it, as JSON, what the compiler reads:
#
#   nix-instantiate --eval --strict --json examples/linux.nix | jq . > examples/linux.json
#   nixvirt-compile examples/linux.json
let
  templates = import ../templates {
    qemu = "/usr";
    ovmf = "/usr/share/OVMF";
    virtio-win = "/var/lib/libvirt/images/virtio-win.iso";
  };
in
templates.domain.linux {
  name = "penguin";
  title = "A Linux guest";
  memory = {
    count = 4;
    unit = "GiB";
  };
  storage_vol = "/var/lib/libvirt/images/penguin.qcow2";
  install_vol = "/var/lib/libvirt/images/debian-12.iso";
  bridge_name = "virbr0";
  virtio_drive = true;
}
