# Submodules that other modules can add options to, where ours have types of our own.
#
# nixpkgs merges the declarations of one option one after the other, and the first one's type does the
# merging. Ours does more than those that it can be merged with: it takes a list or a set, and is faster. So our
# declarations have to be first.
let
  inherit (builtins)
    head
    isAttrs
    isList
    length
    ;
in
rec {
  # Our module, under a key. What is imported by imports is what nixpkgs looks at first, wherever in the list of modules
  # it stands.
  module = key: options: {
    inherit key;
    imports = [ { imports = [ { imports = [ { inherit options; } ]; } ]; } ];
  };

  # Whether a module is the one with a key. Where an option is declared several times, nixpkgs wraps each
  # of their modules in one that says the file.
  is =
    key: module:
    isAttrs module
    && (
      module.key or null == key
      || (isList (module.imports or null) && length module.imports == 1 && is key (head module.imports))
    );
}
