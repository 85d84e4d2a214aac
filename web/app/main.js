// The page: examples, editor, link and results.
import { createEditor } from "./editor.js";
import examples from "./examples.json";
import { Inspector } from "./inspector.js";
import { readLink, writeLink } from "./link.js";
import { showFindings, showModels } from "./results.js";

const LONG = 2000; // milliseconds after which the page offers to stop

const $ = (id) => document.getElementById(id);
const state = { stem: "model", known: "" };
const editor = createEditor($("editor"), changed);
const inspector = new Inspector({ ready, shown, failed });
let timer = 0;
let address = "";

function ready() {
  $("progress").hidden = true;
  say("Ready.");
}

function say(words) {
  $("state").textContent = words;
}

function failed(words) {
  wait(false);
  $("progress").hidden = true;
  $("output").setAttribute("aria-busy", "false");
  $("keras").hidden = true;
  const remedy = "text that is nested this deeply is read by the command alone";
  showFindings($("findings"), [{ level: "error", code: "", message: words, remedy }], editor.goTo);
  showModels($("models"), []);
  say("This cannot be shown here.");
  inspector.restart();
}

function changed() {
  $("output").setAttribute("aria-busy", "true");
  wait(true);
  inspector.ask({ text: editor.text, stem: state.stem, sizes: $("sizes").value });
  writeLink({ text: editor.text, stem: state.stem, sizes: $("sizes").value }).then((link) => {
    address = link;
    const hash = editor.text === state.known && !$("sizes").value ? `#example=${state.stem}&form=${form()}` : link;
    history.replaceState(null, "", hash);
  });
}

/** Offer to stop what takes long. */
function wait(busy) {
  clearTimeout(timer);
  $("stop").hidden = true;
  if (busy) timer = setTimeout(() => { $("stop").hidden = !inspector.busy; }, LONG);
}

function shown({ file, models, findings }) {
  wait(false);
  $("output").setAttribute("aria-busy", "false");
  $("file").textContent = file;
  editor.suffix = file.split(".").pop();
  editor.mark(findings);
  showFindings($("findings"), findings, editor.goTo);
  showModels($("models"), models);
  $("keras").hidden = !models.length;
  $("command").textContent = command(file);
  const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
  say(`${models.length ? "" : "No model can be shown: "}${count}.`);
}

function command(file) {
  const sizes = $("sizes").value.split(/[,;]/).map((each) => each.replace(/\s/g, "")).filter(Boolean);
  return ["seqinspect describe", file, ...sizes.map((each) => `--set '${each.replaceAll("'", "")}'`)].join(" ");
}

function form() {
  return document.querySelector("input[name=form]:checked").value;
}

function show({ text, stem, sizes = "" }) {
  state.stem = stem;
  $("sizes").value = sizes;
  editor.text = text;
  changed();
}

function showExample() {
  const chosen = examples.find((each) => each.stem === $("example").value) ?? examples[0];
  const code = form() === "code" || !chosen.yaml;
  state.known = code ? chosen.code : chosen.yaml;
  show({ text: state.known, stem: chosen.stem });
}

async function showLink() {
  try {
    const found = await readLink(location.hash);
    if (found.text !== undefined) {
      $("example").selectedIndex = -1;
      show(found);
      return;
    }
    const known = examples.some((each) => each.stem === found.example);
    $("example").value = known ? found.example : examples[0].stem;
    document.querySelector(`input[name=form][value=${found.form === "code" ? "code" : "yaml"}]`).checked = true;
  } catch {
    say("This link is broken: an example is shown.");
  }
  showExample();
}

function fillExamples() {
  for (const title of new Set(examples.map((each) => each.group))) {
    const group = document.createElement("optgroup");
    group.label = title;
    group.append(...examples.filter((each) => each.group === title).map((each) => new Option(each.title, each.stem)));
    $("example").append(group);
  }
}

function copies(button, text) {
  const label = $(button).textContent;
  $(button).addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      say("Copied.");
      $(button).textContent = "Copied";
    } catch {
      say(`It could not be copied: ${text()}`);
    }
    setTimeout(() => { $(button).textContent = label; }, 1500);
  });
}

function save() {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(new Blob([editor.text], { type: "text/plain" }));
  anchor.download = $("file").textContent;
  anchor.click();
  URL.revokeObjectURL(anchor.href);
}

fillExamples();
copies("link", () => new URL(address, location.href).href);
copies("copy", () => $("command").textContent);
$("save").addEventListener("click", save);
$("stop").addEventListener("click", () => {
  inspector.restart();
  wait(false);
  $("progress").hidden = false;
  say("Stopped. Python starts again …");
});
$("example").addEventListener("change", showExample);
for (const each of document.querySelectorAll("input[name=form]")) each.addEventListener("change", showExample);
$("sizes").addEventListener("input", changed);
addEventListener("hashchange", showLink);
showLink();
if ("serviceWorker" in navigator) navigator.serviceWorker.register("service-worker.js").catch(() => {});
