# All objects of the host. What is not listed here is left alone or, if it was listed before, removed.
{
  networks = [
    {
      spec = import ./networks/lan.nix;
      active = true;
    }
  ];
  domains = [
    {
      spec = import ./domains/web.nix;
      active = true;
    }
  ];
}
