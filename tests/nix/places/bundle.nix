# The same in a bundle: an entry, a bare spec, a template with its arguments, a volume of a pool.
{
  domains = [
    {
      spec = {
        name = "a";
        type = "kvm";
        memory = 1;
        os.type = "hvm";
        titel = "x"; # at titel: domains[0].spec.titel
      };
    }
    {
      name = "b"; # near name: domains[1].spec
      memory = 1;
      os.type = "hvm";
    }
    {
      template = "linux";
      args = {
        name = "c";
        titel = "x"; # at titel: domains[2].spec.titel
      };
    }
  ];
  pools = [
    {
      spec = {
        type = "dir";
        name = "p";
        target.path = "/p";
      };
      volumes = [
        {
          name = "v";
          target.format.type = "raw";
          capacity = "a lot"; # at capacity: pools[0].volumes[0].spec.capacity
        }
      ];
    }
  ];
}
