# The store's copy of a file of the configuration, whatever the file is called. A string or a package stays
# what it is.
file:
if builtins.isPath file then
  builtins.path {
    path = file;
    name = import ./store-name.nix (baseNameOf file);
  }
else
  "${file}"
