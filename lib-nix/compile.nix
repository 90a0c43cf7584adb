# Two runs of `nixvirt-compile` as derivations, without stdenv: a shell and the compiler do. The first
# one checks, and says what is wrong and where; the second compiles.
#
# The input goes in as a file, because a whole host does not fit in the environment, and by
# `passAsFile`, because `builtins.toFile` would refuse the string contexts that must be kept.
# The compiler's exit status and its stderr are the build's.
{
  nixvirt,
  system,
  # places.nix
  places,
}:
let
  legal = import ./store-name.nix;

  # Of what a text depends on, only the files that evaluation itself has put into the store.
  filesOnly =
    text:
    let
      context = builtins.getContext text;
      isFile = path: context.${path} == { path = true; };
      files = builtins.filter isFile (builtins.attrNames context);
    in
    builtins.appendContext (builtins.unsafeDiscardStringContext text) (
      builtins.listToAttrs (
        map (name: {
          inherit name;
          value = context.${name};
        }) files
      )
    );
in
{
  name,
  flags ? [ ],
  input,
  # Where the attributes of `input` stand: a tree of places.nix.
  tree ? null,
}:
let
  text = builtins.toJSON input;
  run = {
    inherit system;
    compiler = "${nixvirt}/bin/nixvirt-compile";
    builder = "/bin/sh";
    # It takes milliseconds: asking a builder or a cache for it takes longer.
    preferLocalBuild = true;
    allowSubstitutes = false;
  };
  hash = builtins.hashString "sha256";
  script = text: [
    "-c"
    text
    "nixvirt"
  ];

  # The check alone knows places. What it makes is known beforehand, an empty file under a name that
  # goes by what is checked: so its output, and with it whatever depends on it, is the same wherever
  # the spec stands, and what was found right once is not looked at again. It needs no packages of
  # the spec's. Nix builds in the order of names what is ready to be built: by the `+`, the check is
  # ahead of every package that the spec would have it build.
  check = derivation (
    run
    // {
      name = "+${legal name}-check-${
        builtins.substring 0 32 (hash "${hash text} ${toString flags} ${run.compiler}")
      }";
      input = filesOnly text;
      places = places.text tree;
      passAsFile = [
        "input"
        "places"
      ];
      args =
        script ''
          "$compiler" check "$@" --color never --format human --summary --places "$placesPath" "$inputPath" &&
            : > "$out"
        ''
        ++ flags;
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = hash "";
    }
  );
in
derivation (
  run
  // {
    inherit check;
    name = legal name;
    input = text;
    passAsFile = [ "input" ];
    args =
      # Warnings are the check's to say.
      script ''
        said=$("$compiler" "$@" --color never --format human --summary -o "$out" "$inputPath" 2>&1) && exit
        status=$?
        printf '%s\n' "$said" >&2
        exit $status
      ''
      ++ flags;
  }
)
