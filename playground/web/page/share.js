// The text in a link: compressed, behind the `#`, which no browser sends to a server.

const LANGUAGES = ["nix", "json", "xml"];
// A short link can unpack to any amount.
const MOST = 1 << 20;

const toText = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};
const fromText = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

/** The fragment of a link with a text. */
export const fragment = async (language, text) => {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return `#${language}=${toText(new Uint8Array(await new Response(stream).arrayBuffer()))}`;
};

/** The language and the text of a link; nothing where there is none. An error says what is wrong with it. */
export const shared = async (hash) => {
  if (hash.length <= 1) return null;
  const [, language, packed] = /^#([a-z]+)=([A-Za-z0-9_-]*)$/.exec(hash) ?? [];
  if (!LANGUAGES.includes(language)) throw new Error("The link has no text for this page.");
  const parts = [];
  let length = 0;
  try {
    const stream = new Blob([fromText(packed)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > MOST) {
        await reader.cancel();
        throw new RangeError();
      }
      parts.push(value);
    }
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await new Blob(parts).arrayBuffer());
    return { language, text };
  } catch (error) {
    if (error instanceof RangeError) throw new Error("The text of the link is longer than this page takes.");
    throw new Error("The link is damaged: its text cannot be unpacked.");
  }
};
