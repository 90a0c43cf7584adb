// The program of a built page, as its worker runs it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** The compressed program. */
export const packed = async (page) =>
  Buffer.from(/"([^"]*)"/.exec(await readFile(join(page, "engine.js"), "utf8"))[1], "base64");

/** A function that answers requests. */
export const program = async (page) => {
  const module = await WebAssembly.compile(gunzipSync(await packed(page)));
  const { exports } = await WebAssembly.instantiate(module, {});
  return (request) => {
    const bytes = new TextEncoder().encode(typeof request === "string" ? request : JSON.stringify(request));
    // To make room may move the memory.
    const room = exports.room(bytes.length);
    new Uint8Array(exports.memory.buffer).set(bytes, room);
    const address = exports.answered();
    return JSON.parse(new TextDecoder().decode(new Uint8Array(exports.memory.buffer, address, exports.answer_length())));
  };
};
