# The part of nixpkgs' `lib` that people write specs with, in terms of builtins.
#
# What fewer people use is in `lib-more.nix`. Whatever is in neither is opaque: nothing is claimed about what it gives. So leaving a function out is safe, and getting
# one wrong is not.
let
  inherit (builtins)
    attrNames
    concatLists
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    hasAttr
    head
    isAttrs
    isList
    length
    listToAttrs
    map
    mapAttrs
    replaceStrings
    stringLength
    substring
    tail
    ;

  lower = [ "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v" "w" "x" "y" "z" ];
  upper = [ "A" "B" "C" "D" "E" "F" "G" "H" "I" "J" "K" "L" "M" "N" "O" "P" "Q" "R" "S" "T" "U" "V" "W" "X" "Y" "Z" ];

  special = [ "\\" "[" "{" "(" ")" "^" "$" "?" "*" "+" "|" "." ];

  override = priority: content: {
    _type = "override";
    inherit priority content;
  };
  order = priority: content: {
    _type = "order";
    inherit priority content;
  };
  more = import ./lib-more.nix self;

  self = rec {
    inherit (more)
      assertOneOf
      baseNameOf
      bitNot
      ceil
      collect
      commonPrefix
      commonPrefixLength
      commonSuffixLength
      compare
      compareLists
      composeExtensions
      composeManyExtensions
      concatAttrValues
      concatImapStrings
      converge
      crossLists
      dirOf
      div
      escape
      escapeNixIdentifier
      escapeNixString
      escapeShellArg
      escapeShellArgs
      escapeXML
      extends
      fileContents
      filterAttrsRecursive
      findFirstIndex
      findSingle
      fix
      floor
      fromHexString
      genericClosure
      groupBy'
      ifilter0
      imap
      importJSON
      info
      intersperse
      isDerivation
      isStringLike
      isType
      join
      lowerChars
      makeExtensible
      makeExtensibleWithCustomName
      makeSearchPath
      mapAttrsRecursive
      mapAttrsRecursiveCond
      matchAttrs
      mkFixStrictness
      mkImageMediaOverride
      mutuallyExclusive
      naturalSort
      "or"
      overrideExisting
      parseDrvName
      replaceElemAt
      replaceString
      setType
      showAttrPath
      sortOn
      splitVersion
      toBaseDigits
      toFunction
      toIntBase10
      toSentenceCase
      toString
      traceIf
      traceSeq
      traceValFn
      traceValSeq
      trim
      trimWith
      unionOfDisjoint
      unsafeDiscardStringContext
      upperChars
      versionAtLeast
      versionOlder
      warnIfNot
      zipAttrs
      zipAttrsWith
      zipAttrsWithNames
      ;

    inherit (builtins)
      add
      all
      any
      attrNames
      attrValues
      bitAnd
      bitOr
      bitXor
      catAttrs
      compareVersions
      concatLists
      concatMap
      concatStringsSep
      deepSeq
      elem
      elemAt
      filter
      foldl'
      fromJSON
      functionArgs
      genList
      getAttr
      groupBy
      hasAttr
      hashString
      head
      intersectAttrs
      isAttrs
      isBool
      isFloat
      isFunction
      isInt
      isList
      isPath
      isString
      length
      lessThan
      listToAttrs
      map
      mapAttrs
      match
      mul
      partition
      pathExists
      readFile
      removeAttrs
      replaceStrings
      seq
      sort
      split
      stringLength
      sub
      substring
      tail
      toJSON
      tryEval
      typeOf
      ;

    # Functions, booleans, numbers.
    id = x: x;
    const = x: _: x;
    flip = f: a: b: f b a;
    pipe = foldl' (value: f: f value);
    and = a: b: a && b;
    xor = a: b: a != b;
    boolToString = b: if b then "true" else "false";
    boolToYesNo = b: if b then "yes" else "no";
    min = a: b: if a < b then a else b;
    max = a: b: if a < b then b else a;
    mod = a: b: a - b * (a / b);
    mergeAttrs = a: b: a // b;
    defaultTo = other: x: if x == null then other else x;
    mapNullable = f: x: if x == null then x else f x;
    throwIf = condition: message: x: if condition then throw message else x;
    throwIfNot = condition: throwIf (!condition);
    assertMsg = condition: message: if condition then true else throw message;
    warn = _: x: x;
    warnIf = _: _: x: x;
    trace = _: x: x;
    traceVal = x: x;
    toHexString =
      let
        digits = [ "0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "A" "B" "C" "D" "E" "F" ];
        go = n: (if n >= 16 then go (n / 16) else "") + elemAt digits (mod n 16);
      in
      n: go n;

    # Lists.
    singleton = x: [ x ];
    toList = x: if isList x then x else [ x ];
    optional = condition: x: if condition then [ x ] else [ ];
    optionals = condition: list: if condition then list else [ ];
    imap0 = f: list: genList (i: f i (elemAt list i)) (length list);
    imap1 = f: imap0 (i: f (i + 1));
    range = from: to: if from > to then [ ] else genList (i: from + i) (to - from + 1);
    replicate = n: x: genList (_: x) n;
    flatten = x: if isList x then concatLists (map flatten x) else [ x ];
    remove = x: filter (other: other != x);
    unique = foldl' (known: x: if elem x known then known else known ++ [ x ]) [ ];
    uniqueStrings = unique;
    allUnique = list: length (unique list) == length list;
    last = list: elemAt list (length list - 1);
    init = list: take (length list - 1) list;
    sublist =
      from: count: list:
      let
        left = length list - from;
        most = if left < 0 then 0 else left;
      in
      genList (i: elemAt list (from + i)) (if count < most then count else most);
    take = sublist 0;
    drop = count: list: sublist count (length list) list;
    takeEnd = count: list: drop (max 0 (length list - count)) list;
    dropEnd = count: list: take (max 0 (length list - count)) list;
    reverseList =
      list:
      let
        count = length list;
      in
      genList (i: elemAt list (count - 1 - i)) count;
    foldl = f: start: list: foldl' f start list;
    foldr =
      f: start: list:
      let
        go = i: if i == length list then start else f (elemAt list i) (go (i + 1));
      in
      go 0;
    fold = foldr;
    count = test: list: length (filter test list);
    findFirst =
      test: default: list:
      let
        found = filter test list;
      in
      if found == [ ] then default else head found;
    zipListsWith =
      f: a: b:
      genList (i: f (elemAt a i) (elemAt b i)) (min (length a) (length b));
    zipLists = zipListsWith (fst: snd: { inherit fst snd; });
    forEach = list: f: map f list;
    intersectLists = wanted: filter (x: elem x wanted);
    subtractLists = unwanted: filter (x: !(elem x unwanted));
    concat = a: b: a ++ b;

    # Sets.
    optionalAttrs = condition: set: if condition then set else { };
    nameValuePair = name: value: { inherit name value; };
    mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
    attrsToList = mapAttrsToList nameValuePair;
    mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
    filterAttrs =
      test: set: removeAttrs set (filter (name: !(test name set.${name})) (attrNames set));
    genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
    genAttrs' = list: f: listToAttrs (map f list);
    getAttrs = names: set: genAttrs names (name: set.${name});
    attrVals = names: set: map (name: set.${name}) names;
    concatMapAttrs = f: set: foldl' mergeAttrs { } (mapAttrsToList f set);
    mergeAttrsList = foldl' mergeAttrs { };
    recursiveUpdateUntil =
      stop: left: right:
      let
        go =
          path: under: over:
          under
          // mapAttrs (
            name: value:
            if hasAttr name under && !(stop (path ++ [ name ]) under.${name} value) then
              go (path ++ [ name ]) under.${name} value
            else
              value
          ) over;
      in
      go [ ] left right;
    recursiveUpdate = recursiveUpdateUntil (_: under: over: !(isAttrs under && isAttrs over));
    attrByPath =
      path: default: set:
      if path == [ ] then
        set
      else if isAttrs set && hasAttr (head path) set then
        attrByPath (tail path) default set.${head path}
      else
        default;
    hasAttrByPath =
      path: set:
      path == [ ]
      || (isAttrs set && hasAttr (head path) set && hasAttrByPath (tail path) set.${head path});
    getAttrFromPath = path: set: foldl' (at: name: at.${name}) set path;
    setAttrByPath =
      path: value: if path == [ ] then value else { ${head path} = setAttrByPath (tail path) value; };
    cartesianProduct =
      set:
      foldl' (
        rows: name: concatLists (map (row: map (value: row // { ${name} = value; }) set.${name}) rows)
      ) [ { } ] (attrNames set);
    cartesianProductOfSets = cartesianProduct;
    mapCartesianProduct = f: set: map f (cartesianProduct set);
    foldAttrs =
      f: start: sets:
      foldr (
        set: so_far:
        foldr (name: all: all // { ${name} = f set.${name} (all.${name} or start); }) so_far (attrNames set)
      ) { } sets;
    foldlAttrs =
      f: start: set:
      foldl' (so_far: name: f so_far name set.${name}) start (attrNames set);

    # Strings.
    optionalString = condition: text: if condition then text else "";
    concatStrings = concatStringsSep "";
    concatMapStrings = f: list: concatStrings (map f list);
    concatMapStringsSep = separator: f: list: concatStringsSep separator (map f list);
    concatImapStringsSep = separator: f: list: concatStringsSep separator (imap1 f list);
    concatLines = list: concatStrings (map (line: line + "\n") list);
    concatMapAttrsStringSep = separator: f: set: concatStringsSep separator (mapAttrsToList f set);
    stringToCharacters = text: genList (i: substring i 1 text) (stringLength text);
    stringAsChars = f: text: concatStrings (map f (stringToCharacters text));
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    hasSuffix =
      suffix: text:
      let
        at = stringLength text - stringLength suffix;
      in
      at >= 0 && substring at (stringLength suffix) text == suffix;
    hasInfix =
      infix: text:
      let
        most = stringLength text - stringLength infix;
      in
      infix == "" || builtins.any (i: substring i (stringLength infix) text == infix) (range 0 most);
    removePrefix =
      prefix: text:
      if hasPrefix prefix text then
        substring (stringLength prefix) (stringLength text - stringLength prefix) text
      else
        text;
    removeSuffix =
      suffix: text:
      if hasSuffix suffix text then
        substring 0 (stringLength text - stringLength suffix) text
      else
        text;
    toLower = replaceStrings upper lower;
    toUpper = replaceStrings lower upper;
    replaceChars = replaceStrings;
    escapeRegex = replaceStrings special (map (character: "\\${character}") special);
    splitString = separator: text: filter builtins.isString (builtins.split (escapeRegex separator) text);
    fixedWidthString =
      width: filler: text:
      let
        missing = width - stringLength text;
      in
      if missing < 0 then
        throw "fixedWidthString: the text is longer than ${toString width}"
      else if missing == 0 then
        text
      else
        filler + fixedWidthString (width - 1) filler text;
    fixedWidthNumber = width: n: fixedWidthString width "0" (toString n);
    toInt = text: builtins.fromJSON text;

    # The module system's properties.
    mkIf = condition: content: {
      _type = "if";
      inherit condition content;
    };
    mkMerge = contents: {
      _type = "merge";
      inherit contents;
    };
    mkOverride = override;
    mkForce = override 50;
    mkDefault = override 1000;
    mkOptionDefault = override 1500;
    mkVMOverride = override 10;
    mkOrder = order;
    mkBefore = order 500;
    mkAfter = order 1500;
  };
in
self
