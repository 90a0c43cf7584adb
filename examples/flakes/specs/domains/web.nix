# A machine on that network. `nixvirt-compile explain devices` says what may stand here.
{
  type = "kvm";
  name = "web";
  memory = {
    count = 4;
    unit = "GiB";
  };
  vcpu = 2;
  os = {
    type = "hvm";
    arch = "x86_64";
    machine = "q35";
  };
  features.acpi = true;
  cpu.mode = "host-passthrough";
  devices = {
    disk = {
      type = "file";
      driver = {
        name = "qemu";
        type = "qcow2";
      };
      source.file = "/var/lib/libvirt/images/web.qcow2";
      target = {
        dev = "vda";
        bus = "virtio";
      };
    };
    interface = {
      type = "network";
      source.network = "lan";
      model.type = "virtio";
    };
    graphics = {
      type = "vnc";
      autoport = true;
    };
    video.model.type = "virtio";
  };
}
