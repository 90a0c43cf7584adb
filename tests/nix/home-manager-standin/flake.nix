# A Home Manager for the test of our flake: nixpkgs' module system with the options that our module touches.
{
  outputs =
    { self, nixpkgs }:
    {
      lib.homeManagerConfiguration =
        { pkgs, modules }:
        let
          lib = pkgs.lib.extend (
            _: _: {
              hm.dag.entryAfter = after: data: { inherit after data; };
            }
          );
          options = import "${nixpkgs}/options.nix" { inherit lib pkgs; };
        in
        lib.evalModules {
          modules = [
            options.home
            options.others
            { _module.args = { inherit pkgs; }; }
          ]
          ++ modules;
        };
    };
}
