# The kinds of objects of a host: the lists of a bundle, and what one object of each is called.
{
  domains = "domain";
  networks = "network";
  pools = "pool";
  volumes = "volume";
  nwfilters = "nwfilter";
  secrets = "secret";
}
