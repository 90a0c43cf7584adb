# The devices of a template and those of its caller.
#
# Of a device that a machine has many of, the caller's join the template's; one that is the same as one
# of the template's (its target, alias, address, ...) replaces it. Of a device that has variants, a
# template makes one: the caller's first meets it. One of the same variant, or that names none, is laid
# over it; another replaces it whole. Anything else is laid over what is there, as `merge` does it.
#
# What a template makes for a display of SPICE goes where the machine has none.
let
  merge = import ../merge.nix;
  facts = import ./devices.nix;

  list =
    value:
    if value == null then
      [ ]
    else if builtins.isList value then
      value
    else
      [ value ];

  # The value at a place such as `model.type`; null where there is none.
  at =
    place: value:
    builtins.foldl' (
      value: key: if builtins.isAttrs value then value.${key} or null else null
    ) value place;

  # By these, too, any device is known.
  common = [
    [
      [
        "alias"
        "name"
      ]
    ]
    [ [ "address" ] ]
  ];

  # Whether two devices are the same one: a key is several places, all of which must be there and equal.
  same =
    kind: one: other:
    builtins.any (
      key: builtins.all (place: at place one != null && at place one == at place other) key
    ) (facts.${kind}.identity or [ ] ++ common);

  joined =
    kind: own: given:
    builtins.filter (device: !(builtins.any (same kind device) given)) own ++ given;

  met =
    kind: own: given:
    let
      place = facts.${kind}.variant;
      one = builtins.head own;
      first = builtins.head given;
      variant = at place first;
    in
    if own == [ ] || given == [ ] then
      own ++ given
    else
      [ (if variant == null || variant == at place one then merge one first else first) ]
      ++ builtins.tail own
      ++ builtins.tail given;

  alone = devices: if builtins.length devices == 1 then builtins.head devices else devices;

  with' =
    own: kind: given:
    let
      fact = facts.${kind} or { };
      there = own.${kind} or null;
    in
    if list given == [ ] then
      there
    else if there == null then
      given
    else if fact ? variant then
      alone (met kind (list there) (list given))
    else if fact.many or false && builtins.isList there then
      joined kind there (list given)
    else if builtins.isAttrs there && builtins.isAttrs given then
      merge there given
    else
      given;

  spice = [
    "spicevmc"
    "spiceport"
    "spice"
  ];
  # What is left of the template's own devices beside these displays.
  fitting =
    graphics: own:
    let
      hasSpice = builtins.any (display: at [ "type" ] display == "spice") graphics;
      has3D = builtins.any (
        display:
        at [ "type" ] display == "egl-headless"
        || at [
          "gl"
          "enable"
        ] display == true
      ) graphics;
      needsSpice = device: builtins.elem (at [ "type" ] device) spice;
      without =
        kind:
        if own ? ${kind} then
          let
            left = builtins.filter (device: !(needsSpice device)) (list own.${kind});
          in
          if builtins.isList own.${kind} then
            { ${kind} = left; }
          else
            { ${kind} = if left == [ ] then null else own.${kind}; }
        else
          { };
      flat =
        if own ? video.model.acceleration then
          {
            video = own.video // {
              model = removeAttrs own.video.model [ "acceleration" ];
            };
          }
        else
          { };
    in
    own
    // (
      if hasSpice then
        { }
      else
        without "channel" // without "redirdev" // without "audio" // without "smartcard"
    )
    // (if has3D then { } else flat);
in
own: given:
let
  graphics = list (with' own "graphics" (given.graphics or null));
  base = if list (given.graphics or null) == [ ] && own ? graphics then own else fitting graphics own;
in
base
// builtins.mapAttrs (with' base) given
// (import ../places.nix) (removeAttrs given (builtins.attrNames base))
