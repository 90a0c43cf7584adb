// The compiler, in a worker of its own: a text that keeps it busy for long does not freeze the page, and is given up.

import workerSource from "virtual:worker";

// A text of a shared link may keep the compiler busy for as long as it likes.
const PATIENCE = 8000;

const unpacked = async () => {
  const bytes = Uint8Array.from(atob(self.nixvirtEngine), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
};

export class Engine {
  #program = unpacked();
  #worker = null;
  // At most one request is in the worker. Of those that wait, each kind has only its newest.
  #busy = false;
  #waiting = new Map();

  /** Answers a request. An answer that a newer request of the same kind has made useless is `null`. */
  ask(kind, request) {
    return new Promise((resolve, reject) => {
      this.#waiting.get(kind)?.resolve(null);
      // What came last is asked last.
      this.#waiting.delete(kind);
      this.#waiting.set(kind, { request, resolve, reject });
      this.#next();
    });
  }

  async #next() {
    if (this.#busy || this.#waiting.size === 0) return;
    this.#busy = true;
    const [kind, { request, resolve, reject }] = this.#waiting.entries().next().value;
    this.#waiting.delete(kind);
    try {
      const answer = await this.#one(request);
      if ("error" in answer) reject(new Error(answer.error));
      else resolve(answer.result);
    } catch (error) {
      this.#worker?.terminate();
      this.#worker = null;
      reject(error);
    }
    this.#busy = false;
    this.#next();
  }

  async #one(request) {
    if (this.#worker === null) {
      const address = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
      this.#worker = new Worker(address);
      URL.revokeObjectURL(address);
      const ready = this.#message();
      this.#worker.postMessage({ program: await this.#program });
      await ready;
    }
    const answer = this.#message(PATIENCE);
    this.#worker.postMessage({ request: JSON.stringify(request) });
    return JSON.parse(await answer);
  }

  #message(patience) {
    return new Promise((resolve, reject) => {
      const stop = patience && setTimeout(() => reject(new Error(
        `The compiler was stopped: it had no answer within ${patience / 1000} seconds.`)), patience);
      const done = (settle, value) => { clearTimeout(stop); settle(value); };
      this.#worker.onmessage = ({ data }) => data.failed === undefined
        ? done(resolve, data.answer)
        : done(reject, new Error(`The compiler ended, which is a fault of nixvirt: ${data.failed}`));
      this.#worker.onerror = (event) => done(reject, new Error(`The compiler cannot run here: ${event.message}`));
    });
  }
}
