# Several machines from one function, by the template for Linux.
{ nixvirt }:
let
  machine = name: memory: {
    spec = nixvirt.lib.domain.templates.linux {
      inherit name;
      memory = { count = memory; unit = "GiB"; };
      storage_vol = { pool = "images"; volume = "${name}.qcow2"; };
    };
  };
in
{
  domains = [ (machine "web" 2) (machine "db" 8) ];
}
