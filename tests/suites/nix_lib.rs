//! Our part of nixpkgs' `lib` against nixpkgs' own: each expression gives the same with either, or fails with both.
//!
//! `NIXVIRT_NIXPKGS_LIB` says where a `lib` folder of nixpkgs is; without, what our evaluator gives is held against real
//! Nix with our own files.

use std::path::{Path, PathBuf};
use std::process::Command;

use nixvirt_cli::files::DiskFiles;
use nixvirt_evaluator::{Evaluator, LIB, Limits, with_stack};
use nixvirt_tests::command::Dir;
use nixvirt_tests::skip;
use serde_json::Value;

/// Expressions with `lib` in scope. One that is to fail does so inside of `tryEval`, or here, as a whole.
const EXPRESSIONS: &[&str] = &[
    // Functions, booleans, numbers.
    "lib.id 1",
    "lib.const 1 2",
    "lib.flip (a: b: a - b) 1 2",
    "lib.pipe 2 [ (x: x + 1) (x: x * 2) ]",
    "[ (lib.and true false) (lib.xor true true) (lib.or false true) ]",
    "[ (lib.boolToString true) (lib.boolToString false) ]",
    "[ (lib.min 1 2) (lib.max 1 2) (lib.mod 7 3) (lib.mod (-7) 3) ]",
    "[ (lib.bitAnd 12 10) (lib.bitOr 12 10) (lib.bitXor 12 10) (lib.bitNot 5) ]",
    "map lib.toHexString [ 0 9 10 15 16 255 4096 ]",
    "map (lib.toBaseDigits 16) [ 0 1 15 16 255 ]",
    "map lib.fromHexString [ \"FF\" \"ff\" \"0x10\" \"0\" ]",
    "lib.fix (self: { a = 1; b = self.a + 1; })",
    "(lib.makeExtensible (self: { a = 1; b = self.a + 1; })).b",
    "((lib.makeExtensible (self: { a = 1; b = self.a + 1; })).extend (final: prev: { a = prev.a + 10; })).b",
    "lib.fix (lib.extends (final: prev: { b = prev.a + 1; }) (self: { a = 1; }))",
    "lib.composeExtensions (f: p: { a = 1; }) (f: p: { b = p.a + 1; }) { } { }",
    "lib.composeManyExtensions [ (f: p: { a = 1; }) (f: p: { b = p.a + 1; }) (f: p: { c = p.b + 1; }) ] { } { }",
    "lib.converge (x: x / 2) 16",
    "lib.toFunction 1 2",
    "lib.toFunction (x: x + 1) 2",
    "[ (lib.defaultTo 1 null) (lib.defaultTo 1 2) ]",
    "[ (lib.mapNullable (x: x + 1) null) (lib.mapNullable (x: x + 1) 1) ]",
    "builtins.tryEval (lib.throwIf true \"no\" 1)",
    "builtins.tryEval (lib.throwIfNot true \"no\" 1)",
    "builtins.tryEval (lib.assertMsg false \"no\")",
    "builtins.tryEval (lib.assertOneOf \"x\" 3 [ 1 2 ])",
    "[ (lib.compare 1 2) (lib.compare 2 2) (lib.compare 3 2) ]",
    "[ (lib.splitVersion \"1.2.3\") (lib.compareVersions \"1.2\" \"1.10\") ]",
    "[ (lib.versionOlder \"1.1\" \"1.2\") (lib.versionOlder \"1.2\" \"1.2\") (lib.versionAtLeast \"1.2\" \"1.2\") (lib.versionAtLeast \"1.1\" \"1.2\") ]",
    // Lists.
    "lib.singleton 1",
    "[ (lib.toList 1) (lib.toList [ 1 ]) (lib.toList null) ]",
    "[ (lib.optional true 1) (lib.optional false 1) (lib.optionals true [ 1 2 ]) (lib.optionals false [ 1 ]) ]",
    "lib.imap0 (i: x: [ i x ]) [ \"a\" \"b\" ]",
    "lib.imap1 (i: x: [ i x ]) [ \"a\" \"b\" ]",
    "lib.ifilter0 (i: x: i == 1 || x > 3) [ 1 2 3 4 ]",
    "[ (lib.range 1 3) (lib.range 3 1) (lib.range 2 2) ]",
    "lib.replicate 3 \"x\"",
    "lib.flatten [ 1 [ 2 [ 3 ] [ ] ] ]",
    "lib.flatten 1",
    "lib.remove 2 [ 1 2 3 2 ]",
    "lib.unique [ 3 1 3 2 1 ]",
    "[ (lib.allUnique [ 1 2 ]) (lib.allUnique [ 1 1 ]) ]",
    "[ (lib.last [ 1 2 ]) (lib.init [ 1 2 ]) (lib.head [ 1 2 ]) (lib.tail [ 1 2 ]) ]",
    "[ (lib.take 2 [ 1 2 3 ]) (lib.take 9 [ 1 ]) (lib.drop 2 [ 1 2 3 ]) (lib.drop 9 [ 1 ]) (lib.sublist 1 2 [ 1 2 3 4 ]) (lib.sublist 5 2 [ 1 ]) ]",
    "[ (lib.takeEnd 2 [ 1 2 3 ]) (lib.dropEnd 2 [ 1 2 3 ]) ]",
    "lib.reverseList [ 1 2 3 ]",
    "lib.foldr (a: b: a - b) 0 [ 1 2 3 ]",
    "lib.foldl (a: b: a - b) 0 [ 1 2 3 ]",
    "lib.foldl' (a: b: a - b) 0 [ 1 2 3 ]",
    "lib.count (x: x > 1) [ 1 2 3 ]",
    "[ (lib.findFirst (x: x > 1) 9 [ 1 2 3 ]) (lib.findFirst (x: x > 3) 9 [ 1 2 3 ]) ]",
    "[ (lib.lists.findFirstIndex (x: x > 1) null [ 1 2 3 ]) (lib.lists.findFirstIndex (x: x > 3) null [ 1 2 3 ]) ]",
    "[ (lib.findSingle (x: x == 1) \"none\" \"many\" [ 1 1 ]) (lib.findSingle (x: x == 1) \"none\" \"many\" [ 1 ]) (lib.findSingle (x: x == 1) \"none\" \"many\" [ ]) ]",
    "lib.zipListsWith (a: b: a + b) [ 1 2 3 ] [ 10 20 ]",
    "lib.zipLists [ 1 ] [ 2 3 ]",
    "lib.forEach [ 1 2 ] (x: x + 1)",
    "lib.intersectLists [ 1 2 3 ] [ 3 2 ]",
    "lib.subtractLists [ 3 2 ] [ 1 2 3 4 3 ]",
    "lib.mutuallyExclusive [ 1 2 ] [ 3 ]",
    "lib.intersperse \"-\" [ 1 2 3 ]",
    "lib.concatMap (x: [ x x ]) [ 1 2 ]",
    "lib.sort (a: b: a > b) [ 1 3 2 ]",
    "lib.sortOn (x: -x) [ 1 3 2 ]",
    "lib.sortOn builtins.stringLength [ \"ccc\" \"a\" \"bb\" ]",
    "lib.naturalSort [ \"disk11\" \"disk8\" \"disk100\" \"disk9\" \"disk\" \"9\" \"10\" ]",
    "lib.compareLists lib.compare [ 1 2 ] [ 1 3 ]",
    "lib.compareLists lib.compare [ 1 ] [ ]",
    "lib.partition (x: x > 2) [ 5 1 2 3 4 ]",
    "lib.groupBy (x: if x > 2 then \"big\" else \"small\") [ 1 2 3 ]",
    "lib.groupBy' (a: b: a + b) 0 (x: if x > 2 then \"big\" else \"small\") [ 5 1 2 3 4 ]",
    "lib.lists.commonPrefix [ 1 2 3 ] [ 1 2 4 ]",
    "lib.replaceElemAt [ 1 2 3 ] 1 \"x\"",
    "lib.genList (i: i * i) 4",
    "[ (lib.any (x: x > 1) [ 1 2 ]) (lib.all (x: x > 1) [ 1 2 ]) (lib.elem 1 [ 1 ]) ]",
    // Sets.
    "[ (lib.optionalAttrs true { a = 1; }) (lib.optionalAttrs false { a = 1; }) ]",
    "lib.nameValuePair \"a\" 1",
    "lib.mapAttrsToList (n: v: \"${n}=${toString v}\") { b = 2; a = 1; }",
    "lib.attrsToList { b = 2; a = 1; }",
    "lib.mapAttrs' (n: v: lib.nameValuePair \"x-${n}\" v) { a = 1; }",
    "lib.mapAttrs (n: v: n + v) { a = \"1\"; }",
    "lib.filterAttrs (n: v: v != null) { a = null; b = 1; }",
    "lib.filterAttrsRecursive (n: v: v != null) { a = null; b.c = null; b.d = 1; }",
    "lib.genAttrs [ \"a\" \"b\" ] (n: n + n)",
    "lib.getAttrs [ \"a\" ] { a = 1; b = 2; }",
    "lib.attrVals [ \"b\" \"a\" ] { a = 1; b = 2; }",
    "lib.attrValues { b = 1; a = 2; }",
    "lib.catAttrs \"a\" [ { a = 1; } { } { a = 2; } ]",
    "lib.concatMapAttrs (n: v: { \"${n}${n}\" = v; }) { a = 1; b = 2; }",
    "lib.mergeAttrsList [ { a = 1; } { b = 2; } { a = 3; } ]",
    "lib.recursiveUpdate { a.b = 1; a.c = 2; } { a.b = { x = 1; }; d = 4; }",
    "lib.recursiveUpdateUntil (path: l: r: path == [ \"a\" ]) { a.b = 1; c.d = 1; } { a.x = 2; c.e = 2; }",
    "[ (lib.attrByPath [ \"a\" \"b\" ] 9 { a.b = 1; }) (lib.attrByPath [ \"a\" \"x\" ] 9 { a.b = 1; }) (lib.attrByPath [ ] 9 1) ]",
    "[ (lib.hasAttrByPath [ \"a\" \"b\" ] { a.b = 1; }) (lib.hasAttrByPath [ \"a\" \"x\" ] { a = 1; }) ]",
    "lib.getAttrFromPath [ \"a\" \"b\" ] { a.b = 1; }",
    "lib.setAttrByPath [ \"a\" \"b\" ] 1",
    "lib.cartesianProduct { a = [ 1 2 ]; b = [ 3 4 ]; }",
    "lib.mapCartesianProduct ({ a, b }: \"${a}${b}\") { a = [ \"1\" \"2\" ]; b = [ \"3\" ]; }",
    "lib.foldAttrs (x: all: [ x ] ++ all) [ ] [ { a = 1; b = 2; } { a = 3; } ]",
    "lib.foldlAttrs (sum: n: v: sum + v) 0 { a = 1; b = 2; }",
    "lib.collect builtins.isList { a.b = [ 1 ]; c = [ 2 ]; d = 3; }",
    "lib.mapAttrsRecursive (path: v: lib.concatStringsSep \".\" path + toString v) { a.b = 1; c = 2; }",
    "lib.mapAttrsRecursiveCond (set: !(set ? stop)) (path: v: path) { a.b = 1; c = { stop = 1; }; }",
    "lib.overrideExisting { a = 1; b = 2; } { b = 3; c = 4; }",
    "lib.zipAttrs [ { a = 1; } { a = 2; b = 3; } ]",
    "lib.zipAttrsWith (n: v: [ n v ]) [ { a = 1; } { a = 2; b = 3; } ]",
    "lib.zipAttrsWithNames [ \"a\" ] (n: v: [ n v ]) [ { a = 1; } { a = 2; b = 3; } ]",
    "lib.concatAttrValues { b = [ 2 ]; a = [ 1 ]; }",
    "[ (lib.matchAttrs { a.b = 1; } { a = { b = 1; c = 2; }; }) (lib.matchAttrs { a = 1; } { }) ]",
    "lib.attrsets.unionOfDisjoint { a = 1; } { b = 2; }",
    "[ (lib.isType \"x\" { _type = \"x\"; }) (lib.setType \"x\" { }) ]",
    "[ (lib.isDerivation { type = \"derivation\"; }) (lib.isDerivation { }) (lib.isAttrs { }) ]",
    "lib.intersectAttrs { a = 1; } { a = 2; b = 3; }",
    "lib.removeAttrs { a = 1; b = 2; } [ \"a\" ]",
    "lib.crossLists (a: b: a + b) [ [ 1 2 ] [ 10 20 ] ]",
    // Strings.
    "[ (lib.optionalString true \"a\") (lib.optionalString false \"a\") ]",
    "lib.concatStrings [ \"a\" \"b\" ]",
    "lib.concatMapStrings (x: x + \".\") [ \"a\" \"b\" ]",
    "lib.concatImapStrings (i: x: x + toString i) [ \"a\" \"b\" ]",
    "lib.concatStringsSep \"-\" [ \"a\" \"b\" ]",
    "lib.concatMapStringsSep \"-\" (x: x + \".\") [ \"a\" \"b\" ]",
    "lib.concatImapStringsSep \"-\" (i: x: x + toString i) [ \"a\" \"b\" ]",
    "lib.concatLines [ \"a\" \"b\" ]",
    "lib.concatMapAttrsStringSep \",\" (n: v: \"${n}=${v}\") { a = \"1\"; b = \"2\"; }",
    "lib.stringToCharacters \"abc\"",
    "lib.stringAsChars (c: if c == \"a\" then \"i\" else c) \"nax\"",
    "[ (lib.hasPrefix \"a\" \"ab\") (lib.hasSuffix \"b\" \"ab\") (lib.hasSuffix \"abc\" \"b\") (lib.hasInfix \"b\" \"abc\") (lib.hasInfix \"x\" \"abc\") (lib.hasInfix \"\" \"\") ]",
    "[ (lib.removePrefix \"a\" \"ab\") (lib.removePrefix \"x\" \"ab\") (lib.removeSuffix \"b\" \"ab\") (lib.removeSuffix \"x\" \"ab\") ]",
    "[ (lib.toLower \"AbC\") (lib.toUpper \"AbC\") (lib.toSentenceCase \"hELLO\") ]",
    "lib.escapeRegex \"[^a-z]*\\\\.{2}\"",
    "lib.splitString \".\" \"a.b..c\"",
    "lib.splitString \"/\" \"/a/b/\"",
    "lib.splitString \"::\" \"a::b\"",
    "[ (lib.fixedWidthString 5 \"0\" \"12\") (lib.fixedWidthNumber 4 12) (lib.fixedWidthString 2 \"0\" \"12\") ]",
    "[ (lib.toInt \"12\") (lib.toInt \"-3\") (lib.toIntBase10 \"0012\") ]",
    "[ (lib.trim \"  a b \\n\") (lib.trim \"\") (lib.trim \"  \") (lib.trimWith { start = true; } \" a \") (lib.trimWith { end = true; } \" a \") ]",
    "lib.escape [ \"(\" \")\" ] \"(foo)\"",
    "map lib.escapeShellArg [ \"a b\" \"plain\" \"it's\" \"\" 1 ]",
    "lib.escapeShellArgs [ \"a b\" \"c\" ]",
    "lib.escapeXML \"\\\"test\\\" 'x' < & >\"",
    "lib.replaceStrings [ \"a\" ] [ \"b\" ] \"aXa\"",
    "lib.replaceString \"a\" \"b\" \"aXa\"",
    "lib.strings.escapeNixString \"a\\\"\\${b}\"",
    "map lib.strings.escapeNixIdentifier [ \"a\" \"a b\" \"0\" ]",
    "lib.strings.commonPrefixLength \"abcd\" \"abxd\"",
    "lib.strings.commonSuffixLength \"xbcd\" \"abcd\"",
    "lib.makeSearchPath \"bin\" [ \"/a\" \"/b\" ]",
    "lib.isStringLike \"x\"",
    "lib.join \",\" [ \"a\" \"b\" ]",
    "lib.lowerChars",
    // The module system's properties.
    "lib.mkIf true { a = 1; }",
    "lib.mkMerge [ { a = 1; } { b = 2; } ]",
    "[ (lib.mkForce 1) (lib.mkDefault 1) (lib.mkOverride 3 1) (lib.mkOptionDefault 1) (lib.mkVMOverride 1) (lib.mkImageMediaOverride 1) ]",
    "[ (lib.mkBefore [ 1 ]) (lib.mkAfter [ 1 ]) (lib.mkOrder 3 [ 1 ]) ]",
    "lib.showAttrPath [ \"a\" \"b c\" ]",
];

fn list(lib: &Path) -> String {
    let items: String = EXPRESSIONS.iter().map(|expression| format!("({expression})\n")).collect();
    format!(
        "let lib = ours // {{ lists = ours; strings = ours; attrsets = ours; }}; ours = import {}; in [\n{items}]",
        lib.display()
    )
}

/// The values of a file's list by real Nix.
fn nix(path: &Path) -> Vec<Value> {
    let mut command = Command::new("nix-instantiate");
    let done = command.args(["--eval", "--strict", "--json"]).arg(path).output().expect("nix-instantiate");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    serde_json::from_slice(&done.stdout).expect("JSON")
}

#[test]
fn our_lib_gives_what_nixpkgs_lib_gives() {
    let dir = Dir::new();
    let files: Vec<PathBuf> = LIB.iter().map(|(name, text)| dir.write(name, text)).collect();
    let text = list(&files[0]);
    let ours: Vec<Value> = with_stack(|| {
        let mut evaluator = Evaluator::new(Box::new(DiskFiles), Limits::default(), false);
        let json = evaluator.json_of(&dir.path().join("ours.nix"), &text);
        serde_json::from_str(&json.expect("all of these have values")).expect("JSON")
    })
    .expect("a stack");
    assert_eq!(ours.len(), EXPRESSIONS.len());
    if !skip::have("nix-instantiate", "--version") {
        return;
    }
    let path = dir.write("ours.nix", &text);
    for ((expression, ours), nix) in EXPRESSIONS.iter().zip(&ours).zip(nix(&path)) {
        assert_eq!(*ours, nix, "our lib in real Nix: {expression}");
    }
    let Some(nixpkgs) = std::env::var_os("NIXVIRT_NIXPKGS_LIB") else {
        skip::say("NIXVIRT_NIXPKGS_LIB names no lib of nixpkgs, so that ours is held against real Nix alone");
        return;
    };
    let items: String = EXPRESSIONS.iter().map(|expression| format!("({expression})\n")).collect();
    let theirs = format!("let lib = import {}; in [\n{items}]", Path::new(&nixpkgs).display());
    let path = dir.write("theirs.nix", theirs);
    for ((expression, ours), nix) in EXPRESSIONS.iter().zip(&ours).zip(nix(&path)) {
        assert_eq!(*ours, nix, "nixpkgs' lib: {expression}");
    }
}
