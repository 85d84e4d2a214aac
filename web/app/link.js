// The part of the address behind #, which no server sees: an example, or a whole text, compressed.

/** Return what an address holds: `{example, form}` or `{text, stem, sizes}`. */
export async function readLink(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const stem = /^[\w-]{1,80}$/.test(fields.get("name") ?? "") ? fields.get("name") : "model";
  if (fields.has("text")) {
    const text = await unpacked(fields.get("text"));
    return { text, stem, sizes: fields.get("sizes") ?? "" };
  }
  return { example: fields.get("example") ?? "", form: fields.get("form") ?? "yaml" };
}

/** Return what stands behind # for a text. */
export async function writeLink({ text, stem, sizes }) {
  const fields = new URLSearchParams({ name: stem });
  if (sizes) fields.set("sizes", sizes);
  fields.set("text", await packed(text));
  return `#${fields}`;
}

async function packed(text) {
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(text));
  const characters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(characters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

async function unpacked(words) {
  const characters = atob(words.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = Uint8Array.from(characters, (character) => character.charCodeAt(0));
  return new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), bytes));
}

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}
