# The place of an attribute in a form that `builtins.toJSON` takes, whatever its file is called.
#
# File names are bytes, JSON is UTF-8, and Nix refuses to print any other string; nor can it tell whether a
# string is UTF-8. So a name that is not plain ASCII is given as one character for each byte, the one with
# the byte's number (ISO 8859-1), and `bytes` says so. The compiler makes the name of it again.
let
  inherit (builtins)
    bitAnd
    concatStringsSep
    fromJSON
    genList
    listToAttrs
    match
    stringLength
    substring
    ;

  digit = number: substring (bitAnd number 15) 1 "0123456789abcdef";
  # The character of a number.
  character =
    number:
    fromJSON ''"\u${digit (number / 4096)}${digit (number / 256)}${digit (number / 16)}${digit number}"'';

  # Nix cannot write a byte, but cut one out of a character.
  continuing = genList (i: {
    name = substring 1 1 (character (128 + i));
    value = character (128 + i);
  }) 64;
  first = number: code: {
    name = substring 0 1 code;
    value = character number;
  };
  ofTwo = genList (i: first (194 + i) (character ((2 + i) * 64))) 30;
  ofThree = genList (i: first (224 + i) (character (if i == 0 then 2048 else i * 4096))) 16;
  ofFour = genList (
    i:
    first (240 + i) (
      fromJSON ''"\ud${substring (3 * i) 3 "8008c09c0ac0bc0"}\udc00"''
    )
  ) 5;
  characters = listToAttrs (continuing ++ ofTwo ++ ofThree ++ ofFour);
  # What is no ASCII and begins no character of UTF-8 is unknown here, too.
  ascii = byte: if byte < substring 1 1 (character 128) then byte else "?";
in
{
  isPlain = file: match "[ -~]*" file != null;

  encode =
    place:
    place
    // {
      file = concatStringsSep "" (
        genList (
          i:
          let
            byte = substring i 1 place.file;
          in
          characters.${byte} or (ascii byte)
        ) (stringLength place.file)
      );
      bytes = true;
    };
}
