# What the schema's tables say of devices: whether a machine has many of one, by which values one is known, and where the
# value stands that makes one a variant of its own. `NIXVIRT_BLESS=1 cargo test -p nixvirt-tests --test templates`
# writes this file.
{
  disk = {
    many = true;
    identity = [ [ [ "target" "dev" ] ] ];
  };
  controller = {
    many = true;
    identity = [ [ [ "type" ] [ "index" ] ] ];
  };
  lease = {
    many = true;
  };
  filesystem = {
    many = true;
    identity = [ [ [ "target" "dir" ] ] ];
  };
  interface = {
    many = true;
    identity = [ [ [ "mac" "address" ] ] ];
    variant = [ "type" ];
  };
  smartcard = {
    many = true;
  };
  serial = {
    many = true;
  };
  parallel = {
    many = true;
  };
  console = {
    many = true;
  };
  channel = {
    many = true;
    identity = [ [ [ "target" "name" ] ] ];
  };
  input = {
    many = true;
    identity = [ [ [ "type" ] [ "bus" ] ] ];
  };
  tpm = {
    many = true;
  };
  graphics = {
    many = true;
    identity = [ [ [ "type" ] ] ];
    variant = [ "type" ];
  };
  sound = {
    many = true;
    variant = [ "model" ];
  };
  audio = {
    many = true;
    identity = [ [ [ "id" ] ] ];
    variant = [ "type" ];
  };
  video = {
    many = true;
    variant = [ "model" "type" ];
  };
  hostdev = {
    many = true;
  };
  redirdev = {
    many = true;
  };
  redirfilter = {
    many = true;
  };
  hub = {
    many = true;
  };
  watchdog = {
    many = true;
  };
  rng = {
    many = true;
    variant = [ "backend" "model" ];
  };
  panic = {
    many = true;
  };
  shmem = {
    many = true;
  };
  memory = {
    many = true;
  };
  crypto = {
    many = true;
  };
  iommu = {
    many = true;
  };
}
