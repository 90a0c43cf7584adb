# The kinds of objects of a host: the lists of a bundle, and what one object of each is called.
# Generated from schema/src/kind.rs; `NIXVIRT_UPDATE=1 cargo test -p nixvirt-tests --test kinds` writes it.
{
  domains = "domain";
  networks = "network";
  pools = "pool";
  volumes = "volume";
  nwfilters = "nwfilter";
  secrets = "secret";
  nodedevs = "nodedev";
}
