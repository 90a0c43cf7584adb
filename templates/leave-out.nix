# A template's result without some of its parts, each named by its place: `os.boot`, `devices.sound`, or, of a list, one
# device by its target, alias or another value of its own: `devices.disk.sdc`.
let
  list = value: if builtins.isList value then value else [ value ];

  # Whether a value of a device, or of a set in it, is this text.
  is =
    text: device:
    builtins.isAttrs device
    && builtins.any (
      value: if builtins.isAttrs value then builtins.elem text (builtins.attrValues value) else value == text
    ) (builtins.attrValues device);

  without =
    whole: place: value:
    let
      key = builtins.head place;
      rest = builtins.tail place;
      below = value.${key};
      left = builtins.filter (device: !(is (builtins.head rest) device)) below;
      unknown = throw "nixvirt: `without` names `${whole}`, which the template does not make";
    in
    if !(builtins.isAttrs value && value ? ${key}) then
      unknown
    else if rest == [ ] then
      removeAttrs value [ key ]
    else if builtins.isList below then
      if builtins.length left == builtins.length below then unknown else value // { ${key} = left; }
    else
      value // { ${key} = without whole rest below; };

  # `builtins.split` gives the texts and, between them, lists.
  steps = place: builtins.filter builtins.isString (builtins.split "\\." place);
in
places: spec: builtins.foldl' (spec: place: without place (steps place) spec) spec (list places)
