//! The time of the evaluator's builtins grows with their input: an expression for each, over a list of numbers, a
//! set, a list of small sets and a text that grow.

use super::{Construct, named, nix};

/// A Nix file that evaluates an expression over so much.
fn over(count: usize, expression: &str) -> String {
    named(&format!(
        "(let
            list = builtins.genList (i: i) {count};
            texts = map toString list;
            text = builtins.concatStringsSep \" \" texts;
            pairs = map (i: {{ name = \"k${{toString i}}\"; value = i; }}) list;
            set = builtins.listToAttrs pairs;
            lists = map (i: [ i i ]) list;
            sum = builtins.foldl' (all: i: all + i) 0;
          in \"m${{toString ({expression})}}\")"
    ))
}

macro_rules! builtins {
    ($($name:literal: $expression:literal,)*) => {
        &[$(nix(concat!("builtins.", $name), 500, |count| over(count, $expression)),)*]
    };
}

/// A construct for each builtin whose work grows with what it is given.
pub const BUILTINS: &[Construct] = builtins! {
    "all": "builtins.all (i: i >= 0) list",
    "any": "builtins.any (i: i < 0) list",
    "attrNames": "builtins.attrNames set",
    "attrValues": "builtins.attrValues set",
    "baseNameOf": "baseNameOf (builtins.replaceStrings [ \" \" ] [ \"/\" ] text)",
    "catAttrs": "builtins.catAttrs \"value\" pairs",
    "compareVersions": "builtins.compareVersions text (text + \" 1\")",
    "concatLists": "builtins.concatLists lists",
    "concatMap": "builtins.concatMap (i: [ i i ]) list",
    "concatStringsSep": "text",
    "deepSeq": "builtins.deepSeq pairs 1",
    "dirOf": "builtins.stringLength (dirOf (builtins.replaceStrings [ \" \" ] [ \"/\" ] text))",
    "elem": "builtins.elem (-1) list",
    "elemAt": "sum (map (builtins.elemAt list) list)",
    "filter": "builtins.filter (i: i > 1) list",
    "foldl'": "sum list",
    "fromJSON": "builtins.attrNames (builtins.fromJSON (builtins.toJSON set))",
    "functionArgs": "map (i: builtins.attrNames (builtins.functionArgs ({ a, b ? 1 }: a))) list",
    "genList": "list",
    "getAttr": "map (name: builtins.getAttr name set) (builtins.attrNames set)",
    "groupBy": "builtins.attrNames (builtins.groupBy (i: toString (i / 2)) list)",
    "hasAttr": "builtins.all (name: builtins.hasAttr name set) (builtins.attrNames set)",
    "hashString": "builtins.hashString \"sha512\" text",
    "head": "map builtins.head lists",
    "intersectAttrs": "builtins.attrNames (builtins.intersectAttrs set set)",
    "length": "sum (map builtins.length lists)",
    "listToAttrs": "builtins.attrNames (builtins.listToAttrs (pairs ++ pairs))",
    "map": "map (i: i + 1) list",
    "mapAttrs": "builtins.attrValues (builtins.mapAttrs (name: value: name) set)",
    "match": "builtins.match \"([0-9]+| )*\" text",
    "parseDrvName": "(builtins.parseDrvName (text + \"-1.0\")).name",
    "partition": "(builtins.partition (i: i > 5) list).right",
    "removeAttrs": "builtins.attrNames (removeAttrs set (builtins.attrNames set))",
    "replaceStrings": "builtins.replaceStrings [ \"1\" \"2\" \"\" ] [ \"one\" \"two\" \"-\" ] text",
    "seq": "map (i: builtins.seq i 1) list",
    "sort": "builtins.sort (a: b: a > b) list",
    "split": "builtins.filter builtins.isString (builtins.split \" \" text)",
    "splitVersion": "builtins.splitVersion text",
    "stringLength": "sum (map builtins.stringLength texts)",
    "substring": "map (i: builtins.substring i 3 text) list",
    "tail": "map (pair: builtins.length (builtins.tail pair)) lists",
    "toJSON": "builtins.stringLength (builtins.toJSON pairs)",
    "toString": "toString list",
    "tryEval": "map (i: (builtins.tryEval (throw \"no\")).success) list",
    "unsafeDiscardStringContext": "map builtins.unsafeDiscardStringContext texts",
    "zipAttrsWith": "builtins.attrNames (builtins.zipAttrsWith (name: values: values) (map (pair: { ${pair.name} = pair.value; }) pairs))",
};

/// The builtins that take the same whatever they are given, end the evaluation, or read files.
pub const STEADY: &[&str] = &[
    "abort",
    "add",
    "addErrorContext",
    "bitAnd",
    "bitOr",
    "bitXor",
    "ceil",
    "div",
    "floor",
    "import",
    "isAttrs",
    "isBool",
    "isFloat",
    "isFunction",
    "isInt",
    "isList",
    "isNull",
    "isPath",
    "isString",
    "lessThan",
    "mul",
    "pathExists",
    "readFile",
    "sub",
    "throw",
    "toPath",
    "trace",
    "traceVerbose",
    "typeOf",
    "warn",
];
