# What the modules have to refuse: the value that does not evaluate, and what the message says.
helpers:
with helpers;
let
  wrong = connection: says: {
    value = [
      (config [ connection ]).virtualisation.libvirt.connections.${uri}.check
      (bundle [ connection ])
    ];
    inherit says;
  };
  domain = object: wrong { domains = [ object ]; };
  setting = settings: says: {
    value = (nixos [ { virtualisation.libvirt = settings; } ]).config.virtualisation.libvirt;
    inherit says;
  };
in
{
  enable = setting { enable = "yes"; } "libvirt.enable' is not of type `boolean'";
  verbose = setting { verbose = 1; } "libvirt.verbose' is not of type `boolean'";
  package = setting { package = 1; } "libvirt.package' is not of type `package'";
  swtpm = setting { swtpm.enable = null; } "libvirt.swtpm.enable' is not of type `boolean'";
  connections = setting { connections = [ ]; } "libvirt.connections' is not of type";
  noSuch = setting { conections = { }; } "conections' does not exist";
  domains = wrong { domains = "web"; } "domains' is not of type `null or (list or attribute set by name of domains)'";
  networks = wrong { networks = 1; } "networks' is not of type";
  pools = wrong { pools = true; } "pools' is not of type";
  volumes = wrong { pools = [ { definition = "/p"; volumes = null; } ]; } "volumes' is not of type";
  definition = domain { definition = "web.xml"; } "definition' is not of type";
  active = domain { definition = "/a"; active = "yes"; } "active' is not of type `null or boolean'";
  restart = domain { definition = "/a"; restart = "sometimes"; } "restart' is not of type";
  present = wrong { pools = [ { definition = "/p"; volumes = [ { present = null; } ]; } ]; } "present' is not of type `boolean'";
  volumeName = wrong { pools = [ { definition = "/p"; volumes = [ { name = 1; present = false; } ]; } ]; } "name' is not of type `null or string'";
  spec = domain { spec = "web"; } "spec' is not of type `null or attribute set of libvirt's format'";
  template = domain { template = "lunix"; } "template' is not of type `null or one of \"linux\", \"nixos\"";
  prune = wrong { domains = [ ]; prune = "everything"; } "prune' is not of type `one of \"owned\"";
  check = wrong { domains = [ ]; check = 1; } "check' is not of type `boolean'";
  timeout = domain { definition = "/a"; shutdown.timeout = -1; } "shutdown.timeout' is not of type";
  method = domain { definition = "/a"; shutdown.method = "kick"; } "shutdown.method' is not of type `null or one of \"acpi\", \"agent\", \"destroy\"'";
  hook = domain { definition = "/a"; hooks.started = 1; } "hooks.started' is not of type";
  unknown = domain { definition = "/a"; actve = true; } "actve' does not exist: did you mean `active'?";
  misplaced = domain { memory = 1; } "what libvirt's format has goes into `spec'";
  hookName = domain { definition = "/a"; hooks.begin = ""; } "a value of `hooks` has";
  conflict = {
    value = spec [
      { memory = 1; }
      { memory = 2; }
    ];
    says = "domains.guest.spec.memory' has conflicting definition values";
  };
  function = domain { spec.devices.disk = [ { source = x: x; } ]; } "is a function, and a spec is data";
  nothing = domain { active = true; } "domains[0]: there is nothing that defines it: give it a `definition`, `spec` or `template`";
  both = domain { definition = "/a"; spec = guest; } "domains[0]: it is defined by `definition` and by `spec`: leave one";
  stray = wrong { domains.web = { spec = guest; args.name = "a"; }; } "domains.web: there are `args` without a `template`";
  volumeWithout = wrong { pools.p = { definition = "/p"; volumes = [ { present = false; } ]; }; } "pools.p.volumes[0]: a volume with `present = false` needs its `name`";
  sameName = wrong { domains = lib.mkMerge [ [ { spec = guest // { name = "web"; }; } ] { web.spec = guest; } ]; } "domains[0]` (in ";
  sameNameToo = wrong { domains = lib.mkMerge [ [ { spec = guest // { name = "web"; }; } ] { web.spec = guest; } ]; } ".domains.web` (in ";
  sameNameListed = wrong { domains = [ { template = "linux"; args.name = "a"; } { spec = guest // { name = "a"; }; } ]; } "are both a domain called \"a\": give it one name in a set";
  sameVolume = wrong { pools.p = { definition = "/p"; volumes = [ { present = false; name = "a"; } { spec.name = "a"; } ]; }; } "are both a volume called \"a\"";
  firewallUnknown = wrong { networks.lan = { spec.ip.address = "10.0.0.1"; openFirewall = true; }; } "networks.lan: `openFirewall` needs the name of the network's bridge: give `spec.bridge.name`";
  firewallDefinition = wrong { networks.lan = { definition = "/n.xml"; openFirewall = true; }; } "say it in `firewallInterface`";
  firewallForeign = wrong { networks.lan = { spec.forward.mode = "bridge"; spec.bridge.name = "br0"; openFirewall = true; }; } "this network has none";
  firewallElsewhere = {
    value = given (nixos [
      {
        virtualisation.libvirt.enable = true;
        virtualisation.libvirt.connections."qemu+ssh://a/system".networks.lan = {
          template = "bridge";
          args.subnet_byte = 1;
          openFirewall = true;
        };
      }
    ]).config.virtualisation.libvirt.build.bundles."qemu+ssh://a/system";
    says = "the connection is to another one";
  };
  firewallOfUser = {
    value = given (home [ (on { networks.lan = { template = "bridge"; args.subnet_byte = 1; openFirewall = true; }; }) ]).config.virtualisation.libvirt.build.bundles.${uri};
    says = "networks.lan: `openFirewall` is for the NixOS module";
  };
  allAtOnce = wrong { domains = [ { } ]; networks = [ { } ]; } "networks[0]: there is nothing";
}
