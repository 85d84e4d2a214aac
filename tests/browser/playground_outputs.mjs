// Runs playground_outputs.py in the Pyodide of a build: `node playground_outputs.mjs BUILD FOLDER`, where FOLDER
// has commands.json and the files that it names, and is given results.json and edit.json.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { interpreter } from "../../web/app/python.js";

process.on("uncaughtException", (error) => { // its stack would quote a script of a megabyte
  console.error(error.message);
  process.exit(1);
});
const [build, folder] = process.argv.slice(2).map((each) => resolve(each));
const tests = dirname(dirname(fileURLToPath(import.meta.url)));
const { loadPyodide } = await import(pathToFileURL(`${build}/pyodide/pyodide.mjs`).href);
const archive = new Uint8Array(readFileSync(`${build}/packages.tar.bz2`));
const python = await interpreter(loadPyodide, `${build}/pyodide`, archive);
python.FS.mkdirTree("/files");
python.mountNodeFS("/files", folder);
python.FS.mkdirTree("/root/tests");
python.mountNodeFS("/root/tests", tests);
python.runPython(`
import os, sys
os.chdir("/files")
sys.path.append("/root")
from tests.browser import playground_outputs as outputs
outputs.main("commands.json", "results.json")
outputs.measure("question_every_step.yaml", "edit.json")
`);
