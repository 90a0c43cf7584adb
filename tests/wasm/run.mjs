// Runs a program of WebAssembly that is given nothing at all: neither files nor a clock.
import { readFile } from "node:fs/promises";

const program = await WebAssembly.compile(await readFile(process.argv[2]));
const wanted = WebAssembly.Module.imports(program);
if (wanted.length > 0) {
  console.error("it wants what a browser does not have:", wanted);
  process.exit(1);
}
const { exports } = await WebAssembly.instantiate(program, {});
const begin = performance.now();
const failed = exports.main(0, 0);
console.log(failed ? `part ${failed} failed` : `every part is as it should be (${Math.round(performance.now() - begin)} ms)`);
process.exit(failed ? 1 : 0);
