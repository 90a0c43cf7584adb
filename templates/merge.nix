# One spec laid over another: sets merge key by key, anything else replaces what was there.
#
# A list replaces as a whole, because nothing says which disk of one list is which of the other.
let
  places = import ./places.nix;

  merge =
    under: over:
    under
    // builtins.mapAttrs (
      key: value:
      if builtins.isAttrs value && builtins.isAttrs (under.${key} or null) then
        merge under.${key} value
      else
        value
    ) over
    // places (removeAttrs over (builtins.attrNames under));
in
merge
