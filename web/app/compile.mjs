// Compiles Python packages with the Python of Pyodide, so that no browser has to:
// `node compile.mjs packages.zip packages.tar.bz2`.
import { readFileSync, writeFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

process.on("uncaughtException", (error) => { // its stack would quote a script of a megabyte
  console.error(error.message);
  process.exit(1);
});
const [source, target] = process.argv.slice(2);
const python = await loadPyodide();
python.FS.writeFile("/packages.zip", new Uint8Array(readFileSync(source)));
python.runPython(`
import importlib.util, io, marshal, tarfile, zipfile

def compiled(name, content):
    """A module without its text; the flag 0b01 says that nothing compares the two."""
    code = compile(content, name, "exec", dont_inherit=True, optimize=0)
    flags = (0b01).to_bytes(4, "little")
    return importlib.util.MAGIC_NUMBER + flags + importlib.util.source_hash(content) + marshal.dumps(code)

with zipfile.ZipFile("/packages.zip") as read, tarfile.open("/packages.tar.bz2", "w:bz2") as written:
    for name in read.namelist():
        content = read.read(name)
        if name.endswith(".py"):
            name, content = name + "c", compiled(name, content)
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        written.addfile(entry, io.BytesIO(content))
`);
writeFileSync(target, python.FS.readFile("/packages.tar.bz2"));
