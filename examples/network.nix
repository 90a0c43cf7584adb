# A network out of the template: a bridge with NAT to the outside and DHCP inside.
let
  templates = import ../templates {
    qemu = "/usr";
    ovmf = "/usr/share/OVMF";
    virtio-win = "/var/lib/libvirt/images/virtio-win.iso";
  };
in
{ kind = "network"; } // templates.network.bridge { subnet_byte = 74; }
