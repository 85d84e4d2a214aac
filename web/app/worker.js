// Python, beside the page: a text comes in, what is known of it goes out.
import { start } from "./python.js";

const base = new URL("./", import.meta.url);
const ready = (async () => {
  const response = await fetch(new URL("packages.tar.bz2", base));
  return start(new URL("pyodide/", base), await response.arrayBuffer());
})();

ready.then(() => postMessage({ ready: true }), (error) => postMessage({ failed: String(error) }));

onmessage = async ({ data: { number, text, stem, sizes } }) => {
  const inspect = await ready;
  try {
    postMessage({ number, result: inspect(text, stem, sizes) });
  } catch (error) {
    postMessage({ number, failed: String(error) });
  }
};
