# Specs that the examples of the reference begin with: of each kind a small one, and what people ask for most. Each compiles without
# a word; an example takes the one that has most of its own place, and adds what is still missing.
let
  machine = more: {
    type = "kvm";
    name = "web";
    memory = { count = 2; unit = "GiB"; };
    vcpu.count = 4;
    os = { type = "hvm"; arch = "x86_64"; machine = "q35"; };
  } // more;
  devices = devices: machine { inherit devices; };
  disk = more: {
    type = "file";
    driver = { name = "qemu"; type = "qcow2"; cache = "none"; discard = "unmap"; };
    source.file = "/var/lib/libvirt/images/web.qcow2";
    target = { dev = "vda"; bus = "virtio"; };
  } // more;
  card = more: { type = "network"; source.network = "default"; model.type = "virtio"; } // more;
  lan = more: {
    kind = "network";
    name = "lan";
    forward.mode = "nat";
    bridge.name = "virbr-lan";
    ip = {
      address = "192.168.74.1";
      netmask = "255.255.255.0";
      dhcp.range = { start = "192.168.74.100"; end = "192.168.74.199"; };
    };
  } // more;
in
[
  (machine { })
  (machine { title = "The web server"; description = "Serves example.org."; })
  (machine { vcpu.count = 2; cputune.vcpupin = [ { vcpu = 0; cpuset = "2"; } { vcpu = 1; cpuset = "3"; } ]; })
  (machine { cputune.emulatorpin.cpuset = "0-1"; })
  (machine { cpu = { mode = "host-passthrough"; topology = { sockets = 1; cores = 2; threads = 2; }; }; })
  (machine { cpu = { mode = "custom"; match = "exact"; model = { name = "Skylake-Client"; fallback = "forbid"; }; feature = { policy = "disable"; name = "hle"; }; }; })
  (machine {
    cpu = {
      mode = "host-passthrough";
      numa.cell = [
        { id = 0; cpus = "0-1"; memory = 1; unit = "GiB"; }
        { id = 1; cpus = "2-3"; memory = 1; unit = "GiB"; }
      ];
    };
  })
  (machine { memoryBacking.hugepages.page = { size = 2; unit = "MiB"; }; })
  (machine { memoryBacking = { source.type = "memfd"; access.mode = "shared"; }; })
  (machine { clock = { offset = "utc"; timer = [ { name = "rtc"; tickpolicy = "catchup"; } { name = "hpet"; present = false; } ]; }; })
  (machine { features = { acpi = true; apic = true; }; })
  (machine { features = { acpi = true; apic = true; hyperv = { mode = "custom"; relaxed.state = true; vapic.state = true; spinlocks = { state = true; retries = 8191; }; }; }; })
  (machine { on_poweroff = "destroy"; on_reboot = "restart"; on_crash = "destroy"; })
  (machine {
    os = {
      type = "hvm";
      arch = "x86_64";
      machine = "q35";
      firmware = [ "efi" { feature = [ { name = "secure-boot"; enabled = true; } { name = "enrolled-keys"; enabled = true; } ]; } ];
    };
    features = { acpi = true; smm.state = true; };
  })
  (machine {
    os = {
      type = "hvm";
      arch = "x86_64";
      machine = "q35";
      loader = { readonly = true; type = "pflash"; path = "/run/libvirt/nix-ovmf/OVMF_CODE.fd"; };
      nvram = { template = "/run/libvirt/nix-ovmf/OVMF_VARS.fd"; path = "/var/lib/libvirt/qemu/nvram/web_VARS.fd"; };
    };
    features.acpi = true;
  })
  (machine { os = { type = "hvm"; arch = "x86_64"; machine = "q35"; boot = [ { dev = "cdrom"; } { dev = "hd"; } ]; bootmenu.enable = true; }; })
  (machine { os = { type = "hvm"; arch = "x86_64"; machine = "q35"; kernel = "/boot/vmlinuz"; initrd = "/boot/initrd"; cmdline = "console=ttyS0 root=/dev/vda"; }; })
  (devices { disk = disk { }; })
  (devices { disk = disk { driver = { name = "qemu"; type = "qcow2"; cache = "none"; io = "native"; discard = "unmap"; }; }; })
  (devices { disk = { type = "volume"; driver = { name = "qemu"; type = "qcow2"; }; source = { pool = "default"; volume = "web.qcow2"; }; target = { dev = "vda"; bus = "virtio"; }; }; })
  (devices { disk = { type = "block"; driver = { name = "qemu"; type = "raw"; }; source.dev = "/dev/vg0/web"; target = { dev = "vda"; bus = "virtio"; }; }; })
  (devices { disk = { type = "network"; driver = { name = "qemu"; type = "raw"; }; source = { protocol = "rbd"; name = "vms/web"; host = { name = "ceph.example.org"; port = 6789; }; auth = { username = "libvirt"; secret = { type = "ceph"; usage = "client.libvirt"; }; }; }; target = { dev = "vda"; bus = "virtio"; }; }; })
  (devices { disk = { type = "file"; device = "cdrom"; driver = { name = "qemu"; type = "raw"; }; source.file = "/srv/iso/debian.iso"; target = { dev = "sda"; bus = "sata"; }; readonly = true; }; })
  (devices { disk = disk { iotune = { total_iops_sec = 1000; total_bytes_sec = 104857600; }; }; })
  (devices { disk = disk { backingStore = { type = "file"; format.type = "qcow2"; source.file = "/var/lib/libvirt/images/base.qcow2"; backingStore = { }; }; }; })
  (devices { disk = disk { boot.order = 1; serial = "WEB0001"; }; })
  (devices { controller = { type = "scsi"; index = 0; model = "virtio-scsi"; }; disk = disk { target = { dev = "sda"; bus = "scsi"; }; }; })
  (devices { interface = card { }; })
  (devices { interface = card { mac.address = "52:54:00:12:34:56"; }; })
  (devices { interface = { type = "bridge"; source.bridge = "br0"; model.type = "virtio"; }; })
  (devices { interface = { type = "direct"; source = { dev = "eth0"; mode = "bridge"; }; model.type = "virtio"; }; })
  (devices { interface = { type = "user"; backend.type = "passt"; source.dev = "eth0"; portForward = { proto = "tcp"; range = { start = 8022; to = 22; }; }; model.type = "virtio"; }; })
  (devices { interface = card { bandwidth = { inbound = { average = 1000; peak = 5000; burst = 1024; }; outbound.average = 1000; }; }; })
  (devices { interface = card { filterref = { filter = "clean-traffic"; parameter = { name = "IP"; value = "192.168.122.10"; }; }; }; })
  (devices { interface = card { driver = { name = "vhost"; queues = 4; }; }; })
  (devices { hostdev = { type = "pci"; mode = "subsystem"; managed = true; source.address = { domain = 0; bus = 1; slot = 0; function = 0; }; }; })
  (devices { hostdev = { type = "usb"; mode = "subsystem"; source = { vendor.id = "0x046d"; product.id = "0xc52b"; }; }; })
  (devices { graphics = { type = "spice"; autoport = true; listen = { type = "address"; address = "127.0.0.1"; }; }; video.model = { type = "virtio"; heads = 1; primary = true; }; })
  (devices { graphics = { type = "vnc"; autoport = true; listen = { type = "address"; address = "127.0.0.1"; }; }; })
  (devices { video.model = { type = "virtio"; heads = 1; primary = true; }; })
  (devices { sound.model = "ich9"; audio = { id = 1; type = "none"; }; })
  (devices { tpm = { model = "tpm-crb"; backend = { type = "emulator"; version = "2.0"; }; }; })
  (devices { rng = { model = "virtio"; backend = { model = "random"; source = "/dev/urandom"; }; }; })
  (devices { watchdog = { model = "itco"; action = "reset"; }; })
  (devices { memballoon.model = "none"; })
  (devices { memballoon = { model = "virtio"; stats.period = 10; }; })
  (devices { serial = { type = "pty"; target.port = 0; }; console = { type = "pty"; target = { type = "serial"; port = 0; }; }; })
  (devices { channel = { type = "unix"; target = { type = "virtio"; name = "org.qemu.guest_agent.0"; }; }; })
  (devices { input = [ { type = "tablet"; bus = "usb"; } { type = "keyboard"; bus = "virtio"; } ]; })
  (devices { vsock = { model = "virtio"; cid = { auto = false; address = 3; }; }; })
  (devices { panic.model = "isa"; })
  (devices { iommu = { model = "intel"; driver = { intremap = true; caching_mode = true; iotlb = true; }; }; } // { features.ioapic.driver = "qemu"; })
  (machine {
    memoryBacking = { source.type = "memfd"; access.mode = "shared"; };
    devices.filesystem = { type = "mount"; accessmode = "passthrough"; driver.type = "virtiofs"; source.dir = "/srv/share"; target.dir = "share"; };
  })
  (lan { })
  (lan { ip = { address = "192.168.74.1"; netmask = "255.255.255.0"; dhcp = { range = { start = "192.168.74.100"; end = "192.168.74.199"; }; host = { mac = "52:54:00:12:34:56"; name = "web"; ip = "192.168.74.10"; }; }; }; })
  (lan { domain = { name = "lan.example.org"; localOnly = true; }; dns.host = { ip = "192.168.74.10"; hostname = "web"; }; })
  { kind = "network"; name = "bridged"; forward.mode = "bridge"; bridge.name = "br0"; }
  { kind = "pool"; type = "dir"; name = "images"; target.path = "/var/lib/libvirt/images"; }
  { kind = "pool"; type = "logical"; name = "vg0"; source = { device.path = "/dev/sdb"; name = "vg0"; format.type = "lvm2"; }; target.path = "/dev/vg0"; }
  { kind = "pool"; type = "netfs"; name = "nfs"; source = { host.name = "nas.example.org"; dir.path = "/export/images"; format.type = "nfs"; }; target.path = "/var/lib/libvirt/nfs"; }
  { kind = "volume"; name = "web.qcow2"; capacity = { count = 20; unit = "GiB"; }; target.format.type = "qcow2"; }
  { kind = "volume"; name = "web.qcow2"; capacity = { count = 20; unit = "GiB"; }; target.format.type = "qcow2"; backingStore = { path = "/var/lib/libvirt/images/base.qcow2"; format.type = "qcow2"; }; }
  { kind = "secret"; ephemeral = false; private = true; uuid = "c7a5fdbd-cdaf-4455-926a-d65c16db1809"; usage = { type = "ceph"; name = "client.libvirt"; }; }
  { kind = "nwfilter"; name = "only-web"; chain = "root"; rule = { action = "accept"; direction = "in"; priority = 500; tcp.dstportstart = 80; }; }
  { kind = "nodedev"; name = "mdev_example"; parent = "pci_0000_06_00_0"; capability = { type = [ "mdev" { id = "i915-GVTg_V5_8"; } ]; uuid = "c7a5fdbd-cdaf-4455-926a-d65c16db1809"; }; }
  (machine {
    os = {
      type = "hvm";
      arch = "x86_64";
      machine = "q35";
      loader = { readonly = true; type = "pflash"; path = "/run/libvirt/nix-ovmf/OVMF_CODE.fd"; };
      nvram = { type = "network"; source = { protocol = "nbd"; name = "vars"; host = { name = "san.example.org"; port = 3260; }; }; };
    };
    features.acpi = true;
  })
  (machine {
    cpu = {
      mode = "host-passthrough";
      numa.cell = [
        { id = 0; cpus = "0-1"; memory = 1; unit = "GiB"; }
        { id = 1; cpus = "2-3"; memory = 1; unit = "GiB"; }
      ];
    };
    numatune = { memory = { mode = "strict"; nodeset = "0-1"; }; memnode = { cellid = 0; mode = "strict"; nodeset = "0"; }; };
  })
  (machine {
    throttlegroups.throttlegroup = { group_name = "slow"; total_iops_sec = 1000; };
    devices.disk = disk { throttlefilters.throttlefilter.group = "slow"; };
  })
  (devices { smartcard = { mode = "host-certificates"; certificate = [ "cert1" "cert2" "cert3" ]; database = "/etc/pki/nssdb"; }; })
  (devices { shmem = { name = "shared"; role = "peer"; model.type = "ivshmem-doorbell"; server.path = "/run/ivshmem"; msi = { vectors = 32; ioeventfd = true; }; }; })
  (devices { controller = [ { type = "usb"; index = 0; model = "ich9-ehci1"; } { type = "usb"; index = 0; model = "ich9-uhci1"; master.startport = 0; } ]; })
  (lan { forward = { mode = "nat"; nat.address = { start = "203.0.113.10"; end = "203.0.113.20"; }; }; })
  { kind = "network"; name = "cards"; forward = { mode = "hostdev"; managed = true; address = { type = "pci"; domain = 0; bus = 6; slot = 16; function = 0; }; }; }
  { type = "lxc"; name = "web"; memory = { count = 1; unit = "GiB"; }; os = { type = "exe"; init = "/sbin/init"; }; devices.hostdev = { mode = "capabilities"; type = "storage"; source.block = "/dev/sdb1"; }; }
  { type = "lxc"; name = "web"; memory = { count = 1; unit = "GiB"; }; os = { type = "exe"; init = "/sbin/init"; }; devices.hostdev = { mode = "capabilities"; type = "misc"; source.char = "/dev/input/event3"; }; }
  { type = "lxc"; name = "web"; memory = { count = 1; unit = "GiB"; }; os = { type = "exe"; init = "/sbin/init"; }; devices.hostdev = { mode = "capabilities"; type = "net"; source.interface = "eth1"; }; }
  (machine { iothreads = 1; cputune.iothreadpin = { iothread = 1; cpuset = "0-1"; }; devices.disk = disk { driver = { name = "qemu"; type = "qcow2"; iothread = 1; }; }; })
]
