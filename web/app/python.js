// Pyodide with the packages of the playground, in a browser's worker and in Node.

const HOME = "/home/pyodide";

/** Return the interpreter, with its folder of modules as `folder` says, and the archive unpacked. */
export async function interpreter(loadPyodide, indexURL, archive) {
  const python = await loadPyodide({ indexURL, env: { HOME, PYTHONHASHSEED: "0" } });
  const folder = python.runPython("import site; site.getsitepackages()[0]");
  python.unpackArchive(archive, "bztar", { extractDir: folder });
  return python;
}

/** Return the function `inspect` of inspection.py, whose result is read as JSON. */
export async function start(indexURL, archive) {
  const { loadPyodide } = await import(new URL("pyodide.mjs", indexURL).href);
  const python = await interpreter(loadPyodide, indexURL.href, archive);
  const inspect = python.pyimport("web.inspection").inspect;
  return (text, stem, sizes) => JSON.parse(inspect(text, stem, sizes));
}
