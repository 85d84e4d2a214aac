// What the worker says → the page. Its HTML and SVG have every text of the model escaped.

const LEVELS = { error: "Error", warning: "Warning", note: "Note" };

/** Show findings; `goTo` is called with one that was chosen. */
export function showFindings(parent, findings, goTo) {
  const heading = element("h2", findings.length ? `Findings (${findings.length})` : "Findings");
  if (!findings.length) {
    parent.replaceChildren(heading, element("p", "Nothing found."));
    return;
  }
  const list = element("ul");
  list.append(...findings.map((each) => item(each, goTo)));
  parent.replaceChildren(heading, list);
}

function item(finding, goTo) {
  const shown = element("li");
  shown.className = finding.level;
  const label = element("strong", [LEVELS[finding.level], finding.code].filter(Boolean).join(" "));
  shown.append(label, " ");
  if (finding.line) {
    const place = element("button", `line ${finding.line}`);
    place.type = "button";
    place.addEventListener("click", () => goTo(finding));
    shown.append(place, " ");
  }
  shown.append(finding.message);
  if (finding.remedy) shown.append(element("div", `Remedy: ${finding.remedy}`));
  return shown;
}

/** Show models: of each its table, its picture and its explanation. */
export function showModels(parent, models) {
  parent.replaceChildren(...models.flatMap((each) => [
    part("Table", html(each.table)),
    part("Picture", picture(each.picture)),
    part("Explanation", html(each.explanation)),
  ]));
}

function part(title, content) {
  const details = element("details");
  details.open = true;
  details.append(element("summary", title), content);
  return details;
}

function html(text) {
  const shown = element("div");
  shown.className = "document";
  const parsed = new DOMParser().parseFromString(text, "text/html");
  for (const wide of parsed.querySelectorAll(".wide, pre")) focusable(wide);
  shown.append(...parsed.body.childNodes);
  return shown;
}

/** A picture in a shadow of its own: its style is about nothing else. */
function picture(text) {
  const shown = focusable(element("div"));
  shown.className = "wide picture";
  const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  shown.attachShadow({ mode: "open" }).append(svg);
  return shown;
}

/** What scrolls can be reached with the keyboard. */
function focusable(shown) {
  shown.tabIndex = 0;
  return shown;
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
