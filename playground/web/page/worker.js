// Runs the compiler: a request goes into its memory, an answer comes out. It is given nothing else.
let exports;

const answered = (request) => {
  const bytes = new TextEncoder().encode(request);
  const room = exports.room(bytes.length);
  new Uint8Array(exports.memory.buffer, room, bytes.length).set(bytes);
  const address = exports.answered();
  const length = exports.answer_length();
  return new TextDecoder().decode(new Uint8Array(exports.memory.buffer, address, length));
};

self.onmessage = async ({ data }) => {
  try {
    if (data.program) {
      exports = (await WebAssembly.instantiate(data.program, {})).instance.exports;
      self.postMessage({});
    } else {
      self.postMessage({ answer: answered(data.request) });
    }
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
};
