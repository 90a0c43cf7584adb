# A virtual machine. The keys are libvirt's: a mistake in one is shown below its line.
{
  type = "kvm";
  name = "web";
  memory = { count = 2; unit = "GiB"; };
  vcpu.count = 2;
  os = { type = "hvm"; arch = "x86_64"; machine = "q35"; };
  devices = {
    disk = {
      type = "volume";
      driver = { name = "qemu"; type = "qcow2"; discard = "unmap"; };
      source = { pool = "default"; volume = "web.qcow2"; };
      target = { dev = "vda"; bus = "virtio"; };
    };
    interface = {
      type = "network";
      source.network = "default";
      model.type = "virtio";
    };
    memballoon.model = "none";
  };
}
